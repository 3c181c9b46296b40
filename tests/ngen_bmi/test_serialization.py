"""Saving and restoring: a run that is split goes on bit for bit, and bytes that do not fit change nothing."""

import copy
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cfe_bmi import BmiCfe
from lgar_bmi import BmiLgar
from ngen_bmi.base import MASS_BALANCE
from ngen_bmi.constants import BmiConstants
from ngen_bmi.errors import StateError
from ngen_bmi.serialization import CREATE, FREE, RESERVED, SIZE, STATE
from ngen_bmi.state_payload import pack, unpack
from tests.cfe_bmi.configs import XINANJIANG, cat_87, nash_87, write
from tests.lgar_bmi import configs as lgar
from tests.ngen_bmi.components import CFE_PARAMETERS, COMPONENTS, LGAR_PARAMETERS, LGAR_STORM, STORM, column
from tests.ngen_bmi.conformance import Component

STEPS = 60


def ponding(folder: Path, **top: Any) -> str:
    """Clayey layers under heavy rain: water stands on the surface, and there are fronts below it."""
    layers = [{"soil": soil, "thickness": "15 cm"} for soil in ("loam", "clay loam", "silty clay")]
    return str(lgar.write(folder, lgar.with_layers(*layers, ponded_depth_max="3 cm", initial_psi="500 cm", **top)))


MORE = [
    Component(
        "cfe-ode-xinanjiang-nash",
        BmiCfe,
        lambda folder: write(folder, nash_87(XINANJIANG, soil_scheme="ode", partitioning="xinanjiang")),
        STORM,
        CFE_PARAMETERS | {"soil_expon": 2.0},
    ),
    Component(
        "cfe-xinanjiang-giuh",
        BmiCfe,
        lambda folder: write(folder, cat_87(XINANJIANG, partitioning="xinanjiang")),
        STORM,
        CFE_PARAMETERS,
    ),
    Component("lgar-ponding", BmiLgar, ponding, LGAR_STORM, LGAR_PARAMETERS),
    Component(
        "lgar-ponding-adaptive",
        BmiLgar,
        lambda folder: ponding(folder, substeps={"method": "adaptive"}, free_drainage="percolation"),
        LGAR_STORM,
        LGAR_PARAMETERS,
    ),
]
every = pytest.mark.parametrize("component", [*COMPONENTS, *MORE], ids=str)
with_steps = pytest.mark.parametrize("component", [c for c in (*COMPONENTS, *MORE) if c.forcing], ids=str)

Weather = dict[str, NDArray[np.float64]]
"""Values of the inputs, shape (steps, items)."""


def weather(component: Component, seed: int, steps: int = STEPS) -> Weather:
    """Rows of the component's forcing in a random order."""
    rng = np.random.default_rng(seed)
    return {name: values[rng.integers(0, len(values), steps)] for name, values in component.forcing.items()}


def started(component: Component, folder: Path, parameters: bool = True) -> Any:
    model = component.factory()
    model.initialize(component.configure(folder))
    for name in sorted(component.parameters if parameters else {}):
        size = model.get_value_ptr(name).size
        model.set_value(name, np.full(size, component.parameters[name]))
    return model


def seen(model: Any) -> dict[str, bytes]:
    """Everything that a host can read, to the bit."""
    names = (*model.get_input_var_names(), *model.get_output_var_names(), *MASS_BALANCE)
    return {name: model.get_value_ptr(name).tobytes() for name in (*names, *model.table.by_name)}


def run(model: Any, inputs: Weather, start: int, end: int) -> list[dict[str, bytes]]:
    records = []
    for t in range(start, end):
        for name, values in inputs.items():
            model.set_value(name, values[t])
        model.update()
        records.append(seen(model))
    return records


def saved(model: Any) -> NDArray[np.uint8]:
    """Save as ngen does."""
    model.set_value(CREATE, np.array([7], dtype=np.int32))
    size = int(model.get_value_ptr(SIZE)[0])
    assert model.get_var_nbytes(STATE) == size > 0
    data = model.get_value_ptr(STATE)
    assert data.dtype == np.uint8
    assert data.shape == (size,)
    taken = model.get_value(STATE, np.zeros(size, dtype=np.uint8))
    model.set_value(FREE, np.array([7], dtype=np.int32))
    assert int(model.get_value_ptr(SIZE)[0]) == model.get_var_nbytes(STATE) == 0
    return taken


