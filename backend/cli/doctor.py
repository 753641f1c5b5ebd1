"""`python -m backend doctor`: checks all parts of the lab and says what to do."""

from __future__ import annotations

from collections.abc import Iterable

from backend.cli.checks import examine
from backend.cli.finding import Finding
from backend.core.redaction import redact
from backend.core.settings import Settings

_MARKS = {"ok": "ok  ", "warning": "WARN", "error": "FAIL"}


def doctor(config: Settings) -> int:
    """Prints each finding as soon as it is there; 1 when one of them is an error."""
    failed = False
    for finding in examine(config):
        failed |= finding.level == "error"
        print(redact(line(finding), config), flush=True)
    return int(failed)


def report(config: Settings) -> str:
    """The same as a text."""
    return "\n".join(lines(examine(config)))


def lines(findings: Iterable[Finding]) -> list[str]:
    """One for each finding, and one for its advice."""
    return [line(finding) for finding in findings]


def line(finding: Finding) -> str:
    """`ok   database   SQLite 3.45 at ...`, with the advice below it."""
    text = f"{_MARKS[finding.level]} {finding.subject:10} {finding.detail}"
    return f"{text}\n{'':16}-> {finding.advice}" if finding.advice else text
