"""``model_params``: values from realization or hydrofabric, set in the model after ``initialize``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ngen_harness.adapter import BmiModel
from ngen_harness.config import HydrofabricLink, ModuleConfig
from ngen_harness.context import RunContext, log
from ngen_harness.errors import HydrofabricError, ModelError
from ngen_harness.hydrofabric import Feature
from ngen_harness.ptree import kind


def link_parameters(config: ModuleConfig, feature: Feature | None, catchment_id: str) -> ModuleConfig:
    """Replace links to the hydrofabric by the catchment's properties.

    Parameters
    ----------
    config : ModuleConfig
        The module.
    feature : Feature or None
        The catchment; None if the run has no catchment file.
    catchment_id : str
        For messages.

    Returns
    -------
    ModuleConfig
        The same without links; a property that is missing or of a wrong type leaves an object, which ngen
        skips.
    """
    links = {name: value for name, value in config.model_params.items() if isinstance(value, HydrofabricLink)}
    if not links:
        return config
    if feature is None:
        raise HydrofabricError(
            f'{config.where}.model_params.{next(iter(links))}: "source": "hydrofabric" needs a catchment '
            "file; "
            "give one (--catchments FILE)"
        )
    params: dict[str, Any] = dict(config.model_params)
    for name, link in links.items():
        value = feature.properties.get(link.property_name)
        if value is None or isinstance(value, (list, dict)):
            what = "is missing" if value is None else f"is of type {kind(value)}"
            log.warning(
                "%s: property '%s' for the parameter %s.model_params.%s %s",
                catchment_id,
                link.property_name,
                config.where,
                name,
                what,
            )
            value = {"source": "hydrofabric"}
        params[name] = value
    return replace(config, model_params=params)


def set_parameters(model: BmiModel, config: ModuleConfig, catchment_id: str, context: RunContext) -> None:
    """Set all parameters, in alphabetical order.

    Parameters
    ----------
    model : BmiModel
        An initialized model.
    config : ModuleConfig
        Links already replaced.
    catchment_id : str
        For messages.
    context : RunContext
        The run.

    Raises
    ------
    ModelError
        The model does not know a parameter, or the number of values differs from its number of items.
    """
    for name, value in config.model_params.items():
        where = f"{config.where}.model_params.{name}"
        try:
            count = model.describe_parameter(name)
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(
                f"{catchment_id}: {config.model_type_name}: {where}: the model does not know this parameter "
                f"({type(error).__name__}: {error})"
            ) from error
        numbers = numbers_of(value)
        if numbers is None:
            context.warn_once(
                ("parameter", where),
                f"{catchment_id}: {where} is of type {kind(value)}, which ngen cannot pass to a model: skipped, the "
                "model keeps its own value",
            )
            continue
        if len(numbers) > count and context.mode.long_lists_are_cut:
            log.warning(
                "%s: %s has %d values, but the variable has %d items: cut", *(catchment_id, where, len(numbers), count)
            )
            numbers = numbers[:count]
        if len(numbers) != count:
            raise ModelError(
                f"{catchment_id}: {where} has {len(numbers)} value{'s' * (len(numbers) != 1)}, but the variable has "
                f"{count} items; ngen would read past the end of the list or cut it: give exactly {count}"
            )
        try:
            model.set_value(name, numbers)
        except ModelError:
            raise
        except Exception as error:
            log.warning(
                "%s: %s: set_value of the parameter %s raised %s: %s; skipped, as ngen does",
                catchment_id,
                config.model_type_name,
                name,
                type(error).__name__,
                error,
            )


def numbers_of(value: Any) -> list[float] | None:
    """Values that ngen can pass to a model, or None."""
    if isinstance(value, bool) or isinstance(value, (str, dict)):
        return None
    if isinstance(value, list):
        found = [item for item in value if isinstance(item, (int, float)) and not isinstance(item, bool)]
        return found or None
    return [value]
