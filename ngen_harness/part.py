"""A part of a run's catchments through all steps: the whole run, or what one worker process does.

Nothing passes between catchments, so a run can be cut into parts. What a serial run does first is known by stage and
position, and that decides which of two warnings or errors counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ngen_harness.config import MultiConfig, OutputConfig
from ngen_harness.context import RunContext, to_text
from ngen_harness.errors import (
    FAILURES,
    CheckpointError,
    HarnessError,
    MassBalanceError,
    RealizationError,
    SimulationError,
)
from ngen_harness.forcing import CsvForcing, NullForcing
from ngen_harness.forcing_netcdf import NetcdfForcing
from ngen_harness.formulation import ModuleFormulation, Provider
from ngen_harness.mass_balance import Ledger
from ngen_harness.multi import MultiFormulation
from ngen_harness.outputs import Series
from ngen_harness.plan import Job
from ngen_harness.timetable import Timetable, Turn

Formulation = ModuleFormulation | MultiFormulation

CREATING, OPENING = -2, -1
"""Stages before the turns of the timetable, which count from 0; finalizing comes after the last of them."""


@dataclass(order=True)
class Place:
    """A moment of a run, in the order of a serial run.

    Attributes
    ----------
    stage : int
        `CREATING`, `OPENING`, the turn, or the number of turns for finalizing.
    position : int
        Place of the catchment among all those of the run, within the stage.
    """

    stage: int = CREATING
    position: int = 0


@dataclass(frozen=True)
class Assignment:
    """What a part has to do.

    Attributes
    ----------
    jobs : tuple of (int, Job)
        Its catchments in the order in which the models are created, with their positions among all jobs.
    order : tuple of (int, str)
        Catchment ids in the order in which they run within a step, with their positions.
    endings : tuple of (int, str)
        Catchment ids in the order in which they are finalized, with their positions.
    context : RunContext
        The run.
    output : OutputConfig
        Says whether the columns of catchment files are wanted.
    timetable : Timetable
        The steps of all catchments of the run.
    failure : HarnessError or None
        What ends the run when all models are created.
    """

    jobs: tuple[tuple[int, Job], ...]
    order: tuple[tuple[int, str], ...]
    endings: tuple[tuple[int, str], ...]
    context: RunContext
    output: OutputConfig
    timetable: Timetable
    failure: HarnessError | None = None


@dataclass(frozen=True)
class PartResult:
    """What became of the catchments of a part.

    Attributes
    ----------
    series : dict
        Catchment id -> columns of its file.
    flows : dict
        Catchment id -> what it gives to its nexus, m3/s, shape (steps,); only catchments that drain into one.
    ledgers : dict
        Catchment id -> model type name -> the last ledger that was checked.
    """

    series: dict[str, Series] = field(default_factory=dict)
    flows: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    ledgers: dict[str, dict[str, Ledger]] = field(default_factory=dict)


class Part:
    """Models of some catchments and their results.

    Parameters
    ----------
    assignment : Assignment
        What to do.

    Attributes
    ----------
    place : Place
        Where it is; after an error, where that happened.
    result : PartResult
        Complete after the last stage.
    """

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment
        self._formulations: dict[str, Formulation] = {}
        self.place = Place()
        self.result = PartResult()

    def stages(self) -> Iterator[int]:
        """Do everything up to the last step.

        Yields
        ------
        int
            Each stage, when it is complete.

        Raises
        ------
        HarnessError
            A model cannot be created, or a step fails.
        """
        assigned, context = self._assignment, self._assignment.context
        rows = assigned.timetable.rows
        for position, job in assigned.jobs:
            self.place.position = position
            self._formulations[job.catchment_id] = _create(job, context)
        if assigned.failure is not None:
            self.place.position = len(assigned.jobs)
            raise assigned.failure
        yield CREATING
        self.place.stage = OPENING
        jobs = {job.catchment_id: job for _, job in assigned.jobs}
        work = []
        for position, name in assigned.order:
            self.place.position = position
            formulation, job = self._formulations[name], jobs[name]
            series = self.result.series[name] = _series(formulation, rows, assigned.output)
            flow = None
            if job.nexus is not None and job.area is not None:
                flow = self.result.flows[name] = np.zeros(rows)
            work.append((position, job, formulation, series, flow))
        if assigned.output.refused:
            raise RealizationError(context.realization, [assigned.output.refused])
        yield OPENING
        done = {name: -1 for _, name in assigned.order}
        for stage, turn in enumerate(assigned.timetable.turns):
            self.place.stage = stage
            time = to_text(turn.start)
            for position, job, formulation, results, flow in work:
                name = job.catchment_id
                if turn.catchments is not None and name not in turn.catchments:
                    continue
                self.place.position = position
                if done[name] < turn.step:  # a second layer of one id asks for the same step again
                    self._update(formulation, turn, time, name)
                    done[name] = turn.step
                response = self._read(formulation, turn, time, name, results)
                if job.area_error is not None:
                    raise job.area_error
                if flow is not None and job.area is not None:
                    flow[turn.step] += response * (job.area * 1000000) / 3600.0
            if stage == len(assigned.timetable.turns) - 1:
                if assigned.timetable.abort:
                    raise SimulationError(f"after time step {turn.step} ({time}): {assigned.timetable.abort}")
                self._read_ledgers()
            yield stage

    def _update(self, formulation: Formulation, turn: Turn, time: str, name: str) -> None:
        """Let the models of a catchment make a step."""
        try:
            formulation.update(turn.seconds)
        except FAILURES as error:
            raise _step_error(error, name, turn.step, time, formulation.active) from error

    def _read(self, formulation: Formulation, turn: Turn, time: str, name: str, results: Series) -> float:
        """Read what a catchment gives to its nexus, and the columns of its file."""
        try:
            response = formulation.response()
            for module in formulation.modules:
                module.mass_balance.check(turn.step, time)
            for module in formulation.modules:
                module.checkpoint.save(turn.step, self._assignment.timetable.rows)
            if results.columns:
                results.values[turn.step] = formulation.output_values()
        except (MassBalanceError, CheckpointError):
            raise
        except FAILURES as error:
            raise _step_error(error, name, turn.step, time, formulation.active) from error
        return response

    def finalize(self) -> None:
        """Finalize every model once, in ngen's order.

        Raises
        ------
        SimulationError
            A model fails; the others are not finalized then.
        """
        self.place.stage = len(self._assignment.timetable.turns)
        for position, name in self._assignment.endings:
            self.place.position = position
            formulation = self._formulations[name]
            try:
                formulation.finalize()
            except FAILURES as error:
                raise SimulationError(
                    f"catchment {name}, model {formulation.active}: finalize failed: {type(error).__name__}: {error}"
                ) from error

    def close(self) -> None:
        """Close the files that the part reads from."""
        self._assignment.context.close()

    def _read_ledgers(self) -> None:
        for name, formulation in self._formulations.items():
            balances = [module.mass_balance for module in formulation.modules]
            self.result.ledgers[name] = {b.label: b.latest for b in balances if b.latest is not None}


def _create(job: Job, context: RunContext) -> Formulation:
    """Create the models of a catchment."""
    provider: Provider
    if job.forcing.provider == "null":
        provider = NullForcing()
    elif job.forcing.provider == "netcdf":
        provider = NetcdfForcing(job.forcing.path, job.catchment_id, context)
    else:
        provider = CsvForcing(job.forcing.path, context)
    if isinstance(job.formulation, MultiConfig):
        return MultiFormulation(job.formulation, job.catchment_id, provider, context)
    return ModuleFormulation(job.formulation, job.catchment_id, provider, context)


def _series(formulation: Formulation, steps: int, output: OutputConfig) -> Series:
    """Make room for a catchment's results."""
    if output.catchments:
        formulation.open_outputs()
        values = np.empty((steps, len(formulation.headers)))
        return Series(formulation.headers, values, formulation.number_format)
    return Series((), np.empty((0, 0)))


def _step_error(error: Exception | SystemExit, name: str, step: int, time: str, model: str) -> SimulationError:
    """Say where and when a step failed; a harness error speaks for itself, a model's error gets its type."""
    text = str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
    return SimulationError(f"catchment {name}, time step {step} ({time}), model {model}: {text}")
