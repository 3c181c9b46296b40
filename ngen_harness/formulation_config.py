"""Parse the ``formulations`` part of a realization."""

from __future__ import annotations

import math
from typing import Any

from ngen_harness.compiled import COMPILED, stand_in
from ngen_harness.config import HydrofabricLink, MassBalanceConfig, ModuleConfig, MultiConfig
from ngen_harness.json_problems import Node, did_you_mean
from ngen_harness.ptree import typed
from ngen_harness.serialization_config import SerializationConfig, parse_serialization

_NAMES = ("bmi_python", "bmi_multi", *COMPILED)

_MODULE_KEYS = {
    "model_type_name",
    "init_config",
    "main_output_variable",
    "python_type",
    "module_path",
    "library_file",
    "registration_function",
    "create_function",
    "destroy_function",
    "uses_forcing_file",
    "forcing_file",
    "allow_exceed_end_time",
    "fixed_time_step",
    "variables_names_map",
    "model_params",
    "output_variables",
    "output_header_fields",
    "output_precision",
    "cache_input_variable_metadata",
    "mass_balance",
    "serialization",
}
_MULTI_KEYS = {
    "model_type_name",
    "main_output_variable",
    "modules",
    "init_config",
    "output_variables",
    "output_header_fields",
    "output_precision",
    "default_output_values",
    "uses_forcing_file",
    "forcing_file",
    "allow_exceed_end_time",
    "fixed_time_step",
    "serialization",
}


def parse_formulation(
    node: Node, serialization: SerializationConfig | None = None
) -> ModuleConfig | MultiConfig | None:
    """Parse one formulation, a single model or a ``bmi_multi``.

    Parameters
    ----------
    node : Node
        The object with ``name`` and ``params``; problems are noted there.
    serialization : SerializationConfig, optional
        What counts for formulations and modules without a ``serialization`` block of their own.

    Returns
    -------
    ModuleConfig, MultiConfig or None
        None after a problem that leaves nothing to return.
    """
    name = node.text("name", required=True)
    params = node.child("params")
    if name is None:
        return None
    if name not in _NAMES:
        close = " (did you mean 'bmi_python'?)" if name == "bmi_py" else did_you_mean(name, _NAMES)
        node.problem("name", f"'{name}' is not a formulation ngen knows{close}")
        return None
    if not params.value:
        return None
    return _parse_multi(params, serialization) if name == "bmi_multi" else _parse_module(name, params, serialization)


def _parse_multi(node: Node, serialization: SerializationConfig | None) -> MultiConfig | None:
    node.warn_unknown(_MULTI_KEYS)
    serialization = parse_serialization(node, serialization)
    modules: list[ModuleConfig] = []
    entries = node.value.get("modules")
    if not isinstance(entries, list) or not entries:
        node.problem("modules", 'is missing or empty; expected a list of {"name": ..., "params": {...}}')
        entries = []
    for index in range(len(entries)):
        entry = node.item("modules", index)
        module = parse_formulation(entry, serialization)
        if isinstance(module, MultiConfig):
            entry.problem("name", "a bmi_multi cannot be a module of another bmi_multi")
        elif module is not None:
            modules.append(module)
    name = node.text("model_type_name", required=True)
    main = node.text("main_output_variable", required=True)
    variables, headers = node.texts("output_variables"), node.texts("output_header_fields")
    defaults = _parse_defaults(node)
    precision = node.number("output_precision", integer=True)
    if precision is not None and not 0 <= precision <= 17:
        node.problem("output_precision", f"is {precision}; expected 0 to 17 decimals")
    if name is None or main is None or len(modules) != len(entries):
        return None
    return MultiConfig(
        node.where, name, main, tuple(modules), variables, headers, defaults, 9 if precision is None else int(precision)
    )


