"""Configurations in LASAM's ``key=value[unit]`` text: what is read, what is reported, and mistakes."""

import math
import random
import re
from pathlib import Path

import pytest

from hydro_physics.soil_classes import ALPHABETICAL_ORDER, LASAM, STATSGO_ORDER
from lgar_bmi.coefficients import LgarParameters
from lgar_bmi.config import LgarConfig, load_config
from lgar_bmi.options import ADAPTIVE, CLOSED_FORM, EXACT, FIXED, LGAR_C_SUM, LgarOptions
from ngen_bmi.errors import ConfigError
from tests.lgar_bmi.configs import LASAM as TEXT
from tests.lgar_bmi.configs import SOILS, lasam, write_text
from tests.paths import shared

RESERVOIR = {"a": "0.001", "b": "2.5", "frac_to_CR": "0.2"}
SLOW = {"a_slow": "1e-4", "b_slow": "1.5", "frac_slow": "0.3"}


def load(folder: Path, text: str, soils: str | None = SOILS) -> LgarConfig:
    return load_config(write_text(folder, text, soils))


def problems(folder: Path, text: str, soils: str | None = SOILS) -> tuple[str, ...]:
    path = write_text(folder, text, soils)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"{path}: ")
    return caught.value.problems


def one_problem(folder: Path, text: str, soils: str | None = SOILS) -> str:
    found = problems(folder, text, soils)
    assert len(found) == 1, found
    return found[0]


def meaning(config: LgarConfig) -> tuple[object, ...]:
    """Everything that a model sees of a configuration."""
    return (
        config.options,
        config.parameters,
        config.soils,
        config.thickness,
        config.initial_psi,
        config.substep,
        config.forcing_step,
        config.giuh_ordinates,
        config.temperature_nodes,
        config.log_mode,
    )


# --- what is read ----------------------------------------------------------------------------------------------------


def test_values(tmp_path: Path) -> None:
    config = load(tmp_path, TEXT)
    assert config.parameters == LgarParameters(340.9, 15495.0, 1.1, 0.98, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert config.soils == ((0.05, 0.41, 0.03, 1.6, 2.5), (0.09, 0.45, 0.01, 1.3, 0.1))
    assert (config.soil_names, config.thickness) == (("upper", "lower-most"), (20.0, 30.0))
    assert (config.initial_psi, config.substep, config.forcing_step) == (2000.0, 300.0, 3600.0)
    assert config.giuh_ordinates == (0.06, 0.51, 0.28, 0.12, 0.03)
    assert config.options == LgarOptions()
    assert (config.name, config.log_mode, config.temperature_nodes) == ("cat-1", False, ())
    assert (config.doubts, config.warnings()) == ((), [])


def test_everything_at_once(tmp_path: Path) -> None:
    switches = ("use_closed_form_G", "adaptive_timestep", "allow_flux_caching", "PET_affects_precip")
    config = load(
        tmp_path,
        lasam(
            **dict.fromkeys((*switches, "free_drainage_enabled", "free_drainage_to_CR", "sft_coupled"), "true"),
            **RESERVOIR,
            **SLOW,
            soil_z="10,20,30,50.[cm]",
            spf_factor="0.9",
            compatibility="lgar-c",
        ),
    )
    assert config.options == LgarOptions(CLOSED_FORM, 1, 1, 1, 1, ADAPTIVE)
    assert config.parameters == (340.9, 15495.0, 1.1, 0.9, 0.2, 0.001, 2.5, 1e-4, 1.5, 0.3)
    assert config.temperature_nodes == (10.0, 20.0, 30.0, 50.0)
    assert [line.split(":")[0] for line in config.ignored] == ["allow_flux_caching", "verbosity", "endtime"]


FORMATS = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "blanks around": lambda text: "\n".join(f"  {line.replace('=', ' = ')} \t" for line in text.splitlines()),
    "byte order mark": lambda text: "\ufeff" + text,
    "no newline at the end": str.rstrip,
    "comments and blank lines": lambda text: "# LASAM\n\n" + text.replace("\n", "\n\n# more\n"),
    "without units of lengths": lambda text: text.replace("[cm]", ""),
    "empty units": lambda text: text.replace("[cm]", "[]"),
    "blanks in lists": lambda text: text.replace(",", ", "),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(tmp_path: Path, name: str) -> None:
    expected = meaning(load(tmp_path, TEXT))
    assert meaning(load(tmp_path, FORMATS[name](TEXT))) == expected


def test_the_order_of_lines_does_not_matter(tmp_path: Path) -> None:
    expected = meaning(load(tmp_path, TEXT))
    lines = TEXT.splitlines()
    shuffler = random.Random(18)
    for _ in range(20):
        shuffler.shuffle(lines)
        assert meaning(load(tmp_path, "\n".join(lines))) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("300", 300.0),
        ("300[]", 300.0),
        ("300[s]", 300.0),
        ("300[sec]", 300.0),
        ("5[min]", 300.0),
        ("5.0[minute]", 300.0),
        ("0.5[h]", 1800.0),
        ("1[hr]", 3600.0),
    ],
)
def test_units_of_times(tmp_path: Path, text: str, seconds: float) -> None:
    assert load(tmp_path, lasam(timestep=text)).substep == seconds
    if seconds >= 300.0:
        assert load(tmp_path, lasam(timestep="300", forcing_resolution=text)).forcing_step == seconds


