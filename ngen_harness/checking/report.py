"""Findings as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from ngen_harness.checking.findings import Finding, Severity, worst

_TITLES = {
    Severity.ABORT: "ngen would abort",
    Severity.SILENT: "ngen would silently go wrong",
    Severity.WORKS: "works, but",
}
_WIDTH = 110


def as_text(findings: Sequence[Finding]) -> str:
    """Lay findings out for a reader, by severity.

    Parameters
    ----------
    findings : sequence of Finding
        From `check`.

    Returns
    -------
    str
        Lines; the last one counts.
    """
    lines: list[str] = []
    for severity, title in _TITLES.items():
        found = [finding for finding in findings if finding.severity == severity]
        if not found:
            continue
        lines += [f"{title} ({len(found)})", ""]
        for finding in found:
            lines.append(f"  {finding.where}  [{finding.code}]")
            for text in (*finding.why.splitlines(), f"fix: {finding.fix}"):
                lines += textwrap.wrap(text, _WIDTH, initial_indent="    ", subsequent_indent="    ")
            lines.append("")
    counts = [
        f"{sum(finding.severity == severity for finding in findings)} x {title}" for severity, title in _TITLES.items()
    ]
    lines.append(", ".join(counts) if findings else "nothing found: ngen would run this")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """Write findings as a JSON object: ``status`` (the exit status), ``counts`` and ``findings``."""
    counts = {str(severity): sum(finding.severity == severity for finding in findings) for severity in Severity}
    document = {"status": worst(findings), "counts": counts, "findings": [finding.as_dict() for finding in findings]}
    return json.dumps(document, indent=2)