def restore(model: Any, data: NDArray[np.uint8]) -> None:
    """Restore as ngen does."""
    model.set_value(SIZE, np.array([data.size], dtype=np.int64))
    assert model.get_var_nbytes(STATE) == data.size
    model.set_value(STATE, data)


def clock_on(configure: Callable[[Path], str]) -> Callable[[Path], str]:
    def with_key(folder: Path) -> str:
        path = Path(configure(folder))
        path.write_text(path.read_text() + "\nrestore_clock: true\n")
        return str(path)

    return with_key


# --- a split run is the run in one piece -----------------------------------------------------------------------


@with_steps
def test_a_split_run_goes_on_to_the_bit(component: Component, tmp_path: Path) -> None:
    inputs = weather(component, seed=1)
    whole = started(component, tmp_path)
    expected = run(whole, inputs, 0, STEPS)
    for split in (0, 1, *np.random.default_rng(2).integers(2, STEPS, 4).tolist()):
        first = started(component, tmp_path)
        run(first, inputs, 0, split)
        data = saved(first)
        second = started(component, tmp_path, parameters=False)
        run(second, weather(component, seed=3), 0, 5)  # what it has done before does not matter
        restore(second, data)
        assert seen(second) == seen(first)
        assert run(second, inputs, split, STEPS) == expected[split:]
        assert saved(first).tobytes() == data.tobytes()


@with_steps
def test_the_clock_is_restored_only_when_the_configuration_says_so(component: Component, tmp_path: Path) -> None:
    inputs = weather(component, seed=4)
    first = started(component, tmp_path)
    run(first, inputs, 0, 9)
    data = saved(first)
    hot = started(component, tmp_path)
    restore(hot, data)
    assert hot.get_current_time() == 0.0
    if "text" in component.name:
        return
    resumed = component.factory()
    resumed.initialize(clock_on(component.configure)(tmp_path))
    restore(resumed, data)
    assert resumed.get_current_time() == first.get_current_time() > 0.0
    assert run(resumed, inputs, 9, 12) == run(first, inputs, 9, 12)
    assert resumed.get_current_time() == first.get_current_time()


@with_steps
def test_capturing_changes_nothing(component: Component, tmp_path: Path) -> None:
    inputs = weather(component, seed=5)
    one, other = started(component, tmp_path), started(component, tmp_path)
    for t in range(STEPS):
        saved(other)
        other.set_value(CREATE, np.zeros(1))  # and one that is not freed
        assert run(one, inputs, t, t + 1) == run(other, inputs, t, t + 1)


@with_steps
def test_parameters_that_were_set_and_not_used_yet_travel(component: Component, tmp_path: Path) -> None:
    inputs = weather(component, seed=6)
    first = started(component, tmp_path, parameters=False)
    run(first, inputs, 0, 20)
    for name in sorted(component.parameters):
        first.set_value(name, np.array([component.parameters[name]]))
    second = started(component, tmp_path, parameters=False)
    restore(second, saved(first))
    assert run(second, inputs, 20, STEPS) == run(first, inputs, 20, STEPS)


@with_steps
@pytest.mark.parametrize("steps", [0, 4])
def test_parameters_set_after_restoring_act_as_they_would_have(
    component: Component, tmp_path: Path, steps: int
) -> None:
    """Before the first step the initial storages follow them, later not: what counts is the model that was saved."""
    inputs = weather(component, seed=10)
    first, second = (started(component, tmp_path, parameters=False) for _ in range(2))
    run(first, inputs, 0, steps)
    run(second, inputs, 0, 4 - steps)
    restore(second, saved(first))
    for model in (first, second):
        for name in sorted(component.parameters):
            model.set_value(name, np.array([component.parameters[name]]))
    assert seen(second) == seen(first)
    assert run(second, inputs, steps, 12) == run(first, inputs, steps, 12)


@pytest.mark.parametrize("component", [c for c in MORE if "ponding" in c.name], ids=str)
def test_the_ponding_columns_do_pond_over_fronts(component: Component, tmp_path: Path) -> None:
    """What the tests of splits are about does happen, also at their splits."""
    model = started(component, tmp_path)
    inputs = weather(component, seed=1)
    ponded, fronts = [], []
    for t in range(STEPS):
        run(model, inputs, t, t + 1)
        ponded.append(float(model.get_value_ptr("ponded_depth")[0]))
        fronts.append(float(model.get_value_ptr("soil_num_wetting_fronts")[0]))
    splits = np.random.default_rng(2).integers(2, STEPS, 4)
    assert max(ponded[split - 1] for split in splits) > 0.0
    assert max(fronts[split - 1] for split in splits) > 3