@pytest.mark.parametrize("unit", ["[s]", "[sec]", "", "[min]", "[minute]", "[h]", "[hr]", "[d]", "[day]"])
def test_endtime_takes_days_too(tmp_path: Path, unit: str) -> None:
    assert meaning(load(tmp_path, lasam(endtime=f"12{unit}"))) == meaning(load(tmp_path, lasam(endtime=None)))


@pytest.mark.parametrize("key", ["adaptive_timestep", "log_mode"])
@pytest.mark.parametrize(("word", "on"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_two_switches_take_digits(tmp_path: Path, key: str, word: str, on: bool) -> None:
    soils = SOILS.replace("2.5", "0.39").replace("0.03 1.6", "-1.5 1.6").replace("1.0E-02 1.3 0.1", "-2 1.3 -1")
    config = load(tmp_path, lasam(**{key: word}), soils if key == "log_mode" and on else SOILS)
    assert (config.options.substeps if key == "adaptive_timestep" else config.log_mode) == on


@pytest.mark.parametrize(
    ("lines", "drive"),
    [
        ({}, EXACT),
        ({"use_closed_form_G": "true"}, CLOSED_FORM),
        ({"use_closed_form_G": None}, EXACT),
        ({"compatibility": "lgar-c"}, LGAR_C_SUM),
        ({"compatibility": "lgar-c", "use_closed_form_G": "true"}, CLOSED_FORM),
        ({"compatibility": "LGAR-C", "use_closed_form_G": None}, LGAR_C_SUM),
        ({"compatibility": "none"}, EXACT),
    ],
)
def test_capillary_drive(tmp_path: Path, lines: dict[str, str | None], drive: int) -> None:
    options = load(tmp_path, lasam(**lines)).options
    assert options.capillary_drive == drive
    assert options.lgar_c == int(lines.get("compatibility") in ("lgar-c", "LGAR-C"))
    assert options.substeps == FIXED


def test_optional_keys_have_lasams_defaults(tmp_path: Path) -> None:
    optional = ("verbosity", "forcing_file", "endtime", "ponded_depth_max", "use_closed_form_G", "max_valid_soil_types")
    config = load(tmp_path, lasam(**dict.fromkeys(optional)))
    assert config.parameters.ponded_depth_max == 0.0
    assert config.ignored == ()


def test_the_old_name_of_the_share_of_the_reservoirs(tmp_path: Path) -> None:
    new = load(tmp_path, lasam(**RESERVOIR))
    old = load(tmp_path, lasam(a="0.001", b="2.5", frac_to_GW="0.2"))
    assert meaning(new) == meaning(old)
    assert new.parameters.frac_to_CR == 0.2
    assert "names of the same thing" in one_problem(tmp_path, lasam(**RESERVOIR, frac_to_GW="0.2"))


@pytest.mark.parametrize("unit", ["", "[]", "[-]", "[cm^(1-b)/h]", "[cm^(1-b) h^-1]"])
def test_the_unit_of_the_reservoirs_coefficient(tmp_path: Path, unit: str) -> None:
    assert load(tmp_path, lasam(**(RESERVOIR | {"a": f"0.001{unit}"}))).parameters.a == 0.001


def test_logarithms_are_converted(tmp_path: Path) -> None:
    soils = "header\none 0.05 0.41 -2.0 1.6 0.5\ntwo 0.05 0.41 -1.5 1.6 -1.0\n"
    text = lasam(log_mode="true", layer_soil_type="1,2", **(RESERVOIR | SLOW | {"a": "-3", "a_slow": "-4.5"}))
    config = load(tmp_path, text, soils)
    assert config.log_mode
    assert [soil.alpha for soil in config.soils] == pytest.approx([0.01, 10**-1.5], rel=1e-15)
    assert [soil.ks for soil in config.soils] == pytest.approx([10**0.5, 0.1], rel=1e-15)
    assert (config.parameters.a, config.parameters.a_slow) == pytest.approx((1e-3, 10**-4.5), rel=1e-15)
    assert [soil[:2] for soil in config.soils] == [(0.05, 0.41)] * 2
    assert config.parameters[:5] == (340.9, 15495.0, 1.1, 0.98, 0.2)


def test_log_mode_leaves_a_reservoir_that_is_not_there_alone(tmp_path: Path) -> None:
    """LGAR-C takes 10 to the power of the default, 0, which makes it 1."""
    config = load(tmp_path, lasam(log_mode="true", layer_soil_type="1,1"), "header\none 0.05 0.41 -2.0 1.6 0.5\n")
    assert (config.parameters.a, config.parameters.a_slow) == (0.0, 0.0)


def test_the_soil_file_is_found_beside_the_configuration_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beside, elsewhere = tmp_path / "beside", tmp_path / "elsewhere"
    for folder in (beside, elsewhere):
        (folder / "data").mkdir(parents=True)
    text = lasam(soil_params_file="./data/soils.dat")
    path = write_text(beside, text, None)
    monkeypatch.chdir(elsewhere)
    with pytest.raises(ConfigError, match="soil_params_file: there is no ./data/soils.dat") as caught:
        load_config(path)
    assert str(beside / "data" / "soils.dat") in str(caught.value)
    assert str(elsewhere / "data" / "soils.dat") in str(caught.value)

    (elsewhere / "data" / "soils.dat").write_text(SOILS)
    assert load_config(path).soils[0].ks == 2.5
    (beside / "data" / "soils.dat").write_text(SOILS.replace("2.5", "7.5"))
    assert load_config(path).soils[0].ks == 7.5
    path.write_text(lasam(soil_params_file=str(elsewhere / "data" / "soils.dat")))
    assert load_config(path).soils[0].ks == 2.5


# --- what is reported ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    ["verbosity=high", "forcing_file=./forcing.csv", "endtime=1[d]", "calib_params=true", "mbal_tol=0.1[cm]"]
    + ["allow_flux_caching=true", "soil_z=10,30[cm]", "spf_factor=0.9", "calib_params=false"],
)
def test_lines_without_effect_are_reported(tmp_path: Path, line: str) -> None:
    key = line.partition("=")[0]
    config = load(tmp_path, lasam(verbosity=None, endtime=None, forcing_file=None) + f"{line}\n")
    (ignored,) = config.ignored
    assert ignored.startswith(f"{key}: has no effect")
    assert config.doubts == ()


def test_lines_without_effect_change_nothing(tmp_path: Path) -> None:
    more = lasam(verbosity="high", calib_params="true", mbal_tol="0.1[cm]", allow_flux_caching="true", soil_z="10,30")
    assert meaning(load(tmp_path, more)) == meaning(load(tmp_path, TEXT))


def test_a_single_ordinate_of_zero_loses_no_water(tmp_path: Path) -> None:
    """LASAM's published tests have it."""
    for text in ("0", "0.0"):
        config = load(tmp_path, lasam(giuh_ordinates=text))
        assert config.giuh_ordinates == (1.0,)
        (doubt,) = config.doubts
        assert doubt.startswith("giuh_ordinates: a single 0 makes LASAM lose all runoff")
        assert doubt in config.warnings()


def test_statsgo_numbers_in_an_alphabetical_table_are_doubted(tmp_path: Path) -> None:
    """As the generator of configurations for the hydrofabric makes them: one layer, the class as the row."""
    one_layer = {"layer_thickness": "200.0[cm]", "layer_soil_type": "1"}

    def table(order: tuple[str, ...]) -> str:
        rows = (f'"{name.capitalize().replace(" ", "-")}" ' + " ".join(map(str, LASAM[name])) for name in order)
        return "Texture\n" + "\n".join(rows)

    config = load(tmp_path, lasam(**one_layer), table(ALPHABETICAL_ORDER))
    assert config.soils == (LASAM["clay"],)
    assert config.doubts == (
        "layer_soil_type: type 1 is row 1 = Clay in this table; ISLTYP of the hydrofabric is in STATSGO order "
        "(1 = Sand)",
    )
    assert load(tmp_path, lasam(**one_layer), table(STATSGO_ORDER)).doubts == ()
    assert load(tmp_path, lasam(), table(ALPHABETICAL_ORDER)).doubts == ()


def test_types_that_lgar_c_takes_for_others_are_doubted(tmp_path: Path) -> None:
    (doubt,) = load(tmp_path, lasam(layer_soil_type="1,2")).doubts
    assert doubt.startswith("layer_soil_type: type 2 is 'middle one': LGAR-C does not read names with a blank")


# --- mistakes --------------------------------------------------------------------------------------------------------


REQUIRED = [
    *("soil_params_file", "layer_soil_type", "layer_thickness", "initial_psi", "timestep", "forcing_resolution"),
    *("wilting_point_psi", "field_capacity_psi", "giuh_ordinates"),
]


@pytest.mark.parametrize("key", REQUIRED)
def test_missing_key_is_named(tmp_path: Path, key: str) -> None:
    assert one_problem(tmp_path, lasam(**{key: None})).startswith(f"{key}: missing")


def test_file_of_another_kind_names_everything_that_is_missing(tmp_path: Path) -> None:
    found = problems(tmp_path, "just words\n")
    assert found[0] == "line 1: expected key=value, found 'just words'"
    assert [problem.split(":")[0] for problem in found[1:]] == [
        *("layer_thickness", "layer_soil_type", "soil_params_file", "field_capacity_psi", "wilting_point_psi"),
        *("initial_psi", "forcing_resolution", "timestep", "giuh_ordinates"),
    ]


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("initial_psi", "20[m]", "initial_psi: is in [m]; expected [cm]"),
        ("initial_psi", "-2000[cm]", "initial_psi: initial_psi = -2000 is outside its valid range 0 to 1e+07 [cm]"),
        ("initial_psi", "dry", "initial_psi: expected a number, found 'dry'"),
        ("initial_psi", "1,2", "initial_psi: expected one number, found '1,2'"),
        ("initial_psi", "2000[cm", "initial_psi: the unit [cm is not closed by ]"),
        ("timestep", "0", "timestep: substep = 0 is outside its valid range"),
        ("timestep", "300[seconds]", "timestep: is in [seconds]; expected one of [s, sec, min, minute, h, hr]"),
        ("timestep", "1[d]", "timestep: is in [d]; expected one of"),
        ("timestep", "x", "timestep: expected a number"),
        ("timestep", "1,2", "timestep: expected one number"),
        ("timestep", "nan", "timestep: substep is not a number"),
        ("timestep", "2[h]", "substep: 7200 s (substeps.length, timestep) is longer than the forcing step, 3600 s"),
        ("forcing_resolution", "1000", "forcing step: 1000 s (forcing.step, forcing_resolution) neither divides"),
        ("endtime", "1[year]", "endtime: is in [year]; expected one of [s, sec, min, minute, h, hr, d, day]"),
        ("endtime", "-1[h]", "endtime: endtime = -3600 is outside"),
        ("verbosity", "loud", "verbosity: 'loud' is not known; expected one of none, low, high"),
        ("ponded_depth_max", "-1[cm]", "ponded_depth_max: ponded_depth_max = -1 is outside"),
        ("field_capacity_psi", "2e4", "field_capacity = 20000 cm is not below wilting_point_psi = 15495 cm"),
        ("use_closed_form_G", "True", "use_closed_form_G: 'True' is not known; expected true or false"),
        ("use_closed_form_G", "1", "use_closed_form_G: '1' is not known; expected true or false"),
        ("adaptive_timestep", "yes", "adaptive_timestep: 'yes' is not known; expected true, 1, false or 0"),
        ("compatibility", "lgar", "compatibility: 'lgar' is not known; expected one of none, lgar-c"),
        ("layer_thickness", "20.0,0.0[cm]", "layer 2: thickness = 0 is outside its valid range"),
        ("layer_thickness", "-1.0,20.0[cm]", "layer 1: thickness = -1 is outside its valid range"),
        ("layer_thickness", "20.0,30.0[mm]", "layer_thickness: is in [mm]; expected [cm]"),
        ("layer_thickness", "20.0,,30.0", "layer_thickness: expected a number, found '20.0,,30.0'"),
        ("layer_thickness", "20.0,inf", "layer_thickness: expected numbers, found '20.0,inf'"),
        ("layer_thickness", "50.0[cm]", "layer_soil_type: has 2 types for 1 layers of layer_thickness"),
        ("layer_soil_type", "1", "layer_soil_type: has 1 types for 2 layers of layer_thickness"),
        ("layer_soil_type", "1,4", "layer_soil_type: layer 2: 4 is not a row of "),
        ("layer_soil_type", "1,26", "layer_soil_type: layer 2 has 26, more than max_valid_soil_types = 25: there is"),
        ("layer_soil_type", "1,1.5", "layer_soil_type: layer 2 has 1.5; expected a row of the soil file"),
        ("layer_soil_type", "0,1", "layer_soil_type: layer 1 has 0; expected a row of the soil file"),
        ("layer_soil_type", "sand,clay", "layer_soil_type: expected a number, found 'sand,clay'"),
        ("max_valid_soil_types", "2", "layer_soil_type: layer 2 has 3, more than max_valid_soil_types = 2: there is"),
        ("max_valid_soil_types", "none", "max_valid_soil_types: expected a whole number from 1"),
        ("mbal_tol", "small", "mbal_tol: expected a number"),
        ("spf_factor", "98", "spf_factor: spf_factor = 98 is outside its valid range 0 to 1 [1]"),
        ("giuh_ordinates", "0.5,0.4", "giuh_ordinates: they sum to 0.9"),
        ("giuh_ordinates", "0,0", "giuh_ordinates: they sum to 0"),
        ("giuh_ordinates", "1.2,-0.2", "giuh_ordinates: they sum to 1 and the least is -0.2"),
        ("giuh_ordinates", "", "giuh_ordinates: expected a number"),
        ("sft_coupled", "true", "soil_z: missing"),
        ("free_drainage_enabled", "maybe", "free_drainage_enabled: 'maybe' is not known; expected true or false"),
        ("soil_params_file", "", "soil_params_file: missing"),
        ("soil_params_file", "none.dat", "soil_params_file: there is no none.dat"),
        ("soil_params_file", "x" * 5000, "soil_params_file: there is no xxx"),
        ("soil_params_file", ".", "soil_params_file: there is no ., neither"),
    ],
    ids=lambda value: value[:40],
)
def test_mistakes_are_named(tmp_path: Path, key: str, value: str, problem: str) -> None:
    assert one_problem(tmp_path, lasam(**{key: value})).startswith(problem)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("ponded_depth_Max", "; did you mean ponded_depth_max?"),
        ("giuh_ordinate", "; did you mean giuh_ordinates?"),
        ("adaptive_timesteps", "; did you mean adaptive_timestep?"),
        ("field_capacity", "; did you mean field_capacity_psi?"),
        ("zzz", ""),
    ],
)
def test_unknown_keys(tmp_path: Path, key: str, hint: str) -> None:
    problem = one_problem(tmp_path, lasam(**{key: "1"}))
    assert problem == f"{key}: unknown key{hint} (LASAM passes over it without a word)"


