"""From files to learning data: what arrives, and what is said about files that do not fit."""

import numpy as np
import pytest
import torch

from cfe_bmi.state import NASH, ODE
from dcfe.learning_config import load_learning_config
from dcfe.learning_data import read_learning_set
from ngen_bmi.errors import ConfigError
from tests.cfe_bmi import configs
from tests.dcfe.learning_folder import (
    BASINS,
    HOUR,
    HOURS,
    START,
    series,
    write_all,
    write_config,
    write_series,
)

FIRST = 48
"""Step of the files at which the data begin: two days of warm-up before the first period."""


def read(folder, **changes):
    changes.setdefault("data__attributes", {"file": "attributes.csv", "columns": ["a", "b"]})
    return read_learning_set(load_learning_config(write_config(folder, **changes)))


def problems(folder, **changes):
    with pytest.raises(ConfigError) as caught:
        read(folder, **changes)
    return caught.value.problems


@pytest.fixture
def folder(tmp_path):
    write_all(tmp_path)
    return tmp_path


def test_series_parameters_and_attributes_arrive_in_place(folder):
    found = read(folder)
    data = found.data
    assert data.ids == BASINS[:3]
    assert data.start == np.datetime64("2000-10-03T00:00")
    assert data.attribute_names == ("a", "b")
    np.testing.assert_array_equal(data.attributes, [[0.0, 0.0], [1.0, 0.1], [2.0, 0.2]])
    last = 18 * 24
    for row in range(3):
        rain, pet, flow = series(row)
        np.testing.assert_array_equal(data.rain[row], rain[FIRST:last])
        np.testing.assert_array_equal(data.pet[row], pet[FIRST:last])
        np.testing.assert_array_equal(data.observed["q_out"][row], 1e-3 * flow[FIRST:last])
    np.testing.assert_array_equal(data.parameters["refkdt"], [2.0, 2.1, 2.2])
    np.testing.assert_array_equal(data.ordinates, [[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.5, 0.5, 0.0]])
    np.testing.assert_array_equal(data.soil_storage, [0.585626] * 3)
    assert (data.lateral, data.surface) == (2, 1)
    assert found.basins == {"train": [0, 1], "test": [2]}
    assert found.periods == {"train": (48, 192), "test": (192, 384)}
    part = found.part("test", "test")
    assert part.ids == ("cat-3",)
    assert part.start == np.datetime64("2000-10-09T00:00")
    assert part.rain.shape == (1, 48 + 192)


def test_a_warm_up_that_files_do_not_have_comes_out_of_the_period(folder):
    found = read(folder, training__warmup_days=5)
    assert found.data.start == START
    assert found.periods["train"] == (96, 240)
    assert found.warmup == 120


def test_without_periods_all_is_for_training(folder):
    found = read(folder, periods=None)
    assert found.periods == {"train": (0, HOURS)}
    assert found.data.rain.shape == (3, HOURS)


def test_units_columns_and_gaps_of_observations(folder):
    _, _, flow = series(0)
    area = 10.0
    times = [str(START + hour * HOUR) for hour in range(HOURS)]
    rows = [f"{times[i]},x,{float(flow[i] * area / 3.6)!r}" for i in range(HOURS) if i not in (60, 61)]
    rows[70] = ",".join((*rows[70].split(",")[:2], ""))  # hour 72
    (folder / "observed" / "cat-1.csv").write_text("\n".join(["Time,flag,Q [m3 s-1]", *rows]))
    observed = {"q_out": {"file": "observed/{id}.csv", "column": "Q"}}
    found = read(
        folder,
        basins={"train": ["cat-1"]},
        data__observed=observed,
        data__attributes={"file": "attributes.csv", "columns": ["a"], "area": "area"},
    )
    values = found.data.observed["q_out"][0].numpy()
    gaps = np.flatnonzero(np.isnan(values)) + FIRST
    assert gaps.tolist() == [60, 61, 72]
    known = np.isfinite(values)
    np.testing.assert_allclose(values[known], (1e-3 * flow[FIRST : FIRST + values.size])[known], rtol=1e-14)


