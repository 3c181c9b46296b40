"""Learning configurations: what is learned, and how it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcfe.bounds import bounds_of
from dcfe.combinations import COMBINATIONS, CombinationMap
from dcfe.dynamic import MODES
from dcfe.learner import HOURS
from dcfe.learning_section import LearningSection
from dcfe.learning_settings import IDENTIFIABLE, KINDS, LearnSettings
from dcfe.losses import KINDS as LOSSES
from dcfe.losses import TRANSFORMS, Term
from dcfe.networks import ACTIVATIONS
from dcfe.training_settings import TrainingSettings
from ngen_bmi.errors import ParameterError

MANY = 10**9
"""Upper end of whole numbers."""


def read_learn(section: LearningSection) -> LearnSettings:
    """Read the section ``learn``."""
    ranges: dict[str, tuple[float, float]] = {}
    scales: dict[str, Any] = {}
    names: tuple[str, ...]
    if section.is_mapping("parameters"):
        # a name without bounds is fine here
        content = section.take("parameters") or {}
        given = LearningSection(
            {k: v for k, v in content.items() if v is not None}, section.problems, "learn.parameters."
        )
        names = tuple(str(name) for name in content)
        for name in given.content:
            entry = given.section(name)
            limits = entry.limits("bounds")
            if limits is not None:
                ranges[str(name)] = limits
            if entry.has("scale"):
                scales[str(name)] = entry.choice("scale", ("linear", "log"))
            entry.finish()
    else:
        names = section.words("parameters", meaning="parameters")
    if names and names != (IDENTIFIABLE,):
        for problem in _problems_of_names(names, ranges, scales):
            section.report("parameters", problem)
    mode = section.choice("mode", MODES, "static")
    start = section.choice("start", ("centre", "priors"), "centre")
    network = section.section("network")
    kind = network.choice("kind", KINDS, "mlp" if mode == "static" else "lstm")
    if (kind == "lstm") != (mode != "static"):
        fitting = "lstm" if mode != "static" else ", ".join(k for k in KINDS if k != "lstm")
        network.report("kind", f"{kind} does not go with the mode {mode}; expected {fitting}")
    default = {"mlp": (64, 64), "lstm": (32,)}.get(kind, ())
    hidden = network.integers("hidden", default, 1, 4096)
    if kind == "mlp" and not hidden:
        network.report("hidden", "an mlp needs hidden layers; without them it is kind: linear")
    if kind == "lstm" and len(hidden) != 1:
        network.report("hidden", f"an lstm has one size, such as [32], found {list(hidden)}")
    if kind in ("linear", "point") and hidden:
        network.report("hidden", f"{kind} has no hidden layers: leave it out")
    activation = network.choice("activation", tuple(ACTIVATIONS), "tanh")
    dropout = network.number("dropout", 0.0, 0.0, 0.99)
    network.finish()
    section.finish()
    return LearnSettings(names, ranges, scales, mode, kind, hidden, activation, dropout, start)  # type: ignore[arg-type]


def _problems_of_names(
    names: tuple[str, ...], ranges: Mapping[str, tuple[float, float]], scales: Mapping[str, Any]
) -> list[str]:
    """What is wrong with names, ranges and scales, as far as it can be told without the basins."""
    try:
        CombinationMap(names)
    except ParameterError as error:
        return list(error.problems)
    raw = [name for name in names if name not in COMBINATIONS]
    kept = {name: limits for name, limits in ranges.items() if name in raw and limits[0] < limits[1]}
    problems = [f"{name}: the range {a:g} to {b:g} is empty" for name, (a, b) in ranges.items() if not a < b]
    try:
        if raw:
            bounds_of(raw, kept, {name: scale for name, scale in scales.items() if name in raw})
    except ParameterError as error:
        problems += error.problems
    return problems


def read_training(section: LearningSection, observed: list[str]) -> TrainingSettings:
    """Read the section ``training``; `observed` names the outputs that the loss may compare."""
    default = TrainingSettings()

    def optional(key: str, low: int = 1) -> int | None:
        return section.integer(key, low, low, MANY) if section.has(key) else None

    window = optional("window_days")
    settings: dict[str, Any] = {
        "loss": _loss(section, observed),
        "optimiser": section.choice("optimiser", ("adam", "lbfgs"), default.optimiser),
        "learning_rate": section.positive("learning_rate", 1.0) if section.has("learning_rate") else None,
        "schedule": section.choice("schedule", ("constant", "cosine"), "cosine"),
        "epochs": section.integer("epochs", default.epochs, 1, MANY),
        "lbfgs_iterations": section.integer("lbfgs_iterations", default.lbfgs_iterations, 1, MANY),
        "basins_per_batch": optional("basins_per_batch"),
        "window": None if window is None else window * HOURS,
        "warmup": section.integer("warmup_days", 90, 0, MANY) * HOURS,
        "gradient_through_warmup": section.flag("gradient_through_warmup", default.gradient_through_warmup),
        "clip": section.positive("clip", 1.0),
        "weight_decay": section.number("weight_decay", 0.0, 0.0),
        "validate_every": section.integer("validate_every", default.validate_every, 1, MANY),
        "patience": optional("patience"),
        "checkpoint_every": section.integer("checkpoint_every", default.checkpoint_every, 1, MANY),
        "seed": section.integer("seed", 0, 0, MANY),
    }
    section.finish()
    if section.problems:
        return default
    try:
        return TrainingSettings(**settings)
    except ValueError as error:
        for line in str(error).splitlines()[1:]:
            section.problems.append(f"training: {line.removeprefix('  - ')}")
        return default


def _loss(section: LearningSection, observed: list[str]) -> tuple[Term, ...]:
    value = section.take("loss")
    outputs = tuple(dict.fromkeys(observed)) or ("q_out",)
    if value is None or isinstance(value, str):
        if value is not None and value not in LOSSES:
            section.report("loss", f"{value!r} is not known; expected one of {', '.join(LOSSES)}, or a list of terms")
            return (Term(),)
        return tuple(Term(output, value or "nse") for output in outputs)  # type: ignore[arg-type]
    if not isinstance(value, list) or not value:
        section.report("loss", f"expected a word or a list of terms, found {value!r}")
        return (Term(),)
    return tuple(_term(item, section.problems, index, outputs) for index, item in enumerate(value, start=1))


def _term(content: Any, problems: list[str], index: int, observed: tuple[str, ...]) -> Term:
    term = LearningSection(content, problems, f"training.loss.{index}.")
    output = term.choice("output", observed, observed[0])
    kind = term.choice("kind", LOSSES, "nse")
    transform = term.choice("transform", TRANSFORMS, "none")
    weight = term.positive("weight", 1.0)
    epsilon = term.number("epsilon", Term.epsilon, 0.0)
    term.finish()
    return Term(output, kind, transform, weight, epsilon)  # type: ignore[arg-type]
