"""Every component of the project behaves towards ngen as ngen needs it."""

import copy
from pathlib import Path
from typing import Any

import bmipy
import cf_units
import numpy as np
import pytest

from ngen_bmi.constants import BmiConstants
from tests.ngen_bmi.components import COMPONENTS
from tests.ngen_bmi.conformance import MASS_BALANCE, Component, NgenAborts, NgenAdapter

each_component = pytest.mark.parametrize("component", COMPONENTS, ids=str)
each_model = pytest.mark.parametrize("component", [c for c in COMPONENTS if c.forcing], ids=str)


def started(component: Component, folder: Path) -> Any:
    model = component.factory()
    model.initialize(component.configure(folder))
    return model


def row(component: Component, step: int) -> dict[str, np.ndarray]:
    return {name: values[step] for name, values in component.forcing.items()}


def steps_of(component: Component) -> int:
    return min((len(values) for values in component.forcing.values()), default=6)


def published(model: Any) -> tuple[str, ...]:
    return (*model.get_input_var_names(), *model.get_output_var_names())


def answering(model: Any, component: Component) -> tuple[str, ...]:
    return (*published(model), *component.parameters, *MASS_BALANCE)


def run(component: Component, folder: Path, parameters: dict[str, float] | None = None) -> list[dict[str, float]]:
    adapter = NgenAdapter(component, folder, parameters)
    return [adapter.step(row(component, i)) for i in range(steps_of(component))]


@each_component
def test_runs_through_ngens_calls(component: Component, tmp_path: Path) -> None:
    adapter = NgenAdapter(component, tmp_path, component.parameters)
    assert adapter.outputs
    assert adapter.previous == pytest.approx(0.0, abs=component.mass_tolerance)
    for i in range(steps_of(component)):
        outputs = adapter.step(row(component, i))
        assert np.isfinite(list(outputs.values())).all()
        assert adapter.probe_mass_balance() == pytest.approx(0.0, abs=component.mass_tolerance)
    adapter.model.finalize()


@each_component
def test_is_a_bmi_made_without_arguments(component: Component) -> None:
    assert isinstance(component.factory(), bmipy.Bmi)
    assert component.factory().get_component_name()


@each_model
def test_no_name_is_published_twice_and_the_mass_balance_is_not(component: Component, tmp_path: Path) -> None:
    model = started(component, tmp_path)
    names = published(model)
    assert len(set(names)) == len(names)
    assert not [name for name in names if name.startswith("ngen::")]
    assert not set(component.parameters).intersection(names)


@each_component
def test_metadata_is_there_before_and_after_initialize(component: Component, tmp_path: Path) -> None:
    model = component.factory()
    for _ in ("before", "after"):
        for name in answering(model, component):
            assert model.get_var_type(name) == "float64"
            assert model.get_var_itemsize(name) == 8
            assert model.get_var_nbytes(name) == model.get_value_ptr(name).nbytes >= 8
            assert model.get_var_grid(name) == 0
            assert model.get_var_location(name) == "node"
            assert isinstance(model.get_var_units(name), str)
        assert model.get_time_units() == "s"
        assert model.get_start_time() == 0.0
        assert model.get_current_time() == 0.0
        assert model.get_time_step() == component.time_step
        assert model.get_end_time() == np.finfo(np.float64).max
        model.initialize(component.configure(tmp_path))


@each_component
def test_units_are_udunits(component: Component, tmp_path: Path) -> None:
    model = NgenAdapter(component, tmp_path, component.parameters).model
    for name in answering(model, component):
        unit = cf_units.Unit(model.get_var_units(name))
        assert not unit.is_unknown(), name
        assert not unit.is_no_unit(), name
    assert cf_units.Unit(model.get_time_units()).is_time()


@each_component
def test_ngen_counts_and_types_are_plain_python(component: Component, tmp_path: Path) -> None:
    model = started(component, tmp_path)
    assert type(model.get_input_item_count()) is int
    assert type(model.get_output_item_count()) is int
    for name in answering(model, component):
        assert type(model.get_var_itemsize(name)) is int
        assert type(model.get_var_nbytes(name)) is int
    for time in (model.get_current_time(), model.get_end_time(), model.get_time_step(), model.get_start_time()):
        assert type(time) is float


