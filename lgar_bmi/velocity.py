"""Velocities of wetting fronts."""

from __future__ import annotations

from hydro_physics.jit import njit
from hydro_physics.van_genuchten import conductivity
from lgar_bmi.column import Column, Fronts, inside_layer, soil_of, top_of
from lgar_bmi.front_law import front_flux
from lgar_bmi.options import LgarOptions
from lgar_bmi.processes import capillary_drive

FASTEST = 1e4
"""Velocity that no front exceeds [cm/h]."""

FASTEST_OF_KS = 100.0
"""Velocity that no front exceeds, in terms of the largest saturated conductivity of the column."""

SLOWEST = 1e-9
"""Velocity of a front that would stand still [cm/h]."""


@njit(borrow=True)
def mean_conductivity(fronts: Fronts, i: int, column: Column, options: LgarOptions) -> float:
    """Harmonic mean of the conductivities above front i at its suction [cm/h]."""
    layer = fronts.layer[i]
    if layer == 0:
        return fronts.k[i]
    resistance = (fronts.depth[i] - top_of(column, layer)) / fronts.k[i]
    for above in range(layer):
        # LGAR-C takes the thicknesses in the wrong order
        thick = layer - 1 - above if options.lgar_c == 1 else above
        resistance = resistance + column.thickness[thick] / conductivity(fronts.psi[i], soil_of(column, above))
    return fronts.depth[i] / resistance


@njit(inline=False, borrow=True)
def update_velocities(fronts: Fronts, head: float, dt: float, column: Column, options: LgarOptions) -> None:
    """Give every front the velocity that moves it in the next sub-step.

    Mass balance over the front with the flux behind it.

    Parameters
    ----------
    fronts : Fronts
        Changed in place.
    head : float
        Depth of the water on the surface [cm].
    dt : float
        Length of the sub-step [h].
    column : Column
    options : LgarOptions
    """
    fastest = 0.0 * column.ks[0] + FASTEST
    largest = 0.0 * column.ks[0]
    for layer in range(column.ks.size):
        largest = max(largest, column.ks[layer])
    fastest = min(fastest, FASTEST_OF_KS * largest)
    limited = 0
    for i in range(fronts.size[0]):
        if fronts.at_bottom[i] == 1 or not inside_layer(fronts, i):
            fronts.speed[i] = 0.0 * fronts.speed[i]
            continue
        layer = fronts.layer[i]
        step = fronts.theta[i] - fronts.theta[i + 1]
        speed = 0.0 * step
        if step > 0.0:
            drive = capillary_drive(fronts.psi[i + 1], fronts.psi[i], layer, column, options.capillary_drive)
            mean = mean_conductivity(fronts, i, column, options)
            ks = column.ks[layer]
            speed = front_flux(fronts.depth[i], drive, head, mean, fronts.k[i], ks, options.infiltration) / step
        if speed <= 0.0:
            speed = SLOWEST + 0.0 * speed
        speed = min(speed, fastest)
        bottom = column.bottom[layer]
        if fronts.at_bottom[i + 1] == 1 and fronts.depth[i] + speed * dt > 2.0 * bottom:
            limited += 1
            speed = abs(fronts.depth[i] - 2.0 * bottom) / dt + limited * 1e-6
        fronts.speed[i] = speed