def test_several_outputs_are_read_and_storages_in_their_units(folder):
    for basin in BASINS:
        write_series(folder / f"{basin}_soil.csv", "time,s[mm]", np.arange(HOURS) / 2)
    observed = {"q_out": {"file": "observed/{id}.csv", "unit": "mm/h"}, "soil_storage": "{id}_soil.csv"}
    found = read(folder, data__observed=observed)
    assert list(found.data.observed) == ["q_out", "soil_storage"]
    np.testing.assert_allclose(found.data.observed["soil_storage"][0, :2], [0.024, 0.0245])


def test_shares_are_drawn_once_and_for_all_by_their_seed(folder):
    def drawn(seed):
        found = read(folder, basins={"train": 0.5, "test": 0.5, "seed": seed})
        return {group: [found.data.ids[row] for row in rows] for group, rows in found.basins.items()}

    first = drawn(0)
    assert sorted(first["train"] + first["test"]) == sorted(BASINS)
    assert len(first["train"]) == 2
    assert drawn(0) == first
    assert any(drawn(seed) != first for seed in range(1, 6))


def test_ungauged_basins_need_no_observations(folder):
    (folder / "observed" / "cat-4.csv").unlink()
    found = read(folder, basins={"train": ["cat-1", "cat-2"], "test": ["cat-3"], "ungauged": ["cat-4"]})
    assert found.basins["ungauged"] == [3]
    assert bool(torch.isnan(found.data.observed["q_out"][3]).all())


def test_names_come_from_the_pattern_or_from_the_configuration(folder):
    (folder / "configs" / "cat-1.yml").rename(folder / "configs" / "cat-1_cfe.yml")
    only = {"train": ["cat-1"]}
    assert read(folder, data__catchments="configs/{id}_cfe.yml", basins=only).data.ids == ("cat-1",)
    given = configs.cat_87(name="cat-2")
    configs.write(folder / "configs", given, "other.yml")
    found = read(folder, data__catchments=["configs/other.yml"], basins={"train": ["cat-2"]})
    assert found.data.ids == ("cat-2",)


def test_text_configurations_are_read(folder):
    p = configs.CAT_87["parameters"]
    lines = [f"soil_params.{name}={str(p[name]).split()[0]}" for name in ("depth", "b", "satdk", "satpsi", "wltsmc")]
    lines += [f"soil_params.smcmax={p['maxsmc']}", f"soil_params.slop={p['slope']}", f"alpha_fc={p['alpha_fc']}"]
    lines += [f"{name}={str(p[name]).split()[0]}" for name in ("max_gw_storage", "Cgw", "expon", "refkdt")]
    lines += ["K_lf=0.01", "K_nash=0.03", "gw_storage=0.1", "soil_storage=0.5", "giuh_ordinates=0.5,0.5"]
    lines += ["surface_partitioning_scheme=Schaake", "soil_params.expon=1", "soil_params.expon_secondary=1"]
    (folder / "configs" / "cat-1.txt").write_text("\n".join(lines))
    found = read(folder, data__catchments="configs/{id}.txt", basins={"train": ["cat-1"]})
    assert found.data.parameters["satdk"].tolist() == [3.38e-6]


def test_truth_is_read(folder):
    (folder / "truth.csv").write_text("id,Kn\n" + "\n".join(f"{basin},0.{i}" for i, basin in enumerate(BASINS)))
    found = read(folder, data__truth="truth.csv")
    assert found.truth["Kn"].tolist() == [0.0, 0.1, 0.2]


def test_all_that_is_wrong_with_the_files_comes_at_once(folder):
    text = (folder / "attributes.csv").read_text().replace("cat-1,0,0.0", "cat-1,0,nan").replace("cat-3,2", "cat-9,2")
    (folder / "attributes.csv").write_text(text)
    (folder / "forcing" / "cat-2.csv").unlink()
    forcing = folder / "forcing" / "cat-3.csv"
    forcing.write_text(forcing.read_text().replace("2000-10-01 05:00:00,", "2000-10-01 05:00:00,nan,", 1))
    found = problems(folder)
    for expected in (
        "attributes.csv: b of basin cat-1 is 'nan'; expected a number",
        "attributes.csv: has no row for basin cat-3",
        "cat-2.csv: the forcing file cannot be read",
        "cat-3.csv: line 7 has 4 cells; expected 3",
    ):
        assert any(expected in line for line in found), (expected, found)
    assert len(found) == 4


