"""``ngen-arid compare``: run realizations of the same basin, tabulate where the water went, draw the hydrographs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ngen_arid.run import add_basin_arguments

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

_DESCRIPTION = """\
Run several realizations of the same basin. In the output folder each leaves the files that ngen would write,
in a folder of its own name; beside them are water_balance.csv and hydrograph.png.
"""

_EPILOG = """\
example:
  ngen-arid compare realizations/example_basin/cfe_classic.json realizations/example_basin/cfe_ode.json \\
      --catchments realizations/example_basin/catchments.geojson --output output/example
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "compare",
        help="run several realizations, with a water-balance table and a hydrograph",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("realizations", metavar="REALIZATION", nargs="+", help="realization JSON")
    add_basin_arguments(parser)
    parser.add_argument("--output", metavar="DIR", required=True, help="folder for the results")
    parser.add_argument("--title", default="", help="title of the figure")
    parser.set_defaults(execute=execute)


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    return compare(
        arguments.realizations,
        arguments.output,
        catchments=arguments.catchments,
        catchment_ids=arguments.catchment_ids,
        nexus=arguments.nexus,
        nexus_ids=arguments.nexus_ids,
        cwd=arguments.cwd,
        title=arguments.title or ", ".join(Path(path).stem for path in arguments.realizations),
    )


def compare(
    realizations: Sequence[str | Path],
    output: str | Path,
    *,
    catchments: str | Path | None,
    catchment_ids: str = "all",
    nexus: str | Path | None = None,
    nexus_ids: str = "all",
    cwd: str | Path | None = None,
    title: str = "",
) -> int:
    """Run realizations of one basin and report on them.

    Parameters
    ----------
    realizations : sequence of str or Path
        The file names, without their endings, are the labels.
    output : str or Path
        Folder for the results.
    catchments, catchment_ids, nexus, nexus_ids, cwd
        As for `ngen_harness.run`.
    title : str
        Of the figure.

    Returns
    -------
    int
        Exit status.
    """
    from ngen_arid.hydrograph import draw_hydrograph, require_matplotlib
    from ngen_arid.water_balance import as_text, water_balances, write_csv
    from ngen_harness import HarnessError, RunResult, run

    output = Path(output)
    results: dict[str, RunResult] = {}
    try:
        require_matplotlib()  # rather now than after the runs
        for label, path in zip(_labels(realizations), realizations, strict=True):
            results[label] = run(
                path,
                catchments=catchments,
                catchment_ids=catchment_ids,
                nexus=nexus,
                nexus_ids=nexus_ids,
                output=output / label,
                cwd=cwd,
                faithful_calls=False,
            )
        balances = water_balances(results)
        write_csv(balances, output / "water_balance.csv")
        print(f"Water balance [mm] over {len(next(iter(results.values())).times)} hours; details in {output}\n")
        print(as_text(balances))
        draw_hydrograph(results, output / "hydrograph.png", title)
        print(f"\nHydrographs: {output / 'hydrograph.png'}")
    except (HarnessError, OSError, ValueError, ModuleNotFoundError) as error:
        print(f"ngen-arid compare: {error}", file=sys.stderr)
        return 1
    return 0


def _labels(realizations: Sequence[str | Path]) -> list[str]:
    """Names of the files without their endings, with the folder's where that is not enough.

    Examples
    --------
    >>> _labels(["a/cfe.json", "b/cfe.json", "b/lgar.json"])
    ['a_cfe', 'b_cfe', 'lgar']
    """
    paths = [Path(path).resolve() for path in realizations]
    stems = [path.stem for path in paths]
    labels = [p.stem if stems.count(p.stem) == 1 else f"{p.parent.name}_{p.stem}" for p in paths]
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if repeated:
        raise ValueError(f"several realizations would be called {', '.join(repeated)}; give each a name of its own")
    return labels
