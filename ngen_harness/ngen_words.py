"""What ngen prints where we print something longer: added to errors in the faithful mode, to be searched for.

Our messages say what to do; ngen's are what logs and forums are full of. The two are matched here by our own text, so
that no other module has to know ngen's; the recorded cases keep the table right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from ngen_harness.errors import HarnessError

P = ParamSpec("P")
R = TypeVar("R")
Words = str | Callable[[re.Match[str]], str]


def _cast(match: re.Match[str]) -> str:
    created, size = match[1], int(match[2])
    wanted = f"{created.rstrip('0123456789')}{8 * size}"
    return (
        f"TypeError: Cannot cast array data from dtype('{created}') to dtype('{wanted}') according to the rule 'safe'"
    )


_MASS = r"model (\S+): mass balance check failed: " + " - ".join(
    rf"ngen::mass_{name} \((\S+)\)" for name in ("in", "out", "stored", "leaked")
)

# A pattern of our message (and of its cause's), and ngen's words, with the pattern's groups.
_TABLE: tuple[tuple[str, Words], ...] = (
    (
        r"([^\s:]+): the forcing begins at (.{19}), after the start of the simulation \((.{19})\)",
        r"Error: Forcing data \1 begins after the model start time:\3 < \2",
    ),
    (
        r"the cell is empty|' is not a number; expected a number",
        "bad lexical cast: source type value could not be interpreted as target",
    ),
    (r"bad index (\d+) for ([^)]+)\)", r"Forcing had bad index \1 for value lookup of \2"),
    (r"no forcing variable '([^']*)'", r"Cannot get forcing value for unrecognized parameter name '\1'."),
    (r"forcing.provider is NullForcingProvider", "Called get_value function in NullDataProvider"),
    (
        _MASS + r" = (\S+), tolerance (\S+)",
        r"Error(Protocol)::mass_balance: Mass balance check failed for \1: ngen::mass_in(\2) - ngen::mass_out (\3) - "
        r"ngen::mass_stored (\4) - ngen::mass_leaked (\5) = \6, tolerance: \7",
    ),
    (
        r"input '([^']*)' has (\d+) items, but its provider .* gives (\d+)",
        r"Mismatch in item count for variable '\1': model expects \2, provider returned \3 items",
    ),
    (
        r"output '([^']*)' of (\S+) \(BMI Py\) is already offered by",
        r"Multi BMI cannot be created with module \2 with output variable \1 because a previous module is using this "
        "output variable name/alias.",
    ),
    (
        r"input '([^']*)' of .* \(module (\d+)\) is offered neither",
        "Multi BMI formulation cannot be created from config: cannot find available data provider to satisfy set of "
        r"deferred provisions for nested module at index \2: {\1}",
    ),
    (r"output_variables: ([^,\s]+).* not offered by any module", r"\1 does not exist in the output name list"),
    (r"'([^']*)' is not an output of", r"bmi_py received invalid output forcing name \1"),
    (
        r"(\w+): is the number [+-]?\d+; expected true or false",
        r"\1 is a Natural and cannot be converted into a boolean.",
    ),
    (r"catchments\.(\S+)\.forcing: is missing", r"No forcing definition was found for \1"),
    (
        r"(\w+): is (?:an empty object|an empty list|null); expected an object with at least one",
        r"\1 is a String, not an object and cannot be referenced as one.",
    ),
    (
        r"cannot read '(.*)', the configuration of (.*); paths are",
        r"Cannot create and initialize \2 (BMI Py) using unreadable file '\1'. Error: No such file or directory",
    ),
    (
        r"module_path: '(?:\./)?([^']*)' is not an existing folder",
        r"Cannot add non-existing directory '\1' to Python PATH",
    ),
    (r"(module '[^']*' has no attribute '[^']*')", r"AttributeError: \1"),
    (
        r"python_type: is '([^']*)'; expected",
        r"Cannot interpret BMI Python model type '\1'; expected format is <python_module>.<python_class>",
    ),
    (r"is not a formulation ngen knows|and there is no 'global' block", "map::at"),
    (
        r"(main_output_variable|model_type_name|init_config): is missing",
        r"A bmi_py formulation cannot be created; the following parameters are missing: \1",
    ),
    (
        r"python_type: is missing",
        "BMI Python formulation requires Python model class type, but none given in config",
    ),
    (r"\btime: is missing", "ERROR: No simulation time period defined."),
    (r"uses_forcing_file: was removed", "The 'uses_forcing_file' parameter was removed and cannot be set"),
    (
        r"after the model's end time",
        "Cannot process BMI formulation of type 'bmi_py' to get response of future time step that exceeds model end "
        "time.",
    ),
    (r"get_time_units\(\)[\s\S]*UDUNITS does not know", "Unable to parse in_units"),
    (r"get_time_units\(\) is", "Unable to convert as requested"),
    (
        r"get_var_type is '(.*)' and get_var_itemsize (\d+), which ngen cannot map",
        r"(Bmi_Py_Adapter) Failed determining analogous C++ type for Python model '\1' type with size \2 bytes.",
    ),
    (
        r"(\S+): output '([^']*)': .* no logic for converting variable type (.*)\)",
        r"Unable to get value of variable \2 from \1 as double: no logic for converting variable type \3",
    ),
    (r"which numpy takes for (\w+), but get_var_itemsize is (\d+)", _cast),
    (r"only csv catchment files are supported", "Catchment output: only the CSV format is currently supported."),
    (r"neither the property 'areasqkm' nor 'area_sqkm'", "JSON Property 'area_sqkm' not found."),
)
_STEP = re.compile(r"catchment (\S+), time step (\d+) \((.{19})\)")


def in_ngens_words(error: HarnessError) -> str:
    """Find what ngen prints for an error.

    Parameters
    ----------
    error : HarnessError
        One of ours.

    Returns
    -------
    str
        ngen's text, with step and catchment if a step failed; empty if it is not known.
    """
    text = f"{error}\n{error.__cause__ or ''}"
    words = ""
    for pattern, template in _TABLE:
        match = re.search(pattern, text)
        if match is not None:
            words = template(match) if callable(template) else match.expand(template)
            break
    step = _STEP.match(text)
    if step is not None:
        words += f" at timestep {step[2]} ({step[3]}) at feature id {step[1]}"
    return words.strip()


def quoting_ngen(run: Callable[P, R]) -> Callable[P, R]:
    """Make a function that has an argument ``faithful`` add ngen's words to its errors when that is true.

    Parameters
    ----------
    run : callable
        The function; `faithful` is passed to it by name.

    Returns
    -------
    callable
        The same, apart from the messages.
    """

    @wraps(run)
    def quoting(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return run(*args, **kwargs)
        except HarnessError as error:
            words = in_ngens_words(error) if kwargs.get("faithful") else ""
            if words:
                error.args = (f"{error}\n  (ngen: {words})",)
            raise

    return quoting
