"""Base parameters of CFE from a folder of configurations."""

import pytest

from basin_study.cfe_configs import read_cfe_configs
from basin_study.dataset import DataError
from tests.paths import shared

TEXT = """forcing_file=BMI
soil_params.depth=2.0[m]
soil_params.b=4.05[]
soil_params.satdk=0.00000338[m s-1]
soil_params.satpsi=0.355[m]
soil_params.slop=0.01[m/m]
soil_params.smcmax=0.439[m/m]
soil_params.wltsmc=WILTING[m/m]
soil_params.expon=1.0[]
soil_params.expon_secondary=1.0[]
refkdt=3.0
max_gw_storage=0.016[m]
Cgw=1.8e-5[m h-1]
expon=6.0[]
gw_storage=0.05[m/m]
alpha_fc=0.33
soil_storage=0.05[m/m]
K_nash=0.03[]
K_lf=0.01[]
nash_storage=0.0,0.0
giuh_ordinates=0.06,0.51,0.28,0.12,0.03
surface_partitioning_scheme=Schaake
"""


def test_files_that_fail_are_counted_with_the_reason(tmp_path):
    for gauge, wilting in (("01022500", "0.066"), ("05291000", "0.4"), ("06221400", "")):
        (tmp_path / f"{gauge}_bmi_config_cfe_pass.txt").write_text(TEXT.replace("WILTING", wilting))
    configs = read_cfe_configs(tmp_path)
    assert list(configs.found) == ["01022500"]
    assert configs.found["01022500"].parameters.wltsmc == 0.066
    assert "not above the storage at the wilting point" in configs.failed["05291000"]
    assert "wltsmc" in configs.failed["06221400"]
    assert configs.require(["01022500"])[0].giuh_ordinates[1] == pytest.approx(0.51)
    with pytest.raises(DataError, match="2 problems\n  - basin 05291000: .*\n  - basin 9: no file 9_bmi"):
        configs.require(["01022500", "05291000", "9"])
    assert list(read_cfe_configs(tmp_path, ["01022500", "9"]).failed) == ["9"]


def test_folder_without_configurations(tmp_path):
    with pytest.raises(DataError, match="no file GAUGE_bmi_config_cfe_pass.txt"):
        read_cfe_configs(tmp_path)


def test_real_configurations():
    configs = read_cfe_configs(shared("data", "cfe_configs_517"))
    assert len(configs.found) == 514
    # their soils would hold less at field capacity than at the wilting point
    assert set(configs.failed) == {"06623800", "10336660", "12117000"}
    assert all("wilting point" in reason for reason in configs.failed.values())
