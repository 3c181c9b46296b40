"""Configurations in NOAA-OWP's ``key=value[unit]`` text, in the spellings that are in use, and their mistakes."""

import itertools
import random
from pathlib import Path

import pytest

from cfe_bmi.config import CfeConfig, load_config
from cfe_bmi.state import GIUH, NASH, ODE, SCHAAKE, XINANJIANG
from ngen_bmi.errors import ConfigError

# Catchment 87 of NOAA-OWP's examples, as CFE 2.x spells it.
CAT_87 = """forcing_file=BMI
surface_water_partitioning_scheme=Schaake
soil_params.depth=2.0[m]
soil_params.b=4.05[]
soil_params.satdk=3.38e-06[m s-1]
soil_params.satpsi=0.355[m]
soil_params.slope=0.01[m/m]
soil_params.smcmax=0.439[m/m]
soil_params.wltsmc=0.066[m/m]
soil_params.expon=1.0[]
soil_params.expon_secondary=1.0[]
refkdt=3.0
max_gw_storage=0.25[m]
Cgw=1.8e-05[m h-1]
expon=6.0[]
gw_storage=0.125[m/m]
alpha_fc=0.33
soil_storage=0.585626[m/m]
K_nash_subsurface=0.03[]
K_lf=0.01[]
nash_storage_subsurface=0.001,0.002
num_timesteps=1
verbosity=1
DEBUG=0
giuh_ordinates=0.06,0.51,0.28,0.12,0.03
"""

CURVE = """a_Xinanjiang_inflection_point_parameter=0.1
b_Xinanjiang_shape_parameter=0.4
x_Xinanjiang_shape_parameter=0.6
urban_decimal_fraction=0.2
"""

NASH_SURFACE = """surface_runoff_scheme=NASH_CASCADE
N_nash_surface=2
K_nash_surface=0.83089
nash_storage_surface=0.0,0.0
nsubsteps_nash_surface=5
Kinf_nash_surface=0.05
retention_depth_nash_surface=0.002
"""

ROOTZONE = "is_aet_rootzone=true\nsoil_layer_depths=0.1,0.4,1.0,2.0\nmax_rootzone_layer=2\n"


def changed(**changes: str | None) -> str:
    """CAT_87 with other values (as `key=value` lines), or without keys; dots are written as two underscores."""
    given = {key.replace("__", "."): value for key, value in changes.items()}
    lines = []
    for line in CAT_87.splitlines():
        key, _, value = line.partition("=")
        value = given.pop(key, value)  # type: ignore[assignment]
        if value is not None:
            lines.append(f"{key}={value}")
    lines += [f"{key}={value}" for key, value in given.items()]
    return "\n".join(lines) + "\n"


def renamed(text: str, **names: str) -> str:
    for old, new in names.items():
        old = old.replace("__", ".")
        assert f"\n{old}=" in text
        text = text.replace(f"\n{old}=", f"\n{new}=")
    return text


def write(folder: Path, text: str) -> Path:
    path = folder / "cat-87.txt"
    path.write_bytes(text.encode())
    return path


def load(folder: Path, text: str) -> CfeConfig:
    return load_config(write(folder, text))


def meaning(config: CfeConfig) -> tuple[object, ...]:
    """Everything that a model sees of a configuration."""
    return (
        config.options,
        config.parameters,
        config.soil_storage,
        config.gw_storage,
        config.giuh_ordinates,
        config.lateral,
        config.surface,
        config.layer_bottoms,
        config.supply_layer,
    )


def problems(folder: Path, text: str) -> tuple[str, ...]:
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(path) in str(caught.value)
    return caught.value.problems


def one_problem(folder: Path, text: str) -> str:
    found = problems(folder, text)
    assert len(found) == 1, found
    return found[0]


# --- what is read ----------------------------------------------------------------------------------------------------


def test_values(tmp_path: Path) -> None:
    config = load(tmp_path, CAT_87)
    p = config.parameters
    assert (p.depth, p.b, p.satdk, p.satpsi, p.slope, p.maxsmc) == (2.0, 4.05, 3.38e-6, 0.355, 0.01, 0.439)
    assert (p.wltsmc, p.alpha_fc, p.refkdt, p.Klf, p.Kn) == (0.066, 0.33, 3.0, 0.01, 0.03)
    assert (p.max_gw_storage, p.Cgw, p.expon) == (0.25, 1.8e-5, 6.0)
    assert (config.soil_storage, config.gw_storage) == (0.585626, 0.125)
    assert config.lateral == (0.001, 0.002)
    assert config.giuh_ordinates == (0.06, 0.51, 0.28, 0.12, 0.03)
    assert (config.options.partitioning, config.options.surface_runoff) == (SCHAAKE, GIUH)
    assert config.name == "cat-87"
    assert config.ignored == ()