@pytest.mark.parametrize("group", [RESERVOIR, SLOW])
def test_reservoirs_are_given_whole_or_not_at_all(tmp_path: Path, group: dict[str, str]) -> None:
    fast = {} if group is RESERVOIR else RESERVOIR
    for missing in group:
        some = {key: value for key, value in group.items() if key != missing}
        found = problems(tmp_path, lasam(**fast, **some))
        assert found[0] == f"{missing}: missing; {', '.join(group)} go together, all or none"
    assert load(tmp_path, lasam(**fast, **group)).parameters[4] == 0.2


def test_a_slow_reservoir_without_inflow_is_reported(tmp_path: Path) -> None:
    (line,) = load(tmp_path, lasam(verbosity=None, endtime=None, **SLOW)).ignored
    assert line == "frac_slow: has no effect, no water goes to the reservoirs"


def test_drainage_to_the_reservoir_needs_drainage(tmp_path: Path) -> None:
    assert one_problem(tmp_path, lasam(**RESERVOIR, free_drainage_to_CR="true")) == (
        "free_drainage_to_CR: needs free_drainage_enabled"
    )


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("0.41 0.41 0.03 1.6 2.5", "layer 1: theta_r = 0.41 (smcmin_1) is not below theta_e = 0.41 (smcmax_1)"),
        ("0.05 0.41 0.03 1.0 2.5", "layer 1: n: van_genuchten_n_1 = 1 is outside its valid range"),
        ("0.05 0.41 -2.0 1.6 2.5", "layer 1: alpha: van_genuchten_alpha_1 = -2 is outside its valid range"),
        ("0.05 0.41 0.03 1.6 0.0", "layer 1: ks: hydraulic_conductivity_1 = 0 is outside its valid range"),
    ],
)
def test_soils_that_cannot_be(tmp_path: Path, row: str, problem: str) -> None:
    soils = f"header\nfirst {row}\nsecond {row}\nthird 0.05 0.41 0.03 1.6 2.5\n"
    assert one_problem(tmp_path, TEXT, soils).startswith(problem)


