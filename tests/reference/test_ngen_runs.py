"""Our harness with our CFE against complete runs of the real ngen with the C model.

The real runs had a PET module; here the potential evaporation that it gave (a column of the recorded output) is the
forcing. Everything else is the real thing: the text configuration, three catchments, 720 hours, units, nexus sums.
"""

import csv
import json

import numpy as np
import pytest

from ngen_harness import run
from tests.paths import shared

RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"
PET = "water_potential_evaporation_flux"


def read_csv(path):
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


@pytest.mark.parametrize("variant", ["schaake_giuh", "xinanjiang_nash"])
def test_files_are_those_of_ngen_with_c_cfe(variant, tmp_path):
    folder = shared("reference", "ngen", "runs", variant)
    original = json.loads((folder / "realization.json").read_text())
    columns = original["global"]["formulations"][0]["params"]["output_variables"]
    names = [name for name in columns if name != PET]

    forcing = tmp_path / "forcing"
    forcing.mkdir()
    for path in sorted((folder / "expected").glob("cat-*.csv")):
        header, rows = read_csv(path)
        rain, pet = header.index("RAIN_RATE"), header.index(PET)
        lines = [f"{row[1]},{1000.0 * float(row[rain])!r},{row[pet]}" for row in rows]
        (forcing / path.name).write_text("\n".join(("time,P[mm h-1],PET[m s-1]", *lines)) + "\n")

    realization = {
        "global": {
            "formulations": [
                {
                    "name": "bmi_python",
                    "params": {
                        "model_type_name": "CFE",
                        "python_type": "cfe_bmi.BmiCfe",
                        "init_config": str(folder / "cfg" / "cfe.ini"),
                        "main_output_variable": "Q_OUT",
                        "allow_exceed_end_time": True,
                        "variables_names_map": {RAIN: "P", PET: "PET"},
                        "output_variables": names,
                        "mass_balance": {"check": True, "tolerance": 1e-12, "fatal": True, "frequency": 1},
                    },
                }
            ],
            "forcing": {"path": str(forcing), "file_pattern": "{{id}}.csv", "provider": "CsvPerFeature"},
        },
        "time": original["time"],
        "output": {"root": str(tmp_path / "out"), "precision": 17},
    }
    (tmp_path / "realization.json").write_text(json.dumps(realization))
    result = run(
        tmp_path / "realization.json",
        catchments=shared("data", "ngen", "catchment_data.geojson"),
        nexus=shared("data", "ngen", "nexus_data.geojson"),
    )

    assert sorted(result.catchments) == ["cat-27", "cat-52", "cat-67"]
    for catchment in result.catchments:
        header, rows = read_csv(folder / "expected" / f"{catchment}.csv")
        ours_header, ours = read_csv(tmp_path / "out" / f"{catchment}.csv")
        assert ours_header == ["Time Step", "Time", *names]
        assert [row[:2] for row in ours] == [row[:2] for row in rows]
        for name in names:
            expected = np.array([float(row[header.index(name)]) for row in rows])
            found = np.array([float(row[ours_header.index(name)]) for row in ours])
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-12, err_msg=f"{catchment} {name}")
    for nexus in result.nexuses:
        expected = (folder / "expected" / f"{nexus}_output.csv").read_text()
        assert (tmp_path / "out" / f"{nexus}_output.csv").read_text() == expected


@pytest.mark.parametrize("variant", ["schaake_giuh", "xinanjiang_nash"])
def test_the_realization_itself_with_our_cfe_in_place_of_the_compiled_one(variant, tmp_path):
    folder = shared("reference", "ngen", "runs", variant)
    realization = json.loads((folder / "realization.json").read_text())
    params = realization["global"]["formulations"][0]["params"]
    params["modules"] = [module for module in params["modules"] if "pet" not in module["params"]["model_type_name"]]
    names = [name for name in params["output_variables"] if name != PET]
    realization["global"]["forcing"].update(path=str(tmp_path / "forcing"), file_pattern="{{id}}.csv")
    (tmp_path / "forcing").mkdir()
    for path in sorted((folder / "expected").glob("cat-*.csv")):
        header, rows = read_csv(path)
        rain, pet = header.index("RAIN_RATE"), header.index(PET)
        lines = [f"{row[1]},{1000.0 * float(row[rain])!r},{row[pet]}" for row in rows]
        (tmp_path / "forcing" / path.name).write_text("\n".join((f"time,APCP_surface,{PET}[m s-1]", *lines)) + "\n")
    (tmp_path / "realization.json").write_text(json.dumps(realization))
    result = run(
        tmp_path / "realization.json",
        catchments=shared("data", "ngen", "catchment_data.geojson"),
        nexus=shared("data", "ngen", "nexus_data.geojson"),
        output=tmp_path / "out",
        cwd=folder,
        substitute=True,
        workers=2,
    )
    assert sorted(result.catchments) == ["cat-27", "cat-52", "cat-67"]
    for catchment, series in result.catchments.items():
        header, rows = read_csv(folder / "expected" / f"{catchment}.csv")
        assert list(series.columns) == header[2:]
        for name in names:
            expected = np.array([float(row[header.index(name)]) for row in rows])
            found = series.values[:, series.columns.index(name)]
            np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-12, err_msg=f"{catchment} {name}")
    for nexus in result.nexuses:
        expected = (folder / "expected" / f"{nexus}_output.csv").read_text()
        assert (tmp_path / "out" / f"{nexus}_output.csv").read_text() == expected
