"""``ngen-arid config convert``: round trips to the bit, and what a format cannot say is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cfe_bmi.config as cfe
import cfe_bmi.config_formats as cfe_formats
import lgar_bmi.config as lgar
import lgar_bmi.config_formats as lgar_formats
from ngen_arid.__main__ import main
from ngen_arid.config_convert import convert
from ngen_bmi.errors import ConfigError
from tests.cfe_bmi import configs as cfe_cases
from tests.cfe_bmi.test_config_text import CAT_87 as CFE_TEXT
from tests.lgar_bmi import configs as lgar_cases
from tests.paths import REALIZATIONS

LAYERS = {"layer_bottoms": {"value": [0.1, 0.4, 1.0, 2.0], "unit": "m"}, "supply_layer": 3}


def random_cfe(rng):
    """Return a configuration with random schemes, and values of which each has all its digits."""
    nash, xinanjiang, frozen, rootzone = (bool(rng.integers(2)) for _ in range(4))
    more = {
        "satdk": f"{float(10.0 ** rng.uniform(-7, -4))!r} m s-1",
        "Cgw": f"{float(10.0 ** rng.uniform(-6, -3))!r} m h-1",
        "maxsmc": float(rng.uniform(0.3, 0.5)),
        "soil_expon": float(rng.uniform(1.0, 2.0)),
    }
    if xinanjiang:
        more |= cfe_cases.XINANJIANG | {"x_Xinanjiang_shape_parameter": float(rng.uniform(0.1, 2.0))}
    elif frozen:
        more["ice_content_threshold"] = f"{float(rng.uniform(0.1, 0.2))!r} m"
    count = int(rng.integers(2, 5))
    top = {
        "soil_scheme": ["classic", "ode"][rng.integers(2)],
        "partitioning": "xinanjiang" if xinanjiang else "schaake",
        "frozen_soil": frozen,
        "nash_subsurface": {"reservoirs": count},
        "initial": {
            "soil_storage": float(rng.uniform(0.0, 1.0)),
            "gw_storage": float(rng.uniform(0.0, 1.0)),
            "nash_storage_subsurface": {"value": rng.uniform(0.0, 0.01, count).tolist(), "unit": "m"},
        },
    }
    if rootzone:
        top |= {"rootzone_et": True, "rootzone": LAYERS}
    if nash:
        top["nash_surface"] = {"reservoirs": 3, "substeps": int(rng.integers(1, 20))}
        top["initial"]["nash_storage_surface"] = {"value": rng.uniform(0.0, 0.01, 3).tolist(), "unit": "m"}
        return cfe_cases.nash_87(more, **top)
    shares = rng.dirichlet(np.ones(5))
    return cfe_cases.cat_87(more, **top, giuh_ordinates=shares.tolist())


def random_lgar(rng):
    config = lgar_cases.as_yaml(*lgar_cases.random_column(rng))
    lgar_c = bool(rng.integers(2))
    config |= {
        "compatibility": "lgar-c" if lgar_c else "none",
        "capillary_drive": ["closed_form", "lgar-c" if lgar_c else "exact"][rng.integers(2)],
        "free_drainage": ["none", "percolation", "reservoir"][rng.integers(3)],
        "pet_affects_precipitation": bool(rng.integers(2)),
        "ponded_depth_max": f"{float(rng.uniform(0.0, 2.0))!r} cm",
        "substeps": {"method": ["fixed", "adaptive"][rng.integers(2)], "length": f"{float(rng.uniform(60, 900))!r} s"},
        "reservoirs": {"a": float(rng.uniform(1e-3, 1e-2)), "b": 2.5, "frac_to_CR": 0.2, "spf_factor": 0.9},
        "giuh_ordinates": rng.dirichlet(np.ones(4)).tolist(),
    }
    return config


@pytest.mark.parametrize("seed", range(40))
def test_cfe_from_yaml_to_text_and_back(seed, tmp_path):
    start = Path(cfe_cases.write(tmp_path, random_cfe(np.random.default_rng(seed)), "cat-1.yml"))
    convert(start, tmp_path / "cat-1.txt")
    convert(tmp_path / "cat-1.txt", tmp_path / "again.yml")
    convert(tmp_path / "again.yml", tmp_path / "again.txt")
    wanted = cfe_formats.content(cfe.load_config(start))
    for name in ("cat-1.txt", "again.yml", "again.txt"):
        assert cfe_formats.content(cfe.load_config(tmp_path / name)) == wanted
    assert (tmp_path / "again.txt").read_text() == (tmp_path / "cat-1.txt").read_text()


@pytest.mark.parametrize("seed", range(40))
def test_lgar_from_yaml_to_text_and_back(seed, tmp_path):
    start = lgar_cases.write(tmp_path, random_lgar(np.random.default_rng(seed)))
    convert(start, tmp_path / "cat-1.txt")
    convert(tmp_path / "cat-1.txt", tmp_path / "again.yml")
    wanted = lgar_formats.content(lgar.load_config(start))
    for name in ("cat-1.txt", "again.yml"):
        assert lgar_formats.content(lgar.load_config(tmp_path / name)) == wanted


@pytest.mark.parametrize(
    "path", sorted((REALIZATIONS / "example_basin").glob("*/cat-*.yml")), ids=lambda p: str(p)[-28:]
)
def test_configurations_of_the_example_basin(path, tmp_path):
    if "model: richards" in path.read_text():
        with pytest.raises(ConfigError, match="'richards' has no other format"):
            convert(path, tmp_path / "cat.txt")
        return
    formats, model = (lgar_formats, lgar) if "lgar" in path.parent.name else (cfe_formats, cfe)
    wanted = formats.content(model.load_config(path))
    if getattr(wanted, "moisture_depths", ()):
        with pytest.raises(ConfigError, match="1 problem\n.*outputs.moisture_depths"):
            convert(path, tmp_path / "cat.txt")
        wanted = replace(wanted, moisture_depths=())
    convert(path, tmp_path / "cat.txt", lossy=True)
    assert formats.content(model.load_config(tmp_path / "cat.txt")) == wanted


def test_what_text_cannot_say_is_refused_and_named(tmp_path, capsys):
    config = cfe_cases.cat_87(restore_clock=True, forcing={"nan": "zero"}, nash_subsurface={"reservoirs": 1})
    config["initial"]["nash_storage_subsurface"] = {"value": [0.25], "unit": "m"}
    start = cfe_cases.write(tmp_path, config)
    assert main(["config", "convert", start, str(tmp_path / "cat.txt")]) == 1
    said = capsys.readouterr().err
    for words in ("forcing.nan: zero", "restore_clock: true", "nash_storage_subsurface: 0.25 m"):
        assert words in said
    assert not (tmp_path / "cat.txt").exists()
    assert main(["config", "convert", start, str(tmp_path / "cat.txt"), "--lossy"]) == 0
    assert capsys.readouterr().err.count("lost: ") == 3
    cfe.load_config(tmp_path / "cat.txt")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"infiltration": "talsma_parlange"}, "infiltration: talsma_parlange"),
        ({"capillary_drive": "lgar-c"}, "capillary_drive: lgar-c; there it is exact"),
        ({"compatibility": "lgar-c", "capillary_drive": "exact"}, "capillary_drive: exact; there it is lgar-c"),
        ({"substeps": {"method": "adaptive", "tolerance": "1e-4 cm"}}, "substeps.tolerance: 0.0001 cm"),
        ({"outputs": {"moisture_depths": {"value": [5.0], "unit": "cm"}}}, "outputs.moisture_depths"),
    ],
)
def test_what_lasam_cannot_say_is_refused_and_named(change, words, tmp_path):
    start = lgar_cases.write(tmp_path, lgar_cases.column(**change))
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")):
        convert(start, tmp_path / "new.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cat-1.yml"]


def test_logarithms_are_written_as_values_and_said(tmp_path):
    logarithms = "name theta_r theta_e alpha n Ks\nupper 0.05 0.41 -1.5 1.6 0.4\n"
    text = lgar_cases.lasam(log_mode="true", layer_soil_type="1", layer_thickness="30.0[cm]")
    start = lgar_cases.write_text(tmp_path, text, logarithms)
    with pytest.raises(ConfigError, match="log_mode"):
        convert(start, tmp_path / "new.yml")
    convert(start, tmp_path / "new.yml", lossy=True)
    assert lgar.load_config(tmp_path / "new.yml").soils[0].alpha == 10.0**-1.5


def test_what_has_no_effect_is_said(tmp_path, capsys):
    start = cfe_cases.write(tmp_path, CFE_TEXT + "nonsense=1\n", "cat-87.txt")
    assert main(["config", "convert", start, str(tmp_path / "cat-87.yml")]) == 0
    said = capsys.readouterr().out
    for words in ("num_timesteps", "verbosity", "DEBUG", "nonsense: not a key that is used"):
        assert f"not carried over: {words}" in said


def test_a_failed_conversion_leaves_what_was_there(tmp_path):
    target = tmp_path / "cat.yml"
    target.write_text("mine")
    start = cfe_cases.write(tmp_path, CFE_TEXT.replace("alpha_fc=0.33", ""), "cat.txt")
    with pytest.raises(ConfigError, match="alpha_fc"):
        convert(start, target)
    with pytest.raises(ValueError, match="of one format"):
        convert(start, tmp_path / "other.txt")
    assert target.read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_an_unknown_model_is_refused(tmp_path):
    (tmp_path / "x.txt").write_text("key=1\n")
    with pytest.raises(ConfigError, match="expected cfe or lgar"):
        convert(tmp_path / "x.txt", tmp_path / "x.yml")
