"""The hydrofabric: which catchments take part, and whether ngen finds what it needs of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ngen_harness.checking.documents import Document
from ngen_harness.checking.findings import Findings, Reporter, Severity
from ngen_harness.errors import HydrofabricError
from ngen_harness.hydrofabric import Feature, area_km2, drainage_order, read_features, select_features
from ngen_harness.plan import Ids, wanted_ids

_SEVERITIES = {
    "duplicate-id": Severity.SILENT,
    "unknown-id": Severity.SILENT,
    "id": Severity.ABORT,
    "empty": Severity.ABORT,
}
_FIXES = {
    "duplicate-id": "keep one of them",
    "unknown-id": "correct the list of ids; ngen runs only what it finds",
    "id": "rename it, and whatever refers to it",
    "empty": "give a file or ids that select something",
}


def check_basin(
    document: Document,
    findings: Findings,
    catchments: str | Path | None,
    catchment_ids: Ids,
    nexus: str | Path | None,
    nexus_ids: Ids,
) -> dict[str, Feature | None]:
    """Find the catchments that take part and report what is wrong with them.

    Parameters
    ----------
    document : Document
        The realization.
    findings : Findings
        Where findings go.
    catchments, nexus : str, Path or None
        The files.
    catchment_ids, nexus_ids : str or iterable of str
        "all", or ids.

    Returns
    -------
    dict
        Catchment id -> feature, None without a usable file. One catchment with an empty id stands for those that
        are not known.
    """
    wanted = wanted_ids(catchment_ids)
    everything = _features(catchments, "divides", findings) if catchments is not None else None
    if everything is None:
        return _without_file(document, findings, wanted, catchments is not None)
    file = str(catchments)
    report = findings.at(file)
    features = _select(everything, wanted, "divides", report)
    _check_listed(document, [feature.id for feature in everything], file, findings)
    for feature in features:
        _check_area(feature, file, findings.at(file, "", feature.id))
        if document.readable and document.entry(feature.id) is None:
            findings.at(document.file, "catchments", feature.id).abort(
                "no-configuration",
                "the catchment is not listed, and there is no 'global' block to fall back to ('map::at')",
                "list it, or add a 'global' block",
            )
    nexuses = _features(nexus, "nexus", findings) if nexus is not None else None
    if nexuses is not None:
        nexuses = _select(nexuses, wanted_ids(nexus_ids), "nexus", findings.at(str(nexus)))
    try:
        drainage_order(features, nexuses or [])
    except HydrofabricError as error:
        report.abort("loop", str(error), "correct the 'toid' of one of them")
    if nexuses is not None:
        known = {entry.id for entry in nexuses}
        for feature in features:
            if feature.downstream not in known:
                target = feature.downstream
                findings.at(file, "", feature.id).works(
                    "nexus",
                    f"drains into {target}, which is not among the nexuses" if target else "has no 'toid'",
                    "its flow is not written; select the nexus as well, or leave it if that is meant",
                )
    return {feature.id: feature for feature in features}


def _features(path: str | Path, layer: str, findings: Findings) -> list[Feature] | None:
    """Read all features of a file; None if it cannot be used."""
    try:
        return read_features(path, layer)
    except HydrofabricError as error:
        advice = "give a GeoJSON or GeoPackage file that can be read"
        findings.at(str(path)).abort("hydrofabric", str(error).removeprefix(f"{path}: "), advice)
        return None


def _select(features: list[Feature], wanted: Iterable[str] | None, layer: str, report: Reporter) -> list[Feature]:
    """Keep the wanted features and report what is wrong with the ids."""
    selected, problems = select_features(features, wanted, layer)
    for code, message in problems:
        report.report(_SEVERITIES[code], code, message, _FIXES[code])
    return selected


def _without_file(
    document: Document, findings: Findings, wanted: list[str] | None, given: bool
) -> dict[str, Feature | None]:
    """Catchments that the realization lists."""
    names = [name for name in document.catchments if wanted is None or name in wanted]
    for name in wanted or ():
        if name not in document.catchments and not given:
            findings.at(document.file, "catchments", name).works(
                "not-checked",
                "the catchment is not listed, and without a catchment file there is nothing to find it in",
                "give the catchment file (--catchments FILE)",
            )
    if not names and document.readable:
        if not given:
            findings.at(document.file).works(
                "not-checked",
                "the realization lists no catchments, so no {{id}} can be filled in: only what does not depend on "
                "the catchment has been checked",
                "give the catchment file (--catchments FILE)",
            )
        return {"": None}
    return dict.fromkeys(names)


def _check_listed(document: Document, known: list[str], file: str, findings: Findings) -> None:
    """Report entries of the realization that are for no catchment of the file."""
    for name in document.catchments:
        if name not in known:
            findings.at(document.file, f"catchments.{name}").works(
                "unused-catchment",
                f"is not a catchment of {file}: ngen passes over it",
                "correct the id, or remove the entry",
            )


def _check_area(feature: Feature, file: str, report: Reporter) -> None:
    try:
        area_km2(feature, file)
    except HydrofabricError as error:
        value = feature.properties.get("areasqkm", feature.properties.get("area_sqkm"))
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        severity = Severity.SILENT if number else Severity.ABORT
        report.report(severity, "area", str(error).removeprefix(f"{file}: "), "add the property 'areasqkm', in km2")
