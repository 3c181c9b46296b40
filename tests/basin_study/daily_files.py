"""Folders of daily CAMELS in the published format, with seeded values."""

from pathlib import Path

import numpy as np

HEADER = "Year Mnth Day Hr\tDayl(s)\tPRCP(mm/day)\tSRAD(W/m2)\tSWE(mm)\tTmax(C)\tTmin(C)\tVp(Pa)\n"


def write_forcing(folder: Path, gauge: str, days: int = 40, area_m2: float = 1e8, header: str = HEADER) -> Path:
    """A forcing file from 1999-12-20 on."""
    rng = np.random.default_rng(int(gauge))
    file = folder / "basin_mean_forcing" / "nldas" / gauge[:2] / f"{gauge}_lump_nldas_forcing_leap.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    first = np.datetime64("1999-12-20")
    lines = [f"  44.50\n 250.00\n {area_m2:.0f}\n", header]
    for k in range(days):
        year, month, day = str(first + k).split("-")
        rain = max(rng.normal(0.0, 8.0), 0.0)
        mean = rng.uniform(-5.0, 20.0)
        lines.append(
            f"{year} {month} {day} 12\t{34000.0 + 60 * k:.2f}\t{rain:.2f}\t{rng.uniform(100, 300):.2f}\t0.00\t"
            f"{mean:.2f}\t{mean:.2f}\t{rng.uniform(300, 900):.2f}\n"
        )
    file.write_text("".join(lines))
    return file


def write_flow(folder: Path, gauge: str, days: int = 45, first: str = "1999-12-18") -> Path:
    """A flow file; the sixth day is missing, the eighth estimated."""
    rng = np.random.default_rng(int(gauge) + 1)
    file = folder / "usgs_streamflow" / gauge[:2] / f"{gauge}_streamflow_qc.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for k in range(days):
        year, month, day = str(np.datetime64(first) + k).split("-")
        flow, flag = (-999.0, "M") if k == 5 else (rng.uniform(10, 500), "A:e" if k == 7 else "A")
        lines.append(f"{gauge} {year} {month} {day} {flow:8.2f} {flag}\n")
    file.write_text("".join(lines))
    return file


def write_attributes(folder: Path, gauges: list[str], aridity: float = 1.5) -> Path:
    """The two tables that are needed."""
    place = folder / "camels_attributes_v2.0"
    place.mkdir(parents=True, exist_ok=True)
    clim = ["gauge_id;p_mean;pet_mean;frac_snow;aridity\n", *(f"{g};2.0;3.0;0.1;{aridity}\n" for g in gauges)]
    (place / "camels_clim.txt").write_text("".join(clim))
    topo = ["gauge_id;gauge_lat;gauge_lon;elev_mean;slope_mean;area_gages2;area_geospa_fabric\n"]
    topo += [f"{g};44.5;-100.25;251.0;12.0;110.0;120.0\n" for g in gauges]
    (place / "camels_topo.txt").write_text("".join(topo))
    return place


def daily_folder(folder: Path, gauges: tuple[str, ...] = ("01013500", "05291000")) -> Path:
    """Forcing, flow and attributes of gauges."""
    for gauge in gauges:
        write_forcing(folder, gauge)
        write_flow(folder, gauge)
    write_attributes(folder, list(gauges))
    return folder