SPELLINGS = {
    "surface_water_partitioning_scheme": ("surface_partitioning_scheme",),
    "K_nash_subsurface": ("K_nash",),
    "nash_storage_subsurface": ("nash_storage",),
    "soil_params.slope": ("soil_params.slop",),
    "soil_params.depth": ("soil_params.D",),
    "soil_params.b": ("soil_params.bb",),
    "soil_params.smcmax": ("soil_params.maxsmc",),
    "refkdt": ("soil_params.refkdt",),
    "alpha_fc": ("soil_params.alpha_fc",),
}


@pytest.mark.parametrize(("key", "other"), [(key, name) for key, names in SPELLINGS.items() for name in names])
def test_other_spellings_mean_the_same(tmp_path: Path, key: str, other: str) -> None:
    config = load(tmp_path, renamed(CAT_87, **{key: other}))
    assert meaning(config) == meaning(load(tmp_path, CAT_87))
    assert config.ignored == ()


def test_the_three_generations_of_spelling(tmp_path: Path) -> None:
    """Older files: K_nash, nash_storage, slop, surface_partitioning_scheme; any mix of them."""
    expected = meaning(load(tmp_path, CAT_87))
    keys = (
        "surface_water_partitioning_scheme",
        "K_nash_subsurface",
        "nash_storage_subsurface",
        "soil_params.slope",
    )
    for chosen in itertools.product((False, True), repeat=len(keys)):
        names = {key: SPELLINGS[key][0] for key, old in zip(keys, chosen, strict=True) if old}
        assert meaning(load(tmp_path, renamed(CAT_87, **names))) == expected


FORMATS = {
    "without units": lambda text: "\n".join(line.partition("[")[0] for line in text.splitlines()) + "\n",
    "empty units": lambda text: text.replace("[m]", "[]").replace("[m/m]", "[]"),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "trailing blanks": lambda text: text.replace("\n", "  \t\n"),
    "blanks around": lambda text: "\n".join(f"  {line.replace('=', ' = ')}" for line in text.splitlines()),
    "blank lines": lambda text: text.replace("\n", "\n\n \n"),
    "comments": lambda text: "# a comment\n  # another = one\n" + text.replace("\n", "\n#key=value\n"),
    "no last line end": lambda text: text.rstrip("\n"),
    "backwards": lambda text: "\n".join(reversed(text.splitlines())),
    "blanks in lists": lambda text: text.replace(",", " , "),
}


@pytest.mark.parametrize("name", FORMATS)
def test_layout_does_not_matter(tmp_path: Path, name: str) -> None:
    for text in (CAT_87, changed(surface_water_partitioning_scheme="Xinanjiang") + CURVE + NASH_SURFACE + ROOTZONE):
        config = load(tmp_path, FORMATS[name](text))
        assert meaning(config) == meaning(load(tmp_path, text))


def test_order_does_not_matter(tmp_path: Path) -> None:
    """C CFE reads max_gw_storage before gw_storage, and the scheme before its parameters, or not at all."""
    text = (
        changed(surface_water_partitioning_scheme="Xinanjiang", is_sft_coupled="true") + CURVE + NASH_SURFACE + ROOTZONE
    )
    expected = meaning(load(tmp_path, text))
    lines = text.splitlines()
    shuffler = random.Random(1)
    for _ in range(10):
        shuffler.shuffle(lines)
        assert meaning(load(tmp_path, "\n".join(lines))) == expected


@pytest.mark.parametrize(
    ("word", "scheme"),
    [("Schaake", SCHAAKE), ("schaake", SCHAAKE), ("1", SCHAAKE), ("Xinanjiang", XINANJIANG), ("2", XINANJIANG)],
)
def test_partitioning_words(tmp_path: Path, word: str, scheme: int) -> None:
    config = load(tmp_path, changed(surface_water_partitioning_scheme=word) + CURVE)
    assert config.options.partitioning == scheme


