"""CFE's configuration of a divide."""

from __future__ import annotations

from cfe_bmi.coefficients import CfeParameters
from cfe_bmi.config_model import SOIL_SCHEMES, CfeConfig, problems_with
from cfe_bmi.config_write import configuration_text
from cfe_bmi.parameters import PARAMETERS
from cfe_bmi.state import CfeOptions

CONSTANTS = {
    "depth": 2.0,
    "alpha_fc": 0.33,
    "soil_expon": 1.0,
    "soil_expon_secondary": 1.0,
    "Klf": 0.01,
    "Kn": 0.03,
}
"""What the hydrofabric does not have: the values that NGIAB_data_preprocess gives every divide."""

SOIL_STORAGE = 0.05
GW_STORAGE = 0.05
"""Initial storages as shares of their maximum, as in NGIAB."""

_DEFAULTS_SOURCE = "ngen-arid configure's defaults"


def cfe_text(
    name: str,
    scheme: str,
    values: dict[str, float],
    storages: tuple[float, float],
    giuh: tuple[float, ...],
    origin: str,
    problems: list[str],
) -> str:
    """YAML of CFE.

    Parameters
    ----------
    name : str
        The catchment.
    scheme : str
        ``classic`` or ``ode``.
    values : dict
        Parameters of the hydrofabric, see `ngen_config.attributes.cfe_values`.
    storages : tuple of float
        Initial soil and groundwater storage, as shares of their maximum.
    giuh : tuple of float
    origin : str
        Where they are from, for the comment at the head.
    problems : list of str
        Gets what CFE would refuse.
    """
    whole = {variable.name: variable.default for variable in PARAMETERS if variable.default is not None}
    whole.update(CONSTANTS)
    whole.update(values)
    parameters = CfeParameters(**whole)
    config = CfeConfig(
        source=_DEFAULTS_SOURCE,
        name=name,
        options=CfeOptions(soil_scheme=SOIL_SCHEMES[scheme]),
        parameters=parameters,
        soil_storage=storages[0],
        gw_storage=storages[1],
        giuh_ordinates=giuh,
    )
    problems.extend(f"{name}: {problem}" for problem in problems_with(config, parameters))
    return configuration_text(name, config, whole, origin)