def test_constants_keep_their_values() -> None:
    first, second = BmiConstants(), BmiConstants()
    for model, value in ((first, 3.0), (second, 4.0)):
        model.initialize("/dev/null")
        model.set_value("pet(2,double,m s-1,node)", np.full(2, value))
    for _ in range(5):
        first.update()
    restore(second, saved(first))
    assert second.get_value_ptr("pet").tolist() == [3.0, 3.0]
    assert second.get_current_time() == 0.0


def test_what_was_set_otherwise_before_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    component = COMPONENTS[0]
    first, second = started(component, tmp_path), started(component, tmp_path)
    restore(second, saved(first))
    assert "replaced" not in caplog.text
    second.set_value("refkdt", np.array([1.5]))
    second.set_value("K_lf", np.array([0.5]))  # an alias: named once, and as in the table
    with caplog.at_level(logging.WARNING):
        restore(second, saved(first))
    assert "CFE: restoring replaced the values of Klf, refkdt by" in caplog.text
    assert second.get_value_ptr("refkdt")[0] == first.get_value_ptr("refkdt")[0] != 1.5


# --- metadata --------------------------------------------------------------------------------------------------


@every
def test_metadata_answer_before_and_after_initialize_and_are_not_published(
    component: Component, tmp_path: Path
) -> None:
    model = component.factory()
    for _ in range(2):
        for name, itemsize, kind, units in (
            ("ngen::serialization_create", 4, "int32", "ngen::trigger"),
            ("ngen::serialization_free", 4, "int32", "ngen::trigger"),
            ("ngen::serialization_size", 8, "int64", "bytes"),
            ("ngen::serialization_state", 1, "uint8", "ngen::opaque"),
        ):
            assert model.get_var_units(name) == units
            assert model.get_var_type(name) == kind
            assert model.get_var_itemsize(name) == itemsize
            assert model.get_var_nbytes(name) == (0 if name == STATE else itemsize)
            assert model.get_value_ptr(name).dtype == kind
            assert name not in (*model.get_input_var_names(), *model.get_output_var_names())
            with pytest.raises(KeyError, match=name):
                model.get_var_grid(name)
            with pytest.raises(KeyError, match=name):
                model.get_var_location(name)
            with pytest.raises(ValueError, match=name):
                model.set_value_at_indices(name, np.array([0]), np.array([1]))
        assert model.get_value_ptr(SIZE)[0] == 0
        model.set_value(FREE, np.array([1], dtype=np.int32))
        model.initialize(component.configure(tmp_path))
    assert set(RESERVED) == {CREATE, FREE, SIZE, STATE}


@every
def test_no_snapshot_of_a_model_that_is_not_set_up(component: Component, tmp_path: Path) -> None:
    model = component.factory()
    with pytest.raises(RuntimeError, match="initialize"):
        model.set_value(CREATE, np.zeros(1, dtype=np.int32))
    model.initialize(component.configure(tmp_path))
    model.set_value(CREATE, np.zeros(1, dtype=np.int32))
    model.finalize()
    assert model.get_var_nbytes(STATE) == 0
    with pytest.raises(RuntimeError, match="initialize"):
        model.set_value(STATE, np.zeros(3, dtype=np.uint8))


# --- refusals --------------------------------------------------------------------------------------------------


def refused(model: Any, data: NDArray[Any], match: str) -> None:
    """Bytes are refused, and model and clock are what they were."""
    before, hidden, time = seen(model), saved(model).tobytes(), model.get_current_time()
    with pytest.raises(StateError, match=match):
        restore(model, data)
    assert (seen(model), saved(model).tobytes(), model.get_current_time()) == (before, hidden, time)
    assert model.get_var_nbytes(STATE) == 0


