"""Columns to try things with."""

from __future__ import annotations

from hydro_physics.van_genuchten import VanGenuchtenSoil
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.parameters import PARAMETERS as _VARIABLES

#: Class mean of Carsel and Parrish (1988).
LOAM = VanGenuchtenSoil(theta_r=0.078, theta_e=0.43, alpha=0.036, n=1.56, ks=1.04)

#: Silty clay loam, as it seals the surface of desert plains.
CRUST = VanGenuchtenSoil(theta_r=0.089, theta_e=0.43, alpha=0.010, n=1.23, ks=0.07)

#: The defaults: no ponding, no reservoirs.
PARAMETERS = LgarParameters(*(variable.default or 0.0 for variable in _VARIABLES))
