"""CFE configurations in NOAA-OWP's ``key=value[unit]`` text, in all the spellings in use.

Read as CFE 2.x reads them, with three differences: the order of the lines does not matter, blanks around values do
not, and what has no effect is reported. Besides CFE's keys there is ``soil_scheme=classic|ode``, which CFE ignores.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import (
    GW_STORAGE,
    SOIL_SCHEMES,
    SOIL_STORAGE,
    CfeConfig,
    checked,
    parameters_without_effect,
    required_parameters,
    scaled_ordinates,
)
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import GIUH, NASH, SCHAAKE, XINANJIANG, CfeOptions
from ngen_bmi.config import read_text, same_unit
from ngen_bmi.errors import ConfigError
from ngen_bmi.variables import Variable

_PARTITIONING = {"schaake": SCHAAKE, "1": SCHAAKE, "xinanjiang": XINANJIANG, "2": XINANJIANG}
_SURFACE_RUNOFF = {"giuh": GIUH, "1": GIUH, "nash_cascade": NASH, "2": NASH}

_TEXT_NAMES: dict[str, tuple[str, ...]] = {
    "depth": ("soil_params.depth", "soil_params.D"),
    "b": ("soil_params.b", "soil_params.bb"),
    "satdk": ("soil_params.satdk",),
    "satpsi": ("soil_params.satpsi",),
    "slope": ("soil_params.slope", "soil_params.slop"),
    "maxsmc": ("soil_params.smcmax", "soil_params.maxsmc"),
    "wltsmc": ("soil_params.wltsmc",),
    "soil_expon": ("soil_params.expon",),
    "soil_expon_secondary": ("soil_params.expon_secondary",),
    "refkdt": ("refkdt", "soil_params.refkdt"),
    "alpha_fc": ("alpha_fc", "soil_params.alpha_fc"),
    "Klf": ("K_lf",),
    "Kn": ("K_nash_subsurface", "K_nash"),
}
"""Names in the text of the parameters that are not called there as they are here."""

_HOUSEKEEPING = {"num_timesteps", "verbosity", "DEBUG"}


@dataclass
class _Text:
    """The pairs of a file, taken one by one."""

    pairs: dict[str, tuple[str, str | None]]
    problems: list[str]
    ignored: list[str]
    doubts: list[str]

    @classmethod
    def read(cls, path: str | Path) -> _Text:
        pairs: dict[str, tuple[str, str | None]] = {}
        problems: list[str] = []
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            key, equals, rest = line.partition("=")
            key = key.strip()
            if not equals or not key:
                problems.append(f"line {number}: expected key=value, found {line.strip()!r}")
                continue
            if key in pairs:
                problems.append(f"{key}: given twice (again in line {number})")
            value, bracket, rest = rest.partition("[")
            unit, closed, _ = rest.partition("]")
            if bracket and not closed:
                problems.append(f"{key}: the unit [{unit.strip()} is not closed by ]")
            pairs[key] = (value.strip(), unit.strip() if bracket else None)
        return cls(pairs, problems, [], [])

    def take(self, *names: str) -> tuple[str, str, str | None] | None:
        """Return name, value and unit of the first of `names` that the file has."""
        given = [name for name in names if name in self.pairs]
        if not given:
            return None
        taken = [self.pairs.pop(name) for name in given]
        if len(given) > 1:
            self.problems.append(f"{given[0]}: given more than once: {', '.join(given)} are names of the same thing")
        return given[0], *taken[0]

    def word(self, names: tuple[str, ...], choices: dict[str, int], default: int | None) -> int:
        taken = self.take(*names)
        if taken is None and default is not None:
            return default
        if taken is not None:
            self._check_unit(taken[0], taken[2], "1")
        expected = f"expected one of {', '.join(choices)}"
        if taken is None:
            self.problems.append(f"{names[0]}: missing; {expected}")
        elif taken[1].lower() in choices:
            return choices[taken[1].lower()]
        else:
            self.problems.append(f"{taken[0]}: {taken[1]!r} is not known; {expected}")
        return next(iter(choices.values()))

    def flag(self, name: str) -> bool:
        taken = self.take(name)
        if taken is None:
            return False
        self._check_unit(name, taken[2], "1")
        if taken[1] in ("false", "False", "0"):
            return False
        if taken[1] not in ("true", "True", "1"):
            # CFE takes any other word, TRUE included, for false
            self.problems.append(f"{name}: {taken[1]!r} is not known; expected true, True, 1, false, False or 0")
        return True

    def number(self, variable: Variable, names: tuple[str, ...], *, required: bool) -> float | None:
        taken = self.take(*names)
        if taken is None:
            if required:
                self.problems.append(f"{names[0]}: missing; {variable.meaning} [{variable.unit}]")
            return None
        name, text, unit = taken
        self._check_unit(name, unit, variable.unit)
        numbers = self._numbers(name, text)
        if len(numbers) != 1:
            if numbers:
                self.problems.append(f"{name}: expected one number, found {text!r}")
            return None
        problem = variable.problem_with(numbers[0])
        if problem:
            if variable in (SOIL_STORAGE, GW_STORAGE) and numbers[0] > 1.0:
                problem += "; it is a share of the maximum, not a percentage or a depth"
            self.problems.append(f"{name}: {problem}")
            return None
        return numbers[0]

    def numbers(self, name: str, unit: str) -> tuple[float, ...]:
        taken = self.take(name)
        if taken is None:
            return ()
        self._check_unit(name, taken[2], unit)
        numbers = self._numbers(name, taken[1])
        if not all(map(math.isfinite, numbers)):
            self.problems.append(f"{name}: expected numbers, found {taken[1]!r}")
            return ()
        return numbers

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        taken = self.take(name)
        if taken is None:
            return default
        self._check_unit(name, taken[2], "1")
        if not re.fullmatch("[0-9]{1,9}", taken[1]) or not low <= int(taken[1]) <= high:
            self.problems.append(f"{name}: expected a whole number from {low} to {high}, found {taken[1]!r}")
            return default
        return int(taken[1])

    def _numbers(self, name: str, text: str) -> tuple[float, ...]:
        try:
            # what Python reads and C does not: 1_0, and digits of other scripts
            if "_" in text or not text.isascii():
                raise ValueError(text)
            numbers = tuple(float(item) for item in text.split(","))
        except ValueError:
            self.problems.append(f"{name}: expected a number, found {text!r}")
            return ()
        return numbers

    def _check_unit(self, name: str, given: str | None, unit: str) -> None:
        if not given or same_unit(given, unit):
            return
        self.problems.append(f"{name}: is in [{given}]; expected [{unit}] (CFE in C does not look at units)")


def load_text_config(path: str | Path) -> CfeConfig:
    """Read a text configuration.

    Raises
    ------
    ConfigError
        Naming the file and every problem in it.
    """
    text = _Text.read(path)
    problems = text.problems
    options = CfeOptions(
        soil_scheme=text.word(("soil_scheme",), SOIL_SCHEMES, 0),
        partitioning=text.word(
            ("surface_water_partitioning_scheme", "surface_partitioning_scheme"), _PARTITIONING, None
        ),
        surface_runoff=text.word(("surface_runoff_scheme",), _SURFACE_RUNOFF, GIUH),
        rootzone_et=int(text.flag("is_aet_rootzone")),
        frozen_soil=int(text.flag("is_sft_coupled")),
    )
    required = required_parameters(options)
    unused = parameters_without_effect(options)
    values: dict[str, float] = {}
    for variable in PARAMETERS:
        names = _TEXT_NAMES.get(variable.name, (variable.name,))
        given = [name for name in names if name in text.pairs]
        value = text.number(variable, names, required=variable.name in required)
        if given and variable.name in unused:
            text.ignored.append(f"{given[0]}: has no effect with the chosen schemes")
        values[variable.name] = (variable.default or 0.0) if value is None else value

    soil = text.number(SOIL_STORAGE, ("soil_storage",), required=True)
    groundwater = text.number(GW_STORAGE, ("gw_storage",), required=True)

    lateral = text.numbers("nash_storage_subsurface", "m") or text.numbers("nash_storage", "m")
    n_lateral = text.integer("N_nash_subsurface", 2, 1, 20)
    if len(lateral) < 2:
        if lateral:
            text.doubts.append("nash_storage_subsurface: a list of one value is not used (as in CFE)")
        lateral = (0.0,) * n_lateral

    surface: tuple[float, ...] = (0.0,)
    ordinates: tuple[float, ...] = (1.0,)
    if options.surface_runoff == NASH:
        surface = text.numbers("nash_storage_surface", "m")
        n_surface = text.integer("N_nash_surface", len(surface) or 2, 1, 20)
        surface = surface or (0.0,) * n_surface
        if len(surface) != n_surface:
            problems.append(f"nash_storage_surface: has {len(surface)} values for N_nash_surface={n_surface}")
        options = options._replace(nash_substeps=text.integer("nsubsteps_nash_surface", 10, 1, 1000))
    else:
        missing = "giuh_ordinates" not in text.pairs
        read = text.numbers("giuh_ordinates", "1")
        if read:
            ordinates = scaled_ordinates(read, problems)
        elif missing:
            problems.append("giuh_ordinates: missing; the shares of runoff that leave in the 1st, 2nd, ... hour")
    if min((*lateral, *surface)) < 0.0:
        problems.append("nash_storage: initial storages cannot be negative")

    bottoms: tuple[float, ...] = ()
    layer = 0
    if options.rootzone_et:
        bottoms = text.numbers("soil_layer_depths", "m")
        if "max_rootzone_layer" not in text.pairs:
            problems.append("max_rootzone_layer: missing; the index, from 0, of the layer that feeds evaporation")
        layer = text.integer("max_rootzone_layer", 0, 0, max(len(bottoms) - 1, 0))

    taken = text.take("forcing_file")
    if taken is not None and taken[1] != "BMI":
        text.doubts.append(f"forcing_file: {taken[1]!r} is not read, forcing comes through BMI")
    for key in text.pairs:
        if key not in _HOUSEKEEPING:
            text.doubts.append(f"{key}: not a key that is used")

    if problems:
        raise ConfigError(path, problems)
    return checked(
        CfeConfig(
            source=str(path),
            name=Path(path).stem,
            options=options,
            parameters=CfeParameters(**values),
            soil_storage=soil if soil is not None else 0.0,
            gw_storage=groundwater if groundwater is not None else 0.0,
            giuh_ordinates=ordinates,
            lateral=lateral,
            surface=surface,
            layer_bottoms=bottoms,
            supply_layer=layer,
            ignored=tuple(text.ignored),
            doubts=tuple(text.doubts),
        )
    )
