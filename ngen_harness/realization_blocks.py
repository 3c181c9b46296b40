"""The blocks of a realization that concern the whole run: period, layers, outputs."""

from __future__ import annotations

from ngen_harness.clock import ClockError, count_steps
from ngen_harness.config import LayerConfig, OutputConfig, TimeConfig
from ngen_harness.context import to_epoch
from ngen_harness.json_problems import Effect, Node, describe

MOST_HOURS = 2_000_000
"""Over 200 years: more is a slip of the pen, and would fill the memory."""

_LEGACY_OUTPUT = ("output_root", "disable_catchment_output", "per_formulation_nexus_files")


def parse_layers(root: Node) -> tuple[LayerConfig, ...]:
    """Read ``layers``, which only the faithful mode accepts."""
    if "layers" not in root.value:
        return ()
    if not root.mode.layers:
        root.problem(
            "layers",
            "is not supported by ngen_harness, and ngen aborts at the nexus; run with the default hourly layer",
        )
        return ()
    if not isinstance(root.value["layers"], list):
        root.problem("layers", f"is {describe(root.value['layers'])}; expected a list of objects")
        return ()
    layers: list[LayerConfig] = []
    for index in range(len(root.value["layers"])):
        node = root.item("layers", index)
        node.warn_unknown({"name", "id", "time_step", "time_step_units", "domain", "formulations"})
        if "formulations" in node.value:
            node.problem("formulations", "is not supported by ngen_harness; name the models in 'global'")
        number = node.number("id", required=True, integer=True)
        length = node.number("time_step", required=True)
        if length is not None and not length > 0:
            node.problem("time_step", f"is {length}; expected a positive number")
        elif number is not None and length is not None:
            layers.append(LayerConfig(int(number), length, node.text("time_step_units") or "s"))
    return tuple(layers)


def parse_time(root: Node) -> TimeConfig | None:
    """Read ``time``; None after a problem."""
    if not isinstance(root.value.get("time"), dict):
        root.problem("time", 'is missing; expected {"start_time": ..., "end_time": ..., "output_interval": 3600}')
        return None
    node = root.child("time")
    node.warn_unknown({"start_time", "end_time", "output_interval"})
    start = _moment(node, "start_time")
    end = _moment(node, "end_time")
    interval = node.number("output_interval", required=True, integer=True)
    if interval is not None and interval <= 0:
        node.problem("output_interval", f"is {interval}; expected a positive number of seconds, normally 3600")
        interval = None
    if start is None or end is None or interval is None:
        return None
    if end < start:
        node.problem("end_time", "is before start_time; it is the last simulated hour")
        return None
    hours = (end - start) // 3600 + 1
    if hours > MOST_HOURS:
        node.problem("end_time", f"is {hours} hours after start_time, more than {MOST_HOURS}; correct the year")
        return None
    misuse = False
    try:
        steps = count_steps(end - start, int(interval))
    except ClockError as error:
        steps, misuse = error.done, True
        if not node.mode.fails_late:
            node.problem("output_interval", f"{error}: ngen aborts ('Simulation_Time misuse'); use 3600")
            return None
    if interval != 3600:
        lost = f" and leaves out the last {hours - steps}" if steps < hours and not misuse else ""
        node.note("output_interval", f"is {interval} s, but ngen always steps by the hour{lost}")
    return TimeConfig(start, end, steps, int(interval), misuse)


def _moment(node: Node, key: str) -> int | None:
    text = node.text(key, required=True)
    if text is None:
        return None
    try:
        return to_epoch(text)
    except ValueError:
        node.problem(key, f"is '{text}'; expected 'YYYY-mm-dd HH:MM:SS' in UTC, with a blank, not a 'T'")
        return None


def parse_output(root: Node) -> OutputConfig:
    """Read ``output``, or the older keys that stand for it."""
    legacy = [key for key in _LEGACY_OUTPUT if key in root.value]
    if not root.has("output"):
        if legacy and root.mode.knows("output"):
            root.note(", ".join(legacy), "is deprecated; prefer an 'output' block", "works")
        return OutputConfig(
            root=root.text("output_root") or "./",
            catchments=not root.flag("disable_catchment_output", False),
        )
    if legacy:
        root.note(", ".join(legacy), "ignored because there is an 'output' block")
    node = root.child("output")
    node.warn_unknown({"root", "precision", "catchment", "nexus"})
    catchment = node.child("catchment", optional=True)
    nexus = node.child("nexus", optional=True)
    refused = ""
    if (catchment.text("format") or "csv") != "csv":
        refused = "only csv catchment files are supported (by ngen as well)"
        if not root.mode.fails_late:
            catchment.problem("format", refused)
    if (nexus.text("format") or "csv") != "csv":
        nexus.problem("format", "only csv nexus files are supported by ngen_harness", "unsupported")
    one_file = _choice(catchment, "grouping", ("per_feature", "per_formulation")) == "per_formulation"
    _choice(nexus, "grouping", ("per_feature",), ("per_formulation",))
    precision = node.number("precision", integer=True)
    if precision is not None and not 1 <= precision <= 17:
        node.problem("precision", f"is {precision}; expected 1 to 17 significant digits", "works")
    return OutputConfig(
        root=node.text("root") or "./",
        precision=9 if precision is None else int(precision),
        catchments=catchment.flag("enable", True),
        catchments_in_one_file=one_file,
        nexuses=nexus.flag("enable", True),
        refused=refused and f"{catchment.path('format')}: {refused}",
    )


def _choice(node: Node, key: str, allowed: tuple[str, ...], unsupported: tuple[str, ...] = ()) -> str:
    text = node.text(key)
    if text is not None and text not in allowed:
        effect: Effect = "unsupported" if text in unsupported else "abort"
        node.problem(key, f"is '{text}'; expected {' or '.join(allowed)}", effect)
    return text or allowed[0]
