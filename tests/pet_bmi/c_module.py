"""What NOAA-OWP's evapotranspiration module computes, each of its departures from the textbooks switched by name.

Written from its equations, to explain the numbers that the real ngen recorded: with all of `DEPARTURES` the result is
the module's; with one less, that departure's share of the difference is seen.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

DEPARTURES = (
    "skin temperature",  # the surface sends out longwave radiation at 12 degrees Celsius, always
    "ground heat",  # 10 W m-2 come out of the ground, always (method 5)
    "water temperature",  # evaporating water has 22 degrees Celsius, always
    "wind height",  # measured 10 m above ground, brought down to 2 m in the first step only
    "fog",  # supersaturated air is given 65 % of the saturation vapour pressure
    "psychrometer",  # from its second step on, method 5 multiplies the psychrometric constant by a roughness, 5.5e-6
    "surface",  # Penman-Monteith of a vegetation 0.45 mm high, with 50 s m-1, instead of the reference grass
)

ROUGHNESS = 0.0003


def potential_evaporation(
    method: int, weather: Mapping[str, np.ndarray], albedo: float, without: tuple[str, ...] = ()
) -> np.ndarray:
    """PET of each hour [m s-1], the departures in `without` left out."""
    unknown = set(without) - set(DEPARTURES)
    assert not unknown, unknown
    on = {name: name not in without for name in DEPARTURES}
    hours = len(weather["temperature"])
    return np.array([_hour(method, {k: float(v[t]) for k, v in weather.items()}, albedo, on, t) for t in range(hours)])


def _hour(method: int, w: Mapping[str, float], albedo: float, on: Mapping[str, bool], t: int) -> float:
    celsius = w["temperature"] - 273.15
    water = 22.0 if on["water temperature"] else celsius
    latent = 2.501e6 - 2370.0 * water
    density = min(1.0 / (0.0009998492 + 4.9716595e-09 * water**2), 1000.0)
    saturated = 611.0 * math.exp(17.27 * celsius / (237.3 + celsius))
    vapor = w["humidity"] * w["pressure"] / 0.622
    if vapor > saturated:
        vapor = (0.65 if on["fog"] else 1.0) * saturated
    deficit = saturated - vapor
    air = w["pressure"] / (287.0 * (1.0 + 0.608 * w["humidity"]) * w["temperature"])
    slope = 4098.0 * saturated / (237.3 + celsius) ** 2
    gamma = 1006.0 * w["pressure"] / (0.622 * latent)
    if method == 5 and t > 0 and on["psychrometer"]:
        gamma *= 0.01845 * ROUGHNESS
    wind = math.hypot(w["wind_x"], w["wind_y"])
    if t == 0 or not on["wind height"]:
        wind *= math.log(2.0 / ROUGHNESS) / math.log(10.0 / ROUGHNESS)

    skin = 12.0 + 273.15 if on["skin temperature"] else w["temperature"]
    net = (1.0 - albedo) * w["shortwave"] + w["longwave"] - 5.67e-8 * skin**4
    from_energy = net / (density * latent)
    from_wind = 0.622 * 0.41**2 * air * deficit * wind / (w["pressure"] * math.log(2.0 / ROUGHNESS) ** 2) / density
    results: dict[int, Any] = {
        1: lambda: from_energy,
        2: lambda: from_wind,
        3: lambda: (slope * from_energy + gamma * from_wind) / (slope + gamma),
        4: lambda: 1.3 * slope / (slope + gamma) * from_energy,
        5: lambda: _penman_monteith(net, w, slope, gamma, air, deficit, wind, on) / (density * latent),
    }
    return max(results[method](), 0.0)


def _penman_monteith(
    net: float, w: Mapping[str, float], slope: float, gamma: float, air: float, deficit: float, wind: float, on: Any
) -> float:
    ground = -10.0 if on["ground heat"] else net * (0.1 if w["shortwave"] > 0.0 else 0.5)
    if on["surface"]:
        displacement, resistance = ROUGHNESS, 50.0
    else:
        displacement, resistance = 2.0 / 3.0 * 0.12, 70.0
        # the wind over grass at 2 m, where the other wind is over the roughness
        wind *= 4.87 / math.log(67.8 * 10.0 - 5.42) / (math.log(2.0 / ROUGHNESS) / math.log(10.0 / ROUGHNESS))
    roughness = 0.1845 * displacement
    over = math.log((2.0 - displacement) / roughness) * math.log((2.0 - displacement) / (0.1 * roughness))
    conductance = 0.41**2 * wind / over
    return (slope * (net - ground) + air * 1006.0 * deficit * conductance) / (
        slope + gamma * (1.0 + resistance * conductance)
    )