@each_component
def test_pointers_are_one_dimensional_and_stay_the_same_object(component: Component, tmp_path: Path) -> None:
    adapter = NgenAdapter(component, tmp_path, component.parameters)
    model = adapter.model
    names = answering(model, component)
    pointers = {name: model.get_value_ptr(name) for name in names}
    for name, pointer in pointers.items():
        assert pointer.ndim == 1, name
        assert pointer.dtype == np.float64, name
        assert pointer.flags.c_contiguous, name
    for i in range(steps_of(component)):
        adapter.step(row(component, i))
    for name, value in component.parameters.items():
        adapter.set_parameter(name, value)
    model.update()
    assert model.get_value_ptr(names[0]) is pointers[names[0]]
    model.finalize()
    for name in names:
        assert model.get_value_ptr(name) is pointers[name], name


@each_model
def test_pointers_see_what_getters_give(component: Component, tmp_path: Path) -> None:
    adapter = NgenAdapter(component, tmp_path)
    pointers = {name: adapter.model.get_value_ptr(name) for name in published(adapter.model)}
    before = {name: pointer.copy() for name, pointer in pointers.items()}
    for i in range(steps_of(component)):
        outputs = adapter.step(row(component, i))
        for name, value in outputs.items():
            assert pointers[name][0] == value, name
    changed = [name for name, pointer in pointers.items() if not np.array_equal(pointer, before[name])]
    assert len(changed) > 3


@each_component
def test_getters_fill_dest_and_return_it(component: Component, tmp_path: Path) -> None:
    adapter = NgenAdapter(component, tmp_path, component.parameters)
    for i in range(min(2, steps_of(component))):
        adapter.step(row(component, i))
    model = adapter.model
    for name in answering(model, component):
        values = model.get_value_ptr(name)
        dest = np.full(values.shape, -999.25)
        assert model.get_value(name, dest) is dest
        np.testing.assert_array_equal(dest, values)
        inds = np.arange(values.size, dtype=np.int32)[::-1].copy()
        dest = np.full(values.shape, -999.25)
        assert model.get_value_at_indices(name, dest, inds) is dest
        np.testing.assert_array_equal(dest, values[::-1])
        dest[:] = 4711.0
        assert not np.any(model.get_value_ptr(name) == 4711.0)


@each_model
def test_set_value_copies_into_its_own_buffer(component: Component, tmp_path: Path) -> None:
    model = started(component, tmp_path)
    for name in model.get_input_var_names():
        pointer = model.get_value_ptr(name)
        values = row(component, 1)[name].copy()
        expected = values.copy()
        model.set_value(name, values)
        values[:] = -4711.0
        np.testing.assert_array_equal(pointer, expected)
        assert model.get_value_ptr(name) is pointer
        assert not np.shares_memory(pointer, values)
        model.set_value_at_indices(name, np.array([0], dtype=np.int32), np.array([0.125]))
        np.testing.assert_array_equal(pointer, [0.125, *expected[1:]])


@each_component
def test_set_value_of_a_wrong_length_names_variable_and_lengths(component: Component, tmp_path: Path) -> None:
    adapter = NgenAdapter(component, tmp_path, component.parameters)
    model = adapter.model
    for name in (*model.get_input_var_names(), *component.parameters):
        size = model.get_value_ptr(name).size
        before = model.get_value_ptr(name).copy()
        for wrong in (0, size + 1):
            with pytest.raises(ValueError, match=rf"{size}.*{wrong}") as caught:
                model.set_value(name, np.zeros(wrong))
            assert name in str(caught.value)
        np.testing.assert_array_equal(model.get_value_ptr(name), before)


