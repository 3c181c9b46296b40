"""Little Washita River, Oklahoma (USGS 07327550): hourly rain, evapotranspiration, flow and soil moisture.

Clocks. Flow is stamped in UTC. The stamps of the forcing have no zone, and are UTC too: its rain is, hour by hour and
digit by digit, that of the ARS gauges' file six hours earlier, in summer and in winter, and its daily
evapotranspiration changes at 06:00, midnight of US Central Standard Time. So the ARS files, soil moisture among them,
are in Central Standard Time; their moisture is moved by six hours. The source documents none of this:
`moisture_utc_offset` and `forcing_utc_offset` are options.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from basin_study.attribute_tables import attribute_dataset
from basin_study.csv_series import read_series
from basin_study.dataset import PET, PRECIPITATION, STREAMFLOW, DataError, Period, cut, make_dataset
from basin_study.flags import add_observation_attributes, set_negative_to_zero
from basin_study.sources import known_basin, require

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from cfe_bmi.config_model import CfeConfig

BASIN = "07327550"
FILES = {
    "forcing": ("forcing_hourly_2006_2012.csv.gz", "time", ("precip_rate", "PET")),
    "flow": ("discharge_hourly_2006_2013.csv.gz", "datetime", ("Discharge(m/h)",)),
    "moisture": ("soil_moisture_hourly_2006_2014.csv.gz", "time", ("vwc_05cm", "vwc_25cm", "vwc_45cm")),
}
CONFIG_FILE = "example_config_cfe.json"

MOISTURE = {
    f"soil_moisture_{depth}cm": ("m3 m-3", f"observed soil moisture at {depth} cm, mean over the basin")
    for depth in (5, 25, 45)
}
"""Further series and their units; NaN where missing."""

MM_PER_M = 1000.0
AREA_KM2, LATITUDE, LONGITUDE = 601.0, 34.96, -97.90
CENTRAL_STANDARD_TIME = -6

GROUNDWATER = {"max_gw_storage": 0.05, "Cgw": 1.8e-5}
"""Base values in m and m h-1 in place of those of the published example (137 and 1, in other units)."""


class LittleWashita:
    """Little Washita as a source of one basin.

    Rules: rates in m h-1 become mm h-1; negative evapotranspiration, which is round-off of the source, is set to 0 and
    counted in the attribute ``negative_pet_set_to_zero``; hours without flow or moisture are NaN; the time axis is
    that of the forcing.

    Parameters
    ----------
    path : path
        Folder of the three files of :data:`FILES`.
    forcing_utc_offset, moisture_utc_offset : int
        Hours by which the clock of the forcing, and of the soil moisture, is ahead of UTC.

    Raises
    ------
    DataError
        When a file is not there.
    """

    def __init__(
        self,
        path: str | Path,
        forcing_utc_offset: int = 0,
        moisture_utc_offset: int = CENTRAL_STANDARD_TIME,
    ) -> None:
        self._base = Path(path)
        for file, _, _ in FILES.values():
            require(self._base / file, "little_washita")
        for name, value in (("forcing", forcing_utc_offset), ("moisture", moisture_utc_offset)):
            if not isinstance(value, int) or abs(value) > 14:
                raise DataError(f"little_washita: {name}_utc_offset is {value}; expected whole hours, -14 to 14")
        self.name = "Little Washita"
        self._offsets = {"forcing": forcing_utc_offset, "flow": 0, "moisture": moisture_utc_offset}

    def basins(self) -> tuple[str, ...]:
        """The one gauge."""
        return (BASIN,)

    def attributes(self) -> xr.Dataset:
        """Area of the published example, place of the gauge to about 1 km, and aridity of the forcing itself."""
        forcing = self._series["forcing"]
        pet, _ = set_negative_to_zero(forcing["PET"].to_numpy())
        values = {
            "area": [AREA_KM2],
            "latitude": [LATITUDE],
            "longitude": [LONGITUDE],
            "aridity": [float(pet.sum() / forcing["precip_rate"].sum())],
        }
        return attribute_dataset([BASIN], values, source=str(self._base))

    @cached_property
    def _series(self) -> dict[str, pd.DataFrame]:
        """Tables in UTC."""
        import pandas as pd

        tables = {}
        for kind, (file, time, columns) in FILES.items():
            table = read_series(self._base / file, time, columns, gaps=kind != "forcing")
            table.index = table.index - pd.Timedelta(hours=self._offsets[kind])
            tables[kind] = table
        return tables

    def read(self, basin: str = BASIN, period: Period | None = None) -> xr.Dataset:
        """Hours of the forcing, in UTC, with soil moisture as ``soil_moisture_5cm``, ``_25cm`` and ``_45cm``.

        Raises
        ------
        DataError
            See :class:`basin_study.sources.BasinSource`.
        """
        known_basin(self, basin)
        forcing, flow, moisture = (self._series[kind] for kind in FILES)
        pet, below = set_negative_to_zero(forcing["PET"].to_numpy())
        series = {
            PRECIPITATION: MM_PER_M * forcing["precip_rate"].to_numpy()[None],
            PET: MM_PER_M * pet[None],
            STREAMFLOW: MM_PER_M * flow["Discharge(m/h)"].reindex(forcing.index).to_numpy()[None],
        }
        at_hours = moisture.reindex(forcing.index)
        series |= {name: at_hours[column].to_numpy()[None] for name, column in zip(MOISTURE, at_hours, strict=True)}
        table = self.attributes()
        own = {str(name): table[name].values for name in table.data_vars}
        data = make_dataset([BASIN], forcing.index.to_numpy(), series, own, str(self._base), "UTC", MOISTURE)
        data.attrs["negative_pet_set_to_zero"] = below
        data.attrs["time_zone_note"] = (
            f"taken hours ahead of UTC: forcing {self._offsets['forcing']}, soil moisture {self._offsets['moisture']}"
        )
        return add_observation_attributes(cut(data, period) if period else data, hours=1)

    def cfe_config(self, basin: str = BASIN) -> CfeConfig:
        """Base parameters of CFE from ``example_config_cfe.json``, groundwater from :data:`GROUNDWATER`.

        Raises
        ------
        DataError
            When the file or a key is not there.
        """
        from cfe_bmi.coefficients import CfeParameters
        from cfe_bmi.config_model import CfeConfig, checked
        from cfe_bmi.parameters import PARAMETERS
        from cfe_bmi.state import CfeOptions

        known_basin(self, basin)
        path = self._base / CONFIG_FILE
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            flat = {**given, **given["soil_params"]}
            names = {name: variable.name for variable in PARAMETERS for name in (variable.name, *variable.aliases)}
            values = {variable.name: variable.default for variable in PARAMETERS}
            values |= {names[key]: float(value) for key, value in flat.items() if key in names}
            values |= GROUNDWATER
            parameters = CfeParameters(**{name: float(value) for name, value in values.items()})  # type: ignore[arg-type]
            shares = np.array(given["giuh_ordinates"], dtype=np.float64)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: cannot be used as CFE's parameters: {error!r}") from error
        shares /= shares.sum()
        return checked(CfeConfig(str(path), BASIN, CfeOptions(), parameters, 0.5, 0.05, tuple(shares.tolist())))