@pytest.mark.parametrize(("alpha", "a"), [("400", "-3"), ("-400", "-3"), ("2", "-3"), ("-2", "4"), ("-2", "1e9")])
def test_logarithms_of_values_that_cannot_be(tmp_path: Path, alpha: str, a: str) -> None:
    soils = f"header\none 0.05 0.41 {alpha} 1.6 0.5\n"
    text = lasam(log_mode="true", layer_soil_type="1,1", **(RESERVOIR | {"a": a}))
    found = problems(tmp_path, text, soils)
    if alpha == "-2":
        assert found == (f"a: log10 of a = {float(a):g} is outside its valid range -300 to 3 [1]",)
    else:
        assert [problem[:14] for problem in found] == ["layer 1: alpha", "layer 2: alpha"]


def test_bad_lines_of_the_soil_file_are_among_the_problems(tmp_path: Path) -> None:
    found = problems(tmp_path, lasam(initial_psi="x"), "header\none 1 2\ntwo 1 2 3 4 y\n")
    source = f"soil_params_file: {tmp_path / 'soils.dat'}: "
    assert found[0].startswith(f"{source}line 2: expected a name and 5 numbers")
    assert found[1].startswith(f"{source}line 3: expected numbers, found Ks = 'y'")
    assert found[2].startswith("initial_psi: expected a number")


