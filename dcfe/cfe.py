"""The differentiable twin of CFE: the compiled ensemble as a PyTorch module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.ensemble import EnsembleForcing, EnsembleState
from cfe_bmi.ensemble_inputs import prepare
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import CfeOptions
from dcfe.cfe_function import Call, CfeFunction
from dcfe.tensors import as_rows, check_tensor
from ngen_bmi.ensemble import names_of

STEPS_BETWEEN_MARKS = 256
"""States are stored this often. The sweep does the steps between at once, so that their tangents stay in the
processor's cache."""

_FORCING = ("rain", "pet", "ice_depth", "ice_fraction", "rootzone_moisture")


class TwinRun(NamedTuple):
    """What the twin gives.

    Attributes
    ----------
    outputs : dict of str to tensor, shape (catchments, steps)
        [m], names of :class:`cfe_bmi.outputs.CfeOutputs`.
    state : EnsembleState
        At the end; tensors.
    """

    outputs: dict[str, Tensor]
    state: EnsembleState


class DifferentiableCfe(torch.nn.Module):
    """CFE over many catchments with exact gradients to parameters, forcing, ordinates and initial storages.

    Values are those of :func:`cfe_bmi.ensemble.simulate`, bit for bit. Gradients are of first order. At a kink they
    are those of one side: of the branch that the value was computed in, and of the first argument where ``min`` and
    ``max`` tie. The module has no weights of its own. CPU and float64 only.

    Parameters
    ----------
    options : CfeOptions
        The same for all catchments.
    outputs : sequence of str
        Fields of :class:`cfe_bmi.outputs.CfeOutputs` to give.

    Examples
    --------
    The slope of a day's runoff to the conductivity of two catchments:

    >>> from cfe_bmi.examples import CAT_87
    >>> satdk = torch.tensor([3e-6, 3e-5], dtype=torch.float64, requires_grad=True)
    >>> parameters = CAT_87._asdict() | {"satdk": satdk}
    >>> twin = DifferentiableCfe()
    >>> state = twin.initial_state(parameters, soil_storage=0.6, gw_storage=0.1)
    >>> run = twin(parameters, EnsembleForcing(rain=np.full((1, 24), 2.0), pet=np.zeros((1, 24))), state)
    >>> run.outputs["q_out"].sum().backward()
    >>> satdk.grad.shape, bool((satdk.grad < 0.0).all())
    (torch.Size([2]), True)
    """

    def __init__(self, options: CfeOptions | None = None, outputs: Sequence[str] = ("q_out",)):
        super().__init__()
        self.options = options or CfeOptions()
        self.outputs = names_of("outputs", outputs)

    def forward(
        self,
        parameters: Mapping[str, Tensor | ArrayLike],
        forcing: EnsembleForcing,
        state: EnsembleState,
        ordinates: Tensor | ArrayLike = (1.0,),
    ) -> TwinRun:
        """Run the catchments.

        Parameters
        ----------
        parameters : mapping of str to number or tensor
            Raw values by name, of shape (), (catchments,), or (catchments, steps) or (1, steps) where they vary in
            time; those left out have their defaults.
        forcing : EnsembleForcing
            Tensors or arrays of shape (catchments, steps) or (1, steps).
        state : EnsembleState
            At the start, as :meth:`initial_state` or an earlier run gives it.
        ordinates : tensor or array, shape (n,) or (catchments, n)
            Shares of the unit hydrograph, which sum to 1.

        Returns
        -------
        TwinRun

        Raises
        ------
        ParameterError, ForcingError
            For values that CFE cannot run with, naming catchment and step.
        TypeError, ValueError
            For tensors of another type or shape.
        """
        values = complete(parameters)
        count = int(np.prod(np.shape(state.soil)))
        steps = (1, *np.shape(forcing.rain))[-1]
        since = f" for the state's {count} catchments and {steps} steps"
        static, varying = {}, {}
        for name, tensor in values.items():
            check_tensor(f"parameters[{name!r}]", tensor, ((), (1,), (count,), (1, steps), (count, steps)), since)
            if tensor.ndim == 2:
                varying[name] = tensor.expand(count, steps)
            else:
                static[name] = tensor.expand(count)
        drivers = [as_rows(f"forcing.{name}", getattr(forcing, name), (count, steps)) for name in _FORCING]
        fields: dict[str, Any] = {
            name: None if driver is None else driver.detach().numpy()
            for name, driver in zip(_FORCING, drivers, strict=True)
        }
        storages = _storages(state, count)
        shares = ordinates if torch.is_tensor(ordinates) else torch.tensor(np.asarray(ordinates, dtype=np.float64))
        shares = check_tensor("ordinates", torch.atleast_1d(shares))
        shares = shares.expand(count, -1) if shares.ndim == 1 or len(shares) == 1 else shares

        first = [values[name] if name in static else varying[name][:, 0] for name in CfeParameters._fields]
        stack = torch.stack([value.expand(count) for value in first], dim=1)
        changing = torch.stack(list(varying.values())) if varying else None
        with torch.no_grad():
            inputs = prepare(
                CfeParameters(*stack.detach().numpy().T),
                EnsembleState(*(part.detach().numpy() for part in storages)),
                EnsembleForcing(**fields, rootzone_thickness=float(forcing.rootzone_thickness)),
                self.options,
                self.outputs,
                shares.detach().numpy(),
                varying={name: tensor.detach().numpy() for name, tensor in varying.items()},
            )
        wanted = tuple(name for name, tensor in static.items() if tensor.requires_grad)
        every = max(min(STEPS_BETWEEN_MARKS, steps), 1)
        # autograd sums what was expanded
        results = CfeFunction.apply(
            Call(inputs, wanted, tuple(varying), every, torch.is_grad_enabled()),
            stack,
            changing,
            *(None if d is None else d.expand(count, steps) for d in drivers),
            *storages,
            shares,
        )
        chosen = len(self.outputs)
        return TwinRun(dict(zip(self.outputs, results[:chosen], strict=True)), EnsembleState(*results[chosen:]))

    def initial_state(
        self,
        parameters: Mapping[str, Tensor | ArrayLike],
        soil_storage: Tensor | ArrayLike,
        gw_storage: Tensor | ArrayLike,
        ordinates: int = 1,
        lateral: int = 2,
        surface: int = 1,
    ) -> EnsembleState:
        """State with given shares of the maximum storages and nothing under way.

        Parameters
        ----------
        parameters : mapping of str to number or tensor
            As for a run; of those that vary in time the first step counts.
        soil_storage, gw_storage : number or tensor, shape (catchments,)
            Shares of the maximum storages [-].
        ordinates, lateral, surface : int
            Sizes of the unit hydrograph and of the Nash cascades.

        Returns
        -------
        EnsembleState
            Tensors that carry gradients to the parameters and the shares.
        """
        at_first = {name: tensor[:, 0] if tensor.ndim == 2 else tensor for name, tensor in complete(parameters).items()}
        shares = [
            check_tensor(name, share) if torch.is_tensor(share) else torch.as_tensor(share, dtype=torch.float64)
            for name, share in (("soil_storage", soil_storage), ("gw_storage", gw_storage))
        ]
        given = {f"parameters[{name!r}]": tensor for name, tensor in at_first.items()}
        given |= {"soil_storage": shares[0], "gw_storage": shares[1]}
        count = max(tensor.shape[0] if tensor.ndim else 1 for tensor in given.values())
        for name, tensor in given.items():
            check_tensor(name, tensor, ((), (1,), (count,)), f" for {count} catchments")
        soil = shares[0] * (at_first["maxsmc"] * at_first["depth"])
        groundwater = shares[1] * at_first["max_gw_storage"]
        empty = (torch.zeros(count, size, dtype=torch.float64) for size in (lateral, surface, ordinates))
        return EnsembleState(soil.expand(count), groundwater.expand(count), *empty)  # type: ignore[arg-type]