def test_forcing_of_another_time_or_out_of_range_is_named(folder):
    rain, pet, _ = series(0)
    header = "time,P(mm/h),PET[m s-1]"
    write_series(folder / "forcing" / "cat-1.csv", header, rain, pet, start=START + 120 * HOUR)
    write_series(folder / "forcing" / "cat-2.csv", header, np.where(rain > 0.0, np.nan, 0.0), pet)
    found = problems(folder, basins={"train": ["cat-2"]})
    assert len(found) == 1
    assert "cat-2.csv: 2000-10-01" in found[0]
    assert "forcing.nan: zero" in found[0]
    found = problems(folder, basins={"train": ["cat-1"]})
    assert len(found) == 1
    assert "cat-1.csv: holds 2000-10-06 00:00 to 2000-10-26 00:00, but the periods need 2000-10-05 00:00" in found[0]
    found = problems(folder, basins={"train": ["cat-1", "cat-3"]}, periods=None)
    assert "say which time to use, periods.train" in found[0]


def test_the_forcing_policy_of_a_configuration_holds(folder):
    rain, pet, _ = series(0)
    rain[200] = np.nan
    write_series(folder / "forcing" / "cat-1.csv", "time,P(mm/h),PET[m s-1]", rain, pet)
    configs.write(folder / "configs", configs.cat_87(forcing={"nan": "zero"}), "cat-1.yml")
    found = read(folder, basins={"train": ["cat-1"]})
    assert found.data.rain[0, 200 - FIRST] == 0.0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2000-10-07 00:30:00,1.0", "2000-10-07 00:30:00 is not the beginning of a step"),
        ("2000-10-01 00:00:00,1.0", "2000-10-01 00:00:00 does not come after the time before it"),
        ("yesterday,1.0", "'yesterday' is not a time"),
        ("2001-10-07 00:00:00,-9999", "'-9999' cannot be q_out; leave the cell empty"),
        ("2001-10-07 00:00:00,ice", "'ice' cannot be q_out"),
        ("2001-10-07 00:00:00,inf", "'inf' cannot be q_out"),
        ("2001-10-07 00:00:00", "has 1 cells; expected 2"),
    ],
)
def test_a_bad_line_of_observations_is_named(line, expected, folder):
    path = folder / "observed" / "cat-3.csv"
    path.write_text(path.read_text() + line + "\n")
    (found,) = problems(folder)
    assert f"cat-3.csv: line {HOURS + 2}" in found
    assert expected in found


@pytest.mark.parametrize(
    ("header", "observed", "expected"),
    [
        ("time,q", {}, "column 'q' has no unit; write it in the header, such as q[mm h-1]"),
        ("time,q[mm]", {"unit": "mm h-1"}, "column 'q' is in 'mm', but the configuration says 'mm h-1'"),
        ("time,q[ft]", {}, "column 'q' is in 'ft'; q_out can be in mm h-1"),
        ("time,q[m3/s]", {}, "needs areas: say data.attributes.area"),
        ("day,q", {"unit": "m"}, "expected one column 'time', found 0 in day, q"),
        ("time,q", {"unit": "m", "column": "flow"}, "expected one column 'flow', found time, q"),
    ],
)
def test_a_bad_header_of_observations_is_named(header, observed, expected, folder):
    write_series(folder / "observed" / "cat-1.csv", header, series(0)[2])
    (found,) = problems(
        folder, basins={"train": ["cat-1"]}, data__observed={"q_out": {"file": "observed/{id}.csv", **observed}}
    )
    assert "cat-1.csv" in found
    assert expected in found