def _parse_defaults(node: Node) -> dict[str, float]:
    defaults: dict[str, float] = {}
    entries = node.value.get("default_output_values", [])
    if not isinstance(entries, list):
        node.problem("default_output_values", 'expected a list of {"name": ..., "value": ...}')
        entries = []
    for index in range(len(entries)):
        entry = node.item("default_output_values", index)
        name, value = entry.text("name", required=True), entry.number("value", required=True)
        if name is not None and value is not None:
            defaults[name] = float(value)
    return defaults


def _parse_module(kind_name: str, node: Node, serialization: SerializationConfig | None) -> ModuleConfig | None:
    node.warn_unknown(_MODULE_KEYS)
    name = node.text("model_type_name", required=True)
    main = node.text("main_output_variable", required=True)
    init_config = node.text("init_config", required=True)
    if node.flag("uses_forcing_file", False):
        node.problem("uses_forcing_file", "was removed from ngen and cannot be true; remove the key")
    if node.text("forcing_file"):
        node.problem("forcing_file", "was removed from ngen; name the file in the 'forcing' block instead")
    module_path = node.text("module_path")
    if kind_name in COMPILED:
        python_type = stand_in(kind_name, node)
    else:
        python_type = node.text("python_type", required=True)
        if python_type is not None and "." not in python_type:
            node.problem("python_type", f"is '{python_type}'; expected '<python_module>.<python_class>'")
    names_map, model_params = _names_map(node), _model_params(node)
    variables, headers = node.texts("output_variables"), node.texts("output_header_fields")
    allow_exceed = node.flag("allow_exceed_end_time", False)
    cache = node.has("cache_input_variable_metadata") and node.flag("cache_input_variable_metadata", False)
    mass_balance = _mass_balance(node)
    serialization = parse_serialization(node, serialization)
    if name is None or main is None or init_config is None or python_type is None:
        return None
    return ModuleConfig(
        where=node.where,
        model_type_name=name,
        python_type=python_type,
        init_config=init_config,
        main_output=main,
        module_path=module_path,
        allow_exceed_end_time=allow_exceed,
        names_map=names_map,
        model_params=model_params,
        output_variables=variables,
        output_headers=headers,
        cache_input_metadata=cache,
        mass_balance=mass_balance,
        serialization=serialization,
    )


def _names_map(node: Node) -> dict[str, str]:
    names = node.mapping("variables_names_map")
    for variable, alias in names.items():
        if not isinstance(alias, str) or not alias:
            node.problem(f"variables_names_map.{variable}", "expected the framework's name for this variable")
    return {variable: str(alias) for variable, alias in names.items()}


def _model_params(node: Node) -> dict[str, Any]:
    """Parameters in the alphabetical order in which ngen sets them."""
    raw = node.mapping("model_params")
    params: dict[str, Any] = {}
    # ngen keeps them in a map sorted by bytes.
    for name in sorted(raw, key=lambda key: key.encode()):
        value = typed(raw[name])
        if isinstance(value, dict) and "source" in value:
            if value["source"] != "hydrofabric":
                node.problem(f"model_params.{name}.source", f"is '{value['source']}'; 'hydrofabric' is the only source")
                continue
            value = HydrofabricLink(str(value.get("from", name)))
        params[name] = value
    return params


def _mass_balance(node: Node) -> MassBalanceConfig | None:
    if not node.has("mass_balance"):
        return None
    if not node.mapping("mass_balance"):
        return None
    block = node.child("mass_balance")
    block.warn_unknown({"check", "tolerance", "fatal", "frequency"})
    tolerance = block.number("tolerance")
    frequency = block.number("frequency", integer=True)
    if tolerance is not None and math.isnan(tolerance):
        block.note("tolerance", "is NaN, which disables the mass balance check")
        return None
    config = MassBalanceConfig(
        check=block.flag("check", True),
        tolerance=1e-16 if tolerance is None else float(tolerance),
        fatal=block.flag("fatal", False),
        frequency=1 if frequency is None else int(frequency),
    )
    if config.check and config.frequency <= 0:
        never = "ngen means it as 'at the end' but never checks" if config.frequency < 0 else "disables the check"
        block.note("frequency", f"is {config.frequency}: {never}")
    return config
