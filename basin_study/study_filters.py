"""Sections of a study file that say which basins count: filters before any work, and the screen of their data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from basin_study.camels_attributes import read_basin_list
from basin_study.dataset import DataError
from basin_study.screen import LIMITS, Limits
from basin_study.study_settings import DEFAULT_PERIODS, SelectionSettings
from dcfe.learning_section import LearningSection

MANY_EVENTS, MANY_MONTHS = 10**6, 8


def read_selection(section: LearningSection, folder: Path) -> SelectionSettings:
    """Filters that a study file asks for; without the section none.

    Parameters
    ----------
    section : LearningSection
    folder : Path
        Of the study file, at which relative paths start.
    """

    def optional(key: str, read: Callable[[str, float], float]) -> float | None:
        return read(key, 0.0) if section.take(key) is not None else None

    def share(key: str, default: float) -> float:
        return section.number(key, default, 0.0, 1.0)

    discrepancy = optional("area_discrepancy", share)
    largest = optional("max_area", section.positive)
    source, listed = section.text("list", ""), None
    if source:
        try:
            listed = read_basin_list(folder / source)
        except DataError as error:
            section.report("list", str(error))
        except UnicodeDecodeError:
            section.report("list", f"{folder / source}: is no text; one gauge a line is expected")
    observed = {}
    if section.take("min_observed_share") is not None:
        if not section.is_mapping("min_observed_share"):
            found = section.take("min_observed_share")
            section.report(
                "min_observed_share", f"expected periods with shares, such as {{test: 0.5}}, found {found!r}"
            )
        else:
            entry = section.section("min_observed_share")
            observed = {
                name: entry.number(name, 0.0, 0.0, 1.0) for name in DEFAULT_PERIODS if entry.take(name) is not None
            }
            entry.finish()
    section.finish()
    return SelectionSettings(discrepancy, largest, source, listed, observed)


def read_screen(section: LearningSection) -> Limits:
    """Limits of the data screen; those that a study file does not give are the defaults."""
    limits = LIMITS._replace(
        event_share=section.number("event_share", LIMITS.event_share, 0.0, 1.0),
        fewest_events=section.integer("fewest_events", LIMITS.fewest_events, 1, MANY_EVENTS),
        unanswered=section.number("unanswered", LIMITS.unanswered, 0.0, 1.0),
        delay=section.integer("delay", LIMITS.delay, 1, MANY_MONTHS),
    )
    section.finish()
    return limits
