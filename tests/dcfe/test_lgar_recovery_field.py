"""Recovery of LGAR's soils in small: what Fisher information calls known is found, on columns never seen."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from dcfe.fisher import WELL
from dcfe.lgar_efficiencies import PERIODS, efficiencies, errors, quantiles
from dcfe.lgar_field_settings import FieldSettings, loss_terms, split
from dcfe.lgar_recovery_field import observe, run_field
from dcfe.lgar_recovery_figures import draw_field, draw_field_scores, draw_polaris
from dcfe.lgar_recovery_polaris import GENERATED, MEASURED, PolarisSettings, run_polaris
from dcfe.lgar_synthetic import generate_columns
from dcfe.lgar_synthetic_points import PROPERTIES, draw_points
from dcfe.lgar_synthetic_weather import dry_weather
from dcfe.lgar_weather import read_weather
from dcfe.losses import Loss, Term
from dcfe.polaris import INTERVALS
from dcfe.recovery import plain
from ngen_bmi.errors import ForcingError
from tests.dcfe.lgar_learning_cases import columns, tensor

SMALL = FieldSettings(columns=24, points=4, steps=800, warmup=50, noise=0.01, share=0.66, rounds=(12, 12), hidden=(12,))
FAST = replace(SMALL, columns=3, points=2, steps=60, warmup=5, rounds=(2,))


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def field():
    return run_field(SMALL)


@pytest.fixture
def points(tmp_path):
    """A table such as POLARIS gives, of points of our own."""
    # a draw has three layers: two intervals share each
    soils = draw_points(np.random.default_rng(3), 1, 5)[0].repeat(2, axis=1)
    header = [f"{name}_{top}_{bottom}" for top, bottom in INTERVALS for name in PROPERTIES]
    lines = [",".join(header), *(",".join(f"{value:.6f}" for value in point.ravel()) for point in soils)]
    path = tmp_path / "points.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def weather_file(tmp_path):
    """A file of so many hours, and its rain and evaporation."""

    def write(hours, **changed):
        rain, pet = dry_weather(1, hours, 4)
        rows = [f"{np.datetime64('2001-10-01T00', 'h') + k}".replace("T", " ") + ":00:00" for k in range(hours)]
        cells = [[time, f"{rain[0, k]:.9g}", f"{pet[0, k]:.9g}"] for k, time in enumerate(rows)]
        for place, value in changed.get("cells", {}).items():
            cells[place[0]][place[1]] = value
        path = tmp_path / "weather.csv"
        path.write_text("Time,P(mm/h),PET(mm/h)\n" + "".join(",".join(row) + "\n" for row in cells))
        return path, rain, pet

    return write


def test_soils_are_recovered_on_columns_never_seen(field):
    assert set(field.training).isdisjoint(field.heldout)
    assert (len(field.training), len(field.heldout)) == (16, 8)
    for period in PERIODS:
        for name in ("actual_evapotranspiration", "storage", "soil_moisture_5"):
            learned, centre = (np.median(x[period][name][field.heldout]) for x in (field.rmse, field.baseline_rmse))
            assert learned < 0.75 * centre, (period, name)
    known = [name for name, left in field.remaining.items() if np.median(left) < WELL]
    assert {"alpha_1", "n_1"} <= set(known)
    assert min(field.correlation(name, field.heldout) for name in known) > 0.95
    assert min(field.correlation(name, field.heldout) for name in SMALL.learn) > 0.8


def test_soils_never_seen_are_nearer_than_the_centre_of_the_bounds(field):
    errors = {n: (field.error(n, field.heldout), field.error(n, field.heldout, learned=False)) for n in SMALL.learn}
    assert all(learned < 0.75 * centre for learned, centre in errors.values()), errors


def test_the_summary_is_json_and_the_text_has_every_parameter(field):
    summary = json.loads(json.dumps(plain(field.summary()), allow_nan=False))
    assert set(summary["parameters"]) == set(SMALL.learn)
    heldout = summary["nse"]["heldout, never seen"]["surface_runoff"]
    defined = np.isfinite(field.nse["never seen"]["surface_runoff"][field.heldout])
    assert heldout["undefined"] == (~defined).sum()
    text = field.text()
    assert all(name in text for name in SMALL.learn)
    assert "8 held out" in text


def test_figures_are_written(field, tmp_path):
    draw_field(field, tmp_path / "field.png")
    draw_field_scores({"errors 5 %": field, "the same": field}, tmp_path / "scores.png")
    for name in ("field.png", "scores.png"):
        assert (tmp_path / name).read_bytes()[:4] == b"\x89PNG"


def test_the_same_settings_give_the_same_numbers_and_what_is_known_is_not_learned():
    learn = ("alpha_1", "ks_1", "ponded_depth_max")
    settings = replace(FAST, learn=learn)
    one, two = run_field(settings), run_field(settings)
    assert set(one.learned) == set(learn)
    assert all(np.array_equal(one.learned[name], two.learned[name]) for name in learn)
    synthetic = observe(settings, generate_columns(settings.synthetic()))
    for name, values in synthetic.truth.items():
        assert np.array_equal(synthetic.data.parameters[name].numpy(), values) == (name not in learn), name


def test_contents_may_have_errors_of_their_own():
    settings = replace(FAST, noise=0.2, storage_noise=0.001, steps=400)
    clean = generate_columns(settings.synthetic())
    found = observe(settings, clean)
    for name in ("storage", "soil_moisture_5", "soil_moisture_30"):
        factor = found.data.observed[name].numpy() / clean.outputs[name]
        assert factor.std() == pytest.approx(0.001, rel=0.1), name
    evaporation = "actual_evapotranspiration"
    assert torch.equal(found.data.observed[evaporation], clean.data.observed[evaporation])
    assert settings.noises()["surface_runoff"] == 0.2


def test_columns_in_which_nothing_happens_do_not_rule_the_loss():
    rng = np.random.default_rng(1)
    storage = np.array([[0.2], [0.3], [0.4]]) + np.array([[1e-6], [1e-3], [2e-2]]) * rng.standard_normal((3, 200))
    runoff = np.zeros((3, 200))
    runoff[1:, 50] = 1e-3, 4e-3
    names = ("storage", "surface_runoff")
    data = columns(3, 200, observed={"storage": tensor(storage), "surface_runoff": tensor(runoff)})
    terms = loss_terms(data, names, 0)
    target = Loss(terms).target(data)
    wrong = {"storage": tensor(storage) + 0.02, "surface_runoff": tensor(runoff) + 1e-4}
    plainly = Loss(tuple(Term(name) for name in names)).target(data)
    for part, other, name in zip(target.targets, plainly.targets, names, strict=True):
        losses, others = part.losses(wrong[name]), other.losses(wrong[name])
        assert float(losses.max() / losses.min()) < 0.02 * float(others.max() / others.min()), name
        assert 0.01 < float(losses.min()), name
        assert float(losses.max()) < 10.0, name


def test_efficiencies_of_both_periods_and_of_what_never_changes():
    true = {"q": np.array([[9.0, 1.0, 3.0, 2.0, 6.0], [0.0] * 5])}
    simulated = {"q": torch.tensor([[1.0, 3.0, 2.0, 4.0], [0.0] * 4], dtype=torch.float64)}
    found = efficiencies(simulated, true, warmup=1, steps=3)
    np.testing.assert_allclose(found["learned"]["q"], [1.0, np.nan])
    np.testing.assert_allclose(found["never seen"]["q"], [1.0 - 4.0 / 8.0, np.nan])
    assert quantiles(found["learned"]["q"])["undefined"] == 1
    squares = errors(simulated, true, warmup=1, steps=3)
    np.testing.assert_allclose(squares["never seen"]["q"], [np.sqrt(2.0), 0.0])


def test_settings_that_make_no_experiment():
    with pytest.raises(ValueError) as caught:
        FieldSettings(warmup=2000, share=0.001, learn=("alpha_4",), storage_noise=-1.0)
    for text in ("warmup is 2000", "share is 0.001", "learn has alpha_4", "storage_noise is -1.0"):
        assert text in str(caught.value)
    parts = split(FieldSettings())
    assert [len(part) for part in parts] == [48, 12]
    with pytest.raises(ValueError, match="bottoms has 2 depths; expected 3"):
        PolarisSettings(bottoms=(10.0, 50.0))


def test_soils_of_a_table_of_points_are_learned(points, weather_file, tmp_path):
    path, rain, _ = weather_file(1000)
    settings = PolarisSettings(warmup=50, epochs=60, learning_rate=0.03, hidden=(12,), noise=0.01)
    result = run_polaris(points, path, settings)
    assert [case.weather for case in result.cases] == [MEASURED, GENERATED]
    assert result.points == 5
    assert result.cases[0].rain == pytest.approx(rain.sum(), rel=1e-8)
    assert result.cases[0].true == result.cases[1].true
    for case in result.cases:
        assert case.last_loss < 0.5 * case.first_loss
        for period in PERIODS:
            name = "storage"
            assert 1.0 - case.nse[period][name][0] < 0.6 * (1.0 - case.baseline[period][name][0])
    json.dumps(plain(result.summary()), allow_nan=False)
    assert "measured weather: 1000 h" in result.text()
    draw_polaris(result, tmp_path / "polaris.png")
    assert (tmp_path / "polaris.png").read_bytes()[:4] == b"\x89PNG"


def test_weather_that_does_not_fit_is_refused(points, weather_file):
    path, rain, pet = weather_file(30)
    found = read_weather(path)
    np.testing.assert_allclose(found, (rain, pet), rtol=1e-8)
    with pytest.raises(ValueError, match="warmup is 100; expected fewer steps than half of the weather's 30"):
        run_polaris(points, path)
    path, *_ = weather_file(30, cells={(3, 1): "-1", (5, 1): "-2", (7, 2): "nan"})
    with pytest.raises(ForcingError) as caught:
        read_weather(path)
    assert "precipitation_rate is -1 at 2001-10-01 03:00:00 (and 1 more rows); expected 0 to" in str(caught.value)
    assert "potential_evapotranspiration_rate is nan at 2001-10-01 07:00:00; expected 0 to" in str(caught.value)