def _storages(state: EnsembleState, count: int) -> list[Tensor]:
    """Storages as tensors, one row for each catchment."""
    storages = []
    for name, part in state._asdict().items():
        tensor = torch.as_tensor(part)
        columns = () if name in ("soil", "groundwater") else (max(tensor.shape[-1], 1) if tensor.ndim else 1,)
        storages.append(check_tensor(f"state.{name}", tensor, ((count, *columns),)))
    return storages


def complete(parameters: Mapping[str, Tensor | ArrayLike]) -> dict[str, Tensor]:
    """Every raw parameter as a float64 tensor, with defaults where none is given.

    Raises
    ------
    KeyError
        For a name that is not CFE's.
    TypeError
        For a tensor of another type than float64.
    ValueError
        For a parameter that is neither given nor has a default.
    """
    unknown = set(parameters) - set(CfeParameters._fields)
    if unknown:
        raise KeyError(f"CFE has no parameter {', '.join(sorted(unknown))}; it has {', '.join(CfeParameters._fields)}")
    values, missing = {}, []
    for variable in PARAMETERS:
        given = parameters.get(variable.name, variable.default)
        if given is None:
            missing.append(variable.name)
        elif torch.is_tensor(given):
            values[variable.name] = check_tensor(f"parameters[{variable.name!r}]", given)
        else:
            values[variable.name] = torch.as_tensor(np.asarray(given, dtype=np.float64))
    if missing:
        raise ValueError(f"parameters lack {', '.join(missing)}, which have no default")
    return values
