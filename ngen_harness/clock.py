"""How many steps ngen makes for a simulated period."""

from __future__ import annotations

from ngen_harness.context import HOUR


class ClockError(ValueError):
    """The time loop of ngen aborts; `done` is the number of steps that it makes before."""

    def __init__(self, interval: int, done: int) -> None:
        super().__init__(f"an output_interval of {interval} s does not fit the simulated period")
        self.done = done


def count_steps(period: int, interval: int) -> int:
    """Count the hourly steps that ngen makes between the first and the last hour, both included.

    ngen steps models by the hour whatever ``output_interval`` says. Another interval only changes how far its
    time loop gets: some steps at the end may be left out, or the loop asks for one step too many and aborts.

    Parameters
    ----------
    period : int
        Seconds from start_time to end_time.
    interval : int
        ``output_interval`` in seconds.

    Returns
    -------
    int
        Number of hourly steps.

    Raises
    ------
    ClockError
        With this period and interval ngen aborts.

    Examples
    --------
    >>> count_steps(7200, 3600), count_steps(7200, 1800), count_steps(4 * 3600, 7200)
    (3, 3, 4)
    """
    if interval == HOUR:
        return period // HOUR + 1
    available = period // HOUR + 1
    done = 0
    for output in range(period // interval + 1):
        target = output * interval
        # The clock of the models stops at the last step although ngen's loop may still want to move it.
        reached = min(done, available - 1) * HOUR
        if reached > target:
            continue
        now = -1
        while now < target:
            if done == available:
                raise ClockError(interval, done)
            done += 1
            now = min(done, available - 1) * HOUR
    return done
