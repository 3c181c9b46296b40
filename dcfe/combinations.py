"""Combinations of parameters that data can tell apart, and how raw parameters carry them.

Many raw parameters enter CFE's equations only together: Schaake's scheme has ``refkdt * satdk``, percolation has
``satdk * slope``, the storage threshold unites ``b``, ``satpsi``, ``alpha_fc``, ``maxsmc`` and ``depth``. What is
learned here is the combination; one of its raw parameters, the carrier, is moved so that the model has it, and the
others stay where they are held, at their priors. Products are divided by what is held; a threshold moves its carrier by
its ratio to the threshold at the priors, so that no equation of the model stands here a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from cfe_bmi.coefficients import CfeCoefficients, CfeParameters
from cfe_bmi.ensemble_setup import derive_rows
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import SCHAAKE, CfeOptions
from ngen_bmi.errors import ParameterError
from ngen_bmi.variables import VariableTable

TABLE = VariableTable(PARAMETERS).by_name
_RAW = CfeParameters._fields
_LISTED = 5


class Combination(NamedTuple):
    """A combination of raw parameters.

    Attributes
    ----------
    name, unit, text : str
    carrier : str
        Raw parameter that is moved.
    others : dict of str to int
        Exponents of the other factors of a product; empty for what is not a product.
    fixed : tuple of str
        Raw parameters that have to stay at their priors when the combination is learned.
    """

    name: str
    unit: str
    text: str
    carrier: str
    others: Mapping[str, int] = {}
    fixed: tuple[str, ...] = ()


_SHAPE = ("b", "alpha_fc", "depth", "satpsi")
COMBINATIONS: dict[str, Combination] = {
    c.name: c
    for c in (
        Combination("schaake_coefficient", "m s-1", "refkdt * satdk", "refkdt", {"satdk": 1}),
        Combination("percolation_coefficient", "m s-1", "satdk * slope", "slope", {"satdk": 1}),
        Combination("groundwater_exponent", "m-1", "expon / max_gw_storage", "expon", {"max_gw_storage": -1}),
        Combination(
            "base_flow_rate",
            "h-1",
            "Cgw * expon / max_gw_storage: outflow rate of little groundwater",
            "Cgw",
            {"expon": 1, "max_gw_storage": -1},
        ),
        Combination("threshold_share", "1", "storage threshold / maximum storage", "satpsi", fixed=_SHAPE),
        Combination("soil_threshold", "m", "storage threshold", "satpsi", fixed=_SHAPE),
        Combination("available_storage", "m", "storage threshold - wilting point", "satpsi", fixed=(*_SHAPE, "wltsmc")),
        Combination("drainable_storage", "m", "maximum storage - storage threshold", "maxsmc", fixed=("depth",)),
    )
}
"""Every combination that can be learned, by its name."""

THRESHOLDS = ("threshold_share", "soil_threshold", "available_storage")
"""Combinations that say where the storage threshold is."""


def identifiable(options: CfeOptions | None = None) -> tuple[str, ...]:
    """Names of raw parameters and combinations that runoff can tell apart with the chosen schemes."""
    options = options or CfeOptions()
    partition = "schaake_coefficient" if options.partitioning == SCHAAKE else "x_Xinanjiang_shape_parameter"
    soil = ("percolation_coefficient", "threshold_share", "maxsmc")
    return (partition, *soil, "Klf", "Kn", "max_gw_storage", "base_flow_rate", "expon")


class CombinationMap:
    """From learned values, of combinations or raw parameters, to raw parameters; differentiable.

    It is what a learner takes as ``combine`` (:class:`dcfe.learner.Combine`).

    Parameters
    ----------
    names : iterable of str
        What is learned.

    Raises
    ------
    ParameterError
        Naming every unknown name and every combination that cannot be learned beside another name.

    Examples
    --------
    >>> from cfe_bmi.examples import CAT_87
    >>> held = {name: torch.tensor([x], dtype=torch.float64) for name, x in CAT_87._asdict().items()}
    >>> raw = CombinationMap(["percolation_coefficient"])({"percolation_coefficient": torch.tensor([6.76e-8])}, held)
    >>> round(float(raw["slope"]), 6)
    0.02
    """

    def __init__(self, names: Iterable[str]):
        self.names = tuple(names)
        self._check()

    def _check(self) -> None:
        problems = [
            f"{name} is neither a combination ({', '.join(COMBINATIONS)}) nor a raw parameter of CFE"
            for name in self.names
            if name not in COMBINATIONS and name not in _RAW
        ]
        chosen = [COMBINATIONS[name] for name in self.names if name in COMBINATIONS]
        for k, combination in enumerate(chosen):
            for other in chosen[:k]:
                if other.carrier == combination.carrier:
                    problems.append(
                        f"{other.name} and {combination.name} are both carried by {other.carrier}: learn one"
                    )
            for raw in (combination.carrier, *combination.fixed):
                if raw in self.names:
                    problems.append(f"{raw} is learned, but {combination.name} needs it held: leave one of them out")
        if len(set(self.names)) != len(self.names):
            problems.append("a name is given twice")
        if problems:
            raise ParameterError("combinations to learn", list(dict.fromkeys(problems)))

    def __call__(self, learned: Mapping[str, Tensor], parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Raw parameters that replace the held ones.

        Parameters
        ----------
        learned : mapping of str to tensor, shape (basins,) or (basins, days)
        parameters : mapping of str to tensor, shape (basins,) or (basins, 1)
            Every raw parameter: what is held, the priors.

        Raises
        ------
        ParameterError
            When a carrier would leave its valid range, naming basins by their index.
        """
        raw = {name: value for name, value in learned.items() if name not in COMBINATIONS}
        raw |= self._storages(learned, parameters, raw)
        # expon before Cgw, whose combination has it
        for name in ("schaake_coefficient", "percolation_coefficient", "groundwater_exponent", "base_flow_rate"):
            if name in learned:
                combination = COMBINATIONS[name]
                value = learned[name]
                for factor, exponent in combination.others.items():
                    value = value / {**parameters, **raw}[factor] ** exponent
                raw[combination.carrier] = value
        self._judge(raw, learned)
        return raw

    def _storages(
        self, learned: Mapping[str, Tensor], held: Mapping[str, Tensor], raw: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Porosity and satpsi that give the learned storages."""
        kind = next((name for name in THRESHOLDS if name in learned), None)
        drainable = learned.get("drainable_storage")
        if kind is None and drainable is None:
            return {}
        prior = coefficients_of(held)
        prior_share = prior.soil_threshold / prior.soil_max
        share = prior_share
        threshold: Tensor | None = None
        if kind == "threshold_share":
            share = learned[kind]
        elif kind is not None:
            threshold = learned[kind] + (prior.soil_wilting if kind == "available_storage" else 0.0)
        found: dict[str, Tensor] = {}
        largest = prior.soil_max * (raw["maxsmc"] / held["maxsmc"] if "maxsmc" in raw else 1.0)
        if drainable is not None:
            largest = drainable / (1.0 - share) if threshold is None else threshold + drainable
            found["maxsmc"] = held["maxsmc"] * largest / prior.soil_max
        if kind is not None:
            share = share if threshold is None else threshold / largest
            found["satpsi"] = held["satpsi"] * (share / prior_share) ** held["b"]
        return found

    def _judge(self, raw: Mapping[str, Tensor], learned: Mapping[str, Tensor]) -> None:
        problems = []
        for name in learned:
            if name in COMBINATIONS:
                carrier = COMBINATIONS[name].carrier
                low, high = TABLE[carrier].valid
                value = raw[carrier].detach()
                outside = ~((value >= low) & (value <= high))
                for index in torch.unique(outside.nonzero()[:, 0])[:_LISTED].tolist():
                    worst = value[index][outside[index]].flatten()[0]
                    problems.append(
                        f"catchment {index}: {name} ({COMBINATIONS[name].text}) needs {carrier} = {float(worst):.4g} "
                        f"[{TABLE[carrier].unit}], outside its valid range {low:g} to {high:g}: narrow the bounds of "
                        f"{name} (combination_bounds tells them), or hold its other parameters at other priors"
                    )
        if problems:
            raise ParameterError("learned combinations", problems)


def parameters_of(values: Mapping[str, Any]) -> CfeParameters:
    """CFE's parameters from a mapping with numbers or arrays for all of them, and perhaps for more names."""
    return CfeParameters(*(values[name] for name in CfeParameters._fields))


def coefficients_of(parameters: Mapping[str, Tensor]) -> Any:
    """Coefficients of raw parameters: :class:`CfeCoefficients` of tensors of the shape that the parameters have."""
    shape = torch.broadcast_shapes(*(parameters[name].shape for name in _RAW))
    columns = (parameters[name].detach().expand(shape).reshape(-1).numpy() for name in _RAW)
    derived: Any = derive_rows(CfeParameters(*columns))  # type: ignore[arg-type]
    tensors: Any = (torch.tensor(column).reshape(shape) for column in derived)
    return CfeCoefficients(*tensors)


def combination_values(names: Iterable[str], parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Values of combinations (or raw parameters) of given raw parameters.

    Parameters
    ----------
    names : iterable of str
    parameters : mapping of str to tensor, shape (basins,)
        Every raw parameter.
    """
    c = coefficients_of(parameters)
    storages = {
        "threshold_share": c.soil_threshold / c.soil_max,
        "soil_threshold": c.soil_threshold,
        "available_storage": c.soil_threshold - c.soil_wilting,
        "drainable_storage": c.soil_max - c.soil_threshold,
    }
    found: dict[str, Tensor] = {}
    for name in names:
        if name in storages:
            found[name] = storages[name]
        elif name in COMBINATIONS:
            value = parameters[COMBINATIONS[name].carrier]
            for factor, exponent in COMBINATIONS[name].others.items():
                value = value * parameters[factor] ** exponent
            found[name] = value
        else:
            found[name] = parameters[name]
    return found
