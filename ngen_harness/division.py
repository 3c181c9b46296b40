"""Cut a run into parts, and put the results together as if it had never been cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ngen_harness.config import OutputConfig
from ngen_harness.context import RunContext
from ngen_harness.part import Assignment, PartResult
from ngen_harness.plan import Plan
from ngen_harness.timetable import Timetable


def assign(
    plan: Plan, context: RunContext, output: OutputConfig, timetable: Timetable, parts: int = 1
) -> list[Assignment]:
    """Cut a run into parts.

    Parameters
    ----------
    plan : Plan
        The run.
    context, output, timetable
        As in `Assignment`.
    parts : int
        How many, at most one for each catchment; neighbours go to different parts, since they often cost the same.

    Returns
    -------
    list of Assignment
        One for each part.
    """
    # ngen finalizes by id, descending
    endings = sorted(plan.order, key=lambda name: name.encode(), reverse=True)
    assignments = []
    for part in range(parts):
        names = set(plan.order[part::parts])
        assignments.append(
            Assignment(
                tuple((place, job) for place, job in enumerate(plan.jobs) if job.catchment_id in names),
                tuple((place, name) for place, name in enumerate(plan.order) if name in names),
                tuple((place, name) for place, name in enumerate(endings) if name in names),
                # a single part works in the run's own context; others begin with nothing open and nothing said
                context if parts == 1 else context.fresh(),
                output,
                timetable,
                plan.failure,
            )
        )
    return assignments


def merge(plan: Plan, results: Sequence[PartResult]) -> PartResult:
    """Put parts together, in the order in which a serial run would have them.

    Parameters
    ----------
    plan : Plan
        The run.
    results : sequence of PartResult
        Of all parts.
    """
    merged = PartResult()
    for result in results:
        merged.series.update(result.series)
        merged.flows.update(result.flows)
        merged.ledgers.update(result.ledgers)
    return replace(
        merged,
        series={name: merged.series[name] for name in plan.order},
        ledgers={name: merged.ledgers[name] for name in plan.order},
    )


def nexus_flows(plan: Plan, flows: dict[str, NDArray[np.float64]], steps: int) -> dict[str, NDArray[np.float64]]:
    """Add up what reaches each nexus, in the order of the catchments: sums depend on it in the last digit.

    Parameters
    ----------
    plan : Plan
        The run.
    flows : dict
        Catchment id -> flow in m3/s, shape (steps,).
    steps : int
        Number of steps.

    Returns
    -------
    dict
        Nexus id -> flow in m3/s, shape (steps,).
    """
    sums = {name: np.zeros(steps) for name in plan.nexuses}
    targets = {job.catchment_id: job.nexus for job in plan.jobs}
    for name in plan.order:
        target = targets[name]
        if target is not None and name in flows:
            sums[target] += flows[name]
    return sums
