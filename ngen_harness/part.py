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
from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.errors import HarnessError, MassBalanceError, SimulationError
from ngen_harness.forcing import CsvForcing, NullForcing
from ngen_harness.forcing_netcdf import NetcdfForcing
from ngen_harness.formulation import ModuleFormulation, Provider
from ngen_harness.mass_balance import Ledger
from ngen_harness.multi import MultiFormulation
from ngen_harness.outputs import Series
from ngen_harness.plan import Job

Formulation = ModuleFormulation | MultiFormulation

CREATING, OPENING = -2, -1
"""Stages before the time steps, which count from 0; finalizing comes after the last step."""


@dataclass(order=True)
class Place:
    """A moment of a run, in the order of a serial run.

    Attributes
    ----------
    stage : int
        `CREATING`, `OPENING`, the time step, or the number of steps for finalizing.
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
    steps : int
        Number of hourly steps.
    """

    jobs: tuple[tuple[int, Job], ...]
    order: tuple[tuple[int, str], ...]
    endings: tuple[tuple[int, str], ...]
    context: RunContext
    output: OutputConfig
    steps: int


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
        for position, job in assigned.jobs:
            self.place.position = position
            self._formulations[job.catchment_id] = _create(job, context)
        yield CREATING
        self.place.stage = OPENING
        jobs = {job.catchment_id: job for _, job in assigned.jobs}
        work = []
        for position, name in assigned.order:
            self.place.position = position
            formulation, job = self._formulations[name], jobs[name]
            series = self.result.series[name] = _series(formulation, assigned.steps, assigned.output)
            flow = None
            if job.nexus is not None and job.area is not None:
                flow = self.result.flows[name] = np.zeros(assigned.steps)
            work.append((position, name, formulation, series, flow, job.area or 0.0))
        yield OPENING
        for step in range(assigned.steps):
            time = to_text(context.start + step * HOUR)
            self.place.stage = step
            for position, name, formulation, results, flow, area in work:
                self.place.position = position
                try:
                    formulation.update(HOUR)
                    response = formulation.response()
                    for module in formulation.modules:
                        module.mass_balance.check(step, time)
                    if results.columns:
                        results.values[step] = formulation.output_values()
                except MassBalanceError:
                    raise
                except Exception as error:
                    raise _step_error(error, name, step, time, formulation.active) from error
                if flow is not None:
                    flow[step] = response * (area * 1000000) / 3600.0
            if step == assigned.steps - 1:
                self._read_ledgers()
            yield step

    def finalize(self) -> None:
        """Finalize every model once, in ngen's order.

        Raises
        ------
        SimulationError
            A model fails; the others are not finalized then.
        """
        self.place.stage = self._assignment.steps
        for position, name in self._assignment.endings:
            self.place.position = position
            formulation = self._formulations[name]
            try:
                formulation.finalize()
            except Exception as error:
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
        return Series(formulation.headers, np.empty((steps, len(formulation.headers))))
    return Series((), np.empty((0, 0)))


def _step_error(error: Exception, name: str, step: int, time: str, model: str) -> SimulationError:
    """Say where and when a step failed; a harness error speaks for itself, a model's error gets its type."""
    text = str(error) if isinstance(error, HarnessError) else f"{type(error).__name__}: {error}"
    return SimulationError(f"catchment {name}, time step {step} ({time}), model {model}: {text}")
