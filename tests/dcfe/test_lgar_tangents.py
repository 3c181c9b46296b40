"""Derivatives of LGAR that are carried forward: values, water, differences, and what they are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from hydro_physics import jit
from hydro_physics.threads import using_threads

if not jit.JIT_ENABLED:
    pytest.skip("dual numbers are a type of compiled code", allow_module_level=True)


from dcfe.lgar_seeds import RAIN_FACTOR, seeds_of
from dcfe.lgar_tangents import LANES, StateTangents, tangents_of_lgar
from lgar_bmi.ensemble import EnsembleColumns, EnsembleForcing, EnsembleState, initial_state, simulate
from lgar_bmi.examples import CRUST, LOAM, PARAMETERS
from lgar_bmi.options import LgarOptions
from ngen_bmi.errors import ForcingError, ParameterError
from tests.dcfe.lgar_cases import MODES, OUTPUTS, is_compared, neighbours, random_case, rounding
from tests.dcfe.lgar_compared import compare, greatest_moves, storage_at_start
from tests.dcfe.lgar_digits import load_physics, slopes, worst_error
from tests.dcfe.lgar_replay import REPLAYED, chosen_lengths, replay

COLUMNS = 60
WATER = (
    *("storage", "soil_storage", "ponded_depth", "conceptual_reservoir_storage"),
    *("infiltration", "surface_runoff", "actual_evapotranspiration", "percolation", "total_discharge"),
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", MODES)
def test_values_are_those_of_the_plain_run_and_tangents_keep_the_water(mode: str) -> None:
    """Random columns, saturated ones and violent weather among them; balance of every step, relative to what moves.

    A block that is short of saturation by its last digits has an infinite slope of K where n is near 1. Its front's
    speed then has a derivative of up to 1e10, whose last digits are missing in one step and come back in the next
    (`lgar_bmi.state.Surface.owed`); over the run they sum to 0.
    """
    saturated, rounded = 0, []
    for number in range(COLUMNS):
        case = random_case(mode, number)
        plain, found = case.plain(), case.tangents()
        for name in OUTPUTS:
            np.testing.assert_array_equal(found.outputs[name], plain.outputs[name], err_msg=f"{number}: {name}")
        for name, dual, number_of in zip(EnsembleState._fields, found.state, plain.state, strict=True):
            np.testing.assert_array_equal(dual, number_of, err_msg=f"{number}: {name}")
        np.testing.assert_array_equal(found.events, plain.events)
        saturated += int(plain.events[0, 5] > 0)
        t = {name: found.tangents[name][0] for name in OUTPUTS}
        left = t["actual_evapotranspiration"] + t["total_discharge"] + t["percolation"]
        gap = np.diff(t["storage"], axis=0, prepend=storage_at_start(case)[None]) - (t["precipitation"] - left)
        allowed = 1e-10 * (0.01 + np.max([np.abs(t[name]).max(axis=0) for name in WATER], axis=0))
        assert (np.abs(gap.sum(axis=0)) <= allowed).all(), f"column {number}: {gap.sum(axis=0)}"
        if (np.abs(gap).max(axis=0) > allowed).any():
            rounded.append((mode, number))
            allowed += 1e-15 * greatest_moves(case)
        assert (np.abs(gap).max(axis=0) <= allowed).all(), f"column {number}: {np.abs(gap).max(axis=0)}, {allowed}"
    assert len(rounded) <= 1, rounded
    assert saturated >= COLUMNS // 10


@pytest.mark.parametrize("mode", MODES)
def test_all_rain_is_infiltration_runoff_or_pond(mode: str) -> None:
    """Their derivatives to rain sum to 1 at every step, where no reservoir and no evaporation takes its share."""
    seen = 0
    for number in range(COLUMNS):
        case = random_case(mode, number)
        if case.parameters.frac_to_CR > 0.0 or case.options.pet_affects_precipitation or not case.rain.any():
            continue
        found = case.tangents()
        lane = case.seeds.index(RAIN_FACTOR)
        t = {name: found.tangents[name][0, :, lane] for name in ("infiltration", "surface_runoff", "ponded_depth")}
        share = np.cumsum(t["infiltration"] + t["surface_runoff"]) + t["ponded_depth"]
        fell = np.cumsum(found.outputs["precipitation"][0])
        np.testing.assert_allclose(share, fell, rtol=1e-10, atol=1e-10 * fell[-1])
        seen += 1
    assert seen >= COLUMNS // 3


def test_tangents_are_slopes() -> None:
    """Central differences where fronts have the same events in every step: 1e-5 of an output's largest slope.

    The nearest of three distances counts, since a difference is wrong where it reaches over a kink and where it
    rounds. Where roundoff is larger than that, differences of the same functions in 40 digits decide, if floats
    follow their trajectory; what then stays open are columns whose events rounding decides.
    """
    compared, left, undecided = 0, [], []
    for mode in list(MODES)[:3]:
        for number in range(30):
            case = random_case(mode, number)
            found = compare(case, 6)
            for seed, kept, errors in zip(found.seeds, found.events_kept, found.errors, strict=True):
                compared += int(kept.any())
                if kept.any() and not errors[kept].min() <= 1.0:
                    left.append((case, seed))
    print(f"{compared} compared, {compared - len(left)} agree in floats")
    assert compared >= 500
    physics = load_physics()
    tangents = {id(case): case.tangents().tangents for case, _ in left}
    for case, seed in left:
        slopes_found, same = slopes(physics, case, seed)
        if same:
            error = worst_error(slopes_found, tangents[id(case)], case.seeds.index(seed), case, 1e-5)
            assert error <= 1.0, f"{case.seeds}, {seed}: {error} of what is allowed"
        else:
            undecided.append(id(case))
    print(f"{len(left) - len(undecided)} agree in many digits, {len(undecided)} undecided")
    assert len(set(undecided)) <= 2, "columns of 90"


def test_tangents_are_slopes_in_many_digits() -> None:
    """Differences over 1e-15 of a parameter, which no rounding reaches: 1e-7 of an output's largest slope.

    Only where 40 digits are on the trajectory of floats: in a column that fills to the brim rounding decides it.
    """
    physics, compared = load_physics(), 0
    for mode in list(MODES)[:3]:
        for number in range(16, 20):
            case = random_case(mode, number)
            found, same = slopes(physics, case, case.seeds[0])
            if same:
                error = worst_error(found, case.tangents().tangents, 0, case, 1e-7)
                assert error <= 1.0, f"{mode}, {number}, {case.seeds[0]}: {error} of what is allowed"
                compared += 1
    print(f"{compared} compared in many digits")
    assert compared >= 8


def test_tangents_are_exact_for_the_lengths_of_adaptive_substeps() -> None:
    """The adaptive run again with its lengths given is the same bit for bit; neighbours with them give the slopes."""
    compared, left, undecided = 0, [], []
    for mode in list(MODES)[3:]:
        for number in range(12):
            case = random_case(mode, number)
            lengths, counts = chosen_lengths(case)
            plain, tangents = case.plain().outputs, case.tangents().tangents
            seeds = [case.seeds[i] for i in np.flatnonzero(case.meaningful()) if is_compared(case, case.seeds[i])]
            seeds = [*seeds[:5], *seeds[-1:]]
            soils, parameters, rain, distances = neighbours(case, seeds)
            run = replay(case, soils, parameters, rain, lengths, counts)
            for k, name in enumerate(REPLAYED):
                np.testing.assert_array_equal(run.outputs[0, k], plain[name][0], err_msg=f"{mode}, {number}: {name}")
            up, down = run.outputs[1::2], run.outputs[2::2]
            kept = ((run.log[1::2] == run.log[0]) & (run.log[2::2] == run.log[0])).all(axis=(1, 2))
            h = distances.reshape(-1, 1, 1)
            found = np.repeat(
                [[tangents[name][0, :, case.seeds.index(seed)] for name in REPLAYED] for seed in seeds],
                distances.shape[1],
                axis=0,
            )
            difference = (up - down) / (2.0 * h)
            allowed = 1e-5 * np.abs(difference).max(axis=2) + rounding(case, plain["storage"]) / h[..., 0]
            near = kept & (np.abs(found - difference).max(axis=2) <= allowed).all(axis=1)
            fine = near.reshape(distances.shape).any(axis=1)
            compared_here = kept.reshape(distances.shape).any(axis=1)
            compared += int(compared_here.sum())
            left += [(case, seeds[p], lengths, counts) for p in np.flatnonzero(compared_here & ~fine)]
    print(f"{compared} compared, {compared - len(left)} agree in floats")
    assert compared >= 100
    physics = load_physics()
    for case, seed, lengths, counts in left:
        pieces = np.split(lengths, np.cumsum(counts)[:-1])
        slopes_found, same = slopes(physics, case, seed, pieces)
        if same:
            error = worst_error(slopes_found, case.tangents().tangents, case.seeds.index(seed), case, 1e-5)
            assert error <= 1.0, f"{seed}: {error} of what is allowed"
        else:
            undecided.append(id(case))
    print(f"{len(left) - len(undecided)} agree in many digits, {len(undecided)} undecided")
    assert len(set(undecided)) <= 1, "columns of 36"


def test_threads_do_not_change_a_bit() -> None:
    """Many columns of different soils, by one thread and by all that there are."""
    soils = np.repeat(np.array(COLUMN.soils, dtype=np.float64), 6, axis=0)
    soils[:, :, 4] *= np.linspace(0.5, 2.0, len(soils))[:, np.newaxis]
    columns = COLUMN._replace(soils=soils)
    state = initial_state(columns, 800.0, 2)
    wanted = ("alpha_1", "n_1", "ks_1", "theta_e_1", "ks_2", "ponded_depth_max", RAIN_FACTOR)
    runs = []
    for count in (1, 3):
        with using_threads(count):
            runs.append(tangents_of_lgar(columns, state, STORM, wanted, outputs=WATER, ordinates=SHARES))
    for other in runs[1:]:
        for name in WATER:
            np.testing.assert_array_equal(runs[0].outputs[name], other.outputs[name])
            np.testing.assert_array_equal(runs[0].tangents[name], other.tangents[name])
        for a, b in zip(runs[0].state_tangents, other.state_tangents, strict=True):
            np.testing.assert_array_equal(a, b)
    # as alone: no column knows of another
    alone = tangents_of_lgar(
        columns._replace(soils=soils[7:8]),
        initial_state(columns._replace(soils=soils[7:8]), 800.0, 2),
        *(STORM, wanted),
        outputs=WATER,
        ordinates=SHARES,
    )
    for name in WATER:
        np.testing.assert_array_equal(alone.tangents[name][0], runs[0].tangents[name][7])


COLUMN = EnsembleColumns([[CRUST, LOAM, LOAM], [LOAM, CRUST, LOAM]], [[5.0, 20.0, 40.0]], PARAMETERS)
STORM = EnsembleForcing(
    rain=np.array([[0.0, 30.0, 60.0, 2.0, 0.0, 0.0, 0.0, 40.0, 0.0, 0.0]]), pet=np.full((1, 10), 0.4)
)
START = initial_state(COLUMN, 800.0, 2)
SHARES = (0.7, 0.3)


def run(wanted, forcing=STORM, state=START, **rest):  # type: ignore[no-untyped-def]
    return tangents_of_lgar(
        COLUMN, state, forcing, wanted, outputs=("infiltration", "total_discharge"), ordinates=SHARES, **rest
    )


def test_more_seeds_than_lanes_take_several_runs() -> None:
    names = seeds_of(3)[: LANES + 3]
    found, some = run(names, moisture_depths=(2.0, 30.0)), run(names[-5:], moisture_depths=(2.0, 30.0))
    for name in found.tangents:
        assert found.tangents[name].shape[-1] == LANES + 3
        np.testing.assert_allclose(found.tangents[name][..., -5:], some.tangents[name], rtol=1e-12, atol=1e-15)
    for all_of, part in zip(found.state_tangents, some.state_tangents, strict=True):
        np.testing.assert_allclose(all_of[..., -5:], part, rtol=1e-12, atol=1e-12)


def test_blocks_of_time_are_the_whole_run() -> None:
    wanted = ("alpha_1", "n_2", "ks_1", "theta_e_1", "ponded_depth_max", "theta_r_3", "n_1", "ks_2", "ks_3")
    whole = run(wanted)
    first = run(wanted, EnsembleForcing(STORM.rain[:, :4], STORM.pet[:, :4]))
    rest = EnsembleForcing(STORM.rain[:, 4:], STORM.pet[:, 4:])
    second = run(wanted, rest, state=first.state, state_tangents=first.state_tangents)
    for name, tangents in whole.tangents.items():
        np.testing.assert_array_equal(np.hstack([first.tangents[name], second.tangents[name]]), tangents)
    for end, found in zip(whole.state_tangents, second.state_tangents, strict=True):
        np.testing.assert_array_equal(found, end)
    assert isinstance(second.state_tangents, StateTangents)


def test_moisture_at_depths_and_frozen_soil() -> None:
    """By central differences; the factor of frozen soil scales conductivities and their tangents."""
    cold = np.linspace(273.0, 273.3, 30).reshape(1, 10, 3)
    forcing = STORM._replace(soil_temperature=cold, temperature_nodes=(2.0, 10.0, 50.0))
    wanted = ("ks_1", "alpha_2", "n_1", "theta_e_2")
    depths = (1.0, 6.0, 30.0)
    found = run(wanted, forcing, moisture_depths=depths)
    for i, (row, layer) in enumerate(((4, 0), (2, 1), (3, 0), (1, 1))):
        sides = []
        for sign in (1.0, -1.0):
            soils = np.array(COLUMN.soils, dtype=np.float64)
            h = 1e-6 * soils[:, layer, row].max()
            soils[:, layer, row] += sign * h
            changed = COLUMN._replace(soils=soils)
            state = initial_state(changed, 800.0, 2)
            sides.append(
                simulate(
                    *(changed, state, forcing), None, ("infiltration", "total_discharge"), SHARES, None, depths
                ).outputs
            )
        for name, tangents in found.tangents.items():
            expected = (sides[0][name] - sides[1][name]) / (2.0 * h)
            scale = np.abs(expected).max()
            np.testing.assert_allclose(tangents[..., i], expected, rtol=1e-5, atol=1e-5 * scale + 1e-14 / h)


def test_what_is_wrong_is_named() -> None:
    with pytest.raises(KeyError, match="no parameter 'ks_4'.*'n_1' is wanted twice.*rain_factor"):
        run(("ks_4", "n_1", "n_1"))
    with pytest.raises(KeyError, match="no output"):
        tangents_of_lgar(COLUMN, START, STORM, ("ks_1",), outputs=("flow",), ordinates=SHARES)
    wet = STORM._replace(rain=np.where(STORM.rain == 60.0, np.nan, STORM.rain))
    with pytest.raises(ForcingError, match="catchment 0, step 2"):
        run(("ks_1",), wet)
    soils = np.array(COLUMN.soils, dtype=np.float64)
    soils[1, 0, 3] = 0.9
    with pytest.raises(ParameterError, match="catchment 1"):
        tangents_of_lgar(COLUMN._replace(soils=soils), START, STORM, ("ks_1",), ordinates=SHARES)
    with pytest.raises(ValueError, match="options"):
        run(("ks_1",), options=LgarOptions(substeps=7))
