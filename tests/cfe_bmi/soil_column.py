"""Soil columns for tests of the ODE soil scheme, given by what its equation needs."""

from cfe_bmi.coefficients import CfeCoefficients, derive
from cfe_bmi.examples import CAT_87

_CAT_87 = derive(CAT_87)


def column(
    wilting: float,
    threshold: float,
    maximum: float,
    percolation: float,
    lateral: float,
    exponents: tuple[float, float] = (1.0, 1.0),
) -> CfeCoefficients:
    """Coefficients of a soil: storages in m, outflows of the saturated soil in m per step."""
    return _CAT_87._replace(
        soil_max=maximum,
        soil_wilting=wilting,
        soil_threshold=threshold,
        evaporation_slope=1.0 / (threshold - wilting),
        drainage_slope=1.0 / (maximum - threshold) if maximum > threshold else 0.0,
        percolation_max=percolation,
        lateral_max=lateral,
        percolation_exponent=exponents[0],
        lateral_exponent=exponents[1],
    )