def test_basins_without_observations_are_named(folder):
    late = np.full(HOURS, np.nan)
    late[:72] = 1.0  # only in the warm-up
    write_series(folder / "observed" / "cat-2.csv", "time,flow", late)
    (found,) = problems(folder)
    assert found.startswith("basin cat-2 has no observation in the period train after the warm-up: leave it out")


def test_schemes_that_differ_are_listed(folder):
    configs.write(folder / "configs", configs.cat_87(soil_scheme="ode"), "cat-2.yml")
    configs.write(folder / "configs", configs.nash_87(), "cat-3.yml")
    (found,) = problems(folder)
    assert "classic, schaake, giuh, 2 lateral reservoirs (cat-1); ode, schaake" in found
    assert "2 surface reservoirs in 10 sub-steps (cat-3)" in found


def test_schemes_that_need_other_models_are_refused(folder):
    given = configs.cat_87({"ice_content_threshold": "0.1 m"}, frozen_soil=True)
    configs.write(folder / "configs", given, "cat-1.yml")
    (found,) = problems(folder, basins={"train": ["cat-1"]})
    assert "switch frozen_soil off in cat-1" in found


def test_one_scheme_for_all_arrives_in_the_options(folder):
    for basin in BASINS:
        configs.write(folder / "configs", configs.nash_87(soil_scheme="ode"), f"{basin}.yml")
    data = read(folder).data
    assert (data.options.soil_scheme, data.options.surface_runoff, data.surface) == (ODE, NASH, 2)
    assert data.ordinates.shape == (3, 1)


def test_cascades_that_are_not_empty_are_warned_of(folder, caplog):
    given = configs.cat_87()
    given["initial"]["nash_storage_subsurface"] = {"value": [0.001, 0.0], "unit": "m"}
    configs.write(folder / "configs", given, "cat-1.yml")
    read(folder)
    assert "Nash cascades start empty in learning and in exported configurations (cat-1)" in caplog.text


def test_missing_files_and_columns_are_named(folder):
    assert "there is no file" in problems(folder, data__catchments="none/{id}.yml")[0]
    assert (
        "has no column c; found a, b, area, kind"
        in problems(folder, data__attributes={"file": "attributes.csv", "columns": ["c"]})[0]
    )
    assert "kind holds no numbers: list what to use" in problems(folder, data__attributes="attributes.csv")[0]
    assert "gauge.csv: the file cannot be read" in problems(folder, data__attributes="gauge.csv")[0]
    assert "there is no basin 'cat-7'" in problems(folder, basins={"train": ["cat-1", "cat-7"]})[0]


def test_bad_configurations_of_cfe_are_all_named(folder):
    for basin in BASINS[:2]:
        configs.write(folder / "configs", configs.cat_87(without=("satdk",)), f"{basin}.yml")
    found = problems(folder)
    assert [line.split(":")[0].endswith(f"{basin}.yml") for line, basin in zip(found, BASINS, strict=False)] == [
        True
    ] * 2


def test_tables_with_semicolons_and_in_several_files_are_joined(folder):
    (folder / "one.txt").write_text("gauge_id;p\n" + "".join(f"{basin};{i}\n" for i, basin in enumerate(BASINS)))
    (folder / "two.txt").write_text("gauge_id;s\n" + "".join(f"{basin};{i * 2}\n" for i, basin in enumerate(BASINS)))
    data = read(folder, data__attributes={"file": ["one.txt", "two.txt"], "id": "gauge_id"}).data
    assert data.attribute_names == ("p", "s")
    np.testing.assert_array_equal(data.attributes[2], [2.0, 4.0])


def test_many_problems_are_cut_short(folder):
    path = folder / "attributes.csv"
    path.write_text("id,a,b\n" + "".join(f"{basin},1,2\n" for basin in BASINS))
    (folder / "LEARNING.yaml").write_text("")
    path.write_text("id," + ",".join(f"x{i}" for i in range(40)) + "\n" + "cat-1" + ",1" * 40 + "\ncat-2" + ",x" * 40)
    found = problems(folder, basins={"train": ["cat-1", "cat-2"]}, data__attributes="attributes.csv")
    assert len(found) == 31
    assert found[-1] == "and 10 more"
