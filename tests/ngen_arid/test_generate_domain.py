"""Generated domains: the same however they are made, valid, and from dry to wet."""

import json

import numpy as np
import pytest

from cfe_bmi.parameters import problems_of
from ngen_arid.__main__ import main
from ngen_arid.generated_domain import catchment_of, generate, weather

pytest.importorskip("netCDF4")
pytest.importorskip("zarr")
pytest.importorskip("cf_units")


def test_parameters_are_valid_and_differ():
    made = [catchment_of(k, 1) for k in range(300)]
    assert not [k for k, catchment in enumerate(made) if problems_of(catchment.parameters)]
    assert len({catchment.parameters.satdk for catchment in made}) == 300
    assert len({round(catchment.parameters.maxsmc, 3) for catchment in made}) >= 10
    assert all(abs(sum(catchment.ordinates) - 1.0) < 1e-12 for catchment in made)
    assert len({len(catchment.ordinates) for catchment in made}) > 3


def test_weather_does_not_depend_on_the_division():
    rain, pet = weather(0, 20, 400, seed=5)
    again = weather(7, 9, 400, seed=5)
    assert np.array_equal(rain[7:9], again[0])
    assert np.array_equal(pet[7:9], again[1])
    assert not np.array_equal(rain, weather(0, 20, 400, seed=6)[0])
    assert rain.min() >= 0.0
    assert pet.min() >= 0.0


def test_climates_from_arid_to_humid():
    rain, pet = weather(0, 60, 8760, seed=1)
    aridity = pet.sum(axis=1) / (3600.0 * rain.sum(axis=1))
    assert aridity.min() < 0.5
    assert aridity.max() > 3.0


@pytest.mark.parametrize("layout", ["netcdf", "zarr"])
def test_processes_make_the_same(tmp_path, layout):
    alone = generate(tmp_path / "one", 300, 30, 2, layout)
    shared = generate(tmp_path / "two", 300, 30, 2, layout, workers=2)
    for first, second in zip(alone, shared, strict=True):
        files = sorted(path for path in first.rglob("*") if path.is_file()) if first.is_dir() else [first]
        for path in files:
            assert path.read_bytes() == (second / path.relative_to(first)).read_bytes()


@pytest.mark.parametrize("layout", ["netcdf", "zarr"])
def test_command_and_run(tmp_path, capsys, layout):
    xr = pytest.importorskip("xarray")
    folder = tmp_path / "domain"
    numbers = ["--catchments", "5", "--hours", "48", "--layout", layout]
    assert main(["generate-domain", *numbers, "--output", str(folder)]) == 0
    assert "5 catchments x 48 hours" in capsys.readouterr().out
    realization = folder / "realization.json"
    assert main(["run", str(realization), "--cwd", str(folder), "--ensemble", "--output", str(tmp_path / "out")]) == 0
    with xr.open_zarr(tmp_path / "out" / "catchments.zarr") as data:
        assert dict(data.Q_OUT.sizes) == {"catchment": 5, "time": 48}
        assert data.Q_OUT.attrs["units"] == "m"
        assert str(data.time.values[0]) == "2012-10-01T00:00:00.000000000"
        assert float(np.abs(data.imbalance).max()) < 1e-12
    assert json.loads(realization.read_text())["global"]["forcing"]["provider"] == "NetCDF"


def test_mistakes(tmp_path, capsys):
    assert main(["generate-domain", "--catchments", "0", "--output", str(tmp_path)]) == 1
    assert "catchments is 0; expected 1 or more" in capsys.readouterr().err
    (tmp_path / "forcing.zarr").mkdir()
    command = ["generate-domain", "--catchments", "1", "--hours", "2", "--layout", "zarr", "--output", str(tmp_path)]
    assert main(command) == 1
    assert "is there already; remove it first" in capsys.readouterr().err
