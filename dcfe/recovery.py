"""Recovery experiments: can learning find parameters that are known? Run as ``python -m dcfe.recovery``."""

from __future__ import annotations

import argparse
import json
import logging
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ngen_bmi.files import whole_file

log = logging.getLogger(__name__)

_DESCRIPTION = """\
Recovery experiments with CFE: the truth is known, observations are made with it, learning has to find it again.

  single           nine calibrated parameters of one basin, each alone and all together, from random starts
  field            attributes to parameters of hundreds of basins; judged on basins and a year never seen
  report           the 2023 report's case: four attributes to refkdt and satdk of one basin; gradient chain
  wrong-structure  the truth is CFE with the ODE soil, the learner has the classic one

Each writes a table (.txt), numbers (.json) and figures (.png) into a folder. Examples:

  python -m dcfe.recovery field --output results --noise 0 0.05 0.2 --scheme classic ode
  python -m dcfe.recovery field --output results --camels camels_attributes_v2.0 --basins 200
  python -m dcfe.recovery single --output results --starts 8
"""


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m dcfe.recovery", description=_DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="EXPERIMENT")
    for name, run, help_text in (
        ("single", _single, "one basin, nine parameters alone and together"),
        ("field", _field, "attributes to parameters, judged on unseen basins"),
        ("report", _report, "the report's case and the gradient chain"),
        ("wrong-structure", _wrong_structure, "truth and learner differ in structure"),
    ):
        command = commands.add_parser(name, help=help_text, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        command.add_argument("--output", type=Path, required=True, help="folder for tables, numbers and figures")
        command.add_argument("--seed", type=int, default=0, help="of everything random")
        command.add_argument("--threads", type=int, default=2, help="threads of torch")
        command.set_defaults(run=run)
        if name in ("field", "wrong-structure"):
            _add_field(command)
        else:
            command.add_argument("--starts", type=int, default=8 if name == "single" else 5, help="random starts")
            command.add_argument("--epochs", type=int, default=400, help="of training")
        if name == "single":
            command.add_argument("--noise", type=float, default=0.0, help="relative error of observations")
            command.add_argument("--scheme", choices=("classic", "ode"), default="classic", help="soil scheme")
    field = commands.choices["field"]
    field.add_argument("--noise", type=float, nargs="+", default=[0.05], help="relative errors of observations")
    field.add_argument("--scheme", choices=("classic", "ode"), nargs="+", default=["classic"], help="soil schemes")
    field.add_argument("--unexplained", type=float, nargs="+", default=[0.0], help="shares not explained by attributes")
    field.add_argument("--learn", choices=("raw", "combinations"), nargs="+", default=["raw"], help="what to learn")
    return parser


def _add_field(command: argparse.ArgumentParser) -> None:
    command.add_argument("--basins", type=int, default=200, help="basins, a fifth of them held out")
    command.add_argument("--epochs", type=int, default=300, help="of training, full batch")
    command.add_argument("--weight-decay", type=float, default=0.0, help="of AdamW: against learning basins by heart")
    command.add_argument("--learning-rate", type=float, default=4e-3, help="of the first epoch")
    command.add_argument("--spread", type=float, default=1.2, help="deviation of the true parameters' logits")
    command.add_argument("--hidden", type=int, nargs="*", default=[64, 64], help="sizes of the hidden layers")
    command.add_argument("--dropout", type=float, default=0.0, help="share of hidden values dropped in training")
    command.add_argument(
        "--select",
        action="store_true",
        help="choose layers, dropout, weight decay, epochs within the basins learned from",
    )
    command.add_argument("--camels", type=Path, help="folder of CAMELS attribute tables; without it they are generated")


def main(argv: Sequence[str] | None = None) -> int:
    """Run an experiment; returns the exit status."""
    import torch

    arguments = build_parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(arguments.threads)
    arguments.output.mkdir(parents=True, exist_ok=True)
    arguments.run(arguments)
    return 0


def _single(arguments: argparse.Namespace) -> None:
    from dcfe.recovery_figures import draw_single
    from dcfe.recovery_single import SingleSettings, run_single

    results = [
        run_single(
            SingleSettings(
                starts=arguments.starts,
                seed=arguments.seed,
                epochs=arguments.epochs,
                noise=arguments.noise,
                scheme=arguments.scheme,
                dry=dry,
            )
        )
        for dry in (False, True)
    ]
    name = f"single_{arguments.scheme}_noise_{100 * arguments.noise:g}"
    write(arguments.output, name, [r.text() for r in results], [r.summary() for r in results])
    draw_single(results, arguments.output / f"{name}.png")


def _field(arguments: argparse.Namespace) -> None:
    cases = [
        {"truth": scheme, "learner": scheme, "noise": noise, "unexplained": unexplained, "learn": learn}
        for scheme in arguments.scheme
        for noise in arguments.noise
        for unexplained in arguments.unexplained
        for learn in arguments.learn
    ]
    _run_cases(arguments, cases, "field")


def _wrong_structure(arguments: argparse.Namespace) -> None:
    right = {"truth": "ode", "learner": "ode", "noise": 0.05}
    _run_cases(arguments, [right, right | {"learner": "classic"}], "wrong_structure")


def _run_cases(arguments: argparse.Namespace, cases: Sequence[dict[str, Any]], name: str) -> None:
    from dcfe.recovery_field import FieldResult, run_field
    from dcfe.recovery_figures import draw_efficiencies, draw_prediction, draw_scatter
    from dcfe.recovery_selection import select
    from dcfe.recovery_settings import FieldSettings
    from dcfe.synthetic_attributes import camels_attributes

    attributes = camels_attributes(arguments.camels, arguments.basins, arguments.seed) if arguments.camels else None
    results: dict[str, FieldResult] = {}
    for case in cases:
        settings = FieldSettings(
            basins=arguments.basins,
            seed=arguments.seed,
            epochs=arguments.epochs,
            weight_decay=arguments.weight_decay,
            learning_rate=arguments.learning_rate,
            spread=arguments.spread,
            hidden=tuple(arguments.hidden),
            dropout=arguments.dropout,
            **case,
        )
        if arguments.select:
            settings, _ = select(settings, attributes)
        result = run_field(settings, attributes)
        label = label_of(settings)
        results[label] = result
        log.info("%s", result.text())
        part = f"{name}_{label.replace(' ', '_').replace('%', 'percent').replace(',', '')}"
        write(arguments.output, part, [result.text()], result.summary())
        draw_scatter(result, arguments.output / f"{part}_scatter.png")
        draw_prediction(result, arguments.output / f"{part}_prediction.png")
    draw_efficiencies(results, arguments.output / f"{name}_efficiencies.png")


def label_of(settings: Any) -> str:
    """Short text of a field experiment."""
    scheme = settings.learner if settings.truth == settings.learner else f"{settings.truth} by {settings.learner}"
    text = f"{scheme}, noise {100 * settings.noise:g} %"
    if settings.unexplained:
        text += f", {100 * settings.unexplained:g} % unexplained"
    return text + (", combinations" if settings.learn == "combinations" else "")


def _report(arguments: argparse.Namespace) -> None:
    from dcfe.gradient_chain import gradient_chain
    from dcfe.gradient_chain_figure import draw_chain
    from dcfe.recovery_figures import draw_report
    from dcfe.recovery_report import run_report
    from dcfe.recovery_single import NINE, choose_basin
    from dcfe.synthetic import SyntheticSettings, generate

    results = [run_report(dry, arguments.seed, arguments.starts, arguments.epochs) for dry in (False, True)]
    write(arguments.output, "report", [r.text() for r in results], [r.summary() for r in results])
    draw_report(results, arguments.output / "report.png")
    basins = generate(SyntheticSettings(basins=60, steps=8760, seed=arguments.seed, noise=0.0))
    chosen = [choose_basin(basins, NINE, dry)[0] for dry in (False, True)]
    chains = [gradient_chain(basins.data, basins.truth, basins.bounds, k) for k in chosen]
    texts = [f"{chain.text()}\n\n{chain.coverage.text()}" for chain in chains]
    numbers = [{"parameters": c.parameters, "fluxes": c.fluxes, "strength": c.strength} for c in chains]
    write(arguments.output, "gradient_chain", texts, numbers)
    draw_chain(chains, arguments.output / "gradient_chain.png")


def write(folder: Path, name: str, texts: Iterable[str], numbers: Any) -> None:
    """Write a table and its numbers; infinite ones are null."""
    for path, content in (
        (folder / f"{name}.txt", "\n\n".join(texts) + "\n"),
        (folder / f"{name}.json", json.dumps(plain(numbers), indent=1, allow_nan=False) + "\n"),
    ):
        with whole_file(path) as partial:
            partial.write_text(content, encoding="utf-8")
        log.info("wrote %s", path)


def plain(value: Any) -> Any:
    """What JSON can hold: arrays as lists, numbers that are not finite as None."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


if __name__ == "__main__":
    sys.exit(main())
