"""The standalone driver: one component, one forcing file, no framework."""

from __future__ import annotations

import argparse
import csv
import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from ngen_bmi.base import MASS_BALANCE, ComponentBmi
from ngen_bmi.config import same_unit
from ngen_bmi.errors import ForcingError
from ngen_bmi.files import whole_file

#: Column name -> BMI name of the input, and the column's unit when its header has none (None: it has to have one).
Synonyms = Mapping[str, tuple[str, str | None]]

#: Spellings that need no conversion.
_SPELLINGS = {"mm h-1": ("mm/h", "mm/hr", "mm h^-1", "mm hr-1")}

_HEADER = re.compile(r"\s*(?P<name>.*?)\s*(?:[\[(](?P<unit>[^\])]*)[\])])?\s*")


def read_forcing(
    path: str | Path, component: ComponentBmi, synonyms: Synonyms
) -> tuple[list[str], dict[str, NDArray[np.float64]]]:
    """Read the inputs of a component from a CSV file with a row for each of its steps.

    Parameters
    ----------
    path : str or Path
        The header holds ``time`` (``#Time`` in LASAM's files) and, for each input, its BMI name or a synonym, with the
        unit in brackets or parentheses. Under a BMI name the unit is the component's if none is given. An input of
        several items has a column for each, ``NAME_1``, ``NAME_2``, and so on. Other columns are passed over.
    component : ComponentBmi
        Initialized.
    synonyms : mapping
        Column name -> BMI name and the unit of such a column if its header gives none.

    Returns
    -------
    times : list of str
        As in the file.
    inputs : dict of str to array, shape (rows,) or (rows, items)
        In the component's units.

    Raises
    ------
    ForcingError
        Naming the file and line.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            numbered = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ForcingError(f"{path}: the forcing file cannot be read: {error}") from error
    if not numbered:
        raise ForcingError(f"{path}: the forcing file is empty; expected a header and a row for each step")
    (_, header), *rows = numbered
    headers = [_HEADER.fullmatch(cell) for cell in header]
    names = [match["name"] if match else "" for match in headers]
    units = [match["unit"] if match else None for match in headers]
    time_columns = [i for i, name in enumerate(names) if name.lstrip("# ").lower() == "time"]
    if len(time_columns) != 1:
        raise ForcingError(f"{path}: expected one column 'time', found {len(time_columns)} in {', '.join(names)}")
    inputs = _input_columns(component)
    columns: dict[str, int] = {}
    for i, name in enumerate(names):
        own_unit = component.get_var_units(inputs[name]) if name in inputs else None
        wanted, default = synonyms.get(name, (name, own_unit))
        if wanted in inputs:
            if wanted in columns:
                raise ForcingError(f"{path}: the columns {names[columns[wanted]]!r} and {name!r} are both {wanted}")
            columns[wanted] = i
            units[i] = units[i] or default
    missing = [name for name in inputs if name not in columns]
    if missing:
        known = ", ".join(f"{name} for {wanted}" for name, (wanted, _) in synonyms.items())
        raise ForcingError(
            f"{path}: no column for {', '.join(missing)}; found {', '.join(names)} (also known: {known})"
        )
    if not rows:
        raise ForcingError(f"{path}: the file has a header but no rows")

    times = [_cell(path, line, row, time_columns[0], len(names)) for line, row in rows]
    _check_spacing(path, [line for line, _ in rows], times, component.get_time_step())
    series: dict[str, list[NDArray[np.float64]]] = {}
    for column, name in inputs.items():
        i = columns[column]
        convert = _converter(path, names[i], units[i], component.get_var_units(name))
        values = [_number(path, line, names[i], _cell(path, line, row, i, len(names))) for line, row in rows]
        series.setdefault(name, []).append(convert(np.array(values)))
    return times, {name: items[0] if len(items) == 1 else np.stack(items, axis=1) for name, items in series.items()}


def _input_columns(component: ComponentBmi) -> dict[str, str]:
    """Names of the columns that a forcing file has to have, and of the inputs that they belong to."""
    columns: dict[str, str] = {}
    for name in component.get_input_var_names():
        items = component.get_value_ptr(name).size
        columns |= {name: name} if items == 1 else {f"{name}_{item}": name for item in range(1, items + 1)}
    return columns


def _cell(path: str | Path, line: int, row: Sequence[str], column: int, count: int) -> str:
    if len(row) != count:
        raise ForcingError(f"{path}: line {line} has {len(row)} cells; expected {count} as in the header")
    return row[column].strip()


def _number(path: str | Path, line: int, name: str, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise ForcingError(f"{path}: line {line}, column {name!r}: {cell!r} is not a number") from None


def _check_spacing(path: str | Path, lines: list[int], times: list[str], step_s: float) -> None:
    previous: datetime | None = None
    for line, text in zip(lines, times, strict=True):
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise ForcingError(f"{path}: line {line}: {text!r} is not a time like 2016-10-01 00:00:00") from None
        if previous is not None and (time.tzinfo is None) != (previous.tzinfo is None):
            raise ForcingError(f"{path}: line {line}: {text} and the time before it: one has a time zone, one has none")
        if previous is not None and (time - previous).total_seconds() != step_s:
            raise ForcingError(f"{path}: line {line}: {text} does not follow {previous} by {_length(step_s)}")
        previous = time


def _length(step_s: float) -> str:
    return "one hour" if step_s == 3600.0 else f"the component's time step, {step_s:g} s"


def _converter(
    path: str | Path, column: str, given: str | None, wanted: str
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    if given is None:
        raise ForcingError(f"{path}: column {column!r} has no unit; write it in the header, such as {column}[{wanted}]")
    if same_unit(given, wanted) or given.strip() in _SPELLINGS.get(wanted, ()):
        return lambda values: values
    try:
        from cf_units import Unit
    except ModuleNotFoundError as error:
        raise ForcingError(
            f"{path}: column {column!r} is in {given!r}, not {wanted!r}; converting needs 'ngen-arid[harness]'"
        ) from error
    try:
        source, target = Unit(given.strip()), Unit(wanted)
        source.convert(1.0, target)
    except ValueError as error:
        raise ForcingError(f"{path}: column {column!r}: cannot convert {given!r} to {wanted!r}: {error}") from error
    return lambda values: np.asarray(source.convert(values, target))


def run(component: ComponentBmi, inputs: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Drive an initialized component through its inputs.

    Parameters
    ----------
    component : ComponentBmi
    inputs : mapping of str to array, shape (steps,) or (steps, items)

    Returns
    -------
    dict of str to array, shape (steps,)
        Every output that is one number.
    """
    names = [name for name in component.get_output_var_names() if component.get_value_ptr(name).size == 1]
    pointers = [component.get_value_ptr(name) for name in names]
    steps = len(next(iter(inputs.values())))
    results = np.empty((len(names), steps))
    for t in tqdm(range(steps), desc=component.get_component_name(), unit="step", disable=None):
        for name, values in inputs.items():
            component.set_value(name, np.atleast_1d(values[t]))
        component.update()
        for i, pointer in enumerate(pointers):
            results[i, t] = pointer[0]
    return dict(zip(names, results, strict=True))


