"""``ngen-arid configure``: from a hydrofabric GeoPackage to a run directory for ngen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ngen_arid.ids import ids_of

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

MODELS = ("cfe_classic", "cfe_ode", "lgar")
PET_METHODS = (
    "penman_monteith",
    "priestley_taylor",
    "combination",
    "aerodynamic",
    "energy_balance",
    "none",
)

_DESCRIPTION = """\
Write a run directory for the divides of a hydrofabric GeoPackage (v2.2): a configuration of CFE or LGAR and of PET
for each catchment, realization.json, and a report of what was taken from where.
"""

_EPILOG = """\
examples:
  the generated example: hydrofabric and weather, then its run directory, then run it
    ngen-arid configure --example example
    ngen-arid configure example/basin.gpkg --forcing example/forcing --model cfe_ode --output run
    ngen-arid check run/realization.json --catchments example/basin.gpkg --cwd run
    ngen-arid run run/realization.json --catchments example/basin.gpkg --cwd run
  LGAR for three catchments, potential evapotranspiration by Priestley and Taylor
    ngen-arid configure basin.gpkg --forcing forcings.nc --model lgar --pet priestley_taylor \\
        --catchments cat-1,cat-2,cat-7 --output run

Paths in the realization begin at the output folder: run ngen there, or give the harness --cwd.
If anything is wrong, nothing is written. docs/configure.md has the mapping of attributes and the rules.
"""


def add_parser(commands: Subparsers) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "configure",
        help="write configurations and a realization from a hydrofabric",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("geopackage", metavar="GPKG", nargs="?", help="the hydrofabric")
    parser.add_argument("--output", metavar="DIR", help="folder for the run; has to be empty or new")
    parser.add_argument("--overwrite", action="store_true", help="replace what an earlier call wrote there")
    add_model_arguments(parser)
    parser.add_argument("--model", choices=MODELS, help="what runs in every catchment")
    parser.add_argument(
        "--catchments",
        metavar="IDS",
        type=ids_of,
        help="ids separated by commas, or a file with one in each line (default: all)",
    )
    parser.add_argument(
        "--example",
        metavar="DIR",
        help="only write a small generated hydrofabric and its weather; has to be empty or new",
    )
    parser.set_defaults(execute=execute)


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what the hydrofabric and the forcing mean for a model."""
    parser.add_argument(
        "--pet", choices=PET_METHODS, default=PET_METHODS[0], help="none: the forcing has it (default: %(default)s)"
    )
    parser.add_argument("--pet-column", metavar="NAME", help="its name in the forcing, with --pet none")
    parser.add_argument("--forcing", metavar="PATH", help="folder of CSV files, one for each catchment, or NetCDF file")
    parser.add_argument("--start", metavar="TIME", default="", help="first hour, UTC (default: the forcing's)")
    parser.add_argument("--end", metavar="TIME", default="", help="last hour, UTC (default: the forcing's)")
    parser.add_argument(
        "--soil-table",
        choices=("rosetta_2001", "carsel_parrish_1988", "lasam"),
        help="LGAR: means of the soil classes (default: rosetta_2001)",
    )
    parser.add_argument("--soil", metavar="CLASS", help="soil class for divides without one, such as 'sandy loam'")
    parser.add_argument("--texture", metavar="CSV", help="LGAR: sand, silt, clay by layer, in place of soil classes")
    parser.add_argument("--soil-storage", metavar="SHARE", type=float, help="CFE: initial share (default: 0.05)")
    parser.add_argument("--gw-storage", metavar="SHARE", type=float, help="CFE: initial share (default: 0.05)")
    parser.add_argument("--initial-psi", metavar="CM", type=float, help="LGAR: initial suction (default: 2000)")
    parser.add_argument(
        "--missing",
        choices=("error", "defaults"),
        default="error",
        help="attributes that the file does not have: refuse it, or take the documented defaults (default: error)",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Carry out the command; returns the exit status."""
    from ngen_bmi.errors import ConfigError
    from ngen_config import Request, configure
    from ngen_harness import HarnessError

    try:
        if arguments.example:
            from ngen_config.example import write_example

            paths = write_example(arguments.example, overwrite=arguments.overwrite)
            print(f"Written: {', '.join(map(str, paths))}")
            return 0
        absent = [f"--{name}" for name in ("output", "model") if not getattr(arguments, name)]
        absent += [] if arguments.geopackage else ["GPKG"]
        if absent:
            print(f"ngen-arid configure: needs {', '.join(absent)}, or --example", file=sys.stderr)
            return 2
        done = configure(request_of(arguments, Request), progress())
    except (ConfigError, HarnessError, OSError, ModuleNotFoundError) as error:
        print(f"ngen-arid configure: {error}", file=sys.stderr)
        return 1
    for line in done.doubts:
        print(f"doubtful: {line}", file=sys.stderr)
    for line in done.defaulted:
        print(f"no value: {line}", file=sys.stderr)
    print(f"{done.divides} catchments configured: {done.realization}; see report.txt beside it")
    return 0


def request_of(arguments: argparse.Namespace, kind: type, **others: object):  # type: ignore[no-untyped-def]
    """Make a `ngen_config.Request` of the command line."""
    from ngen_bmi.errors import ConfigError
    from ngen_config.texture import read_textures

    useless = without_effect(arguments)
    if useless:
        raise ConfigError("options", useless)
    given: dict[str, object] = {
        "geopackage": Path(arguments.geopackage),
        "output": Path(arguments.output),
        "model": arguments.model,
        "pet": arguments.pet,
        "forcing": Path(arguments.forcing) if arguments.forcing else None,
        "start": arguments.start,
        "end": arguments.end,
        "catchments": catchments_of(arguments.catchments),
        "pet_column": arguments.pet_column,
        "soil": arguments.soil,
        "textures": read_textures(arguments.texture) if arguments.texture else None,
        "missing": arguments.missing,
        "overwrite": arguments.overwrite,
    }
    for name in ("soil_table", "soil_storage", "gw_storage", "initial_psi"):
        if getattr(arguments, name) is not None:  # else the default of Request
            given[name] = getattr(arguments, name)
    return kind(**(given | others))


def without_effect(arguments: argparse.Namespace) -> list[str]:
    """Options that were given and that nothing reads: who gives them believes that they do something."""
    lgar = arguments.model == "lgar"
    why_not = {
        "pet_column": ""
        if arguments.pet == "none"
        else f"--pet {arguments.pet} calculates it; give --pet none with it",
        "soil_table": "" if lgar else f"it is LGAR's, not {arguments.model}'s",
        "texture": "" if lgar else f"it is LGAR's, not {arguments.model}'s",
        "initial_psi": "" if lgar else f"it is LGAR's; {arguments.model} has --soil-storage and --gw-storage",
        "soil_storage": "it is CFE's; lgar has --initial-psi" if lgar else "",
        "gw_storage": "it is CFE's; lgar has no groundwater" if lgar else "",
    }
    if lgar and arguments.texture is not None:
        why_not |= {name: "the soils are those of --texture" for name in ("soil", "soil_table")}
    return [
        f"--{name.replace('_', '-')}: has no effect here: {why}; leave it out"
        for name, why in why_not.items()
        if why and getattr(arguments, name) is not None
    ]


def catchments_of(text: str | None) -> Sequence[str] | None:
    """Ids of a list; None for all.

    Examples
    --------
    >>> catchments_of("cat-1, cat-2")
    ['cat-1', 'cat-2']
    """
    if text is None or text == "all":
        return None
    return [name for part in text.split(",") if (name := part.strip())]


def progress():  # type: ignore[no-untyped-def]
    """A bar that shows itself on a terminal only."""
    from tqdm import tqdm

    bar = tqdm(unit="divide", disable=None, leave=False)

    def watch(done: int, total: int) -> None:
        bar.total = total
        bar.update(1)
        if done == total:
            bar.close()

    return watch
