"""Small generated domains with everything that can differ between catchments."""

import csv
import json

import numpy as np
import pytest
import yaml

from cfe_bmi.parameters import PARAMETERS
from ngen_arid.generated_domain import catchment_of, weather
from ngen_bmi.conversion import yaml_quantity
from ngen_harness.context import to_epoch, to_text

START = "2012-10-01 00:00:00"
OUTPUTS = ("Q_OUT", "SOIL_STORAGE", "ACTUAL_ET", "GIUH_RUNOFF")


class Domain:
    """Forcing, configurations in files and in a table, and realizations, in a folder."""

    def __init__(self, folder, count=12, hours=300, seed=3, schemes=None):
        self.folder, self.count, self.hours = folder, count, hours
        self.ids = [f"cat-{k + 1}" for k in range(count)]
        schemes = schemes or (lambda k: {})
        self.configs = {name: self._config(k, seed, schemes(k)) for k, name in enumerate(self.ids)}
        rain, pet = weather(0, count, hours, seed)
        self.values = {"precip_rate": 4.0 * rain, "PET": pet}
        self.units = {"precip_rate": "mm s^-1", "PET": "mm h-1"}
        self.write_forcing()

    @staticmethod
    def _config(k, seed, scheme):
        made = catchment_of(k, seed)
        document = {"soil_scheme": "classic", "partitioning": "schaake", "surface_runoff": "giuh"}
        document["parameters"] = made.parameters._asdict()
        document["initial"] = {"soil_storage": made.soil_storage, "gw_storage": made.gw_storage}
        document["giuh_ordinates"] = list(made.ordinates)
        for key, value in scheme.items():
            document[key] = document[key] | value if key in ("parameters", "initial") else value
        if document["surface_runoff"] == "nash":
            del document["giuh_ordinates"]
        return document

    def write_forcing(self, name="forcing.nc", ids=None, hours=None, start=START):
        import netCDF4

        ids, hours = ids or self.ids, hours or self.hours
        with netCDF4.Dataset(str(self.folder / name), "w") as file:
            file.createDimension("catchment-id", len(ids))
            file.createDimension("time", hours)
            file.createVariable("ids", str, ("catchment-id",))[:] = np.array(ids, dtype=object)
            time = file.createVariable("Time", "i4", ("catchment-id", "time"))
            time.units = "s"
            time[:] = np.broadcast_to(to_epoch(start) + 3600 * np.arange(hours), (len(ids), hours))
            for key, values in self.values.items():
                variable = file.createVariable(key, "f4", ("catchment-id", "time"))
                variable.units = self.units[key]
                variable[:] = values[: len(ids), :hours]

    def write_zarr(self, name="forcing.zarr"):
        import zarr

        group = zarr.open_group(str(self.folder / name), mode="w", zarr_format=2)
        names = np.array(self.ids)
        group.create_array("ids", shape=names.shape, dtype=names.dtype)[:] = names
        time = group.create_array("Time", shape=(self.hours,), dtype="i8", attributes={"units": "s"})
        time[:] = to_epoch(START) + 3600 * np.arange(self.hours)
        for key, values in self.values.items():
            array = group.create_array(
                key, shape=values.shape, chunks=(5, 70), dtype="f4", attributes={"units": self.units[key]}
            )
            array[:] = values

    def write_configs(self):
        (self.folder / "configs").mkdir(exist_ok=True)
        for name, document in self.configs.items():
            given = document["parameters"]
            parameters = {v.name: yaml_quantity(v, given[v.name]) for v in PARAMETERS}
            initial = {
                key: [f"{storage} m" for storage in value] if isinstance(value, list) else value
                for key, value in document["initial"].items()
            }
            text = yaml.safe_dump({"model": "cfe", **document, "parameters": parameters, "initial": initial})
            (self.folder / "configs" / f"{name}.yml").write_text(text)

    def write_table(self, name="parameters.csv", **columns):
        """A CSV; numbers with all their digits."""
        rows = []
        for catchment, document in self.configs.items():
            row = {"catchment": catchment}
            row |= {key: document[key] for key in ("soil_scheme", "partitioning", "surface_runoff")}
            row |= {key: repr(float(value)) for key, value in document["parameters"].items()}
            row |= {key: document["initial"][key] for key in ("soil_storage", "gw_storage")}
            for key in ("nash_storage_subsurface", "nash_storage_surface"):
                row |= {f"{key}_{i + 1}": value for i, value in enumerate(document["initial"].get(key, ()))}
            row |= {f"giuh_ordinates_{i + 1}": repr(x) for i, x in enumerate(document.get("giuh_ordinates", ()))}
            for key in ("nash_subsurface", "nash_surface"):
                row |= {f"{key}_{name}": value for name, value in document.get(key, {}).items()}
            row |= {f"forcing_{key}": value for key, value in document.get("forcing", {}).items()}
            rows.append(row | {key: values[catchment] for key, values in columns.items()})
        names = list(dict.fromkeys(key for row in rows for key in row))
        # series have to be there from the first on, in any order
        with (self.folder / name).open("w", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)

    def write_realization(self, name="realization.json", table=None, forcing="forcing.nc", hours=None, **params):
        end = to_text(to_epoch(START) + ((hours or self.hours) - 1) * 3600)
        module = {
            "model_type_name": "CFE",
            "python_type": "cfe_bmi.BmiCfe",
            "init_config": table or "configs/{{id}}.yml",
            "main_output_variable": "Q_OUT",
            "variables_names_map": {"water_potential_evaporation_flux": "PET"},
            "output_variables": list(OUTPUTS),
            **params,
        }
        document = {
            "global": {
                "formulations": [{"name": "bmi_python", "params": module}],
                "forcing": {"path": forcing, "provider": "NetCDF"},
            },
            "time": {"start_time": START, "end_time": end, "output_interval": 3600},
        }
        path = self.folder / name
        path.write_text(json.dumps(document))
        return path

    def write_catchments(self, ids=None):
        features = [
            {"type": "Feature", "id": name, "properties": {"toid": "nex-1", "areasqkm": 1.0, "refkdt": 1.0 + k}}
            for k, name in enumerate(ids or self.ids)
        ]
        path = self.folder / "catchments.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return path


def files_of(store):
    """Bytes of all files of a store."""
    return {str(path.relative_to(store)): path.read_bytes() for path in sorted(store.rglob("*")) if path.is_file()}


@pytest.fixture
def make(tmp_path):
    pytest.importorskip("cf_units")
    pytest.importorskip("netCDF4")
    pytest.importorskip("zarr")

    def build(**options):
        folder = tmp_path / "domain"
        folder.mkdir()
        return Domain(folder, **options)

    return build
