"""``ngen-arid lgar-error``: how far LGAR is from the Richards equation."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ngen_arid.lgar_error_cases import GROUPS, PAIRS, STACKS, STEP_H, STORMS, SUCTIONS, UPPER, cases
from ngen_arid.lgar_error_runs import QUANTITIES, UNCERTAIN, VARIANTS, Result, changes, run_cases
from ngen_arid.tables import aligned
from ngen_bmi.files import whole_file

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = f"""\
Run LGAR and the Richards equation over the same columns and storms, and show how far LGAR is off: with the exact and
with the closed-form capillary drive, and with Talsma and Parlange's infiltration. The output folder then holds
  lgar_error.csv  totals of both models and relative errors of LGAR, a row for each case
  lgar_error.png  errors of infiltration by soil, storm and layering
or, if something fails, neither.

Columns: the 12 texture classes of Carsel and Parrish (1988), each as one soil; {len(PAIRS)} pairs of them,
{UPPER:g} cm of the finer over the coarser, and of the coarser over the finer; {STACKS} random stacks of three (seeded).
Storms, in units of the saturated conductivity Ks of the top soil:
{chr(10).join(f"  {storm.name:<10} {storm.meaning}" for storm in STORMS)}
Suction of the whole column at the start: {", ".join(f"{psi:g}" for psi in SUCTIONS)} cm. The surface holds nothing
back; potential evapotranspiration is 6 mm a day in the dry days of the dry spell, by roots uniform in the upper 30 cm
in the Richards equation; nothing passes the bottom.
"""

_EPILOG = """\
example:
  ngen-arid lgar-error --output output/lgar_error

An error is LGAR's total over that of the Richards equation, less one. Of runoff and evapotranspiration it is left out
where the Richards equation has less than 0.1 % of the rain. Some cases are solved again with cells half as thick and a
tenth of the tolerance; the largest change is reported. The figure needs matplotlib: pip install 'ngen-arid[plot]'.
"""

_CHECKED = 9
"""One of so many cases is solved again, more finely."""

_ALL = "all"

_Array = NDArray[Any]


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "lgar-error",
        help="hold LGAR against the Richards equation over soils, layers, storms and wetness",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--output", metavar="DIR", required=True, help="folder for the results")
    parser.add_argument("--quick", action="store_true", help="a few columns and storms only, to try it out")
    parser.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    begin = time.perf_counter()
    try:
        results, checked = lgar_error(arguments.output, quick=arguments.quick)
    except (ValueError, OSError, RuntimeError, ModuleNotFoundError) as error:
        print(f"ngen-arid lgar-error: {error}", file=sys.stderr)
        return 1
    print("Relative error of LGAR [%]: median, mean (5 to 95 % of the cases)\n")
    print(as_text(results))
    worst = max(checked, key=lambda k: abs(checked[k]))
    print(
        f"\n{len(results)} cases in {time.perf_counter() - begin:.0f} s. The Richards equation, solved again in "
        f"{len(checked)} of them with half the\ncells and a tenth of the tolerance: infiltration changes by at most "
        f"{100.0 * abs(checked[worst]):.2f} %\n({results[worst].case.name})"
    )
    for k in sorted(checked):
        if abs(checked[k]) > UNCERTAIN:
            print(f"uncertain: {results[k].case.name}, {100.0 * checked[k]:+.1f} %")
    print(f"lgar_error.csv and lgar_error.png: {arguments.output}")
    return 0


def lgar_error(output: str | Path, *, quick: bool = False) -> tuple[list[Result], dict[int, float]]:
    """Run all cases, write the totals and draw the errors.

    Parameters
    ----------
    output : str or Path
        Folder.
    quick : bool
        A few cases of each kind only.

    Returns
    -------
    results : list of Result
    checked : dict of int to float
        Indices of the cases that were solved again more finely, and the relative changes.

    Raises
    ------
    RuntimeError, OSError, ModuleNotFoundError
        Nothing is written then.
    """
    from tqdm import tqdm

    from ngen_arid.hydrograph import require_matplotlib
    from ngen_arid.lgar_error_figure import draw

    require_matplotlib()  # rather now than after the runs
    output = Path(output)
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(f"{output} is a file; --output takes a folder")
    chosen = cases(quick)
    again = range(0, len(chosen), _CHECKED)
    with tqdm(total=len(chosen) + len(again), desc="LGAR and Richards", unit="case", disable=None) as bar:
        results = run_cases(chosen, bar.update)
        checked = dict(zip(again, changes(results, again, bar.update).tolist(), strict=True))
    output.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        # they take their names together, at the end
        table, figure = (
            files.enter_context(whole_file(output / name)) for name in ("lgar_error.csv", "lgar_error.png")
        )
        _write(results, checked, table)
        draw(results, figure)
    return results, checked


def spread(errors: Iterable[float]) -> str:
    """Median, mean, and range of nine tenths, of shares as per cent; shares that are NaN are left out.

    >>> spread([0.01, 0.02, 0.06])
    '+2.0 +3.0 (+1 to +6)'
    >>> spread([float("nan")])
    '-'
    """
    values = 100.0 * np.array([error for error in errors if not np.isnan(error)])
    if not values.size:
        return "-"
    low, high = np.percentile(values, (5.0, 95.0))
    return f"{np.median(values):+.1f} {values.mean():+.1f} ({low:+.0f} to {high:+.0f})"


def as_text(results: Sequence[Result]) -> str:
    """Errors by group and storm, for people."""
    rows = []
    storms = [storm.name for storm in STORMS]
    for quantity in QUANTITIES:
        name = quantity.replace("actual_", "").replace("_", " ")
        for group in GROUPS:
            for storm in (*storms, _ALL) if quantity == QUANTITIES[0] else (_ALL,):
                part = [r for r in results if r.case.group == group and storm in (r.case.storm.name, _ALL)]
                there = [r for r in part if not np.isnan(r.error(next(iter(VARIANTS)), quantity))]
                if not there:
                    continue
                cells = (spread(r.error(variant, quantity) for r in there) for variant in VARIANTS)
                rows.append((name, group, storm, str(len(there)), *cells))
    return aligned(("of", "columns", "storm", "n", *VARIANTS), rows, left=3)


def _write(results: Sequence[Result], checked: dict[int, float], path: Path) -> None:
    """Write totals [cm] and errors [-] as CSV."""
    names = [quantity.replace("actual_", "") for quantity in QUANTITIES]
    short = [variant.replace("exact drive, ", "").replace(" ", "_") for variant in VARIANTS]
    headers = ["group", "soils", "thickness[cm]", "storm", "initial_psi[cm]", "rain[cm]"]
    headers += [f"richards_{name}[cm]" for name in names]
    headers += [f"{variant}_{name}[cm]" for variant in short for name in names]
    headers += [f"{variant}_{name}_error" for variant in short for name in names]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*headers, "richards_infiltration_change_if_finer"))
        for k, result in enumerate(results):
            case = result.case
            numbers = [case.psi, float(case.rain.sum()) * STEP_H / 10.0, *result.richards]
            numbers += [value for variant in VARIANTS for value in result.lgar[variant]]
            errors = [result.error(variant, quantity) for variant in VARIANTS for quantity in QUANTITIES]
            errors.append(checked.get(k, np.nan))
            writer.writerow(
                (
                    case.group,
                    " / ".join(case.soils),
                    " / ".join(f"{value:g}" for value in case.thickness),
                    case.storm.name,
                    *(f"{value:.7g}" for value in numbers),
                    *("" if np.isnan(error) else f"{error:.6f}" for error in errors),
                )
            )
