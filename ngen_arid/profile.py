"""``ngen-arid profile``: run a column over a forcing file and draw what happens in the soil."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ngen_arid.column_run import ColumnRun, run_column, write_blocks
from ngen_bmi.files import whole_file

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Run LGAR or the Richards equation over a forcing file and draw what happens in the soil. The output folder then holds
  profiles.png   moisture and suction against depth, at a few times
  fronts.png     moisture over time and depth with the paths of the wetting fronts, rain above, fluxes below
  fronts.csv     every wetting front after every step
  profile.gif    with --animate: both profiles, step by step
with moisture.png and cells.csv, at the times of the profiles, in place of fronts for the Richards equation;
or, if something fails, none of them.
"""

_EPILOG = """\
examples:
  around the storm with the most rain, whose profiles are drawn before it, at its peak, at its end, and 1 and 4 days
  later (if the peak is its end: 6 hours later)
    ngen-arid profile realizations/example_basin/lgar/cat-2.yml realizations/example_basin/forcing/cat-2.csv \\
        --output output/profile
  at hours of your choice, counted from the beginning of the forcing file; 0 is the initial state
    ngen-arid profile cat-1.yml cat-1.csv --output output/profile --hours 0,12,24,48
  the whole first year
    ngen-arid profile cat-1.yml cat-1.csv --output output/profile --hours 0,2190,4380,6570,8760

CONFIG is YAML, or LASAM's text for LGAR. FORCING is a CSV file with a row for each step and columns such as
time,P(mm/h),PET(mm/h), the same that 'python -m lgar_bmi' reads. fronts.png and profile.gif show the time from the
first profile to the last, and a tenth more on both sides. Figures need matplotlib: pip install 'ngen-arid[plot]'.
"""

_GAP_H = 6.0
"""Dry hours that end a storm."""

_Array = NDArray[Any]


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "profile",
        help="run a column over a forcing file and draw the soil: profiles, moisture and wetting fronts",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("config", metavar="CONFIG", help="configuration of an LGAR or Richards column")
    parser.add_argument("forcing", metavar="FORCING", help="CSV file with a row for each step")
    parser.add_argument("--output", metavar="DIR", required=True, help="folder for the results")
    parser.add_argument(
        "--hours",
        metavar="LIST",
        type=parse_hours,
        help="hours at which profiles are drawn, separated by commas (default: around the largest storm)",
    )
    parser.add_argument("--title", default="", help="title of the figures (default: name of the catchment)")
    parser.add_argument("--animate", action="store_true", help="also make profile.gif")
    parser.set_defaults(execute=execute)


def parse_hours(text: str) -> tuple[float, ...]:
    """Read hours separated by commas.

    >>> parse_hours("0, 12,24.5")
    (0.0, 12.0, 24.5)
    """
    try:
        hours = tuple(sorted({float(word) for word in text.split(",")}))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of hours such as 0,12,24") from None
    if not 0.0 <= hours[0] <= hours[-1] < np.inf:
        raise argparse.ArgumentTypeError(f"{text!r}: hours count from 0, the beginning of the forcing file")
    if len(hours) > 8:
        raise argparse.ArgumentTypeError(f"{len(hours)} profiles in one figure cannot be told apart; give at most 8")
    return hours


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    try:
        run, states = profile(
            arguments.config,
            arguments.forcing,
            arguments.output,
            hours=arguments.hours,
            title=arguments.title,
            animate=arguments.animate,
        )
    except (ValueError, OSError, RuntimeError, ModuleNotFoundError) as error:
        print(f"ngen-arid profile: {error}", file=sys.stderr)
        return 1
    fluxes = (("rain", run.rain), ("infiltration", run.infiltration), ("runoff", run.runoff))
    totals = (*fluxes, ("evapotranspiration", run.evapotranspiration))
    blocks = f"at most {run.size.max()} wetting fronts" if run.has_fronts else f"{run.size[0]} cells"
    print(f"{run.name}: {len(run.rain)} steps, {blocks}")
    print("total [mm]: " + ", ".join(f"{name} {values.sum():.1f}" for name, values in totals))
    print("profiles: " + ", ".join(str(run.times[state]).replace("T", " ") for state in states))
    print(f"figures and {'fronts' if run.has_fronts else 'cells'}.csv: {arguments.output}")
    return 0


