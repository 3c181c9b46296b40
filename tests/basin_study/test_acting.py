"""Which parameters do anything where they ended."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pandas")
pytest.importorskip("xarray")

import pandas as pd

from basin_study.acting import acts_in, changes_of
from basin_study.report_tables import parameter_summary
from basin_study.spaces import report_space
from tests.basin_study import result_cases as cases


def test_changes_are_the_largest_of_both_sides_within_the_cube():
    def flow(x):  # type: ignore[no-untyped-def]
        # the first acts below 0.5 only, the second not at all, the third is at its bound
        return np.array([1.0, min(x[0], 0.5), 0.0 * x[1], 10.0 * x[2] ** 2])

    found = changes_of(flow, np.array([0.5, 0.3, 1.0]))
    np.testing.assert_allclose(found, [0.05, 0.0, 10.0 * (1.0 - 0.95**2)], rtol=1e-12)
    # a move ends at the bound
    np.testing.assert_allclose(changes_of(flow, np.array([0.02, 0.0, 0.0]))[0], 0.05, rtol=1e-12)


def test_a_side_without_a_meaning_is_left_out():
    def flow(x):  # type: ignore[no-untyped-def]
        if x[0] > 0.5 or x[1] != 0.5:
            raise ValueError("no meaning")
        return x[:1]

    np.testing.assert_allclose(changes_of(flow, np.array([0.5, 0.5])), [0.05, np.nan], rtol=1e-12)


def test_the_share_counts_basins_with_a_known_change():
    rows = [("m", "b", 1e-3), ("m", "b", 1e-6), ("m", "b", np.nan), ("m", "Klf", 0.0), ("n", "b", 1.0)]
    acting = pd.DataFrame(rows, columns=["model", "parameter", "change"])
    assert acts_in(acting, "m", "b") == 50.0
    assert acts_in(acting, "m", "Klf") == 0.0
    assert np.isnan(acts_in(acting, "lgar", "b"))


def test_the_table_of_parameters_has_units_and_shares():
    table = cases.parameters(cases.scores(cases.attributes(6), ("cfe_ode", "lgar")))
    acting = pd.DataFrame([("cfe_ode", "Klf", 0.1), ("cfe_ode", "Klf", 0.0)], columns=["model", "parameter", "change"])
    spaces = {model.name: model.space for model in cases.settings(cases.Path(), ("cfe_ode", "lgar")).models}
    found = parameter_summary(table, ("cfe_ode", "lgar"), spaces, acting).set_index(["model", "parameter"])
    units = {r.name: r.unit for r in report_space().ranges}
    assert found.loc["cfe_ode", "unit"].to_dict() == units
    assert found.loc[("lgar", "ks_1"), "unit"] == "cm h-1"
    assert found.loc[("cfe_ode", "Klf"), "acts in [%]"] == 50.0
    assert found["acts in [%]"].isna().sum() == len(found) - 1
    assert "acts in [%]" not in parameter_summary(table)
    assert set(parameter_summary(table)["unit"]) == {"–"}
