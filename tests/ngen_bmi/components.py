"""The project's components, for the tests that every one of them has to pass."""

from pathlib import Path

import numpy as np

from cfe_bmi import BmiCfe, BmiCfeOde
from lgar_bmi import BmiLgar
from ngen_bmi.constants import BmiConstants
from pet_bmi import BmiPet
from richards_bmi import BmiRichards
from tests.cfe_bmi.configs import PET, RAIN, XINANJIANG, cat_87, nash_87, write
from tests.cfe_bmi.test_config_text import CAT_87
from tests.lgar_bmi import configs as lgar
from tests.ngen_bmi.conformance import Component
from tests.pet_bmi import configs as pet
from tests.richards_bmi import configs as richards

LAYERS = {"value": [0.1, 0.4, 1.0, 2.0], "unit": "m"}


def column(*values: float) -> np.ndarray:
    return np.array(values).reshape(-1, 1)


STORM = {RAIN: column(0.0, 10.0, 3.0, 0.05, 25.0, 0.0), PET: column(1e-7, 2e-8, 0.0, 1.2e-7, 0.0, 1.5e-7)}


def cfe_classic(folder: Path) -> str:
    return write(folder, cat_87())


def cfe_ode(folder: Path) -> str:
    return write(folder, cat_87(soil_scheme="ode"))


def cfe_nash(folder: Path) -> str:
    return write(folder, nash_87(XINANJIANG, partitioning="xinanjiang", frozen_soil=True))


def cfe_rootzone(folder: Path) -> str:
    return write(
        folder,
        cat_87(
            {"ice_content_threshold": "0.15 m"},
            rootzone_et=True,
            frozen_soil=True,
            rootzone={"layer_bottoms": LAYERS, "supply_layer": 3},
        ),
    )


def cfe_text(folder: Path) -> str:
    return write(folder, CAT_87, "cat-87.txt")


LGAR_STORM = {
    "precipitation_rate": column(0.0, 10.0, 30.0, 0.05, 55.0, 0.0),
    "potential_evapotranspiration_rate": column(0.3, 0.1, 0.0, 0.4, 0.0, 0.5),
}


def lgar_yaml(folder: Path) -> str:
    return str(lgar.write(folder, lgar.column()))


def lgar_text(folder: Path) -> str:
    return str(lgar.write_text(folder, lgar.lasam(a="0.001", b="2.5", frac_to_CR="0.2")))


def lgar_frozen(folder: Path) -> str:
    """Three layers, adaptive sub-steps, drainage, nodes of temperature, moistures at depths."""
    layers = [{"soil": soil, "thickness": "20 cm"} for soil in ("loamy sand", "loam", "sandy loam")]
    return str(
        lgar.write(
            folder,
            lgar.with_layers(
                *layers,
                free_drainage="percolation",
                substeps={"method": "adaptive"},
                frozen_soil={"temperature_nodes": {"value": [5.0, 15.0, 30.0, 50.0], "unit": "cm"}},
                outputs={"moisture_depths": {"value": [5.0, 40.0], "unit": "cm"}},
                reservoirs=lgar.RESERVOIR | lgar.SLOW_RESERVOIR,
            ),
        )
    )


def richards_yaml(folder: Path) -> str:
    return str(richards.write(folder, richards.column()))


def richards_table(folder: Path) -> str:
    """Three layers over a water table, a pond, roots that thin out, moistures at depths."""
    layers = [{"soil": soil, "thickness": "20 cm"} for soil in ("loamy sand", "clay loam", "sandy loam")]
    return str(
        richards.write(
            folder,
            richards.column(
                ("initial_psi",),
                layers=layers,
                initial="hydrostatic",
                bottom="water_table",
                water_table_depth="55 cm",
                ponded_depth_max="1 cm",
                pet_affects_precipitation=True,
                roots={"profile": "exponential", "depth": "40 cm"},
                outputs={"depths": ["5 cm", "25 cm"]},
            ),
        )
    )


AORC_DAY = {
    pet.LONGWAVE: column(300.0, 310.0, 350.0, 360.0, 340.0, 310.0),
    pet.PRESSURE: column(84e3, 84.1e3, 84.1e3, 84.2e3, 84e3, 83.9e3),
    pet.HUMIDITY: column(0.006, 0.006, 0.007, 0.008, 0.007, 0.006),
    pet.SHORTWAVE: column(0.0, 150.0, 800.0, 950.0, 300.0, 0.0),
    pet.TEMPERATURE: column(285.0, 288.0, 296.0, 301.0, 298.0, 290.0),
    pet.WIND_X: column(1.0, 2.0, 4.0, -3.0, 0.0, 1.0),
    pet.WIND_Y: column(0.0, -1.0, 2.0, 5.0, 0.5, 0.0),
}


