"""CFE against the output of the unmodified C model (NOAA-OWP/cfe a349a95), step by step.

Needs the recorded cases next to the checkout (shared/reference/cfe); skipped without them. In cases 09-11 the C model
creates or loses water: there ours has to conserve it, and is not expected to match.
"""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from cfe_bmi import BmiCfe
from cfe_bmi.catchment import load_state
from cfe_bmi.coefficients import derive
from cfe_bmi.config import load_config
from cfe_bmi.state import GIUH
from tests.cfe_bmi.stepping import Run, simulate

REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "cfe"

if not (REFERENCE / "INDEX.tsv").is_file():
    pytest.skip("the recorded runs of C CFE (shared/reference/cfe) are not there", allow_module_level=True)

with (REFERENCE / "INDEX.tsv").open(newline="") as index:
    INDEX = {row["case"]: row for row in csv.DictReader(index, delimiter="\t")}
MATCHING = [case for case, row in INDEX.items() if row["match"] == "yes"]
C_LEAKS = [case for case, row in INDEX.items() if row["match"] == "no"]

TOLERANCE = 1e-12  # m

RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"
PET = "water_potential_evaporation_flux"
ICE = {"ice_fraction_schaake", "ice_fraction_xinanjiang"}
PROFILE = "soil_moisture_profile"

PUBLISHED = (
    "RAIN_RATE",
    "GIUH_RUNOFF",
    "INFILTRATION_EXCESS",
    "DIRECT_RUNOFF",
    "NASH_LATERAL_RUNOFF",
    "DEEP_GW_TO_CHANNEL_FLUX",
    "SOIL_TO_GW_FLUX",
    "Q_OUT",
    "POTENTIAL_ET",
    "ACTUAL_ET",
    "GW_STORAGE",
    "SOIL_STORAGE",
    "SOIL_STORAGE_CHANGE",
    "SURF_RUNOFF_SCHEME",
    "NWM_PONDED_DEPTH",
)
"""The 15 outputs of C CFE's BMI."""

INTERNAL = {
    "et_from_rain": "et_from_rain",
    "et_from_retention": "et_from_retention",
    "et_from_soil": "et_from_soil",
    "infiltration_depth": "infiltration",
    "flux_lat": "lateral_flow",
    "runon_infiltration": "runon_infiltration",
}
"""Columns that C CFE does not publish, and our names for them."""


@cache
def table(path: Path) -> dict[str, NDArray[np.float64]]:
    with path.open(newline="") as file:
        names = next(csv.reader(file))
        values = np.loadtxt(file, delimiter=",")
    return dict(zip(names, values.T, strict=True))


def forcing_of(case: str) -> dict[str, NDArray[np.float64]]:
    return table(REFERENCE / case / "forcing.csv")


@cache
def bmi_run(case: str) -> dict[str, NDArray[np.float64]]:
    """Drive BmiCfe with the case's configuration as it is; every output, the GIUH queue left out."""
    forcing = forcing_of(case)
    model = BmiCfe()
    model.initialize(str(REFERENCE / case / "config.ini"))
    columns: dict[str, list[float]] = {name: [] for name in (*PUBLISHED, "residual", "mass_out")}
    columns["start"] = [model.get_value_ptr("ngen::mass_stored")[0]]
    layers = model.get_value_ptr(PROFILE).size
    for i in range(forcing["rain_mm_h"].size):
        model.set_value(RAIN, forcing["rain_mm_h"][i : i + 1])
        model.set_value(PET, forcing["pet_m_s"][i : i + 1])
        for name in ICE.intersection(model.get_input_var_names()):
            model.set_value(name, forcing[name][i : i + 1])
        if PROFILE in model.get_input_var_names():
            model.set_value(PROFILE, np.array([forcing[f"smc_{k}"][i] for k in range(layers)]))
        model.update()
        for name in PUBLISHED:
            columns[name].append(model.get_value(name, np.empty(1))[0])
        water = {key: model.get_value_ptr(f"ngen::mass_{key}")[0] for key in ("in", "out", "stored", "leaked")}
        assert water["leaked"] == 0.0
        columns["mass_out"].append(water["out"])
        columns["residual"].append(water["in"] - water["out"] - water["stored"])
    return {name: np.array(values) for name, values in columns.items()}


@cache
def kernel_run(case: str) -> Run:
    """The same run without BMI, for what BMI does not show."""
    config = load_config(REFERENCE / case / "config.ini")
    forcing = forcing_of(case)
    p = config.parameters
    n = forcing["rain_mm_h"].size
    moisture = forcing[f"smc_{config.supply_layer}"]
    rows = np.stack(
        [
            forcing["rain_mm_h"] / 1000.0,
            forcing["pet_m_s"] * 3600.0,
            forcing["ice_fraction_schaake"],
            forcing["ice_fraction_xinanjiang"],
            moisture,
            np.full(n, config.supply_thickness),
        ],
        axis=1,
    )
    return simulate(
        p,
        config.options,
        rows,
        soil=config.soil_storage * (p.maxsmc * p.depth),
        groundwater=config.gw_storage * p.max_gw_storage,
        lateral=config.lateral,
        surface=config.surface,
        ordinates=config.giuh_ordinates,
    )


def states_of(case: str) -> dict[str, NDArray[np.float64]]:
    """Storages after each step under the names of the reference."""
    config = load_config(REFERENCE / case / "config.ini")
    run = kernel_run(case)
    rows = [load_state(row, config.lateral, config.surface) for row in run.states[1:]]
    columns = {
        "SOIL_STORAGE": np.array([row.soil for row in rows]),
        "GW_STORAGE": np.array([row.groundwater for row in rows]),
    }
    for i in range(len(config.lateral)):
        columns[f"nash_sub_{i}"] = np.array([row.lateral[i] for row in rows])
    if config.options.surface_runoff == GIUH:
        for i in range(run.queues.shape[1]):
            columns[f"queue_{i}"] = run.queues[1:, i]
    else:
        for i in range(len(config.surface)):
            columns[f"nash_surf_{i}"] = np.array([row.surface[i] for row in rows])
    return columns


