"""Files that are not what they should be give a ConfigError that names them, never an exception of a library."""

import pytest
import yaml

from cfe_bmi.config import load_config
from ngen_bmi.errors import ConfigError
from tests.cfe_bmi import configs

GOOD = yaml.safe_dump(configs.cat_87())


@pytest.mark.parametrize(
    "text",
    [
        '!!int "x"',
        '!!float "x"',
        "!!bool x",
        "a: !!python/object:os.system x",
        "name: 2020-13-45",
        "[" * 5000,
        "a: &a [*a]",
        "\t- tab",
        "- a list",
        "just words",
        "? [1, 2]\n: 3",
        "1: 2",
        "~: 3",
        "parameters: [1, 2]",
        "parameters: {b: [1]}",
        "parameters: {b: {value: {}}}",
        "parameters: {b: " + "9" * 400 + "}",
        "giuh_ordinates: [1.0e+308, 1.0e+308]",
        "giuh_ordinates: [.inf, -.inf]",
        "giuh_ordinates: 1",
        "giuh_ordinates: [0.5, null, 0.5]",
        "giuh_ordinates: {value: [1, null], unit: '1'}",
        "initial: {nash_storage_subsurface: {value: [0.0, null], unit: m}}",
        "initial: {soil_storage: true}",
    ],
)
def test_odd_yaml(tmp_path, text):
    path = tmp_path / "odd.yml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"odd\.yml: \d+ problem"):
        load_config(path)


@pytest.mark.parametrize(
    "change",
    [
        "giuh_ordinates=nan,1",
        "giuh_ordinates=1e308,1e308",
        "giuh_ordinates=inf,-inf",
        "N_nash_subsurface=²",
        "N_nash_subsurface=" + "9" * 5000,
        "nash_storage_subsurface=nan,0.0",
        "soil_params.satdk=0.3[m/day]",
        "K_lf=10[mm/hr]",
        "is_aet_rootzone=TRUE",
        "is_sft_coupled=ture",
        "soil_params.depth=1[",
        "soil_params.b=1_0",
        "soil_params.b=٣",
        "N_nash_subsurface=1[furlong]",
        "surface_partitioning_scheme=Schaake[m]",
        "is_sft_coupled=false[m]",
        "no equals sign",
        "=5",
    ],
)
def test_odd_text(tmp_path, change):
    lines = {
        "surface_partitioning_scheme": "Schaake",
        "soil_params.depth": "2.0[m]",
        "soil_params.b": "4.05",
        "soil_params.satdk": "3.38e-6[m s-1]",
        "soil_params.satpsi": "0.355[m]",
        "soil_params.slop": "0.01",
        "soil_params.smcmax": "0.439",
        "soil_params.wltsmc": "0.066",
        "max_gw_storage": "0.25[m]",
        "Cgw": "1.8e-5[m h-1]",
        "expon": "6.0",
        "gw_storage": "0.125",
        "alpha_fc": "0.33",
        "soil_storage": "0.58",
        "K_nash": "0.03",
        "K_lf": "0.01",
        "giuh_ordinates": "0.5,0.5",
    }
    path = tmp_path / "odd.txt"
    path.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
    assert load_config(path).warnings() == []
    key = change.partition("=")[0]
    kept = "".join(f"{k}={v}\n" for k, v in lines.items() if k != key)
    path.write_text(kept + change + "\n")
    with pytest.raises(ConfigError, match=r"odd\.txt: \d+ problem"):
        load_config(path)


@pytest.mark.parametrize("name", ["missing.yml", "missing.txt", "folder.yml"])
def test_files_that_cannot_be_read(tmp_path, name):
    (tmp_path / "folder.yml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / name)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "a.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_config(tmp_path / "a.yml")


@pytest.mark.parametrize("ordinates", [[None], [1.0, None], {"value": [None, 1.0], "unit": "1"}])
def test_an_ordinate_without_a_value_is_named(tmp_path, ordinates):
    with pytest.raises(ConfigError) as caught:
        load_config(configs.write(tmp_path, configs.cat_87(giuh_ordinates=ordinates)))
    assert caught.value.problems == ("giuh_ordinates: expected a number, found None",)


@pytest.mark.parametrize("key", ["satdk", "slope", "refkdt", "Kn"])
def test_a_parameter_without_a_value_is_not_zero(tmp_path, key):
    config = configs.cat_87()
    config["parameters"][key] = None
    with pytest.raises(ConfigError) as caught:
        load_config(configs.write(tmp_path, config))
    assert caught.value.problems == (f"parameters.{key}: has no value",)


@pytest.mark.parametrize("key", ["soil_scheme", "giuh_ordinates", "name", "parameters", "forcing"])
def test_a_key_without_a_value_is_reported_once(tmp_path, key):
    config = configs.cat_87() | {key: None}
    with pytest.raises(ConfigError) as caught:
        load_config(configs.write(tmp_path, config))
    assert [line for line in caught.value.problems if line.startswith(f"{key}:")] == [f"{key}: has no value"]


def test_a_byte_order_mark_and_anchors_do_no_harm(tmp_path):
    text = "\ufeffcommon: &common {unit: m}\n" + GOOD.replace("satpsi: 0.355 m", "satpsi: {<<: *common, value: 0.355}")
    path = tmp_path / "c.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="common: unknown key") as caught:
        load_config(path)
    assert len(caught.value.problems) == 1
