"""An ensemble gives what `ngen_harness.run` gives catchment by catchment, bit for bit."""

import numpy as np
import pytest

from ngen_ensemble import Settings, run_ensemble

from .conftest import OUTPUTS

xr = pytest.importorskip("xarray")

NASH = {
    "surface_runoff": "nash",
    "nash_surface": {"reservoirs": 3, "substeps": 7},
    "initial": {"nash_storage_surface": [0.001, 0.0, 0.002]},
}
SCHEMES = {
    "classic": {},
    "ode": {"soil_scheme": "ode"},
    "xinanjiang": {"partitioning": "xinanjiang", "parameters": {"x_Xinanjiang_shape_parameter": 0.6}},
    "nash": NASH,
    "nonlinear outlets": {"parameters": {"soil_expon": 2.0, "soil_expon_secondary": 1.5}},
    "nonlinear ode": {"soil_scheme": "ode", "parameters": {"soil_expon": 2.0}},
    "three lateral reservoirs": {"nash_subsurface": {"reservoirs": 3}},
    "lateral storages": {"initial": {"nash_storage_subsurface": [0.01, 0.02]}},
}


def harness(domain, realization, **options):
    from ngen_harness import run

    return run(
        realization,
        catchments=domain.write_catchments(),
        cwd=domain.folder,
        output=domain.folder / "harness",
        faithful_calls=False,
        **options,
    )


def ensemble(domain, realization, name="ensemble", **options):
    return run_ensemble(realization, cwd=domain.folder, output=domain.folder / name, **options)


def assert_same(result, store, outputs=OUTPUTS):
    with xr.open_zarr(store) as data:
        assert sorted(data.catchment.values) == sorted(result.catchments)
        assert np.array_equal(data.time.values, result.times)
        for name, series in result.catchments.items():
            for k, output in enumerate(outputs):
                np.testing.assert_array_equal(data[output].sel(catchment=name).values, series.values[:, k], f"{name}")
        assert data[outputs[0]].max() > 0.0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_one_scheme(make, scheme):
    domain = make(count=20, schemes=lambda k: SCHEMES[scheme])  # more than a tile holds
    domain.write_configs()
    realization = domain.write_realization()
    result = ensemble(domain, realization)
    assert_same(harness(domain, realization), result.path)
    assert 0.0 <= result.imbalance < 1e-12


def test_all_schemes_side_by_side(make):
    names = list(SCHEMES)
    domain = make(count=2 * len(names), schemes=lambda k: SCHEMES[names[k % len(names)]])
    domain.write_configs()
    realization = domain.write_realization()
    lengths = {len(document.get("giuh_ordinates", ())) for document in domain.configs.values()}
    assert len(lengths) > 2
    same = harness(domain, realization)
    assert_same(same, ensemble(domain, realization).path)
    domain.write_table()
    table = domain.write_realization("table.json", table="parameters.csv")
    assert_same(same, ensemble(domain, table, "table").path)


def test_ode_component_and_zarr_forcing(make):
    domain = make(count=3)
    domain.write_configs()
    domain.write_zarr()
    realization = domain.write_realization(python_type="cfe_bmi.BmiCfeOde")
    zarr = domain.write_realization("zarr.json", python_type="cfe_bmi.BmiCfeOde", forcing="forcing.zarr")
    same = harness(domain, realization)
    assert_same(same, ensemble(domain, realization).path)
    assert_same(same, ensemble(domain, zarr, "zarr").path)


def test_parameters_and_aliases_of_the_realization(make):
    domain = make(count=3)
    domain.write_configs()
    domain.write_table()
    outputs = ("land_surface_water__runoff_depth", "soil", "GW_STORAGE")
    params = {
        "model_params": {"slop": 0.5, "maxsmc": 0.48, "refkdt": {"source": "hydrofabric"}},
        "variables_names_map": {"water_potential_evaporation_flux": "PET", "SOIL_STORAGE": "soil"},
        "output_variables": list(outputs),
    }
    realization = domain.write_realization(**params)
    same = harness(domain, realization)
    catchments = domain.write_catchments()
    assert_same(same, ensemble(domain, realization, catchments=catchments).path, outputs)
    table = domain.write_realization("table.json", table="parameters.csv", **params)
    assert_same(same, ensemble(domain, table, "table", catchments=catchments).path, outputs)


