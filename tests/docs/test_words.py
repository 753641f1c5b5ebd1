"""Words that are not used here, and what to write instead: readers are researchers, most of them
not native speakers of English, so texts take the words that papers and trackers use.

To let a text through, reword it; a pattern that is wrong about good English is made narrower here.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READ = {".py", ".js", ".html", ".css", ".md", ".sh", ".toml", ".ipynb", ".yml", ".example", ""}
ITSELF = Path(__file__).relative_to(ROOT).as_posix()

COUNTED = (
    "once|twice|times|steps?|images?|seconds?|frames?|rows?|lines?|files?|values?|points?|columns?|"
    "threads?|slots?|requests?|events?|queries|chart|trace|bytes|kB|MB|GB|ms|s"
)
UNIT = (
    "epoch|hour|minute|second|day|step|frame|slot|run|class|sample|image|seed|subject|cell|"
    "method|metric|setting|worker|process|machine|service|message|page|viewer|collector"
)
# What is not written: what is written instead. The parts in `(?!...)` let good English through.
WORDS = {
    # But: it goes on top of the list.
    r"\bgo(es|ing|ne)? on\b(?! top)|\bwent on\b": "resume, continue, train",
    r"\b(fell|falls?|fallen|falling) silent\b|\bsilent for\b": "stopped responding, stale",
    r"\bnot surely\b|\bsurely (better|worse|different|so)\b": "(not) significantly",
    # A count, then one unit of it. But: a row that a view needs, a slot with a GPU.
    rf"(\b({COUNTED})|\d) an? ({UNIT})\b(?! (that|of|which|to|has|is|with))": "per epoch, per hour",
    r"\b(trend|change) an epoch\b": "per epoch",
    r"\b(message|text|file|body|entry|value) that is none\b": "malformed",
    r"\btak(e|es|ing|en) (it|them|this|that|these)? ?along\b": "export, include",
    r"\btaken for what\b": "soft-label shares, confused with",
    r"\b(un)?heard (of|from)\b": "has (not) reported",
    r"\bis it good\b|\bare they any good\b": "soft-label quality",
    r"\brooms\b|\b(a|an|its|each|every|one|this) room\b": "package, folder",
}


def texts() -> Iterator[tuple[str, list[str]]]:
    """Tracked texts by their path; what a program writes (JSON lines) is not among them."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix in READ and name not in (ITSELF, "LICENSE") and path.exists():
            yield name, path.read_text().splitlines()


@pytest.mark.parametrize(("pattern", "instead"), WORDS.items(), ids=WORDS.values())
def test_a_word_that_is_not_used(pattern: str, instead: str) -> None:
    word = re.compile(pattern, re.IGNORECASE)
    places = [
        f"{name}:{number}: {line.strip()}"
        for name, lines in texts()
        for number, line in enumerate(lines, 1)
        if word.search(line)
    ]
    assert not places, f"write: {instead}"