@pytest.mark.parametrize(
    ("word", "scheme"),
    [("GIUH", GIUH), ("giuh", GIUH), ("1", GIUH), ("NASH_CASCADE", NASH), ("nash_cascade", NASH), ("2", NASH)],
)
def test_surface_runoff_words(tmp_path: Path, word: str, scheme: int) -> None:
    text = CAT_87 + NASH_SURFACE.replace("NASH_CASCADE", word)
    assert load(tmp_path, text).options.surface_runoff == scheme


def test_schemes_with_their_parameters(tmp_path: Path) -> None:
    config = load(tmp_path, changed(surface_water_partitioning_scheme="Xinanjiang") + CURVE + NASH_SURFACE)
    p = config.parameters
    assert (p.x_Xinanjiang_shape_parameter, p.urban_decimal_fraction) == (0.6, 0.2)
    assert (p.K_nash_surface, p.Kinf_nash_surface, p.retention_depth_nash_surface) == (0.83089, 0.05, 0.002)
    assert (config.surface, config.options.nash_substeps) == ((0.0, 0.0), 5)


def test_soil_scheme_is_ours(tmp_path: Path) -> None:
    assert load(tmp_path, CAT_87 + "soil_scheme=ode\n").options.soil_scheme == ODE


def test_root_zone_layer_counts_from_zero(tmp_path: Path) -> None:
    config = load(tmp_path, CAT_87 + ROOTZONE)
    assert config.options.rootzone_et == 1
    assert config.supply_layer == 2
    assert config.supply_thickness == pytest.approx(0.6, abs=1e-15)


@pytest.mark.parametrize(("value", "on"), [("true", 1), ("True", 1), ("1", 1), ("false", 0), ("False", 0), ("0", 0)])
def test_switches(tmp_path: Path, value: str, on: int) -> None:
    config = load(tmp_path, CAT_87 + f"is_sft_coupled={value}\nice_content_threshold=0.15\n")
    assert config.options.frozen_soil == on


@pytest.mark.parametrize("key", ["is_sft_coupled", "is_aet_rootzone"])
@pytest.mark.parametrize("value", ["TRUE", "yes", "on", "ture", "2"])
def test_a_switch_that_is_neither_on_nor_off_is_not_passed_over(tmp_path: Path, key: str, value: str) -> None:
    """C CFE takes it for off without a word; a user who wrote TRUE did not mean that."""
    text = CAT_87 + "ice_content_threshold=0.15\nsoil_layer_depths=2.0\nmax_rootzone_layer=0\n" + f"{key}={value}\n"
    try:
        config = load(tmp_path, text)
    except ConfigError as error:
        assert any(problem.startswith(f"{key}:") for problem in error.problems)  # noqa: PT017 - any answer but silence
        return
    on = config.options.frozen_soil if key == "is_sft_coupled" else config.options.rootzone_et
    assert on or any(line.startswith(f"{key}:") for line in config.ignored)


@pytest.mark.parametrize(
    ("count", "storages"), [("3", None), ("2", None), ("1", None), ("3", "0.001"), ("1", "0.1,0.2,0.3")]
)
def test_lateral_cascade_has_the_size_that_c_cfe_gives_it(tmp_path: Path, count: str, storages: str | None) -> None:
    """A list of at least two storages decides; else N_nash_subsurface, and the storages are 0."""
    config = load(tmp_path, changed(nash_storage_subsurface=storages, N_nash_subsurface=count))
    if storages == "0.1,0.2,0.3":
        assert config.lateral == (0.1, 0.2, 0.3)
    else:
        assert config.lateral == (0.0,) * int(count)
    assert any("one value" in line for line in config.doubts) is (storages == "0.001")


# --- what has no effect ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("K_nash_surface=0.1", "K_nash_surface"),
        ("urban_decimal_fraction=0.1", "urban_decimal_fraction"),
        ("ice_content_threshold=0.1", "ice_content_threshold"),
    ],
)
def test_lines_without_effect_are_reported(tmp_path: Path, line: str, key: str) -> None:
    config = load(tmp_path, CAT_87 + line + "\n")
    assert meaning(config)[2:] == meaning(load(tmp_path, CAT_87))[2:]
    assert len(config.ignored) == 1
    assert config.ignored[0].startswith(f"{key}: ")
    assert config.doubts == ()


