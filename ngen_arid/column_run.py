"""One column, LGAR or Richards, over one forcing file, with the profile of every step."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngen_bmi.base import ComponentBmi

_Array = NDArray[Any]


@dataclass(frozen=True)
class ColumnRun:
    """What a column went through; states begin with the initial one, so there is one more than steps.

    A profile is a row of blocks. LGAR's end at wetting fronts; those of the Richards equation are its cells.

    Attributes
    ----------
    name : str
        Of the catchment.
    layers : tuple of str
        Names of the layers, from the top.
    bottoms : array, shape (layers,)
        Depths of their bottoms [cm].
    theta_r, theta_e : array, shape (layers,)
        Residual and saturated moisture.
    step_h : float
        Length of a step [h].
    times : array of datetime64, shape (states,)
    size : array of int, shape (states,)
        How many blocks there are.
    depth, theta, psi : array, shape (states, blocks)
        Depth of the blocks' lower ends [cm], moisture [-] and suction [cm] in them; NaN behind the last.
    rain, infiltration, runoff, evapotranspiration : array, shape (steps,)
        [mm].
    has_fronts : bool
        Whether blocks end at wetting fronts.
    """

    name: str
    layers: tuple[str, ...]
    bottoms: _Array
    theta_r: _Array
    theta_e: _Array
    step_h: float
    times: _Array
    size: _Array
    depth: _Array
    theta: _Array
    psi: _Array
    rain: _Array
    infiltration: _Array
    runoff: _Array
    evapotranspiration: _Array
    has_fronts: bool = True

    def layers_of(self, state: int) -> _Array:
        """Index of the layer of each front of a state, shape (fronts,)."""
        from lgar_bmi.frozen import layers_of_nodes

        return layers_of_nodes(self.depth[state, : self.size[state]], self.bottoms)

    def moving(self, state: int) -> _Array:
        """Indices of the fronts of a state that move: those above another one of their layer."""
        if not self.has_fronts:
            return np.empty(0, dtype=np.intp)
        layers = self.layers_of(state)
        return np.flatnonzero(layers[:-1] == layers[1:])


def run_column(config: str | Path, forcing: str | Path, hours: Sequence[float] = ()) -> ColumnRun:
    """Run LGAR, or the Richards equation, over a forcing file and keep the profile of every step.

    `hours` that do not lie in the file are refused before the run.
    """
    from tqdm import tqdm

    import lgar_bmi.config
    import richards_bmi.config
    from lgar_bmi import BmiLgar
    from lgar_bmi.__main__ import SYNONYMS
    from lgar_bmi.config import LgarConfig
    from ngen_bmi.driver import read_forcing
    from ngen_bmi.soil_layers import OWN_VALUES
    from richards_bmi import BmiRichards
    from richards_bmi.config import RichardsConfig

    has_fronts = not _is_richards(config)
    model: ComponentBmi = BmiLgar() if has_fronts else BmiRichards()
    model.initialize(str(config))
    described: LgarConfig | RichardsConfig
    described = lgar_bmi.config.load_config(config) if has_fronts else richards_bmi.config.load_config(config)
    texts, inputs = read_forcing(forcing, model, SYNONYMS)
    steps, step_s = len(texts), model.get_time_step()
    if hours and max(hours) * 3600.0 > steps * step_s * (1.0 + 1e-9):
        raise ValueError(
            f"--hours: {max(hours):g} is after the end of {forcing}, which has {steps * step_s / 3600:g} h"
        )
    begins = np.array([datetime.fromisoformat(text).replace(tzinfo=None) for text in texts], dtype="datetime64[s]")
    step = np.timedelta64(round(step_s), "s")

    theta, depth, psi = _profile_of(model, has_fronts)
    layer_bottoms = np.cumsum(described.thickness)
    fluxes = ("precipitation", "infiltration", "surface_runoff", "actual_evapotranspiration")
    pointers = [model.get_value_ptr(name) for name in fluxes]
    profiles = np.empty((3, steps + 1, theta.size))
    totals = np.empty((len(fluxes), steps))
    profiles[:, 0] = depth, theta, psi
    for t in tqdm(range(steps), desc=model.get_component_name(), unit="step", disable=None):
        for name, values in inputs.items():
            model.set_value(name, np.atleast_1d(values[t]))
        model.update()
        profiles[:, t + 1] = depth, theta, psi
        totals[:, t] = [pointer[0] for pointer in pointers]
    model.finalize()

    if not has_fronts:
        profiles[0] = _cell_bottoms(profiles[0, 0], layer_bottoms / 100.0)
    size = np.isfinite(profiles[0]).sum(axis=1)
    depth, theta, psi = profiles[:, :, : size.max()]
    rain, infiltration, runoff, evapotranspiration = 1000.0 * totals
    names = enumerate(described.soil_names, start=1)
    return ColumnRun(
        name=described.name,
        layers=tuple(f"layer {k}" if name == OWN_VALUES else name for k, name in names),
        bottoms=layer_bottoms,
        theta_r=np.array([soil.theta_r for soil in described.soils]),
        theta_e=np.array([soil.theta_e for soil in described.soils]),
        step_h=step_s / 3600.0,
        times=np.append(begins, begins[-1] + step),
        size=size,
        depth=100.0 * depth,
        theta=theta,
        psi=100.0 * psi,
        rain=rain,
        infiltration=infiltration,
        runoff=runoff,
        evapotranspiration=evapotranspiration,
        has_fronts=has_fronts,
    )


def _is_richards(config: str | Path) -> bool:
    """Say whether a file configures a Richards column; LASAM's text does not."""
    from ngen_bmi.config import load_yaml

    return Path(config).suffix.lower() in (".yml", ".yaml") and load_yaml(config).get("model") == "richards"


