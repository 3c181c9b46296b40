"""What describes a column besides its soils, as raw parameters."""

from __future__ import annotations

from typing import NamedTuple


class RichardsParameters(NamedTuple):
    """Parameters of a column that do not belong to one layer.

    Attributes
    ----------
    field_capacity : float
        Suction at field capacity [cm].
    wilting_point_psi : float
        Suction at the wilting point [cm].
    ponded_depth_max : float
        Depth of water that the surface holds back [cm].
    water_table_depth : float
        Depth of the water table below the surface, above or below the bottom of the column; the pressure head at the
        bottom is its height above it [cm]. Has a meaning only with `WATER_TABLE` and with a hydrostatic start.
    """

    field_capacity: float
    wilting_point_psi: float
    ponded_depth_max: float
    water_table_depth: float
