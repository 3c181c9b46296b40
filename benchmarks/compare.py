"""``make bench-compare``: tell whether the code is slower than at the last kept results.

The commit of the newest file in ``benchmarks/results`` is checked out in a temporary git worktree. Each core workload
(:mod:`benchmarks.workloads`, always of this tree) runs alternately with the old and the new packages, every time in a
new process, with a cache of compiled code for each tree that is filled first. The rule is in :mod:`benchmarks.pairs`;
the exit status is 1 when it calls a row slower. Where there is no git, or not that commit, absolute figures are
compared in units of a yardstick, which is weaker, and said.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from benchmarks.common import ROOT, child, number, show_table
from benchmarks.machine import git, machine
from benchmarks.pairs import LEAST_PAIRS, QUARTILE, SLOWER, Verdict, judge, normalised
from benchmarks.record import read, rows_of
from benchmarks.workloads import WORKLOADS

PROGRAM = ROOT / "benchmarks" / "workloads.py"
RESULTS = ROOT / "benchmarks" / "results"
YARDSTICK = "limits/exp-loop"
REPETITIONS = "3"


class Tree(NamedTuple):
    """A checkout, and where its compiled code is kept."""

    path: Path
    cache: Path


class Line(NamedTuple):
    """A row of the comparison: medians in `unit`; no verdict where there is nothing to compare."""

    name: str
    unit: str
    old: float
    new: float
    verdict: Verdict | None
    why: str = ""


def newest(folder: Path = RESULTS) -> Path | None:
    """The kept results that were measured last, by the date in them."""
    files = sorted(folder.glob("*.json"))
    return max(files, key=lambda file: str(read(file)["project"]["date"])) if files else None


@contextmanager
def checkout(commit: str) -> Iterator[Path | None]:
    """A temporary worktree of a commit; None where there is no git or no such commit."""
    if git("cat-file", "-e", f"{commit}^{{commit}}") is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="bench-old-") as folder:
        place = Path(folder).resolve() / "tree"
        made = git("worktree", "add", "--detach", str(place), commit) is not None
        try:
            yield place if made else None
        finally:
            if made:
                git("worktree", "remove", "--force", str(place))


def once(tree: Tree, name: str, small: bool = False) -> dict[str, Any]:
    """Run a workload in a new process with the packages of a tree.

    Raises
    ------
    RuntimeError
        When it fails, or the packages came from elsewhere.
    """
    arguments = ("-P", str(PROGRAM), name, "--repetitions", REPETITIONS, *(("--small",) if small else ()))
    done = child(
        *arguments, path=tree.path, NUMBA_CACHE_DIR=str(tree.cache), NUMBA_NUM_THREADS="1", OMP_NUM_THREADS="1"
    )
    found = dict(json.loads(done.stdout.splitlines()[-1]))
    if Path(found["tree"]) != tree.path.resolve():
        raise RuntimeError(f"packages came from {found['tree']}, not from {tree.path}")
    return found


def alternate(old: Tree, new: Tree, name: str, pairs: int, small: bool = False) -> Line:
    """Run a workload old, new, old, new ..., after one run of each that compiles; what new code cannot do is raised."""
    unit = str(once(new, name, small)["unit"])
    try:
        once(old, name, small)
    except RuntimeError as error:
        return Line(name, unit, 0.0, 0.0, None, f"not comparable: the old code says: {error}")
    times: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(pairs):
        for is_new, tree in ((False, old), (True, new)):
            times[is_new].append(float(once(tree, name, small)["median"]))
    verdict = judge(times[False], times[True])
    return Line(name, unit, statistics.median(times[False]), statistics.median(times[True]), verdict)


def against_figures(results: dict[str, Any], new: Tree, name: str, pairs: int) -> Line:
    """Compare a workload with its recorded figure, both in units of the yardstick of their runs."""
    recorded = {row.name: row.timing.median for row in rows_of(results)}
    key = f"core/{name.replace('_', '-')}"
    unit = str(once(new, name)["unit"])
    if key not in recorded or YARDSTICK not in recorded:
        return Line(name, unit, 0.0, 0.0, None, f"not comparable: no {key} or no {YARDSTICK} among the kept results")
    values, yardsticks = [], []
    for _ in range(pairs):
        yardsticks.append(_yardstick(new))
        values.append(float(once(new, name)["median"]))
    verdict = normalised(recorded[key], recorded[YARDSTICK], values, yardsticks)
    return Line(name, unit, recorded[key], statistics.median(values), verdict)


def _yardstick(tree: Tree) -> float:
    code = (
        "from benchmarks import limits; from benchmarks.record import REGISTRY, rows_of\n"
        "limits.measure(True)\n"
        f"print(next(row.timing.median for row in REGISTRY.rows if row.name == {YARDSTICK!r}))\n"
    )
    return float(child("-c", code, NUMBA_CACHE_DIR=str(tree.cache)).stdout.splitlines()[-1])


def table(lines: list[Line]) -> None:
    """Print the comparison."""
    rows = []
    for line in lines:
        v = line.verdict
        cells = ["", "", "", "", "", "not comparable"]
        if v is not None:
            spread = f"{v.least:.2f} to {v.most:.2f}"
            cells = [number(line.old), number(line.new), f"{v.median:.3f}", f"{v.lower:.3f}", spread, v.words]
        rows.append((f"{line.name} [{line.unit}]", *cells))
    show_table(("workload", "old", "new", "new/old", "lower quartile", "least to most", "verdict"), rows)
    for line in lines:
        if line.why:
            print(f"  {line.name}: {line.why}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--commit", help="compare with this commit instead of that of the newest kept results")
    parser.add_argument("--pairs", type=int, default=7, help=f"pairs for each row, at least {LEAST_PAIRS} (default: 7)")
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, default=list(WORKLOADS))
    arguments = parser.parse_args()
    if arguments.pairs < LEAST_PAIRS:
        parser.error(f"--pairs {arguments.pairs}: expected {LEAST_PAIRS} or more")
    try:
        file = None if arguments.commit else newest()
    except ValueError as error:
        parser.error(str(error))
    if arguments.commit is None and file is None:
        parser.error("no results in benchmarks/results; keep some with make bench-keep, or name a --commit")
    results = read(file) if file else None
    commit = arguments.commit or (results and results["project"]["commit"]) or ""
    with checkout(commit) as place, tempfile.TemporaryDirectory(prefix="bench-cache-") as caches:
        new = Tree(ROOT, Path(caches) / "new")
        if place is None and results is None:
            parser.error(f"commit {commit}: git does not know it, and there are no results to compare with instead")
        if place is not None:
            full = git("rev-parse", commit) or commit
            print(f"old: {full[:10]}; new: this tree; {arguments.pairs} pairs of new processes, compiled first")
        elif results is not None:
            differs = {k for k, v in machine().items() if results["machine"].get(k) != v}
            print(f"commit {commit[:10] or '(none)'} is not here: comparing with the figures of {file and file.name},")
            print("in units of a loop of math.exp in either run. Weaker than pairs: take it as a hint.")
            if differs:
                print(f"Another machine or software than then: {', '.join(sorted(differs))}.")
        lines = []
        for name in tqdm(arguments.only, disable=None, leave=False):
            if place is not None:
                lines.append(alternate(Tree(place, Path(caches) / "old"), new, name, arguments.pairs))
            elif results is not None:
                lines.append(against_figures(results, new, name, arguments.pairs))
    table(lines)
    slower = [line.name for line in lines if line.verdict is not None and line.verdict.slower]
    rule = f"median ratio above {SLOWER:g} and lower quartile above {QUARTILE:g}"
    compared = sum(line.verdict is not None for line in lines)
    print(f"slower: {', '.join(slower)} ({rule})" if slower else f"none of {compared} is slower ({rule})")
    return 1 if slower else 0


if __name__ == "__main__":
    sys.exit(main())