@each_component
def test_unknown_names_are_key_errors_that_list_what_exists(component: Component, tmp_path: Path) -> None:
    model = NgenAdapter(component, tmp_path, component.parameters).model
    calls = {
        "type": lambda name: model.get_var_type(name),
        "units": lambda name: model.get_var_units(name),
        "itemsize": lambda name: model.get_var_itemsize(name),
        "nbytes": lambda name: model.get_var_nbytes(name),
        "grid": lambda name: model.get_var_grid(name),
        "location": lambda name: model.get_var_location(name),
        "pointer": lambda name: model.get_value_ptr(name),
        "value": lambda name: model.get_value(name, np.zeros(1)),
        "at indices": lambda name: model.get_value_at_indices(name, np.zeros(1), np.array([0])),
        "set": lambda name: model.set_value(name, np.zeros(1)),
        "set at indices": lambda name: model.set_value_at_indices(name, np.array([0]), np.zeros(1)),
    }
    for call, ask in calls.items():
        with pytest.raises(KeyError) as caught:
            ask("no_such_variable")
        message = str(caught.value)
        assert "no_such_variable" in message, call
        for name in published(model):
            assert name in message, call


@each_model
def test_update_until_takes_whole_steps(component: Component, tmp_path: Path) -> None:
    one, many = started(component, tmp_path), started(component, tmp_path)
    for model in (one, many):
        for name, values in row(component, 1).items():
            model.set_value(name, values)
    for _ in range(5):
        one.update()
    many.update_until(5 * component.time_step)
    assert one.get_current_time() == many.get_current_time() == 5 * component.time_step
    many.update_until(5 * component.time_step)  # no step at all
    assert many.get_current_time() == 5 * component.time_step
    for name in one.get_output_var_names():
        np.testing.assert_array_equal(one.get_value_ptr(name), many.get_value_ptr(name), err_msg=name)


@each_component
@pytest.mark.parametrize("target", [1800.0, 3600.5, 10801.0, 3599.0, -3600.0, np.inf, -np.inf, np.nan])
def test_update_until_between_steps_or_back_names_both_times(
    component: Component, tmp_path: Path, target: float
) -> None:
    model = started(component, tmp_path)
    for name, values in row(component, 0).items() if component.forcing else ():
        model.set_value(name, values)
    model.update()
    with pytest.raises(ValueError) as caught:
        model.update_until(target)
    assert "3600" in str(caught.value)
    assert f"{target:.15g}" in str(caught.value)
    assert model.get_current_time() == 3600.0


@each_component
def test_finalize_may_be_called_any_number_of_times_and_updates_end(component: Component, tmp_path: Path) -> None:
    component.factory().finalize()
    adapter = NgenAdapter(component, tmp_path, component.parameters)
    adapter.step(row(component, 0) if component.forcing else {})
    outputs = {name: adapter.read_scalar(name) for name in adapter.outputs}
    adapter.model.finalize()
    adapter.model.finalize()
    assert {name: adapter.read_scalar(name) for name in adapter.outputs} == outputs
    with pytest.raises(RuntimeError, match=r"finalize|initialize"):
        adapter.model.update()
    with pytest.raises(RuntimeError):
        component.factory().update()


@each_model
def test_initialize_again_starts_anew(component: Component, tmp_path: Path) -> None:
    fresh = run(component, tmp_path)
    model = component.factory()
    if component.other_configuration is not None:
        (tmp_path / "other").mkdir()
        model.initialize(component.other_configuration(tmp_path / "other"))
    again = copy.copy(component)
    object.__setattr__(again, "factory", lambda: model)
    assert run(again, tmp_path) == fresh
    model.finalize()
    assert run(again, tmp_path) == fresh


@each_model
def test_instances_share_nothing(component: Component, tmp_path: Path) -> None:
    alone = run(component, tmp_path)
    first, second = NgenAdapter(component, tmp_path), NgenAdapter(component, tmp_path)
    for i in range(steps_of(component)):
        assert first.step(row(component, i)) == alone[i]
        second.step(row(component, (i + 1) % steps_of(component)))


@each_model
def test_parameters_set_after_initialize_take_effect_in_any_order(component: Component, tmp_path: Path) -> None:
    plain = run(component, tmp_path)
    calibrated = run(component, tmp_path, dict(component.parameters))
    assert calibrated != plain
    backwards = started(component, tmp_path)
    for name in sorted(component.parameters, reverse=True):
        backwards.set_value(name, np.array([component.parameters[name]]))
    for i in range(steps_of(component)):
        for name, values in row(component, i).items():
            backwards.set_value(name, values)
        backwards.update()
        assert {name: float(backwards.get_value_ptr(name)[0]) for name in calibrated[i]} == calibrated[i]


