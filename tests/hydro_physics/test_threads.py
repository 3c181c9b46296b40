"""Rows shared among threads."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from hydro_physics.jit import njit
from hydro_physics.threads import run_rows, set_threads, thread_count, using_threads


def squares(first, last, values, results):
    results[first:last] = values[first:last] ** 2


@njit(inline=False, nogil=True)
def compiled_squares(first, last, values, results):
    for i in range(first, last):
        results[i] = values[i] ** 2


@pytest.mark.parametrize("kernel", [squares, compiled_squares])
@pytest.mark.parametrize("rows", [0, 1, 2, 7, 1000])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_row_is_done_once(kernel, rows, count):
    done = []
    lock = threading.Lock()

    def watched(first, last, *arrays):
        with lock:
            done.extend(range(first, last))
        kernel(first, last, *arrays)

    values, results = np.arange(rows, dtype=np.float64), np.zeros(rows)
    with using_threads(count):
        run_rows(watched, rows, values, results)
    assert sorted(done) == list(range(rows))
    np.testing.assert_array_equal(results, values**2)


def test_one_thread_takes_all_rows_in_one_call():
    calls = []
    with using_threads(1):
        run_rows(lambda first, last: calls.append((first, last)), 100)
    assert calls == [(0, 100)]


def test_several_threads_work_at_the_same_time():
    barrier = threading.Barrier(3, timeout=20.0)
    with using_threads(3):
        run_rows(lambda first, last: barrier.wait(), 3)


def test_no_more_threads_than_rows():
    seen = set()
    with using_threads(8):
        run_rows(lambda first, last: (seen.add(threading.get_ident()), time.sleep(0.02)), 2)
    assert len(seen) <= 2


@pytest.mark.parametrize("bad", [0, 37])
def test_an_error_in_a_thread_is_raised_and_ends_the_work(bad):
    done = []

    def fails(first, last):
        if first <= bad < last:
            raise ZeroDivisionError(f"row {bad}")
        time.sleep(0.01)
        done.append(first)

    with using_threads(2), pytest.raises(ZeroDivisionError, match=f"row {bad}"):
        run_rows(fails, 1600)
    # pieces of 100 rows: the one that fails is among the first, the others are not begun
    assert len(done) <= 3


def test_the_number_of_threads_comes_from_the_setting_then_the_environment_then_the_machine(monkeypatch):
    monkeypatch.setattr("hydro_physics.threads._chosen", [])
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    assert 1 <= thread_count() <= (os.cpu_count() or 1)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    assert thread_count() == 7
    with using_threads(3):
        assert thread_count() == 3
    assert thread_count() == 7
    set_threads(2)
    assert thread_count() == 2


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5"])
def test_a_senseless_number_in_the_environment_is_an_error(monkeypatch, text):
    monkeypatch.setattr("hydro_physics.threads._chosen", [])
    monkeypatch.setenv("NUMBA_NUM_THREADS", text)
    with pytest.raises(ValueError, match="NUMBA_NUM_THREADS: .*expected a number of threads"):
        thread_count()


def test_less_than_one_thread_is_refused():
    with pytest.raises(ValueError, match="0 threads; expected 1 or more"):
        set_threads(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_process_that_used_threads_can_fork():
    """As multiprocessing does by default on Linux; OpenMP's threads would hang here."""
    code = """
import multiprocessing
import numpy as np
from hydro_physics.threads import using_threads
from tests.hydro_physics.test_threads import compiled_squares, run_rows

def work(count):
    values, results = np.arange(9.0), np.zeros(9)
    with using_threads(count):
        run_rows(compiled_squares, 9, values, results)
    return results.sum()

assert work(3) == 204.0
with multiprocessing.get_context("fork").Pool(1) as pool:
    assert pool.map(work, [3]) == [204.0]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