@with_steps
def test_damaged_bytes_are_refused(component: Component, tmp_path: Path) -> None:
    model = started(component, tmp_path)
    run(model, weather(component, seed=7), 0, 12)
    good = saved(model)
    run(model, weather(component, seed=8), 12, 15)
    rng = np.random.default_rng(9)
    for place in (0, 7, 8, 10, 14, good.size - 1, *rng.integers(0, good.size, 40).tolist()):
        bad = good.copy()
        bad[place] ^= 1 << int(rng.integers(0, 8))
        refused(model, bad, "state")
    for size in (0, 1, 21, 22, good.size - 1, *rng.integers(0, good.size, 10).tolist()):
        refused(model, good[:size].copy(), "state")
    refused(model, np.append(good, good[:5]), "bytes of")
    refused(model, rng.integers(0, 256, 500).astype(np.uint8), "not the state of a component")
    restore(model, good)


def test_each_model_takes_only_its_own(tmp_path: Path) -> None:
    models = []
    for index, component in enumerate((*COMPONENTS, *MORE)):
        folder = tmp_path / str(index)
        folder.mkdir()
        models.append(started(component, folder))
    for i, model in enumerate(models):
        for j, other in enumerate(models):
            same = model.component_name == other.component_name
            if same and model._state_fingerprint() == other._state_fingerprint() and i != j:
                continue  # the same schemes from another file: fits
            if i == j:
                restore(model, saved(other))
            else:
                refused(model, saved(other), "does not fit this model: .*(there and|is one of)")


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"soil_scheme": "ode"}, "soil scheme is 0 there and 1 here"),
        ({"giuh_ordinates": [0.5, 0.5]}, "hours of giuh_ordinates is 5 there and 2 here"),
        ({"nash_subsurface": {"reservoirs": 3}}, "subsurface reservoirs is 2 there and 3 here"),
    ],
)
def test_the_message_says_what_differs(tmp_path: Path, changes: dict[str, Any], match: str) -> None:
    first, second = BmiCfe(), BmiCfe()
    first.initialize(write(tmp_path, cat_87()))
    second.initialize(write(tmp_path, cat_87(**changes)))
    refused(second, saved(first), f"CFE: the state does not fit this model: {match}.*use the configuration")


def test_another_thickness_is_another_column(tmp_path: Path) -> None:
    first, second = BmiLgar(), BmiLgar()
    first.initialize(str(lgar.write(tmp_path, lgar.column())))
    config = copy.deepcopy(lgar.COLUMN)
    config["layers"][0]["thickness"] = "11 cm"
    second.initialize(str(lgar.write(tmp_path, config)))
    refused(second, saved(first), r"layers \[cm\] is \[10.0, 30.0\] there and \[11.0, 30.0\] here")


def test_constants_have_to_be_declared_alike() -> None:
    first, second = BmiConstants(), BmiConstants()
    for model, unit in ((first, "m"), (second, "mm")):
        model.initialize("/dev/null")
        model.set_value(f"a(1,double,{unit},node)", np.ones(1))
    with pytest.raises(StateError, match="unit of a is m there and mm here"):
        restore(second, saved(first))


def test_an_announced_length_has_to_come(tmp_path: Path) -> None:
    model = BmiCfe()
    model.initialize(write(tmp_path, cat_87()))
    data = saved(model)
    model.set_value(SIZE, np.array([data.size + 1], dtype=np.int64))
    with pytest.raises(StateError, match=f"{data.size} bytes of state come where .* announced {data.size + 1}"):
        model.set_value(STATE, data)
    for wrong in (data.astype(np.float64), data.reshape(1, -1), data.astype(np.int32)):
        with pytest.raises(StateError, match="1-D array of uint8"):
            model.set_value(STATE, wrong)
    for length in ([-1], [1, 2]):
        with pytest.raises(StateError, match="one number of bytes"):
            model.set_value(SIZE, np.array(length))
    model.set_value(STATE, data)  # the bytes carry their length themselves


@pytest.mark.parametrize("arrays", [[["a", 3]], [["a", -1], ["b", 3]], [["a"]], 7, None])
def test_a_header_that_contradicts_the_arrays_is_refused(arrays: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the checksum is right, as somebody who wrote it on purpose can have it."""
    from ngen_bmi import state_payload

    dumps = state_payload.json.dumps
    monkeypatch.setattr(state_payload.json, "dumps", lambda thing, **options: dumps(thing | {"arrays": arrays}))
    data = pack("toy", {}, {"a": column(1.0, 2.0)}).tobytes()
    monkeypatch.undo()
    with pytest.raises(StateError, match="cannot be read"):
        unpack(data)