@pytest.mark.parametrize(
    "line",
    [
        "sloop=0.5",
        "aet_rootzone=true",
        "sft_coupled=true",
        "soil_storage_subsurface=0.1",
        "N_nash_surface=2",
        "max_rootzone_layer=2",
    ],
)
def test_lines_that_are_not_used_are_warned_about(tmp_path: Path, line: str) -> None:
    config = load(tmp_path, CAT_87 + line + "\n")
    assert meaning(config)[2:] == meaning(load(tmp_path, CAT_87))[2:]
    (doubt,) = config.doubts
    assert doubt.startswith(f"{line.partition('=')[0]}: ")
    assert doubt in config.warnings()


def test_a_forcing_file_is_reported_as_not_read(tmp_path: Path) -> None:
    config = load(tmp_path, changed(forcing_file="./forcings/cat87.csv"))
    (doubt,) = config.doubts
    assert "cat87.csv" in doubt
    assert "BMI" in doubt


@pytest.mark.parametrize("unit", ["furlong per fortnight", "m/day", "cm/h"])
def test_other_units_are_refused_though_c_does_not_look_at_them(tmp_path: Path, unit: str) -> None:
    with pytest.raises(ConfigError, match=rf"soil_params\.satdk: is in \[{unit}\]; expected \[m s-1\]"):
        load(tmp_path, changed(soil_params__satdk=f"3.38e-06[{unit}]"))


# --- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", " \n\t\n", "\r\n"])
def test_empty_file(tmp_path: Path, text: str) -> None:
    assert one_problem(tmp_path, text) == "the file is empty"


@pytest.mark.parametrize("text", ["# nothing but a comment\n", "just words\n", "{json: true}\n"])
def test_file_of_another_kind_names_what_is_missing(tmp_path: Path, text: str) -> None:
    found = problems(tmp_path, text)
    assert any(problem.startswith("soil_params.depth: missing") for problem in found)


REQUIRED = [line.partition("=")[0] for line in CAT_87.splitlines() if "expon" not in line.partition("=")[0]]
REQUIRED = [
    k
    for k in REQUIRED
    if k not in ("forcing_file", "refkdt", "nash_storage_subsurface", "num_timesteps", "verbosity", "DEBUG")
]


@pytest.mark.parametrize("key", [*REQUIRED, "expon"])
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    assert one_problem(tmp_path, changed(**{key.replace(".", "__"): None})).startswith(f"{key}: missing")


def test_optional_keys_have_c_cfes_defaults(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        changed(refkdt=None, soil_params__expon=None, soil_params__expon_secondary=None, nash_storage_subsurface=None),
    )
    p = config.parameters
    assert (p.refkdt, p.soil_expon, p.soil_expon_secondary, config.lateral) == (3.0, 1.0, 1.0, (0.0, 0.0))
    config = load(tmp_path, CAT_87 + "surface_runoff_scheme=2\nK_nash_surface=0.5\n")
    p = config.parameters
    assert (p.Kinf_nash_surface, p.retention_depth_nash_surface, config.options.nash_substeps) == (0.001, 0.001, 10)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("soil_params__depth", "200[cm]"),
        ("soil_params__satdk", "0.01[cm/h]"),
        ("soil_params__satdk", "0.01[m/h]"),
        ("soil_params__satpsi", "355[mm]"),
        ("max_gw_storage", "250[mm]"),
        ("Cgw", "1.8e-5[m s-1]"),
        ("K_lf", "0.01[m/s]"),
    ],
)
def test_wrong_unit(tmp_path: Path, key: str, value: str) -> None:
    problem = problems(tmp_path, changed(**{key: value}))[0]
    unit = value.partition("[")[2].rstrip("]")
    assert problem.startswith(f"{key.replace('__', '.')}: is in [{unit}]; expected [")


@pytest.mark.parametrize("value", ["", "abc", "1.0.0", "0,5", "1 2", "3.0 # refkdt"])
def test_values_that_are_no_numbers(tmp_path: Path, value: str) -> None:
    problem = one_problem(tmp_path, changed(refkdt=value))
    assert problem.startswith("refkdt: expected ")


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-1", "101"])
def test_values_out_of_range(tmp_path: Path, value: str) -> None:
    problem = one_problem(tmp_path, changed(refkdt=value))
    assert problem.startswith("refkdt: ")
    assert "0 to 100" in problem


