"""What describes a column besides its soils, as raw parameters."""

from __future__ import annotations

from typing import NamedTuple


class LgarParameters(NamedTuple):
    """Parameters of a column that do not belong to one layer, under the names of LASAM's configuration.

    Attributes
    ----------
    field_capacity : float
        Suction at field capacity [cm].
    wilting_point_psi : float
        Suction at the wilting point [cm].
    ponded_depth_max : float
        Depth of water that the surface holds back [cm].
    spf_factor : float
        Share of the natural saturation of the top layer from which on preferential flow reaches the reservoirs [-].
    frac_to_CR : float
        Share of rain and ponded water that then goes to the conceptual reservoirs [-].
    a, b : float
        Coefficient [cm^(1-b) h-1] and exponent [-] of the outflow of the fast reservoir.
    a_slow, b_slow : float
        The same for the slow reservoir.
    frac_slow : float
        Share of the reservoirs' inflow that goes to the slow one [-].
    """

    field_capacity: float
    wilting_point_psi: float
    ponded_depth_max: float
    spf_factor: float
    frac_to_CR: float
    a: float
    b: float
    a_slow: float
    b_slow: float
    frac_slow: float
