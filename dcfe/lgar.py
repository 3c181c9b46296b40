"""The differentiable twin of LGAR: the compiled ensemble as a PyTorch module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dcfe.lgar_function import Arguments, LgarCall, LgarFunction
from dcfe.lgar_seeds import RAIN_FACTOR, seeds_of
from dcfe.tensors import as_rows, check_tensor
from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleState, EnsembleTimes, initial_state
from lgar_bmi.ensemble_setup import ordinate_rows
from lgar_bmi.events import EVENTS
from lgar_bmi.options import LgarOptions
from lgar_bmi.parameters import PARAMETERS
from lgar_bmi.variables import MOISTURES
from ngen_bmi.ensemble import names_of

_SOIL = len(VanGenuchtenSoil._fields)


class LgarRun(NamedTuple):
    """What the twin gives.

    Attributes
    ----------
    outputs : dict of str to tensor, shape (catchments, steps)
        [m], names of :class:`lgar_bmi.outputs.LgarOutputs`; ``soil_moisture_at_depths`` has the shape (catchments,
        steps, depths) [-].
    state : EnsembleState
        At the end; arrays without gradients.
    events : array of int, shape (catchments, events)
        Counts in the order of :data:`lgar_bmi.events.EVENTS`.
    """

    outputs: dict[str, Tensor]
    state: EnsembleState
    events: NDArray[np.int64]


class DifferentiableLgar(torch.nn.Module):
    """LGAR over many columns with exact gradients to the parameters of layers and columns.

    Values are those of :func:`lgar_bmi.ensemble.simulate`, bit for bit. Gradients are of first order, exact for the
    events (creations of fronts, mergers, layer crossings) and the lengths of sub-steps that the run has: neither has a
    derivative of its own. The gradient is summed up in a second run, in dual numbers, so memory for it does not grow
    with the run. The module has no weights of its own. CPU and float64 only.

    Parameters
    ----------
    options : LgarOptions
        The same for all columns.
    outputs : sequence of str
        Fields of :class:`lgar_bmi.outputs.LgarOutputs` to give.
    times : EnsembleTimes
        Lengths of steps and sub-steps.
    moisture_depths : sequence of float
        Depths at which to give the moisture [cm].

    Examples
    --------
    The slope of a cloudburst's runoff to the conductivity of two crusts:

    >>> from lgar_bmi.examples import CRUST, LOAM
    >>> ks = torch.tensor([0.07, 0.7], dtype=torch.float64, requires_grad=True)
    >>> parameters = parameters_of_layers([CRUST, LOAM]) | {"ks_1": ks}
    >>> twin = DifferentiableLgar(outputs=("surface_runoff",))
    >>> state = twin.initial_state(parameters, (5.0, 60.0), initial_psi=2000.0)
    >>> cloudburst = EnsembleForcing(rain=np.full((1, 3), 40.0), pet=np.zeros((1, 3)))
    >>> twin(parameters, (5.0, 60.0), cloudburst, state).outputs["surface_runoff"].sum().backward()
    >>> bool((ks.grad < 0.0).all())
    True
    """

    def __init__(
        self,
        options: LgarOptions | None = None,
        outputs: Sequence[str] = ("total_discharge",),
        times: EnsembleTimes | None = None,
        moisture_depths: Sequence[float] = (),
    ):
        super().__init__()
        self.options = options or LgarOptions()
        self.outputs = names_of("outputs", outputs)
        self.times = times or EnsembleTimes()
        self.moisture_depths = tuple(float(depth) for depth in moisture_depths)

    def forward(
        self,
        parameters: Mapping[str, Tensor | ArrayLike],
        thickness: ArrayLike,
        forcing: EnsembleForcing,
        state: EnsembleState,
        ordinates: ArrayLike = (1.0,),
    ) -> LgarRun:
        """Run the columns.

        Parameters
        ----------
        parameters : mapping of str to number or tensor, shape () or (catchments,)
            ``alpha_1``, ``n_1``, ``ks_1``, ``theta_e_1``, ``theta_r_1`` and so on for every layer, top first, in the
            units of :class:`hydro_physics.van_genuchten.VanGenuchtenSoil`; and any of
            :class:`lgar_bmi.coefficients.LgarParameters`, which else have their defaults.
        thickness : array, shape (layers,) or (catchments, layers)
            [cm].
        forcing : EnsembleForcing
            Arrays of shape (catchments, steps) or (1, steps); no gradients lead to them.
        state : EnsembleState
            At the start, as :meth:`initial_state` or an earlier run with the same soils gives it; one of other soils
            is refused. For gradients its suctions and depths are what they are, and its moistures and conductivities
            follow the soils: make it anew when parameters have changed.
        ordinates : array, shape (n,) or (catchments, n)
            Hourly shares of the unit hydrograph.

        Returns
        -------
        LgarRun

        Raises
        ------
        ParameterError, ForcingError
            For values that LGAR cannot run with, naming catchment and step.
        KeyError, TypeError, ValueError
            For names that LGAR has not, and tensors of another type or shape.
        RuntimeError
            When a column fails, naming it and the step.
        """
        depths = _depths(thickness)
        values = complete(parameters, depths.shape[1])
        steps = (1, *np.shape(forcing.rain))[-1]
        count = len(state.surface)
        since = f" for the state's {count} catchments"
        for name, tensor in values.items():
            check_tensor(f"parameters[{name!r}]", tensor, ((), (1,), (count,)), since)
        rain = as_rows("forcing.rain", forcing.rain, (count, steps))
        pet = as_rows("forcing.pet", forcing.pet, (count, steps))
        if rain is None or pet is None:
            raise ValueError("forcing has no rain or no pet; LGAR needs both")
        if rain.requires_grad or pet.requires_grad:
            raise ValueError("no gradients lead to LGAR's forcing: give rain and pet that require none")
        warm = forcing.soil_temperature
        stack = torch.stack([tensor.expand(count) for tensor in values.values()], dim=1)
        # copies: the gradient takes another run, and nobody would notice if arrays were overwritten before it
        arguments = Arguments(
            _columns(stack.detach().numpy().copy(), depths, tuple(values)),
            EnsembleState(*(np.array(part) for part in state)),
            forcing._replace(
                rain=rain.numpy(), pet=pet.numpy(), soil_temperature=None if warm is None else np.array(warm)
            ),
            self.options,
            self.outputs,
            np.array(ordinates, dtype=np.float64),
            self.times,
            self.moisture_depths,
        )
        wanted = tuple(name for name, tensor in values.items() if tensor.requires_grad)
        call = LgarCall(arguments, tuple(values), wanted)
        results = LgarFunction.apply(call, stack, rain, pet)
        names = (*self.outputs, *((MOISTURES.name,) if self.moisture_depths else ()))
        run = call.run
        return LgarRun(dict(zip(names, results, strict=True)), run.state, run.events[:, : len(EVENTS)])

    def initial_state(
        self,
        parameters: Mapping[str, Tensor | ArrayLike],
        thickness: ArrayLike,
        initial_psi: ArrayLike,
        ordinates: ArrayLike = (1.0,),
    ) -> EnsembleState:
        """State of columns with one suction each and nothing under way.

        Parameters
        ----------
        parameters, thickness, ordinates
            As for a run.
        initial_psi : float or array, shape (catchments,)
            [cm].
        """
        depths = _depths(thickness)
        values = complete(parameters, depths.shape[1])
        sizes = {len(depths), *(len(tensor) for tensor in values.values() if tensor.ndim), np.size(initial_psi)}
        count = max(sizes)
        if sizes - {1, count}:
            raise ValueError(f"parameters, thickness and initial_psi are of {sorted(sizes)} catchments; give as many")
        stack = torch.stack([tensor.detach().expand(count) for tensor in values.values()], dim=1).numpy()
        length = ordinate_rows(ordinates, self.times.step).shape[1]
        return initial_state(_columns(stack, depths, tuple(values)), initial_psi, length, self.times)


def parameters_of_layers(soils: Sequence[VanGenuchtenSoil]) -> dict[str, float]:
    """Parameters of layers, top first, by the names that the twin gives them."""
    return {
        f"{field}_{layer}": value
        for layer, soil in enumerate(soils, start=1)
        for field, value in zip(VanGenuchtenSoil._fields, soil, strict=True)
    }


def complete(parameters: Mapping[str, Tensor | ArrayLike], layers: int) -> dict[str, Tensor]:
    """Every parameter of LGAR as a float64 tensor: those of the layers, then the column's, with defaults where given.

    Raises
    ------
    KeyError
        For names that LGAR with so many layers has not.
    TypeError
        For a tensor of another type than float64.
    ValueError
        For parameters of layers that are missing.
    """
    names = tuple(name for name in seeds_of(layers) if name != RAIN_FACTOR)
    unknown = set(parameters) - set(names)
    if unknown:
        raise KeyError(
            f"LGAR with {layers} layers has no parameter {', '.join(sorted(unknown))}; it has {', '.join(names)}"
        )
    missing = [name for name in names[: -len(PARAMETERS)] if name not in parameters]
    if missing:
        raise ValueError(f"parameters lack {', '.join(missing)}, which have no default")
    defaults = {variable.name: variable.default or 0.0 for variable in PARAMETERS}
    values = {}
    for name in names:
        given = parameters[name] if name in parameters else defaults[name]
        if torch.is_tensor(given):
            values[name] = check_tensor(f"parameters[{name!r}]", given)
        else:
            values[name] = torch.as_tensor(np.asarray(given, dtype=np.float64))
    return values


def _depths(thickness: ArrayLike) -> NDArray[np.float64]:
    """Thicknesses of layers, shape (1 or catchments, layers)."""
    rows = np.atleast_2d(np.array(thickness, dtype=np.float64))
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ValueError(f"thickness has shape {np.shape(thickness)}; expected (layers,) or (catchments, layers)")
    return rows


def _columns(stack: NDArray[np.float64], thickness: NDArray[np.float64], names: tuple[str, ...]) -> EnsembleColumns:
    """Columns of the values of all parameters, shape (catchments, parameters), in the order of :func:`complete`."""
    soils = len(names) - len(PARAMETERS)
    count = len(stack)
    return EnsembleColumns(
        stack[:, :soils].reshape(count, soils // _SOIL, _SOIL),
        np.broadcast_to(thickness, (count, thickness.shape[1])),
        LgarParameters(*stack[:, soils:].T),
    )
