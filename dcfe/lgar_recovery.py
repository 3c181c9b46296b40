"""Recovery experiments with LGAR: can learning find soils that are known? Run as ``python -m dcfe.lgar_recovery``."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from dcfe.recovery import write

_DESCRIPTION = """\
Recovery experiments with LGAR: the soils are known, observations are made with them, learning has to find them again.

  single           alpha, n and Ksat of the top layer of columns, by least squares with exact tangents: from runoff
                   alone, and with evapotranspiration and storage; wet and dry columns; errors of observations
  wrong-structure  nine parameters of three layers, where the truth is LGAR, and where it is the Richards equation
  field            a network from soil properties at points to all parameters of the report's Table S2; judged on
                   columns and a period never seen
  polaris          the same for the points of a table of POLARIS, in measured and generated weather

Each writes a table (.txt) and numbers (.json) into a folder; those of field are named by method and noise. Examples:

  python -m dcfe.lgar_recovery single --output results --noise 0 0.05 0.2
  python -m dcfe.lgar_recovery wrong-structure --output results
  python -m dcfe.lgar_recovery field --output results --noise 0 0.05 0.2
  python -m dcfe.lgar_recovery polaris --output results --points points.csv --forcing forcing.csv
"""


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dcfe.lgar_recovery",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="EXPERIMENT")
    for name, run, help_text in (
        ("single", _single, "the top layer of single columns"),
        ("wrong-structure", _structure, "three layers, truth LGAR or Richards"),
        ("field", _field, "soil properties to soils, judged on unseen columns"),
        ("polaris", _polaris, "the points of a table of POLARIS"),
    ):
        command = commands.add_parser(name, help=help_text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        command.add_argument("--output", type=Path, required=True, help="folder for tables, numbers and figures")
        command.add_argument("--seed", type=int, default=0, help="of everything random")
        command.set_defaults(run=run)
        if name in ("field", "polaris"):
            continue
        command.add_argument("--wet", type=int, default=6, help="columns with most runoff")
        command.add_argument("--dry", type=int, default=4, help="columns without any")
        command.add_argument("--starts", type=int, default=5, help="random starts of each column")
        command.add_argument("--steps", type=int, default=2000, help="hours that are learned from")
    commands.choices["single"].add_argument(
        "--noise", type=float, nargs="+", default=[0.0, 0.05, 0.2], help="relative errors of observations"
    )
    commands.choices["wrong-structure"].add_argument(
        "--noise", type=float, default=0.05, help="relative error of observations"
    )
    field = commands.choices["field"]
    field.add_argument("--noise", type=float, nargs="+", default=[0.05], help="relative errors of observations")
    field.add_argument("--columns", type=int, default=60, help="columns, a fifth of them held out")
    field.add_argument("--steps", type=int, default=2000, help="hours that are learned from; as many are judged")
    field.add_argument("--method", choices=("least-squares", "adam"), default="least-squares", help="of learning")
    field.add_argument("--epochs", type=int, default=160, help="of Adam, all columns at once")
    field.add_argument(
        "--rounds", type=int, nargs="+", default=[15, 15, 15], help="of least squares: most steps of each"
    )
    field.add_argument("--share", type=float, default=0.8, help="of the columns that are learned from")
    field.add_argument("--hidden", type=int, nargs="*", default=[24], help="sizes of the network's hidden layers")
    polaris = commands.choices["polaris"]
    polaris.add_argument("--points", type=Path, required=True, help="table of POLARIS, CSV")
    polaris.add_argument("--forcing", type=Path, help="hourly forcing, CSV; without it the weather is generated")
    polaris.add_argument("--noise", type=float, default=0.05, help="relative error of observations")
    polaris.add_argument("--epochs", type=int, default=400, help="of training")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run an experiment; returns the exit status."""
    parser = build_parser()
    arguments = parser.parse_args(argv)
    if isinstance(arguments.noise, list):
        labels = [_percent(noise) for noise in arguments.noise]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            parser.error(f"--noise has {', '.join(twice)} % more than once, whose files would be the same")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
        arguments.run(arguments)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        print(f"{parser.prog} {arguments.command}: {error}", file=sys.stderr)
        return 1
    return 0


def _percent(noise: float) -> str:
    return f"{100 * noise:g}"


def _single(arguments: argparse.Namespace) -> None:
    from dcfe.lgar_recovery_single import OBSERVED, SingleSettings, run_single

    results = [
        run_single(
            SingleSettings(
                wet=arguments.wet,
                dry=arguments.dry,
                starts=arguments.starts,
                noise=noise,
                observed=observed,
                steps=arguments.steps,
                seed=arguments.seed,
            )
        )
        for noise in arguments.noise
        for observed in OBSERVED
    ]
    write(arguments.output, "lgar_single", [r.text() for r in results], [r.summary() for r in results])


def _structure(arguments: argparse.Namespace) -> None:
    from dcfe.lgar_recovery_structure import StructureSettings, run_structure

    result = run_structure(
        StructureSettings(
            wet=arguments.wet,
            dry=arguments.dry,
            starts=arguments.starts,
            noise=arguments.noise,
            steps=arguments.steps,
            seed=arguments.seed,
        )
    )
    write(arguments.output, "lgar_structure", [result.text()], result.summary())


def _field(arguments: argparse.Namespace) -> None:
    from dcfe.lgar_field_settings import FieldSettings
    from dcfe.lgar_recovery_field import FieldResult, run_field
    from dcfe.lgar_recovery_figures import draw_field, draw_field_scores

    results: dict[str, FieldResult] = {}
    for noise in arguments.noise:
        settings = FieldSettings(
            columns=arguments.columns,
            seed=arguments.seed,
            steps=arguments.steps,
            warmup=min(100, arguments.steps // 5),
            noise=noise,
            method=arguments.method,
            epochs=arguments.epochs,
            rounds=tuple(arguments.rounds),
            share=arguments.share,
            hidden=tuple(arguments.hidden),
        )
        result = run_field(settings)
        results[f"errors {_percent(noise)} %"] = result
        name = f"lgar_field_{arguments.method}_noise_{_percent(noise)}"
        write(arguments.output, name, [result.text()], result.summary())
        draw_field(result, arguments.output / f"{name}.png")
    draw_field_scores(results, arguments.output / f"lgar_field_{arguments.method}_scores.png")


def _polaris(arguments: argparse.Namespace) -> None:
    from dcfe.lgar_recovery_figures import draw_polaris
    from dcfe.lgar_recovery_polaris import PolarisSettings, run_polaris

    settings = PolarisSettings(seed=arguments.seed, noise=arguments.noise, epochs=arguments.epochs)
    result = run_polaris(arguments.points, arguments.forcing, settings)
    write(arguments.output, "lgar_polaris", [result.text()], result.summary())
    draw_polaris(result, arguments.output / "lgar_polaris.png")


if __name__ == "__main__":
    sys.exit(main())
