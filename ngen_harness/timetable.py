"""The order of the steps of a run, and where ngen's own loop over time would abort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ngen_harness.config import Realization, TimeConfig
from ngen_harness.context import HOUR
from ngen_harness.errors import RealizationError, UnitConversionError
from ngen_harness.units import UnitConverter, seconds_per_unit

MISUSE = "the output_interval does not fit the simulated period, ngen aborts ('Simulation_Time misuse'); use 3600"
SUMMED = "ngen aborts ('Can not add water to a summed point nexus'): another layer of id 0 has already sent it on"
EMPTY = "ngen aborts ('Can not release water from an empty nexus'): no layer has brought water for this step"


@dataclass(frozen=True)
class Turn:
    """One layer makes one step.

    Attributes
    ----------
    step : int
        Number of the step in its layer, from 0.
    start : int
        Its begin, seconds since 1970.
    seconds : int
        Its length.
    catchments : frozenset of str or None
        Those that take part; None: all.
    """

    step: int
    start: int
    seconds: int = HOUR
    catchments: frozenset[str] | None = None


@dataclass(frozen=True)
class Timetable:
    """The turns of a run.

    Attributes
    ----------
    turns : sequence of Turn
        In order.
    abort : str
        Why ngen aborts after the last of them; empty: it does not.
    """

    turns: Sequence[Turn]
    abort: str = ""

    @cached_property
    def rows(self) -> int:
        """Number of steps that need room in the results."""
        return 1 + max((turn.step for turn in self.turns), default=0)


@dataclass
class _Layer:
    """Progress of one layer; its clock stops at the last step, as ngen's does."""

    id: int
    seconds: int
    period: int
    done: int = 0

    @property
    def steps(self) -> int:
        return self.period // self.seconds + 1

    @property
    def clock(self) -> int:
        return min(self.done, self.steps - 1) * self.seconds


@dataclass
class _Waters:
    """What has come to the nexuses and what was sent on, by nexus and step."""

    nexus_of: Mapping[str, str | None]
    came: set[tuple[str, int]] = field(default_factory=set)
    left: set[tuple[str, int]] = field(default_factory=set)

    def bring(self, catchments: Sequence[str], step: int) -> int | None:
        """Add the catchments' water; the position of the one whose nexus takes no more, or None."""
        for position, name in enumerate(catchments):
            nexus = self.nexus_of.get(name)
            if nexus is None:
                continue
            if (nexus, step) in self.left:
                return position
            self.came.add((nexus, step))
        return None

    def send(self, step: int) -> bool:
        """Send on what has come for a step; False if a nexus has nothing."""
        due = {(nexus, step) for nexus in self.nexus_of.values() if nexus is not None}
        if not due <= self.came:
            return False
        self.left |= due
        return True


def hourly(time: TimeConfig) -> Timetable:
    """Make the timetable of a run without layers: all catchments, hour by hour.

    Parameters
    ----------
    time : TimeConfig
        The simulated period.
    """
    turns = [Turn(step, time.start + step * HOUR) for step in range(time.steps)]
    return Timetable(turns, MISUSE if time.misuse else "")


def layered(
    time: TimeConfig,
    layers: Sequence[tuple[int, int]],
    layer_of: Mapping[str, int],
    nexus_of: Mapping[str, str | None],
) -> Timetable:
    """Make the timetable of a run with layers, as far as ngen's loop comes.

    Layers run from the highest id to 0, none ahead of the one before it nor of the output time; layer 0 empties the
    nexuses after each of its steps. ngen has a layer 0 of an hour of its own, which an entry with id 0 doubles, and it
    hands out the lengths of steps before it sorts the layers, so they may end up with each other's.

    Parameters
    ----------
    time : TimeConfig
        The simulated period.
    layers : sequence of (id, seconds)
        The ``layers`` block.
    layer_of : mapping
        Catchment -> layer, in the order in which catchments run.
    nexus_of : mapping
        Catchment -> nexus that gets its water, or None.

    Returns
    -------
    Timetable
    """
    ids = [0, *(number for number, _ in layers)]
    seconds = {0: HOUR, **dict(layers)}
    lengths = [seconds[number] for number in ids]
    period = time.end - time.start
    stack = [_Layer(number, length, period) for number, length in zip(sorted(ids, reverse=True), lengths, strict=True)]
    members = {number: [name for name in layer_of if layer_of[name] == number] for number in ids}
    waters = _Waters(nexus_of)
    turns: list[Turn] = []
    for target in range(0, period + 1, time.interval):
        before = target
        while True:
            for layer in stack:
                now = layer.clock
                if now > min(target, before):
                    before = now
                    continue
                if layer.done == layer.steps:
                    return Timetable(turns, MISUSE)
                before = now
                step = layer.done
                catchments = members[layer.id]
                full = waters.bring(catchments, step)
                part = catchments if full is None else catchments[: full + 1]
                turns.append(Turn(step, time.start + step * layer.seconds, layer.seconds, frozenset(part)))
                if full is not None:
                    return Timetable(turns, SUMMED)
                if layer.id == 0 and not waters.send(step):
                    return Timetable(turns, EMPTY)
                layer.done += 1
            if min(layer.clock for layer in stack) >= target:
                break
    return Timetable(turns)


def make_timetable(
    realization: Realization, layer_of: Mapping[str, int], nexus_of: Mapping[str, str | None], convert: UnitConverter
) -> Timetable:
    """Decide which catchments step when.

    Parameters
    ----------
    realization : Realization
        Period and layers.
    layer_of : mapping
        Catchment -> its property ``layer`` (0 if there is none), in the order in which catchments run.
    nexus_of : mapping
        Catchment -> nexus, or None.
    convert : UnitConverter
        For the units of the layers' time steps.

    Returns
    -------
    Timetable

    Raises
    ------
    RealizationError
        ngen may run these layers, but nobody has recorded what it does.
    """
    if not realization.layers:
        return hourly(realization.time)
    problems: list[str] = []
    layers: list[tuple[int, int]] = []
    for index, layer in enumerate(realization.layers):
        try:
            seconds = layer.time_step * seconds_per_unit(convert, layer.units)
        except UnitConversionError:
            problems.append(
                f"layers[{index}].time_step_units: is '{layer.units}'; expected a unit of time, such as 's'"
            )
            continue
        if seconds < 1 or seconds % 1:
            problems.append(f"layers[{index}].time_step: is {seconds:g} s; expected a whole number of seconds")
        layers.append((layer.id, int(seconds)))
    strangers = sorted(set(layer_of.values()) - {0, *(number for number, _ in layers)})
    if strangers:
        problems.append(f"layers: catchments belong to layer {strangers[0]}, which is not in the list")
    if problems:
        raise RealizationError(realization.path, problems)
    timetable = layered(realization.time, layers, layer_of, nexus_of)
    if not timetable.abort and any(turn.seconds != HOUR and turn.catchments for turn in timetable.turns):
        raise RealizationError(
            realization.path,
            ["layers: catchments would step by less or more than an hour, and what ngen writes then is not known"],
        )
    return timetable
