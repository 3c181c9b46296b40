"""Synthetic storms on three layers with HYDRUS-1D's results: cases of LGAR-C (NOAA-OWP, commit 0baab41) and LGAR-Py.

HYDRUS assigns soils to nodes, so its layers end between nodes: at 9.85 and 39.775 cm where the cases mean 10 and 40.
A column with `THICKNESS_IN_HYDRUS` is near the column that HYDRUS solved; its initial storage is 0.1 to 0.2 % less.

Both cases of LGAR-C have their HYDRUS series in the shared data. Of the third case, LGAR-Py's second, the files are not
there (forcing_data_synth_3.txt equals forcing_data_synth_2.txt): only its totals are known, and its rain is that of
the first case scaled to the known total of 4.375 cm. This is an assumption.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hydro_physics.van_genuchten import VanGenuchtenSoil
from tests.paths import shared

THICKNESS = (10.0, 30.0, 30.0)
THICKNESS_IN_HYDRUS = (9.85, 29.925, 30.225)
"""[cm], from the surface; the sum is 70 cm in both."""

INITIAL_SUCTION = 100.0
"""Everywhere [cm]."""

HOURS = 12.0
INTERVAL = 5.0 / 60.0
"""Of the rain [h]. HYDRUS's rain falls one interval earlier than that of the forcing files."""


class HydrusCase(NamedTuple):
    """A storm on a column without flow through its bottom, without a pond, without evaporation.

    Attributes
    ----------
    soils : tuple of VanGenuchtenSoil
        From the surface.
    rate : float
        Rain in both pulses [cm/h].
    rain, infiltration, runoff : float
        Totals over 12 h; the latter are HYDRUS's [cm].
    prototype_exact, prototype_hydrus : float
        Infiltration in an earlier finite-volume prototype of this project, exact layers and HYDRUS's [cm].
    lines_exact, lines_hydrus : float
        The same by the method of lines (Radau, 1e-6), extrapolated from 70, 140 and
        for synth_1 and the exact layers of synth_2 280 cells [cm].
    lines_error : float
        How far 70 cells may be from `lines_hydrus`; the limits themselves are known to half of it [cm].
    series : str or None
        HYDRUS's file in the shared data.
    forcing : str or None
        File of rain in the shared data.
    """

    soils: tuple[VanGenuchtenSoil, ...]
    rate: float
    rain: float
    infiltration: float
    runoff: float
    prototype_exact: float
    prototype_hydrus: float
    lines_exact: float
    lines_hydrus: float
    lines_error: float
    series: str | None
    forcing: str | None


CASES = {
    "synth_1": HydrusCase(
        (
            VanGenuchtenSoil(0.078, 0.43, 0.036, 1.56, 3.12),
            VanGenuchtenSoil(0.095, 0.41, 0.019, 1.31, 0.26),
            VanGenuchtenSoil(0.089, 0.43, 0.010, 1.23, 0.07),
        ),
        2.0,
        12.5,
        4.4371,
        8.0629,
        4.476,
        4.4459,
        4.4745,
        4.4429,
        0.0040,
        "synth_1_T_Level.txt",
        "forcing_data_synth_1.txt",
    ),
    "synth_2": HydrusCase(
        (
            VanGenuchtenSoil(0.057, 0.41, 0.124, 2.28, 14.59),
            VanGenuchtenSoil(0.078, 0.43, 0.036, 1.56, 1.04),
            VanGenuchtenSoil(0.067, 0.45, 0.020, 1.41, 0.45),
        ),
        5.0,
        31.25,
        12.0920,
        19.1580,
        12.127,
        12.0694,
        12.1235,
        12.0624,
        0.0070,
        "synth_2_T_Level.txt",
        "forcing_data_synth_2.txt",
    ),
    "third": HydrusCase(
        (
            VanGenuchtenSoil(0.034, 0.46, 0.016, 1.37, 0.25),
            VanGenuchtenSoil(0.089, 0.43, 0.010, 1.23, 0.07),
            VanGenuchtenSoil(0.068, 0.38, 0.008, 1.09, 0.20),
        ),
        0.7,
        4.375,
        1.7043,
        2.6707,
        1.7133,
        1.7017,
        1.7124,  # 70 cells only: 1.7103 and the correction of the other column
        1.7008,
        0.0025,
        None,
        None,
    ),
}

PULSES = ((0.5, 55.0 / 60.0), (295.0 / 60.0, 645.0 / 60.0))
"""Beginning and end of the rain in the forcing files [h]; see `test_rain_is_in_two_pulses`."""


def rain_periods(case: HydrusCase, as_in_hydrus: bool = False) -> list[tuple[float, float]]:
    """End [h] and rate [cm/h] of every period of constant rain; HYDRUS's are an interval earlier."""
    shift = INTERVAL if as_in_hydrus else 0.0
    periods = []
    for begin, end in PULSES:
        periods += [(begin - shift, 0.0), (end - shift, case.rate)]
    return [*periods, (HOURS, 0.0)]


def load_rain(case: HydrusCase) -> NDArray[np.float64]:
    """Rain of the first 12 h from the forcing file, shape (144,) [cm/h]; skips where it is absent or unknown."""
    path = shared("data", "lgar", "forcing", case.forcing or "forcing of LGAR-Py's second case")
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    return np.array([float(line.split(",")[1]) for line in lines][:144]) / 10.0


class HydrusSeries(NamedTuple):
    """HYDRUS's results at its own times [h]: cumulative infiltration, runoff and rain, and water in the column [cm]."""

    time: NDArray[np.float64]
    infiltration: NDArray[np.float64]
    runoff: NDArray[np.float64]
    rain: NDArray[np.float64]
    stored: NDArray[np.float64]


def load_series(case: HydrusCase) -> HydrusSeries:
    """Read T_Level (minutes and mm, fluxes upward); skips where it is absent or unknown."""
    path = shared("data", "lgar", "hydrus", case.series or "T_Level of LGAR-Py's second case")
    lines = [line.split() for line in path.read_text().splitlines()]
    column = {name: i for i, name in enumerate(lines[0])}
    # the header has as many words as the rows, but not in the same places after sum(Evap); these are before it
    table = np.array(lines[1:], dtype=float)
    return HydrusSeries(
        table[:, column["Time"]] / 60.0,
        -table[:, column["sum(vTop)"]] / 10.0,
        table[:, column["sum(RunOff)"]] / 10.0,
        -table[:, column["sum(rTop)"]] / 10.0,
        table[:, column["Volume"]] / 10.0,
    )