def test_forcing_that_is_mended(make):
    policy = {"nan": "zero", "negative_precipitation": "zero"}
    domain = make(count=3, schemes=lambda k: {"forcing": policy} if k == 1 else {})
    domain.values["precip_rate"][1, [4, 17]] = np.nan
    domain.values["precip_rate"][1, 20] = -1e-5
    domain.values["PET"][1, 30] = np.nan
    domain.write_forcing()
    domain.write_configs()
    realization = domain.write_realization()
    same = harness(domain, realization)
    assert_same(same, ensemble(domain, realization).path)
    domain.write_table()
    table = domain.write_realization("table.json", table="parameters.csv")
    assert_same(same, ensemble(domain, table, "table").path)


def test_part_of_the_catchments_and_of_the_period(make):
    domain = make(count=9)
    domain.write_configs()
    realization = domain.write_realization(hours=100)
    chosen = ["cat-7", "cat-2", "cat-3"]
    same = harness(domain, realization, catchment_ids=chosen)
    path = ensemble(domain, realization, catchment_ids=chosen).path
    with xr.open_zarr(path) as data:
        assert data.catchment.values.tolist() == ["cat-2", "cat-3", "cat-7"]
        for name, series in same.catchments.items():
            assert np.array_equal(data.Q_OUT.sel(catchment=name).values, series.values[:, 0])


def test_single_precision_is_rounded_and_nothing_else(make):
    domain = make(count=3)
    domain.write_configs()
    realization = domain.write_realization()
    double, single = ensemble(domain, realization), ensemble(domain, realization, "single", float32=True)
    with xr.open_zarr(double.path) as wide, xr.open_zarr(single.path) as narrow:
        for name in OUTPUTS:
            assert narrow[name].dtype == np.float32
            assert np.array_equal(narrow[name].values, wide[name].values.astype(np.float32))
    assert double.written == 2 * single.written


def test_periods_longer_than_a_chunk(make, monkeypatch):
    """State is carried from chunk to chunk."""
    for module in ("memory", "store"):
        monkeypatch.setattr(f"ngen_ensemble.{module}.CHUNK_HOURS", 70)
    domain = make(count=5, schemes=lambda k: NASH if k == 2 else {})
    domain.write_configs()
    realization = domain.write_realization()
    result = ensemble(domain, realization, settings=Settings(block=1))
    assert_same(harness(domain, realization), result.path)
    assert result.imbalance < 1e-12


def test_sums_of_an_hour(make, caplog):
    """What ngen cannot convert, and passes on, which is right for hourly data."""
    domain = make(count=2)
    domain.values = {"APCP_surface": 3600.0 * domain.values["precip_rate"], "PET": domain.values["PET"]}
    domain.units["APCP_surface"] = "kg m^-2"
    domain.write_forcing()
    domain.write_configs()
    names = {
        "water_potential_evaporation_flux": "PET",
        "atmosphere_water__liquid_equivalent_precipitation_rate": "APCP_surface",
    }
    realization = domain.write_realization(variables_names_map=names)
    assert_same(harness(domain, realization), ensemble(domain, realization).path)
    assert "'APCP_surface' is in 'kg m^-2', taken for the sum of each hour" in caplog.text


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
def test_stores_made_by_xarray(make):
    """Forcing and table as NetCDF, and as Zarr that xarray made of it."""
    from ngen_arid.generated_domain import write_parameters

    domain = make(count=4)
    write_parameters(domain.folder / "parameters.nc", 4, 3)
    with xr.open_dataset(domain.folder / "forcing.nc") as data:
        data.to_zarr(domain.folder / "forcing.zarr", zarr_format=2)
    with xr.open_dataset(domain.folder / "parameters.nc") as data:
        data.to_zarr(domain.folder / "parameters.zarr", zarr_format=2)
    domain.write_table()
    paths = [
        ensemble(domain, domain.write_realization(table=f"parameters.{table}", forcing=f"forcing.{forcing}"), name).path
        for name, table, forcing in (("a", "csv", "nc"), ("b", "nc", "nc"), ("c", "zarr", "zarr"))
    ]
    first, *others = [xr.open_zarr(path).load() for path in paths]
    assert first.Q_OUT.max() > 0.0
    for other in others:
        xr.testing.assert_identical(first.drop_attrs(deep=False), other.drop_attrs(deep=False))