def worst(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    return float(np.max(np.abs(ours - theirs)))


def test_the_index_is_the_one_this_test_was_written_for() -> None:
    assert len(MATCHING) >= 12
    assert C_LEAKS == ["09_urban", "10_overfill", "11_runon_overfill"]


@pytest.mark.parametrize("case", MATCHING)
def test_every_output_equals_the_c_model_at_every_step(case: str) -> None:
    expected = table(REFERENCE / case / "out.csv")
    ours = bmi_run(case)
    assert expected["step"].size == 480
    differences = {name: worst(ours[name], expected[name]) for name in PUBLISHED}
    assert {name: d for name, d in differences.items() if not d <= TOLERANCE} == {}


@pytest.mark.parametrize("case", MATCHING)
def test_unpublished_fluxes_equal_the_c_model_at_every_step(case: str) -> None:
    expected = table(REFERENCE / case / "out.csv")
    ours = kernel_run(case).outputs
    differences = {theirs: worst(ours[name], expected[theirs]) for theirs, name in INTERNAL.items()}
    assert {name: d for name, d in differences.items() if not d <= TOLERANCE} == {}


@pytest.mark.parametrize("case", MATCHING)
def test_every_storage_equals_the_c_model_at_every_step(case: str) -> None:
    expected = table(REFERENCE / case / "out.csv")
    ours = states_of(case)
    theirs = {
        name for name in expected if name.startswith(("nash_", "queue_")) or name in ("SOIL_STORAGE", "GW_STORAGE")
    }
    assert set(ours) == theirs
    differences = {name: worst(ours[name], expected[name]) for name in theirs}
    assert {name: d for name, d in differences.items() if not d <= TOLERANCE} == {}


@pytest.mark.parametrize("case", MATCHING)
def test_kernel_and_component_give_the_same_numbers(case: str) -> None:
    ours = bmi_run(case)
    kernel = kernel_run(case).outputs
    for name in PUBLISHED:
        if name not in ("GIUH_RUNOFF", "SURF_RUNOFF_SCHEME"):
            np.testing.assert_array_equal(ours[name], kernel[name.lower()], err_msg=name)


@pytest.mark.parametrize("case", MATCHING)
def test_volume_of_water_that_left_equals_the_c_models(case: str) -> None:
    """C counts flow into the lateral cascade as out; ours counts what comes out of it."""
    expected = table(REFERENCE / case / "out.csv")
    cascade = sum(expected[name] for name in expected if name.startswith("nash_sub_"))
    assert worst(bmi_run(case)["mass_out"], expected["volout"] - cascade) <= 1e-11


@pytest.mark.parametrize("case", sorted(INDEX))
def test_derived_quantities_equal_the_c_models(case: str) -> None:
    pairs = (line.split("=") for line in (REFERENCE / case / "derived.txt").read_text().split())
    theirs = {key: float(value) for key, value in pairs}
    config = load_config(REFERENCE / case / "config.ini")
    c = derive(config.parameters)
    ours = {
        "storage_max_m": c.soil_max,
        "wilting_point_m": c.soil_wilting,
        "threshold_m": c.soil_threshold,
        "coeff_primary": c.percolation_max,
        "coeff_secondary": c.lateral_max,
        "exponent_primary": c.percolation_exponent,
        "exponent_secondary": c.lateral_exponent,
        "gw_max_m": c.groundwater_max,
        "Cgw": c.groundwater_coefficient,
        "K_nash_sub": c.lateral_rate,
        "N_nash_sub": float(len(config.lateral)),
        "partition_scheme": float(config.options.partitioning),
        "surface_runoff_scheme": float(config.options.surface_runoff),
    }
    if config.options.rootzone_et:
        ours["theta_fc"] = c.moisture_field_capacity
    if config.options.surface_runoff != GIUH:
        ours |= {"K_nash_surf": c.surface_rate, "K_inf": c.runon_rate, "retention_m": c.retention}
        ours["N_nash_surf"] = float(len(config.surface))
        ours["nsubsteps"] = float(config.options.nash_substeps)
    for name, value in ours.items():
        assert value == pytest.approx(theirs[name], rel=1e-14, abs=0.0), name


@pytest.mark.parametrize("case", sorted(INDEX))
def test_water_is_conserved_at_every_step(case: str) -> None:
    run = bmi_run(case)
    assert np.max(np.abs(run["residual"])) <= TOLERANCE


@pytest.mark.parametrize("case", C_LEAKS)
def test_water_is_conserved_where_the_c_model_leaks(case: str) -> None:
    """The same ledger, with C's numbers in it, is off by what INDEX.tsv says: the test above can fail."""
    leak = float(INDEX[case]["global_residual_m"])
    theirs = table(REFERENCE / case / "out.csv")
    assert abs(theirs["global_residual"][-1]) > 1e-4
    assert theirs["global_residual"][-1] == pytest.approx(leak, rel=1e-3)
    run = kernel_run(case)
    water = run.states.sum(axis=1)
    if load_config(REFERENCE / case / "config.ini").options.surface_runoff == GIUH:
        water = water + run.queues.sum(axis=1)
    o = run.outputs
    steps = o["rain_rate"] - o["actual_et"] - o["q_out"] - np.diff(water)
    assert np.max(np.abs(steps)) <= 1e-15
    assert run.soil.max() <= derive(load_config(REFERENCE / case / "config.ini").parameters).soil_max