@pytest.mark.parametrize("value", ["nan,1.0", "inf,0.0", "1.0,-inf", "0.5,0.4", "1.2,-0.2", "a,b", "", "0.5,,0.5"])
def test_ordinates_that_are_no_shares(tmp_path: Path, value: str) -> None:
    assert one_problem(tmp_path, changed(giuh_ordinates=value)).startswith("giuh_ordinates:")


@pytest.mark.parametrize("value", ["nan,0.0", "inf,0.0", "-0.1,0.0", "a,0.0"])
@pytest.mark.parametrize("key", ["nash_storage_subsurface", "nash_storage_surface"])
def test_initial_storages_that_are_none(tmp_path: Path, key: str, value: str) -> None:
    text = (CAT_87 + NASH_SURFACE).replace("nash_storage_surface=0.0,0.0", "nash_storage_surface=0.0,0.01")
    lines = [f"{key}={value}" if line.startswith(f"{key}=") else line for line in text.splitlines()]
    assert "nash_storage" in one_problem(tmp_path, "\n".join(lines))


@pytest.mark.parametrize("value", ["0.1,nan,2.0", "nan,2.0", "0.1,0.05,2.0", "0.1,1.0", "-0.1,2.0", "a", "inf"])
def test_soil_layers(tmp_path: Path, value: str) -> None:
    text = CAT_87 + f"is_aet_rootzone=true\nsoil_layer_depths={value}\nmax_rootzone_layer=0\n"
    assert "soil" in one_problem(tmp_path, text)


@pytest.mark.parametrize("layer", ["4", "-1", "1.0", "top", None])
def test_layer_that_does_not_exist(tmp_path: Path, layer: str | None) -> None:
    lines = ROOTZONE.splitlines()[:2] + ([f"max_rootzone_layer={layer}"] if layer else [])
    problem = one_problem(tmp_path, CAT_87 + "\n".join(lines))
    assert problem.startswith("max_rootzone_layer: ")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("refkdt=2.0", "refkdt: given twice (again in line 26)"),
        ("soil_params.slop=0.01", "soil_params.slope: given more than once: soil_params.slope, soil_params.slop"),
        ("K_nash=0.03", "K_nash_subsurface: given more than once: K_nash_subsurface, K_nash"),
        ("surface_partitioning_scheme=Schaake", "surface_water_partitioning_scheme: given more than once"),
        ("no equals sign here", "line 26: expected key=value, found 'no equals sign here'"),
        ("=5", "line 26: expected key=value"),
        ("surface_runoff_scheme=GUIH", "surface_runoff_scheme: 'GUIH' is not known; expected one of"),
        ("soil_scheme=exact", "soil_scheme: 'exact' is not known; expected one of classic, ode"),
        ("N_nash_subsurface=two", "N_nash_subsurface: expected a whole number from 1 to"),
        ("is_sft_coupled=true", "ice_content_threshold: missing"),
    ],
)
def test_mistakes_in_a_line(tmp_path: Path, line: str, problem: str) -> None:
    assert one_problem(tmp_path, CAT_87 + line + "\n").startswith(problem)


@pytest.mark.parametrize("key", ["soil_storage", "gw_storage"])
@pytest.mark.parametrize("value", ["60", "1.01", "-0.1"])
def test_initial_shares(tmp_path: Path, key: str, value: str) -> None:
    problem = one_problem(tmp_path, changed(**{key: value}))
    assert problem.startswith(f"{key}: ")
    assert ("not a percentage or a depth" in problem) is (float(value) > 1.0)


def test_surface_cascade_of_another_size_than_its_storages(tmp_path: Path) -> None:
    text = CAT_87 + NASH_SURFACE.replace("N_nash_surface=2", "N_nash_surface=3")
    assert one_problem(tmp_path, text) == "nash_storage_surface: has 2 values for N_nash_surface=3"


def test_combinations_without_meaning(tmp_path: Path) -> None:
    assert "the storage threshold" in one_problem(tmp_path, changed(soil_params__wltsmc="0.4"))
    assert any("not below maxsmc" in p for p in problems(tmp_path, changed(soil_params__wltsmc="0.44")))


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        changed(soil_params__depth="200[cm]", soil_params__b=None, refkdt="-1", giuh_ordinates="0.5", soil_storage="60")
        + "no equals sign\nexpon=7\n",
    )
    keys = {problem.split(":")[0] for problem in found}
    assert keys == {
        "soil_params.depth",
        "soil_params.b",
        "refkdt",
        "giuh_ordinates",
        "soil_storage",
        "line 25",
        "expon",
    }
