"""Check a realization: the files, the basin, the forcing, the models and how they are connected."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ngen_harness.checking.basins import check_basin
from ngen_harness.checking.clocks import check_clock
from ngen_harness.checking.documents import Document, Entry, check_document
from ngen_harness.checking.findings import Finding, Findings, Reporter
from ngen_harness.checking.forcings import ForcingCheck, Offer
from ngen_harness.checking.masses import check_masses
from ngen_harness.checking.model_params import check_parameters
from ngen_harness.checking.outputs import check_outputs
from ngen_harness.checking.probes import Probe, ask, ask_names, probe_module
from ngen_harness.checking.states import check_states
from ngen_harness.checking.wiring import Wiring, connect
from ngen_harness.context import HOUR, RunContext, log
from ngen_harness.errors import HarnessError
from ngen_harness.hydrofabric import Feature
from ngen_harness.mode import Mode, make_mode
from ngen_harness.plan import Ids


def check(
    realization: str | Path,
    catchments: str | Path | None = None,
    catchment_ids: Ids = "all",
    nexus: str | Path | None = None,
    nexus_ids: Ids = "all",
    cwd: str | Path | None = None,
    *,
    version: str = "2026",
    substitute: bool = False,
) -> list[Finding]:
    """Find everything that keeps ngen from running a realization, or makes it run wrongly, without a time step.

    The models are created and initialized, get their parameters, the state that is to be restored and the inputs of
    the first hour, and are finalized; they are never updated, and nothing is saved. What they print goes to stderr.

    Parameters
    ----------
    realization : str or Path
        The realization JSON.
    catchments : str or Path, optional
        GeoJSON or GeoPackage with the catchments; without it those listed in the realization are checked.
    catchment_ids : str or iterable of str
        "all", or ids ("cat-1,cat-2" or a list).
    nexus : str or Path, optional
        GeoJSON or GeoPackage with the nexuses.
    nexus_ids : str or iterable of str
        As `catchment_ids`.
    cwd : str or Path, optional
        Folder that paths *in the realization* are relative to; default: the current folder, as in ngen.
    version : str
        Which ngen: "2026", or "2025" for what its fork of February 2025 does differently.
    substitute : bool
        Look at the Python component of this project in place of a compiled module, where there is one.

    Returns
    -------
    list of Finding
        The worst first; empty if there is nothing to say.

    Raises
    ------
    HarnessError
        `cwd` is no folder, or there is no such version.
    """
    mode = make_mode(False, version)
    folder = None if cwd is None else Path(cwd).resolve()
    if folder is not None and not folder.is_dir():
        raise HarnessError(f"{cwd}: no such folder (cwd, the folder that paths in the realization are relative to)")
    findings = Findings()
    with contextlib.redirect_stdout(sys.stderr), _silence():
        document = check_document(realization, findings, mode, substitute=substitute)
        basin = check_basin(document, findings, catchments, catchment_ids, nexus, nexus_ids)
        _check_catchments(document, basin, folder, mode, findings)
    return findings.sorted()


def _check_catchments(
    document: Document, basin: dict[str, Feature | None], folder: Path | None, mode: Mode, findings: Findings
) -> None:
    time = document.time
    start, steps = (0, None) if time is None else (time.start, time.steps)
    context = RunContext(start, start + ((steps or 1) - 1) * HOUR, folder, mode=mode)
    forcings = ForcingCheck(context, timed=time is not None)
    for name, feature in basin.items():
        entry = document.entry(name)
        if entry is None:
            continue
        report = findings.at(document.file, "", name)
        offer = forcings.check(entry.forcing, name, report)
        wiring = _check_modules(entry, name, feature, offer, context, steps, report)
        check_outputs(wiring, entry.multi, document.columns)
        _finalize(wiring.probes)
    context.close()


def _check_modules(
    entry: Entry,
    name: str,
    feature: Feature | None,
    offer: Offer,
    context: RunContext,
    steps: int | None,
    report: Reporter,
) -> Wiring:
    """Create the models of a catchment, look at each and at what is between them."""
    probes: list[Probe] = []
    multi = entry.multi
    for index, config in enumerate(entry.modules):
        if name:
            config = replace(config, init_config=config.init_config.replace("{{id}}", name))
        probe = probe_module(config, context, report)
        probes.append(probe)
        check_clock(probe, context, steps)
        check_parameters(probe, feature)
        ask_names(probe)
        check_masses(probe)
        # The id of a saved state is made of names that are known only if all of the formulation could be read.
        record_id = ""
        if name and entry.complete:
            whole = f"{name}.{index}:{config.model_type_name}:{multi.model_type_name}" if multi else ""
            record_id = whole or f"{name}:{config.model_type_name}"
        check_states(probe, name, record_id, context, timed=steps is not None)
    defaults = dict(multi.default_outputs) if multi is not None else {}
    several = multi is not None or not entry.complete
    wiring = Wiring(probes, offer, context, several, entry.complete, defaults)
    connect(wiring)
    return wiring


def _finalize(probes: list[Probe]) -> None:
    """End the models' lives."""
    for probe in probes:
        if probe.model is not None:
            _, failure = ask(probe.model.bmi.finalize)
            if failure:
                probe.report.abort(
                    "finalize", f"finalize() failed: {failure}; in ngen that ends the process", "let finalize not raise"
                )


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the harness's own warnings back: each is a finding."""

    def ours(record: logging.LogRecord) -> bool:
        return False

    log.addFilter(ours)
    try:
        yield
    finally:
        log.removeFilter(ours)
