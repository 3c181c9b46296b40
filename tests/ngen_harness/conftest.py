"""A small basin with a small model, made for each test in a folder of its own."""

import json
import sys
from types import ModuleType

import numpy as np
import pytest

RAIN = "atmosphere_water__liquid_equivalent_precipitation_rate"
TEMPERATURE = "land_surface_air__temperature"


class TinyModel:
    """A duck-typed BMI model that records the calls made on it; copies inputs to outputs.

    Class attributes describe it, so that a test changes them in a subclass.
    """

    inputs = {RAIN: "mm h-1", TEMPERATURE: "degC"}
    outputs = {"Q": "m", "T": "degC"}
    copies = {"Q": RAIN, "T": TEMPERATURE}
    hidden = {"factor": "1", "layers": "m"}
    sizes = {"layers": 3}
    types: dict = {}
    time_units = "s"
    time_step = 3600.0
    end_time = float(np.finfo("d").max)

    def __init__(self):
        self.calls = []
        names = [*self.inputs, *self.outputs, *self.hidden]
        self.values = {name: np.zeros(self.sizes.get(name, 1), self.types.get(name, "float64")) for name in names}
        self.time = 0.0
        type(self).instances.append(self)

    def __init_subclass__(cls):
        cls.instances = []

    def initialize(self, path):
        self.calls.append(("initialize", path))

    def update(self):
        self.calls.append(("update",))
        self.step(self.time + self.time_step)

    def update_until(self, time):
        self.calls.append(("update_until", time))
        self.step(time)

    def step(self, time):
        self.time = time
        for target, source in self.copies.items():
            self.values[target][:] = self.values[source][0]

    def finalize(self):
        self.calls.append(("finalize",))

    def get_component_name(self):
        return "tiny"

    def get_input_item_count(self):
        return len(self.inputs)

    def get_output_item_count(self):
        return len(self.outputs)

    def get_input_var_names(self):
        return tuple(self.inputs)

    def get_output_var_names(self):
        return tuple(self.outputs)

    def get_var_units(self, name):
        return {**self.inputs, **self.outputs, **self.hidden}[name]

    def get_var_type(self, name):
        return str(self.values[name].dtype)

    def get_var_itemsize(self, name):
        return self.values[name].itemsize

    def get_var_nbytes(self, name):
        return self.values[name].nbytes

    def get_current_time(self):
        return self.time

    def get_start_time(self):
        return 0.0

    def get_end_time(self):
        return self.end_time

    def get_time_units(self):
        return self.time_units

    def get_time_step(self):
        return self.time_step

    def set_value(self, name, values):
        self.calls.append(("set_value", name, values.tolist()))
        self.values[name][:] = values

    def get_value_at_indices(self, name, target, indices):
        target[:] = self.values[name][indices]
        return target

    def get_value_ptr(self, name):
        return self.values[name]

    def did(self, method):
        """Arguments of the recorded calls of a method."""
        return [arguments for called, *arguments in self.calls if called == method]


@pytest.fixture
def model(monkeypatch):
    """The importable class ``tiny.Tiny``; ``model(name, **attributes)`` adds further ones."""
    module = ModuleType("tiny")
    monkeypatch.setitem(sys.modules, "tiny", module)

    def make(name, **attributes):
        made = type(name, (TinyModel,), attributes)
        setattr(module, name, made)
        return made

    make("Tiny")
    module.make = make
    return module


def module_block(python_type="tiny.Tiny", **params):
    """Formulation for one model."""
    defaults = {
        "model_type_name": python_type.rpartition(".")[2],
        "python_type": python_type,
        "init_config": "./model.cfg",
        "main_output_variable": "Q",
    }
    return {"name": "bmi_python", "params": {**defaults, **params}}


def multi_block(*modules, **params):
    """Formulation of several models."""
    main = modules[-1]["params"]["main_output_variable"]
    defaults = {"model_type_name": "multi", "main_output_variable": main, "modules": list(modules)}
    return {"name": "bmi_multi", "params": {**defaults, **params}}


class Basin:
    """A folder with everything a run needs: three hours, two catchments that drain into one nexus."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "model.cfg").write_text("")
        self.forcing(
            "time,precip_rate,TMP_2maboveground\n"
            "2015-12-01 00:00:00,0.001,280.0\n"
            "2015-12-01 01:00:00,0.002,281.5\n"
            "2015-12-01 02:00:00,0.0,282.25\n"
        )
        self.features([("cat-1", "nex-9", 10.0), ("cat-2", "nex-9", 20.0)])
        self.realization = {
            "global": {"formulations": [module_block()], "forcing": {"path": "./forcing.csv"}},
            "time": {
                "start_time": "2015-12-01 00:00:00",
                "end_time": "2015-12-01 02:00:00",
                "output_interval": 3600,
            },
            "output": {"root": "./out/"},
        }

    @property
    def params(self):
        return self.realization["global"]["formulations"][0]["params"]

    def formulation(self, block):
        self.realization["global"]["formulations"] = [block]

    def forcing(self, text, name="forcing.csv"):
        (self.folder / name).write_text(text)

    def features(self, rows, **extra):
        features = [
            {"type": "Feature", "id": name, "properties": {"areasqkm": area, "toid": toid, **extra}}
            for name, toid, area in rows
        ]
        document = {"type": "FeatureCollection", "features": features}
        (self.folder / "catchments.geojson").write_text(json.dumps(document))

    def run(self, **options):
        from ngen_harness import run

        path = self.folder / "realization.json"
        path.write_text(json.dumps(self.realization))
        options.setdefault("catchments", self.folder / "catchments.geojson")
        options.setdefault("progress", False)
        return run(path, **options)

    def files(self):
        """Names of the output files, hidden ones included."""
        root = self.folder / "out"
        return sorted(path.name for path in root.iterdir()) if root.exists() else []


@pytest.fixture
def basin(tmp_path, monkeypatch, model):
    monkeypatch.chdir(tmp_path)
    return Basin(tmp_path)