def without_input(*names: str) -> dict[str, np.ndarray]:
    return {name: values for name, values in AORC_DAY.items() if name not in names}


def pet_yaml(folder: Path) -> str:
    return pet.write(folder, pet.pet(form="resistances"))


def pet_clock(folder: Path) -> str:
    return pet.write(folder, pet.by_clock(method="combination", pressure="elevation"))


def pet_text(folder: Path) -> str:
    return pet.write(folder, pet.NOAA.replace("pet_method=5", "pet_method=4"), "pet.ini")


def nothing(folder: Path) -> str:
    return "/dev/null"


CFE_PARAMETERS = {"satdk": 6e-6, "maxsmc": 0.45, "slope": 0.02, "Klf": 0.02, "b": 5.0, "alpha_fc": 0.3}

LGAR_PARAMETERS = {
    "smcmax_1": 0.45,
    "smcmin": 0.06,
    "van_genuchten_n_2": 1.4,
    "hydraulic_conductivity_1": 0.5,
    "field_capacity": 200.0,
    "ponded_depth_max": 0.5,
}

COMPONENTS = [
    Component("cfe-classic", BmiCfe, cfe_classic, STORM, CFE_PARAMETERS, cfe_rootzone),
    Component("cfe-ode", BmiCfe, cfe_ode, STORM, CFE_PARAMETERS, cfe_nash),
    Component(
        "cfe-nash",
        BmiCfe,
        cfe_nash,
        STORM | {"ice_fraction_xinanjiang": column(0.0, 0.0, 0.2, 0.2, 0.0, 0.0)},
        CFE_PARAMETERS | {"Kinf_nash_surface": 0.02},
        cfe_classic,
    ),
    Component(
        "cfe-rootzone",
        BmiCfe,
        cfe_rootzone,
        STORM
        | {
            "ice_fraction_schaake": column(0.0, 0.1, 0.1, 0.0, 0.0, 0.0),
            "soil_moisture_profile": np.linspace(0.2, 0.3, 24).reshape(6, 4),
        },
        CFE_PARAMETERS,
        cfe_classic,
    ),
    Component("cfe-text", BmiCfe, cfe_text, STORM, CFE_PARAMETERS, cfe_ode),
    Component("cfe-ode-text", BmiCfeOde, cfe_text, STORM, CFE_PARAMETERS, cfe_nash),
    Component("lgar", BmiLgar, lgar_yaml, LGAR_STORM, LGAR_PARAMETERS, lgar_frozen),
    Component("lgar-text", BmiLgar, lgar_text, LGAR_STORM, LGAR_PARAMETERS | {"a": 0.01}, lgar_yaml),
    Component(
        "lgar-frozen",
        BmiLgar,
        lgar_frozen,
        LGAR_STORM | {"soil_temperature_profile": np.linspace(272.9, 273.3, 24).reshape(6, 4)},
        LGAR_PARAMETERS | {"hydraulic_conductivity_3": 0.2, "spf_factor": 0.4},
        lgar_yaml,
    ),
    Component("richards", BmiRichards, richards_yaml, LGAR_STORM, LGAR_PARAMETERS, richards_table),
    Component(
        "richards-table",
        BmiRichards,
        richards_table,
        LGAR_STORM,
        LGAR_PARAMETERS | {"hydraulic_conductivity_3": 0.2, "water_table_depth": 50.0},
        richards_yaml,
    ),
    Component(
        "pet",
        BmiPet,
        pet_yaml,
        AORC_DAY,
        {"albedo": 0.3, "vegetation_height": 0.4, "surface_resistance": 100.0, "wind_height": 8.0},
        pet_clock,
    ),
    Component(
        "pet-clock",
        BmiPet,
        pet_clock,
        without_input(pet.LONGWAVE, pet.PRESSURE),
        {"elevation": 500.0, "longitude": -80.0, "initial_clearness": 0.5, "roughness_height": 0.01},
        pet_text,
    ),
    Component(
        "pet-text",
        BmiPet,
        pet_text,
        without_input(pet.WIND_X, pet.WIND_Y),
        {"priestley_taylor_alpha": 1.3, "albedo": 0.1, "emissivity": 0.97},
        pet_yaml,
    ),
    Component(
        "constants",
        BmiConstants,
        nothing,
        {},
        {
            "ice_fraction_schaake(1,double,m,node)": 0.0,
            "soil_moisture_profile(4,double,none,node)": 0.25,
            "water_potential_evaporation_flux(1,double,m s-1,node)": 5e-8,
        },
    ),
]
"""Add a component here, and every test of test_conformance.py applies to it."""