def write_results(path: Path, times: Sequence[str], results: Mapping[str, NDArray[np.float64]]) -> None:
    """Write the outputs as CSV, whole or not at all."""
    with whole_file(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("time", *results))
        for t, time in enumerate(times):
            writer.writerow((time, *(f"{values[t]:.9g}" for values in results.values())))


def main(component: ComponentBmi, program: str, synonyms: Synonyms, argv: Sequence[str] | None = None) -> int:
    """Command line of the standalone driver; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=f"Run {component.get_component_name()} over a CSV file with forcing, a row for each step.",
        epilog="Columns of the forcing file: time; "
        + "; ".join(f"{name} ({wanted})" for name, (wanted, _) in synonyms.items())
        + "; or the BMI names. Give units in the header, such as P(mm/h).",
    )
    parser.add_argument("config", help="configuration of the component")
    parser.add_argument("forcing", help="CSV file with forcing")
    parser.add_argument("--output", metavar="FILE", help="CSV file for all outputs that are one number")
    parser.add_argument("-v", "--verbose", action="store_true", help="also say what the configuration gives in vain")
    arguments = parser.parse_args(argv)
    logging.basicConfig(
        level=logging.INFO if arguments.verbose else logging.WARNING, format="%(levelname)s: %(message)s"
    )
    try:
        if arguments.output and not Path(arguments.output).resolve().parent.is_dir():
            raise OSError(f"{arguments.output}: there is no such folder to write into")
        component.initialize(arguments.config)
        times, inputs = read_forcing(arguments.forcing, component, synonyms)
        results = run(component, inputs)
        if arguments.output:
            write_results(Path(arguments.output), times, results)
    except (ValueError, OSError, RuntimeError) as error:
        sys.stderr.write(f"{program}: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{program}: interrupted, nothing was written\n")
        return 130
    into, out, stored, leaked = (1000.0 * component.get_value_ptr(name)[0] for name in MASS_BALANCE)
    step_s = component.get_time_step()
    steps = f"{len(times)} hours" if step_s == 3600.0 else f"{len(times)} steps of {step_s:g} s"
    sys.stdout.write(
        f"{steps} from {times[0]} to {times[-1]}\n"
        f"water in (with the initial storage) {into:.3f} mm, out {out:.3f} mm, stored {stored:.3f} mm, "
        f"unaccounted {into - out - stored - leaked:.1e} mm\n"
    )
    component.finalize()
    return 0
