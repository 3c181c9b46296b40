"""NOAA-OWP's CFE in C, from ``CFE_LIB``: its kernel, and its BMI, against ours on the same column and forcing."""

from __future__ import annotations

import ctypes
import os
import tempfile
from pathlib import Path

import numba
import numpy as np

from benchmarks.common import ROOT
from benchmarks.peers.native import CModel, function, library
from benchmarks.peers.ours import calls_of_bmi
from benchmarks.peers.pairing import Pair, hand_over, in_turn
from benchmarks.workloads import ORDINATES, PET, RAIN, rain_and_pet
from cfe_bmi.ensemble import EnsembleForcing, initial_state, simulate
from cfe_bmi.examples import CAT_87
from hydro_physics.threads import set_threads

VARIABLE = "CFE_LIB"
STEPS = 8760
BASINS = 100
START = 0.6, 0.1
CONFIG = ROOT / "realizations" / "example_basin" / "cfe_classic" / "cat-1.yml"


def config(folder: Path) -> Path:
    """Write the column of ``cfe_bmi.examples.CAT_87`` for the C model: Schaake, GIUH."""
    p = CAT_87
    soil = {
        "depth": f"{p.depth}[m]", "b": f"{p.b}[]", "satdk": f"{p.satdk}[m s-1]", "satpsi": f"{p.satpsi}[m]",
        "slop": f"{p.slope}[m/m]", "smcmax": f"{p.maxsmc}[m/m]", "wltsmc": f"{p.wltsmc}[m/m]", "expon": "1.0[]",
        "expon_secondary": "1.0[]",
    }  # fmt: skip
    others = {
        "refkdt": p.refkdt, "max_gw_storage": f"{p.max_gw_storage}[m]", "Cgw": f"{p.Cgw}[m h-1]",
        "expon": f"{p.expon}[]",
        "gw_storage": f"{START[1]}[m/m]", "alpha_fc": p.alpha_fc, "soil_storage": f"{START[0]}[m/m]",
        "K_nash_subsurface": f"{p.Kn}[]", "K_lf": f"{p.Klf}[]", "nash_storage_subsurface": "0.0,0.0",
        "surface_runoff_scheme": "GIUH", "giuh_ordinates": ",".join(map(str, ORDINATES)),
        "surface_water_partitioning_scheme": "Schaake",
    }  # fmt: skip
    lines = ["forcing_file=BMI", *(f"soil_params.{k}={v}" for k, v in soil.items())]
    path = folder / "cfe.txt"
    path.write_text("\n".join((*lines, *(f"{key}={value}" for key, value in others.items()))) + "\n")
    return path


class Theirs:
    """The C model: a fresh one for each run, and compiled loops around it."""

    def __init__(self, loaded: ctypes.CDLL, path: Path, rain: np.ndarray, pet: np.ndarray):
        self.loaded, self.path, self.rain, self.pet = loaded, path, rain, pet
        self.discharge = np.empty(rain.size)
        self.names = [ctypes.create_string_buffer(name.encode()) for name in (RAIN, PET, "Q_OUT")]
        self.value = np.zeros(1)
        self.fresh()
        set_value, get_value = (function(self.model.slot(name), 3) for name in ("set_value", "get_value"))
        update = function(self.model.slot("update"), 1)

        @numba.njit
        def through_bmi(model, rain, pet, value, where, rain_name, pet_name, out_name, out):  # type: ignore[no-untyped-def]
            for t in range(rain.size):
                value[0] = rain[t]
                set_value(model, rain_name, where)
                value[0] = pet[t]
                set_value(model, pet_name, where)
                update(model)
                get_value(model, out_name, where)
                out[t] = value[0]

        self._through_bmi = through_bmi
        self._kernel = None
        if hasattr(loaded, "run_cfe"):
            run_cfe = function(ctypes.cast(loaded.run_cfe, ctypes.c_void_p).value or 0, 1)

            @numba.njit
            def kernel(data, rain, pet, rain_place, pet_place, out_place, out):  # type: ignore[no-untyped-def]
                for t in range(rain.size):
                    rain_place[0] = rain[t] / 1000.0
                    pet_place[0] = pet[t]
                    run_cfe(data)
                    out[t] = out_place[0]

            self._kernel = kernel

    def fresh(self) -> None:
        """Begin anew."""
        self.model = CModel(self.loaded.register_bmi_cfe, self.path)

    def bmi(self) -> None:
        """Run through the BMI: two set_value, update, get_value."""
        names = [ctypes.addressof(name) for name in self.names]
        where = self.value.ctypes.data
        self._through_bmi(self.model.address, self.rain, self.pet, self.value, where, *names, self.discharge)

    def kernel(self) -> None:
        """Run ``run_cfe`` alone, writing forcing to where the model keeps it."""
        places = [self.model.pointer(name) for name in ("RAIN_RATE", PET, "Q_OUT")]
        assert self._kernel is not None
        self._kernel(self.model.data, self.rain, self.pet, *places, self.discharge)


def measure() -> tuple[list[Pair], list[str]]:
    """Time both; and compare their discharge."""
    set_threads(1)
    rain, pet = rain_and_pet(1, STEPS)
    one = EnsembleForcing(rain, pet)
    many = EnsembleForcing(np.repeat(rain, BASINS, axis=0), pet)
    state = initial_state(CAT_87, *START, ordinates=len(ORDINATES), surface=1)
    several = CAT_87._replace(satdk=np.full(BASINS, CAT_87.satdk))
    states = initial_state(several, *START, ordinates=len(ORDINATES), surface=1)

    def alone() -> np.ndarray:
        return simulate(CAT_87, state, one, ordinates=ORDINATES).outputs["q_out"][0]

    def ensemble() -> None:
        simulate(several, states, many, ordinates=ORDINATES)

    component_run = calls_of_bmi(CONFIG, rain[0], pet[0])

    with tempfile.TemporaryDirectory() as folder:
        theirs = Theirs(library(os.environ[VARIABLE]), config(Path(folder)), rain[0], pet[0])
        theirs.bmi()
        apart = float(np.abs(theirs.discharge - alone()).max())
        notes = [f"largest difference of discharge over {STEPS} steps {apart:.1e} m, of at most {alone().max():.1e} m"]
        each, shared = 1e9 / STEPS, 1e9 / STEPS / BASINS
        pairs = []
        if theirs._kernel is not None:
            label = f"kernel, against our ensemble of {BASINS} basins"
            pairs.append(in_turn(label, "ns", theirs.kernel, ensemble, (each, shared), 4.0, theirs.fresh))
            label = "kernel, against our ensemble of one basin"
            pairs.append(in_turn(label, "ns", theirs.kernel, alone, (each, each), None, theirs.fresh))
        else:
            notes.append("the library shows no run_cfe: measured through its BMI only")
        label = f"its BMI, against our ensemble of {BASINS} basins"
        pairs.append(in_turn(label, "ns", theirs.bmi, ensemble, (each, shared), 20.0, theirs.fresh))
        label = "its BMI called from C, against our BMI called from Python"
        pairs.append(in_turn(label, "ns", theirs.bmi, component_run, (each, each), None, theirs.fresh))
    return pairs, notes


if __name__ == "__main__":
    hand_over(*measure())
