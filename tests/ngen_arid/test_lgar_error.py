"""ngen-arid lgar-error: the cases, the runs, and what is written."""

import csv

import numpy as np
import pytest

from hydro_physics.soil_classes import CARSEL_PARRISH_1988 as SOILS
from ngen_arid.__main__ import main
from ngen_arid.lgar_error import as_text
from ngen_arid.lgar_error_cases import GROUPS, STEP_H, STORMS, cases
from ngen_arid.lgar_error_runs import VARIANTS, Result, batches, changes, run_cases, run_lgar, run_richards

PNG = b"\x89PNG\r\n\x1a\n"
EXACT, CLOSED_FORM, TALSMA_PARLANGE = VARIANTS


@pytest.fixture(scope="module")
def results():
    return run_cases(cases(quick=True))


def test_every_soil_storm_and_suction_is_there_once():
    found = cases()
    assert len(found) == len({(case.group, case.name) for case in found}) == 5 * 3 * (12 + 6 + 6 + 12)
    assert [case.name for case in found] == [case.name for case in cases()], "stacks are seeded"
    assert {case.soils[0] for case in found if case.group == "one soil"} == set(SOILS)
    for case in found:
        ks = [SOILS[name].ks for name in case.soils]
        if case.group == "fine over coarse":
            assert ks[0] < ks[1]
        if case.group == "coarse over fine":
            assert ks[0] > ks[1]
        assert len(case.thickness) == len(case.soils)


def test_storms_have_the_rain_that_their_meanings_say():
    assert [storm.rain.sum() * STEP_H for storm in STORMS] == pytest.approx([9.0, 12.0, 9.0, 12.0, 16.0])
    assert [storm.rain.size * STEP_H for storm in STORMS] == [2.25, 10.0, 13.0, 10.0, 124.0]
    dry = STORMS[-1]
    assert dry.pet.sum() * STEP_H / 5.0 == pytest.approx(6.0, rel=0.01)
    assert (dry.pet[dry.rain > 0.0] == 0.0).all()


def test_batches_hold_each_case_once():
    chosen = cases()
    found = batches(chosen)
    assert sorted(k for batch in found for k in batch) == list(range(len(chosen)))
    assert all(len({chosen[k].storm.name for k in batch}) == 1 for batch in found)


def test_both_models_share_out_all_rain(results):
    for result in results:
        rain = result.case.rain.sum() * STEP_H / 10.0
        for totals in (result.richards, *result.lgar.values()):
            assert totals[0] + totals[1] == pytest.approx(rain, rel=1e-9)


def test_errors_are_those_that_are_known(results):
    """A sandy loam under 4 Ks: Green and Ampt's law 17 to 20 % too wet, Talsma and Parlange's within 2 %."""
    by_name = {result.case.name: result for result in results}
    long = by_name["sandy loam, long, 1000 cm"]
    assert 0.16 < long.error(EXACT) < 0.20
    assert abs(long.error(TALSMA_PARLANGE)) < 0.02
    # no capillary barrier
    barrier = by_name["sandy loam over sand, long, 1000 cm"]
    assert barrier.error(EXACT) > 1.0
    assert 0.0 < barrier.error(TALSMA_PARLANGE) < 0.75 * barrier.error(EXACT)
    assert abs(by_name["sand over sandy loam, long, 1000 cm"].error(EXACT)) < 0.1


def test_an_error_is_relative_and_left_out_where_there_is_nothing_to_be_relative_to(results):
    case = results[0].case
    rain = case.rain.sum() * STEP_H / 10.0
    result = Result(case, np.array([2.0, 5e-4 * rain, 0.0]), {EXACT: np.array([3.0, 1.0, 1.0])})
    assert result.error(EXACT) == 0.5
    assert np.isnan(result.error(EXACT, "surface_runoff"))
    assert np.isnan(result.error(EXACT, "actual_evapotranspiration"))


def test_neither_finer_cells_nor_a_deeper_column_change_what_infiltrates(results):
    which = [k for k, result in enumerate(results) if result.case.column in ("loam", "sand over sandy loam")]
    assert len(which) == 4
    assert np.abs(changes(results, which)).max() < 0.002
    for k in which:
        case = results[k].case
        deep = case._replace(thickness=(*case.thickness[:-1], 1.5 * case.thickness[-1]))
        assert run_richards([deep])[0, 0] == pytest.approx(results[k].richards[0], rel=1e-3)
        for name, options in VARIANTS.items():
            assert run_lgar([deep], options)[0, 0] == pytest.approx(results[k].lgar[name][0], rel=1e-6)


def test_files_and_table(tmp_path, capsys, results):
    output = tmp_path / "new" / "folder"
    assert main(["lgar-error", "--quick", "--output", str(output)]) == 0
    assert sorted(path.name for path in output.iterdir()) == ["lgar_error.csv", "lgar_error.png"]
    assert (output / "lgar_error.png").read_bytes().startswith(PNG)
    assert (output / "lgar_error.png").stat().st_size > 50_000
    with (output / "lgar_error.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(results) == 10
    for row, result in zip(rows, results, strict=True):
        assert row["soils"] == " / ".join(result.case.soils)
        found = float(row["talsma_parlange_infiltration[cm]"]) / float(row["richards_infiltration[cm]"]) - 1.0
        assert float(row["talsma_parlange_infiltration_error"]) == pytest.approx(found, abs=1e-5)
        assert row["exact_drive_evapotranspiration_error"] == "", "there is none in these storms"
    assert sum(row["richards_infiltration_change_if_finer"] != "" for row in rows) == 2
    printed = capsys.readouterr()
    assert as_text(results) in printed.out
    for group in GROUPS:
        assert group in printed.out
    assert printed.err == "", "no progress bar off a terminal"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["lgar-error", "--quick", "--output", str(tmp_path / "file")]) == 1
    assert "--output takes a folder" in capsys.readouterr().err