def _profile_of(model: ComponentBmi, has_fronts: bool) -> list[_Array]:
    """Moisture, depth [m] and suction [m] of a column's blocks; of cells it is the depth of their middles."""
    from lgar_bmi.variables import PROFILES
    from richards_bmi.variables import CELL_DEPTHS
    from richards_bmi.variables import PROFILES as CELL_PROFILES

    moisture, suction = CELL_PROFILES
    variables = PROFILES if has_fronts else (moisture, CELL_DEPTHS, suction)
    return [model.get_value_ptr(variable.name) for variable in variables]


def _cell_bottoms(middles: _Array, layer_bottoms: _Array) -> _Array:
    """Lower edges of cells that follow each other; those at bottoms of layers are exactly there.

    >>> _cell_bottoms(np.array([0.5, 2.0, 4.0]), np.array([3.0, 5.0])).tolist()
    [1.0, 3.0, 5.0]
    """
    bottoms = np.empty_like(middles)
    top = 0.0
    for k, middle in enumerate(middles):
        top = 2.0 * middle - top
        nearest = layer_bottoms[np.argmin(np.abs(layer_bottoms - top))]
        # rounding is far below a hundredth of the least cell
        top = nearest if abs(nearest - top) < 0.01 * (top - middle) else top
        bottoms[k] = top
    return bottoms


def moisture_grid(run: ColumnRun, first: int, last: int, rows: int) -> _Array:
    """Moisture after each step between two states, at the middles of so many parts of the depth: (rows, steps)."""
    depths = (np.arange(rows) + 0.5) / rows * run.bottoms[-1]
    grid = np.empty((rows, last - first))
    for k, state in enumerate(range(first + 1, last + 1)):
        size = run.size[state]
        block = np.minimum(np.searchsorted(run.depth[state, :size], depths), size - 1)
        grid[:, k] = run.theta[state, block]
    return grid


def front_paths(run: ColumnRun, first: int, last: int) -> list[list[tuple[int, float]]]:
    """Follow moving fronts from state to state.

    Fronts keep their order and move down, so each is taken for the nearest one above its place in the state before that
    no deeper one was taken for. One that was not there came from the surface if it rained.

    Returns
    -------
    list of list of (int, float)
        For each front, states and depths [cm].
    """
    done: list[list[tuple[int, float]]] = []
    alive: list[list[tuple[int, float]]] = []
    for state in range(first, last + 1):
        depths = run.depth[state, run.moving(state)]
        unmatched, following = alive, []
        for depth in depths[::-1].tolist():
            near = [k for k, path in enumerate(unmatched) if path[-1][1] <= depth + 1e-6]
            if near:
                path = unmatched[near[-1]]
                done += unmatched[near[-1] + 1 :]
                unmatched = unmatched[: near[-1]]
            else:
                path = [(state - 1, 0.0)] if state > first and run.rain[state - 1] > 0.0 else []
            path.append((state, depth))
            following.append(path)
        done += unmatched
        alive = following[::-1]
    return [path for path in done + alive if len(path) > 1]


def write_blocks(run: ColumnRun, states: Sequence[int], path: Path) -> None:
    """Write the fronts, or cells, of some states as CSV; layers and blocks count from 1."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("time", "front" if run.has_fronts else "cell", "layer", "depth_cm", "theta", "psi_cm"))
        for state in states:
            time = run.times[state].item()
            values = zip(run.depth[state], run.theta[state], run.psi[state], strict=True)
            for block, (layer, numbers) in enumerate(zip(run.layers_of(state), values, strict=False), start=1):
                writer.writerow((time, block, layer + 1, *(f"{number:.9g}" for number in numbers)))
