"""Tables of POLARIS: means of layers, and what is said about files that do not fit."""

import csv
import random

import numpy as np
import pytest

from dcfe.polaris import INTERVALS, PROPERTIES, overlaps, read_polaris
from ngen_bmi.errors import ConfigError
from tests.paths import shared


def table(points=3, seed=1):
    """Rows of a file such as POLARIS gives: text order of columns, an index before and a geometry after."""
    rng = random.Random(seed)
    rows = []
    for point in range(points):
        values = {}
        for top, bottom in INTERVALS:
            clay, silt = rng.uniform(5.0, 40.0), rng.uniform(10.0, 50.0)
            soil = dict(
                zip(PROPERTIES, (clay, silt, 100.0 - clay - silt, rng.uniform(5, 9), rng.uniform(-1, 1)), strict=True)
            )
            values |= {f"{name}_{top}_{bottom}": f"{value:.6f}" for name, value in soil.items()}
        geometry = '{"type":"Point","coordinates":[-102.5,47.5]}'
        rows.append({"system:index": str(point), **dict(sorted(values.items())), ".geo": geometry})
    return rows


def write(folder, rows, columns=None):
    path = folder / "soils.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def problems(path, bottoms=(10.0, 40.0, 100.0)):
    with pytest.raises(ConfigError) as caught:
        read_polaris(path, bottoms)
    assert caught.value.source == str(path)
    return caught.value.problems


def test_layers_that_are_intervals_have_their_values(tmp_path):
    rows = table()
    found = read_polaris(write(tmp_path, rows), [bottom for _, bottom in INTERVALS])
    assert found.names == PROPERTIES == ("clay", "silt", "sand", "ph", "om")
    assert found.values.shape == (3, 6, 5)
    for point, row in enumerate(rows):
        for layer, (top, bottom) in enumerate(INTERVALS):
            expected = [float(row[f"{name}_{top}_{bottom}"]) for name in PROPERTIES]
            np.testing.assert_allclose(found.values[point, layer], expected, rtol=1e-14)


def test_layers_are_means_by_thickness_of_what_they_overlap(tmp_path):
    rows = table(points=1)
    found = read_polaris(write(tmp_path, rows), [10.0, 44.0, 300.0])
    of = {name: float(value) for name, value in rows[0].items() if name[:4] in ("clay", "om_0", "om_5")}
    assert found.values[0, 0, 0] == pytest.approx((5 * of["clay_0_5"] + 5 * of["clay_5_15"]) / 10)
    assert found.values[0, 1, 0] == pytest.approx(
        (5 * of["clay_5_15"] + 15 * of["clay_15_30"] + 14 * of["clay_30_60"]) / 34
    )
    deep = (16 * of["clay_30_60"] + 40 * of["clay_60_100"] + 200 * of["clay_100_200"]) / 256
    assert found.values[0, 2, 0] == pytest.approx(deep)
    assert found.values[0, 0, 4] == pytest.approx(0.5 * (of["om_0_5"] + of["om_5_15"]))
    np.testing.assert_allclose(found.values[..., :3].sum(axis=-1), 100.0, rtol=1e-6)


def test_shares_of_intervals_sum_to_one():
    rng = np.random.default_rng(1)
    for _ in range(50):
        shares = overlaps(np.cumsum(rng.uniform(0.5, 150.0, rng.integers(1, 6))))
        np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-13)
        assert shares.min() >= 0.0
    assert overlaps([250.0, 400.0])[1].tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("bottoms", [[], [0.0, 10.0], [10.0, 10.0], [30.0, 20.0], [10.0, float("nan")], [float("inf")]])
def test_bottoms_that_do_not_increase(bottoms):
    with pytest.raises(ValueError, match="expected depths above 0 that increase"):
        overlaps(bottoms)


def test_columns_that_are_missing_are_all_named(tmp_path):
    rows = table()
    kept = [name for name in rows[0] if name not in ("ph_5_15", "sand_0_5")]
    assert problems(write(tmp_path, rows, kept)) == ("column sand_0_5 is missing", "column ph_5_15 is missing")
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    assert len(problems(empty)) == 30


def test_what_is_no_number_of_a_soil_is_named_with_line_and_column(tmp_path):
    rows = table()
    rows[1] |= {"clay_0_5": "much", "om_5_15": ""}
    rows[2] |= {"ph_30_60": "-9999", "silt_0_5": "nan"}
    assert problems(write(tmp_path, rows)) == (
        "line 3, column clay_0_5: 'much' is not a number",
        "line 3, column om_5_15: nothing is not a number",
        "line 4, column silt_0_5: nan is outside 0 to 100",
        "line 4, column ph_30_60: -9999 is outside 0 to 14",
    )


def test_rows_that_end_early_and_files_without_rows(tmp_path):
    path = write(tmp_path, table(points=1))
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "0,12.5"]))
    found = problems(path)
    assert len(found) == 29
    assert all(text.startswith("line 2, column ") for text in found)
    path.write_text(lines[0] + "\n")
    assert problems(path) == ("there are no rows: expected one for each point",)
    path.write_bytes(b"\xff\xfe\x00")
    assert "no CSV file in UTF-8" in problems(path)[0]
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        read_polaris(tmp_path / "nowhere.csv", [10.0])


def test_the_real_table():
    path = shared("data", "polaris_06332515", "CAMELS_Soil_Attributes_POLARIS_gage_06332515.csv")
    found = read_polaris(path, [10.0, 40.0, 100.0])
    assert found.values.shape == (10, 3, 5)
    assert np.isfinite(found.values).all()
    first = {"clay_0_5": 21.940117, "clay_5_15": 23.351995}
    assert found.values[0, 0, 0] == pytest.approx(0.5 * sum(first.values()))
    texture = found.values[..., :3].sum(axis=-1)
    assert 90.0 < texture.min() <= texture.max() < 110.0
    # organic matter falls with depth, acidity too
    assert (np.diff(found.values[..., 4], axis=1) < 0.0).all()
    assert (np.diff(found.values[..., 3], axis=1) > 0.0).all()
