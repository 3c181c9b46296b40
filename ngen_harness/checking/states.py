"""Saving and restoring: whether the model takes part, the file can be used, and the state is of the right hour."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from ngen_harness.checking.findings import Reporter, Severity, split_advice
from ngen_harness.checking.probes import Probe, ask
from ngen_harness.checkpoint import UNITS, Checkpoint
from ngen_harness.checkpoint_file import Record
from ngen_harness.context import HOUR, RunContext, to_text
from ngen_harness.errors import CheckpointError
from ngen_harness.mode import Mode
from ngen_harness.serialization_config import RestoreConfig, SerializationConfig


def check_states(probe: Probe, catchment_id: str, record_id: str, context: RunContext, *, timed: bool) -> None:
    """Report what keeps a model's state from being saved or restored, and restore it.

    Parameters
    ----------
    probe : Probe
        A model with its parameters; gets the state that the realization asks for.
    catchment_id : str
        Its catchment.
    record_id : str
        What its state is called in the file; empty if that is not known.
    context : RunContext
        The run.
    timed : bool
        Whether the context's times are those of the realization.
    """
    config = probe.config.serialization
    # Without a path there is nothing to look at; the reader has reported it.
    if config is None or not config.path:
        return
    report = probe.report.at_key(config.where)
    report.works(
        "serialization",
        "saving and restoring is a pull request (serialization protocol v0.2): ngen as released until August 2026 "
        "ignores the block; what is said about it here holds for an ngen with that change, and for this harness",
        "build ngen with that change, or remove the block",
    )
    takes_part = probe.model is None or _check_support(probe, config)
    path = context.resolve(config.path)
    usable = _check_file(config, path, context, report)
    if takes_part and usable and config.restore is not None and record_id and probe.model is not None:
        _restore(probe, config, catchment_id, record_id, context, timed)


def _severity(fatal: bool) -> Severity:
    """Without ``fatal`` ngen goes on, with one warning among many."""
    return Severity.ABORT if fatal else Severity.SILENT


def _check_support(probe: Probe, config: SerializationConfig) -> bool:
    """Whether the model answers the exact units, by which ngen tells who takes part."""
    assert probe.model is not None
    wrong: list[str] = []
    for name, wanted in UNITS.items():
        units, failure = ask(probe.model.units, name)
        if failure:
            wrong.append(f"{name} is not offered ({failure})")
        elif units != wanted:
            wrong.append(f"{name} has the unit '{units}', expected '{wanted}'")
    if wrong:
        fatal = any(part is not None and part.fatal for part in (config.save, config.restore))
        probe.report.report(
            _severity(fatal),
            "state-support",
            f"{config.where} wants the state of {probe.config.model_type_name} saved or restored, but the model takes "
            f"no part in it: {'; '.join(wrong)}",
            'let get_var_units answer to the letter, or give the model "serialization": {"save": {"check": false}}',
        )
    return not wrong


def _check_file(config: SerializationConfig, path: Path, context: RunContext, report: Reporter) -> bool:
    """Whether there are saved states to be read; what is to be appended to must be readable, too."""
    save, restore = config.save, config.restore
    if save is not None:
        problem = _unwritable(path)
        if problem:
            folder = context.cwd or "the current folder"
            report.under("path").report(
                _severity(save.fatal),
                "state-path",
                f"states cannot be saved in '{config.path}': {problem}",
                f"make the folder, or give another path; paths are relative to {folder}",
            )
    if restore is None and not path.is_file():
        return False
    _, failure = ask(context.checkpoints.records, path, "")
    if failure:
        fatal = any(part is not None and part.fatal for part in (save, restore))
        why, fix = split_advice(failure, "give the file that the states were saved in, and that can be read")
        report.under("path").report(_severity(fatal), "state-file", why, fix)
    return not failure


def _unwritable(path: Path) -> str:
    """Why a file cannot be appended to; empty if it can."""
    if path.is_dir():
        return "it is a folder"
    if path.exists():
        return "" if os.access(path, os.W_OK) else "the file is write-protected"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return "" if os.access(path.parent, os.W_OK) else f"no file can be made in the folder {path.parent}"


def _restore(
    probe: Probe,
    config: SerializationConfig,
    catchment_id: str,
    record_id: str,
    context: RunContext,
    timed: bool,
) -> None:
    """Find the record, look at it, and give it to the model as a run would."""
    wanted = config.restore
    assert wanted is not None
    assert probe.model is not None
    report = probe.report.at_key(config.where).under("restore")
    # Every failure is to be seen, and what ngen does without a word is not to be refused but reported.
    strict = replace(config, save=None, restore=replace(wanted, fatal=True))
    lax = replace(context, mode=Mode(True, context.mode.version))
    module = replace(probe.config, serialization=strict)
    checkpoint = Checkpoint(probe.model, module, catchment_id, record_id, lax)
    # Written alike for all catchments, what is found is one finding.
    alike = record_id.replace(catchment_id, "<catchment>", 1)
    try:
        fitting = checkpoint.fitting()
    except CheckpointError as error:
        why, fix = split_advice(
            str(error).replace(record_id, alike), "give the step or timestamp of a state that is in the file"
        )
        report.report(_severity(wanted.fatal), "state-record", why, fix)
        return
    if not fitting:
        return
    _check_records(fitting, wanted, context, config.path, report, timed)
    bmi = probe.model.bmi
    before, _ = ask(lambda: float(bmi.get_current_time()))
    _, failure = ask(checkpoint.restore)
    if failure:
        # The message of the run begins with catchment and model, which the finding names anyway.
        text = failure.removeprefix(f"catchment {catchment_id}, model {probe.config.model_type_name}: ")
        why, fix = split_advice(
            text.replace(record_id, alike), "give a state that was saved by this model with this configuration"
        )
        probe.report.report(_severity(wanted.fatal), "state-refused", why, fix)
        return
    after, _ = ask(lambda: float(bmi.get_current_time()))
    if before is not None and after is not None and before != after:
        probe.report.silent(
            "state-clock",
            f"restoring moves the model's clock from {before:g} to {after:g}: ngen reads the forcing by that clock, "
            "so every step gets that of another hour",
            "let the model keep its time when its state is set",
        )


def _check_records(
    fitting: list[Record], wanted: RestoreConfig, context: RunContext, path: str, report: Reporter, timed: bool
) -> None:
    """Report a state of another hour, and one that is not the only candidate."""
    record = fitting[0]
    ready = record.timestamp + HOUR
    if timed and ready != context.start:
        report.silent(
            "state-date",
            f"{path}: a state of another date: step {record.step} began {to_text(record.timestamp)}, so its state is "
            f"that of {to_text(ready)}, and the simulation starts {to_text(context.start)}; nobody compares them",
            f"set time.start_time to {to_text(ready)}, or restore 'timestamp' {context.start - HOUR}",
        )
    records = context.checkpoints.records(context.resolve(path), record.id)
    if len(fitting) > 1:
        report.silent(
            "state-ambiguous",
            f"{path} has {len(fitting)} states of the model that fit (step {record.step}), probably of several runs; "
            "ngen takes the first",
            "save each run in a file of its own, or give a 'timestamp' that occurs once",
        )
    if wanted.timestamp is None and wanted.step is None and record.step > records[-1].step:
        report.silent(
            "state-latest",
            f"{path}: 'latest' is the highest step, {record.step}, though step {records[-1].step} was saved "
            "after it, probably by another run",
            "give 'timestamp', or save each run in a file of its own",
        )
