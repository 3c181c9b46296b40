"""Gradients of one step at kinks and in hard places: finite, and those of one side, the same for all results.

The side is that of the branch which the value was computed in, and that of the first argument where `min` or `max` tie.
Where an input can only grow (no rain, no conductivity) or only shrink, it is the side that exists.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from cfe_bmi.coefficients import CfeParameters, derive
from cfe_bmi.examples import CAT_87
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import CLASSIC, GIUH, NASH, ODE, SCHAAKE, XINANJIANG, CfeOptions
from cfe_bmi.variables import INPUT_LIMITS
from tests.dcfe.twin_cases import (
    FORCING,
    NAMES,
    OUTPUTS,
    SCHEMES,
    STORAGES,
    Array,
    Inputs,
    gradients,
    leaves,
    random_inputs,
    repeated,
    run_twin,
    scheme_id,
)
from tests.dcfe.twin_differences import results

BASE = CAT_87._replace(x_Xinanjiang_shape_parameter=1.5, urban_decimal_fraction=0.2)
SIZES = BASE._asdict() | {
    "soil": 0.5, "groundwater": 0.1, "lateral": 0.01, "surface": 0.01, "queue": 0.01,
    "rain": 5.0, "pet": 5e-8, "ice_depth": 0.1, "ice_fraction": 0.3, "rootzone_moisture": 0.3,
}  # fmt: skip
"""How far inputs are moved is a share of these."""

LIMITS = (
    {variable.name: variable.valid for variable in PARAMETERS}
    | dict.fromkeys(STORAGES, (0.0, math.inf))
    | dict(zip(FORCING, map(tuple, INPUT_LIMITS), strict=True))
)

NO_RAIN, NO_DEMAND = {"rain": 0.0}, {"pet": 0.0}
DRY_NIGHT = NO_RAIN | NO_DEMAND
MARKS = {"threshold": "soil_threshold", "wilting": "soil_wilting", "full": "soil_max"}
"""Storages that are marked in the soil."""

PLACES: dict[str, dict[str, float | str]] = {
    "ordinary": {},
    "no rain": NO_RAIN,
    "no demand": NO_DEMAND,
    "dry night": DRY_NIGHT,
    "rain is the demand": {"rain": 1e-7 * 3600.0 * 1000.0, "pet": 1e-7},
    **{
        f"soil at {mark}, {weather}": {"soil": mark} | change
        for mark in MARKS
        for weather, change in (("rain", NO_DEMAND), ("demand", NO_RAIN), ("both", {}), ("dry night", DRY_NIGHT))
    },
    "soil empty": {"soil": 0.0},
    "soil empty, dry night": {"soil": 0.0} | DRY_NIGHT,
    "soil above its maximum": {"soil": 0.95},
    "groundwater full": {"groundwater": 0.25},
    "groundwater above its maximum": {"groundwater": 0.3},
    "groundwater empty": {"groundwater": 0.0},
    "groundwater fills": {"groundwater": 0.25 - 4e-5, "satdk": 3.4e-5},
    **{f"{name} is 0": {name: 0.0} for name in ("satdk", "slope", "Klf", "Kn", "Cgw", "expon", "refkdt")},
    "no outlets": {"satdk": 0.0, "Klf": 0.0},
    "no outlets, no demand": {"satdk": 0.0, "Klf": 0.0, "pet": 0.0},
    "Kn is 1": {"Kn": 1.0},
    "b is 1": {"b": 1.0, "wltsmc": 0.02},
    "b is nearly 1": {"b": 1.0 + 1e-9, "wltsmc": 0.02},
    "threshold above the maximum": {"satpsi": 5.0},
    "threshold above the maximum, full": {"satpsi": 5.0, "soil": "full"},
    **{
        f"x is {x:g}, {where}": {"x_Xinanjiang_shape_parameter": x, "soil": soil}
        for x in (0.0, 0.6, 1.0, 2.0)
        for where, soil in (("full", "full"), ("threshold", "threshold"), ("moist", 0.6))
    },
    "no town": {"urban_decimal_fraction": 0.0},
    "town": {"urban_decimal_fraction": 1.0, "ice_fraction": 0.0},
    "ice everywhere": {"urban_decimal_fraction": 0.0, "ice_fraction": 1.0},
    "no ice": {"ice_depth": 0.0, "ice_fraction": 0.0},
    "much ice": {"ice_depth": 100.0},
    "no threshold of ice": {"ice_content_threshold": 0.0},
    "layer at wilting point": {"rootzone_moisture": BASE.wltsmc, "surface": 0.0} | NO_RAIN,
    "layer dry": {"rootzone_moisture": 0.0, "surface": 0.0} | NO_RAIN,
    "layer moist": {"rootzone_moisture": 0.15, "surface": 0.0} | NO_RAIN,
    "nothing on the surface": {"surface": 0.0, "lateral": 0.0, "queue": 0.0},
    "no retention": {"retention_depth_nash_surface": 0.0},
    "surface at its retention": {"retention_depth_nash_surface": 0.01, "surface": 0.01} | DRY_NIGHT,
    "no run-on": {"Kinf_nash_surface": 0.0},
    "no surface flow": {"K_nash_surface": 0.0},
    "surface empties": {"K_nash_surface": 12.0},
    "run-on into full soil": {"soil": "full", "Kinf_nash_surface": 0.5},
    "nothing at all": {
        name: 0.0
        for name in ("satdk", "slope", "Klf", "Kn", "Cgw", "expon", "refkdt", "urban_decimal_fraction", "wltsmc",
                     "ice_content_threshold", "K_nash_surface", "Kinf_nash_surface", "retention_depth_nash_surface",
                     "x_Xinanjiang_shape_parameter", *STORAGES, *FORCING)
    },
}  # fmt: skip


def inputs_at(place: dict[str, float | str], exponents: bool) -> Inputs:
    """One catchment in one step."""
    values = SIZES | ({"soil_expon": 2.5, "soil_expon_secondary": 2.0} if exponents else {}) | {"soil": 0.6} | place
    soil = values["soil"]
    if isinstance(soil, str):
        values["soil"] = getattr(derive(CfeParameters(*(float(values[name]) for name in NAMES))), MARKS[soil])
    inputs = {name: np.array([float(value)]) for name, value in values.items()}
    for name, size in (("lateral", 2), ("surface", 2), ("queue", 3), *((name, 1) for name in FORCING)):
        inputs[name] = np.full((1, size), inputs[name][0])
    inputs["queue"][:, -1] = 0.0
    return inputs | {"ordinates": np.array([[0.5, 0.3, 0.2]])}


def jacobian(inputs: Inputs, options: CfeOptions) -> Inputs:
    """Derivatives of every result to every input: as many catchments as results, each with one of them for its loss."""
    units = np.eye(len(OUTPUTS) + sum(inputs[name].size for name in STORAGES))
    weights, at = {"outputs": units[:, : len(OUTPUTS)].T[:, :, None]}, len(OUTPUTS)
    for name in STORAGES:
        size = inputs[name].size
        weights[name] = units[:, at : at + size].reshape(-1, *inputs[name].shape[1:])
        at += size
    return gradients(repeated(inputs, len(units)), options, weights)


def sides(inputs: Inputs, options: CfeOptions, distance: float) -> dict[tuple[str, int], list[tuple[Array, float]]]:
    """Derivatives of every result to every input, towards each side that it may be moved to, and the distance."""
    points = []
    for name in (*NAMES, *STORAGES, *FORCING):
        low, high = LIMITS[name]
        far = distance * SIZES[name]
        for i in range(inputs[name].size - (name == "queue")):
            value = inputs[name].flat[i]
            points += [(name, i, side * far) for side in (1.0, -1.0) if low <= value + side * far <= high]
    parts = [inputs]
    for name, i, far in points:
        for share in (1.0, 0.5, 0.25):
            values = inputs[name].copy()
            values.flat[i] += share * far
            parts.append(inputs | {name: values})
    found = results({name: np.concatenate([part[name] for part in parts]) for name in inputs}, options)
    slopes: dict[tuple[str, int], list[tuple[Array, float]]] = {}
    for k, (name, i, far) in enumerate(points):
        coarse, middle, fine = ((found[1 + 3 * k + j] - found[0]) / (far / 2**j) for j in range(3))
        slopes.setdefault((name, i), []).append(((8.0 * fine - 6.0 * middle + coarse) / 3.0, abs(far)))
    return slopes


def is_at_rest_on_the_threshold(place: str, options: CfeOptions, name: str) -> bool:
    """Say where no one tangent can be right.

    At rest exactly on the threshold, rain would let the storage rise and demand let it fall: the derivatives to both
    belong to different sides. The classic scheme gives that to demand, the ODE scheme that to rain.
    """
    return place == "soil at threshold, dry night" and name == ("pet" if options.soil_scheme == ODE else "rain")


@pytest.mark.parametrize("exponents", [False, True], ids=["linear", "exponents"])
@pytest.mark.parametrize(
    "options",
    [
        CfeOptions(CLASSIC, SCHAAKE, GIUH, frozen_soil=1),
        CfeOptions(CLASSIC, XINANJIANG, NASH, rootzone_et=1),
        CfeOptions(CLASSIC, XINANJIANG, GIUH),
        CfeOptions(CLASSIC, SCHAAKE, NASH),
        CfeOptions(ODE, SCHAAKE, NASH),
        CfeOptions(ODE, XINANJIANG, GIUH, frozen_soil=1),
        CfeOptions(ODE, XINANJIANG, NASH, rootzone_et=1),
    ],
    ids=scheme_id,
)
def test_gradients_are_finite_and_of_one_side(options, exponents):
    options = options._replace(linear_outlets=int(not exponents))
    numerical = options.soil_scheme == ODE
    wrong = []
    for place, change in PLACES.items():
        inputs = inputs_at(change, exponents)
        found = jacobian(inputs, options)
        assert all(np.isfinite(values).all() for values in found.values()), place
        for (name, i), candidates in sides(inputs, options, 1e-4).items():
            if is_at_rest_on_the_threshold(place, options, name):
                continue
            value = found[name].reshape(len(found[name]), -1)[:, i]
            # where an outlet begins to flow in the step, the integration resolves its volume, not the logarithm that is
            # the derivative to an exponent of 1
            starts = numerical and name.startswith("soil_expon") and not exponents and "threshold" in place
            misses = [
                np.max(np.abs(value - side))
                / ((1e-3 if starts else 1e-6) * np.abs(side).max() + (4e-14 if numerical else 4e-15) / far)
                for side, far in candidates
            ]
            if not min(misses) <= 1.0:
                k = int(np.argmax(np.abs(value - candidates[0][0])))
                wrong.append((place, name, i, misses, k, value[k], [side[k] for side, _ in candidates]))
    assert not wrong, "\n".join(map(str, wrong[:40]))


@pytest.mark.parametrize("options", SCHEMES, ids=scheme_id)
def test_derivatives_of_the_water_balance(options):
    """A unit of rain is found in outflow, evaporation and storages; no other input makes or loses water."""
    rng = np.random.default_rng(30)
    inputs = random_inputs(rng, options, 4, 24)
    inputs["rain"][0], inputs["pet"][1], inputs["soil"][2] = 0.0, 0.0, inputs["maxsmc"][2] * inputs["depth"][2]
    tensors = leaves(inputs)
    outputs, state = run_twin(tensors, options, ("q_out", "actual_et"))
    sum_of_storages = sum(part.sum() for part in state)
    (outputs.sum() + sum_of_storages).backward()
    size = {name: np.abs(inputs[name]).max() for name in inputs}
    for name, tensor in tensors.items():
        expected = {"rain": 1e-3, "ordinates": None}.get(name, 1.0 if name in STORAGES else 0.0)
        if expected is not None:
            gradient = tensor.grad.numpy()
            if name == "queue":
                gradient = gradient[:, :-1] if options.surface_runoff == GIUH else gradient[:, :0]
            if name == "surface" and options.surface_runoff == GIUH:
                continue
            np.testing.assert_allclose(
                gradient, expected, rtol=1e-12, atol=1e-12 / max(size[name], 1e-12), err_msg=name
            )


@pytest.mark.parametrize("soil_scheme", [CLASSIC, ODE], ids=["classic", "ode"])
def test_the_exponent_of_a_linear_outlet_has_a_gradient(soil_scheme):
    """Exactly 1 is where values take a shortcut; a calibration that starts there has to get away."""
    options = CfeOptions(soil_scheme)
    inputs = inputs_at({}, exponents=False)
    found = jacobian(inputs, options)
    slopes = sides(inputs, options, 1e-3)
    for name, flux in (("soil_expon", "soil_to_gw_flux"), ("soil_expon_secondary", "lateral_flow")):
        ((side, _),) = slopes[name, 0]
        k = OUTPUTS.index(flux)
        assert side[k] < 0.0
        np.testing.assert_allclose(found[name][k], side[k], rtol=1e-6)


def test_sides_taken_at_ties():
    """The convention, where both sides exist and differ."""
    classic = CfeOptions(CLASSIC, SCHAAKE, GIUH)

    def slopes(place, output, options=classic):
        found = jacobian(inputs_at(place, exponents=False), options)
        return {name: values.reshape(len(values), -1)[OUTPUTS.index(output), 0] for name, values in found.items()}

    # all rain evaporates: min(rain, demand) takes rain, its first argument
    tie = slopes(PLACES["rain is the demand"], "et_from_rain")
    assert tie["rain"] == pytest.approx(1e-3)
    assert tie["pet"] == 0.0
    # on the threshold nothing percolates, as below; more would
    on_threshold = slopes({"soil": "threshold"} | DRY_NIGHT, "soil_to_gw_flux")
    assert on_threshold["soil"] == 0.0
    # exactly full, more water is surplus: max(storage - maximum, 0) takes the difference
    assert slopes({"groundwater": 0.25}, "deep_gw_to_channel_flux")["groundwater"] == pytest.approx(1.0)
    assert slopes({"soil": "full"} | DRY_NIGHT, "infiltration_excess")["soil"] == pytest.approx(1.0)
    # at the wilting point nothing evaporates, as below
    assert slopes({"soil": "wilting"} | NO_RAIN, "et_from_soil")["soil"] == 0.0


def test_gradients_stay_finite_over_long_dry_and_wet_spells():
    """Two thousand hours of none, then of too much: storages at both of their ends."""
    options = CfeOptions(ODE, XINANJIANG, NASH)
    inputs = inputs_at({"soil": 0.0, "Kn": 0.0, "rain": 0.0, "pet": 0.0}, exponents=False)
    steps = 4000
    for name in FORCING:
        inputs[name] = np.full((1, steps), inputs[name][0, 0])
    inputs["rain"][:, 2000:], inputs["pet"][:, 1000:3000] = 30.0, 1e-7
    tensors = leaves(inputs)
    outputs, _ = run_twin(tensors, options)
    outputs.sum().backward()
    assert all(torch.isfinite(tensor.grad).all() for tensor in tensors.values())
    assert float(tensors["rain"].grad.abs().min()) > 0.0