def profile(
    config: str | Path,
    forcing: str | Path,
    output: str | Path,
    *,
    hours: Sequence[float] | None = None,
    title: str = "",
    animate: bool = False,
) -> tuple[ColumnRun, list[int]]:
    """Run a column, draw it, and write its fronts.

    Parameters
    ----------
    config, forcing, output : str or Path
    hours : sequence of float, optional
        When profiles are drawn [h since the beginning]; default: around the largest storm.
    title : str
        Of the figures; default: the name of the catchment.
    animate : bool
        Also make an animation.

    Returns
    -------
    run : ColumnRun
    states : list of int
        Those whose profiles are drawn.

    Raises
    ------
    ConfigError, ForcingError, ParameterError, ValueError, RuntimeError, OSError, ModuleNotFoundError
        Nothing is written then.
    """
    from ngen_arid import soil_figures
    from ngen_arid.hydrograph import require_matplotlib

    require_matplotlib()  # rather now than after the run
    output = Path(output)
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(f"{output} is a file; --output takes a folder")
    run = run_column(config, forcing, hours or ())
    states = storm_states(run.rain, run.step_h) if hours is None else states_at(hours, run)
    window = window_around(states, len(run.rain), run.step_h)
    title = title or run.name
    output.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        # they take their names together, at the end
        def new(name: str) -> Path:
            return files.enter_context(whole_file(output / name))

        picture, table = ("fronts.png", "fronts.csv") if run.has_fronts else ("moisture.png", "cells.csv")
        write_blocks(run, range(len(run.times)) if run.has_fronts else states, new(table))
        soil_figures.draw_profiles(run, states, new("profiles.png"), title)
        soil_figures.draw_fronts(run, states, window, new(picture), title)
        if animate:
            soil_figures.animate(run, window, new("profile.gif"), title)
    return run, states


def states_at(hours: Sequence[float], run: ColumnRun) -> list[int]:
    """Indices of the states nearest to some hours."""
    return sorted({round(hour / run.step_h) for hour in hours})


def storm_states(rain: _Array, step_h: float) -> list[int]:
    """Choose times that show what the largest storm does: before, at its peak, at its end, 1 and 4 days later.

    Where the end comes within an hour of the peak, 6 hours after the end stands for it.

    Examples
    --------
    >>> rain = np.zeros(400)
    >>> rain[100:110] = 2.0, 3.0, 9.0, 0.0, 0.0, 0.0, 3.0, 1.0, 1.0, 1.0
    >>> storm_states(rain, step_h=1.0)
    [100, 103, 110, 134, 206]
    >>> storm_states(rain[100:103], step_h=1.0)
    [0, 3]
    >>> storm_states(np.zeros(8), step_h=1.0)
    [0, 2, 4, 6, 8]
    """
    wet = np.flatnonzero(rain > 0.0)
    if not wet.size:
        return sorted({round(share * len(rain)) for share in (0.0, 0.25, 0.5, 0.75, 1.0)})
    storms = np.split(wet, np.flatnonzero(np.diff(wet) * step_h > _GAP_H) + 1)
    storm = max(storms, key=lambda steps: rain[steps].sum())
    before, end = int(storm[0]), int(storm[-1]) + 1
    peak = int(storm[np.argmax(rain[storm])]) + 1
    later = end if (end - peak) * step_h > 1.0 else end + round(6.0 / step_h)
    states = {before, peak, later, end + round(24.0 / step_h), end + round(96.0 / step_h)}
    return sorted(state for state in states if state <= len(rain))


def window_around(states: Sequence[int], steps: int, step_h: float) -> tuple[int, int]:
    """First and last state to show: a tenth of the time, and at least 6 hours, before and after some states."""
    margin = max(round(0.1 * (states[-1] - states[0])), round(6.0 / step_h), 1)
    return max(states[0] - margin, 0), min(states[-1] + margin, steps)