def test_all_problems_are_found_at_once(tmp_path: Path) -> None:
    text = lasam(
        layer_thickness="20,-1[cm]",
        layer_soil_type="1,9",
        initial_psi="1[m]",
        timestep="2[h]",
        forcing_resolution="1000[s]",
        field_capacity_psi="2e4[cm]",
        giuh_ordinates="0.5",
        free_drainage_to_CR="true",
        b="1.0",
        oops="1",
    )
    heads = [re.split(r":| = ", problem)[0] for problem in problems(tmp_path, text + "words\ntimestep=1\n")]
    for head in ("layer 2", "layer_soil_type", "initial_psi", "field_capacity", "giuh_ordinates", "a", "frac_to_CR"):
        assert head in heads
    for head in ("free_drainage_to_CR", "oops", "timestep", "forcing step"):
        assert head in heads
    assert any(head.startswith("line ") for head in heads)


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_empty_file(tmp_path: Path, text: str) -> None:
    assert one_problem(tmp_path, text) == "the file is empty"


# --- real files ------------------------------------------------------------------------------------------------------


def test_all_reference_cases_are_read() -> None:
    cases = sorted(shared("reference", "lgar", "cases").glob("*/config.txt"))
    assert len(cases) == 36
    for path in cases:
        config = load_config(path)
        assert config.warnings() == [], path
        assert {line.split(":")[0] for line in config.ignored} == {"verbosity", "forcing_file", "endtime"}, path
        assert config.options.lgar_c == 0
        assert config.soil_names == tuple(f"s{k}" for k in range(1, len(config.soils) + 1))


def test_shipped_configurations_are_read(tmp_path: Path) -> None:
    """With their paths mended, for they are those of another repository."""
    tables = shared("data", "lgar", "vG")
    for path in sorted(shared("data", "lgar", "configs").glob("*.txt")):
        text = re.sub(r"(?m)^soil_params_file=.*/", f"soil_params_file={tables}/", path.read_text())
        config = load_config(write_text(tmp_path, text, None, path.name))
        synthetic = "synth_0" not in path.name and "synth" in path.name
        assert bool(config.doubts) is synthetic
        assert config.giuh_ordinates == ((1.0,) if synthetic else (0.06, 0.51, 0.28, 0.12, 0.03))
        assert len(config.soils) == 3
        assert math.isclose(config.layer_bottoms[-1], 70.0 if synthetic else 200.0)
        assert config.options.capillary_drive == (CLOSED_FORM if "Phillipsburg" in path.name else EXACT)
        compatible = load_config(write_text(tmp_path, text.rstrip() + "\ncompatibility=lgar-c\n", None, path.name))
        assert compatible.options.lgar_c == 1
        assert any("flux_caching" in line for line in compatible.ignored) == ("allow_flux_caching=true" in text)
