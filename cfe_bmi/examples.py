"""Parameters to try things with."""

from __future__ import annotations

from cfe_bmi.coefficients import CfeParameters

#: Catchment 87 of NOAA-OWP's CFE examples.
CAT_87 = CfeParameters(
    depth=2.0,
    b=4.05,
    satdk=3.38e-6,
    satpsi=0.355,
    slope=0.01,
    maxsmc=0.439,
    wltsmc=0.066,
    alpha_fc=0.33,
    refkdt=3.0,
    soil_expon=1.0,
    soil_expon_secondary=1.0,
    Klf=0.01,
    Kn=0.03,
    max_gw_storage=0.25,
    Cgw=1.8e-5,
    expon=6.0,
    a_Xinanjiang_inflection_point_parameter=0.1,
    b_Xinanjiang_shape_parameter=0.4,
    x_Xinanjiang_shape_parameter=0.6,
    urban_decimal_fraction=0.0,
    ice_content_threshold=0.15,
    K_nash_surface=0.83089,
    Kinf_nash_surface=0.001,
    retention_depth_nash_surface=0.001,
)