@each_model
def test_a_refused_input_changes_nothing(component: Component, tmp_path: Path) -> None:
    """After the error the same step can be done with better values."""
    right = run(component, tmp_path)
    adapter = NgenAdapter(component, tmp_path)
    for i in range(steps_of(component)):
        name = adapter.names("input")[i % 2]
        bad = row(component, i) | {name: np.array([np.nan])}
        before = [adapter.read_pointer(key).copy() for key in MASS_BALANCE]
        with pytest.raises(ValueError, match=name):
            adapter.step(bad)
        assert adapter.model.get_current_time() == i * 3600.0
        np.testing.assert_array_equal(before, [adapter.read_pointer(key) for key in MASS_BALANCE])
        assert adapter.step(row(component, i)) == right[i]


@each_model
def test_forcing_that_never_came_is_an_error_and_not_a_drought(component: Component, tmp_path: Path) -> None:
    """Every published input has to be given, one missing at a time."""
    for missing in component.forcing:
        model = started(component, tmp_path)
        for name, values in row(component, 1).items():
            if name != missing:
                model.set_value(name, values)
        with pytest.raises(ValueError, match=missing):
            model.update()


@each_model
def test_outputs_and_ledger_cannot_be_set(component: Component, tmp_path: Path) -> None:
    model = started(component, tmp_path)
    for name in (*model.get_output_var_names(), *MASS_BALANCE):
        before = model.get_value_ptr(name).copy()
        with pytest.raises(ValueError, match=name):
            model.set_value(name, np.full(1, 4711.0))
        np.testing.assert_array_equal(model.get_value_ptr(name), before)


@each_component
def test_grid_is_one_scalar(component: Component) -> None:
    model = component.factory()
    assert model.get_grid_type(0) == "scalar"
    assert model.get_grid_size(0) == model.get_grid_node_count(0) == 1
    assert model.get_grid_rank(0) == 0
    for ask in (model.get_grid_type, model.get_grid_size, model.get_grid_rank, model.get_grid_node_count):
        with pytest.raises(ValueError, match="7"):
            ask(7)
    empty = np.zeros(1)
    for name in (
        "shape",
        "spacing",
        "origin",
        "x",
        "y",
        "z",
        "edge_nodes",
        "face_edges",
        "face_nodes",
        "nodes_per_face",
    ):
        with pytest.raises(NotImplementedError):
            getattr(model, f"get_grid_{name}")(0, empty)
    for name in ("edge_count", "face_count"):
        with pytest.raises(NotImplementedError):
            getattr(model, f"get_grid_{name}")(0)


class _Mistaken(BmiConstants):
    """Breaks one rule, to show that the adapter of these tests notices."""

    def __init__(self, **overrides: Any) -> None:
        super().__init__()
        for name, answer in overrides.items():
            setattr(self, name, answer)


@pytest.mark.parametrize(
    "overrides",
    [
        {"get_var_type": lambda name: "double"},
        {"get_var_type": lambda name: "float32"},
        {"get_var_itemsize": lambda name: 4},
        {"get_output_item_count": lambda: 0},
        {"get_output_var_names": lambda: ["a"]},
        {"get_value_at_indices": lambda name, dest, inds: np.ones(1)},
        {"update": lambda: None},
    ],
    ids=["double", "float32", "itemsize", "count", "list", "dest", "time"],
)
def test_the_adapter_of_these_tests_notices_mistakes(tmp_path: Path, overrides: dict[str, Any]) -> None:
    component = Component(
        "mistaken", lambda: _Mistaken(**overrides), lambda folder: "/dev/null", {}, {"a(1,double,m,node)": 1.0}
    )
    with pytest.raises(NgenAborts):
        NgenAdapter(component, tmp_path, component.parameters).step({})


class _MassAsNumber(BmiConstants):
    def get_value_ptr(self, name: str) -> Any:
        return np.array(0.0) if name == "ngen::mass_in" else super().get_value_ptr(name)


def test_the_adapter_of_these_tests_notices_a_mass_of_no_dimension(tmp_path: Path) -> None:
    with pytest.raises(NgenAborts, match="dimensions"):
        NgenAdapter(Component("mistaken", _MassAsNumber, lambda folder: "/dev/null"), tmp_path)
