"""A message is sent by a process of its own; whatever becomes of that, its words are harmless."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from backend.core.notify_addresses import read_addresses
from backend.notify import sender_process
from backend.notify.sending import LONGEST_ERROR, Sender

[ADDRESS] = read_addresses("mailto://ada:pa55word@example.org/inbox")


def said(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is said of a message where the process runs this code instead."""
    script = tmp_path / "sender.py"
    script.write_text(f"import json, sys\ntask = json.load(sys.stdin)\n{code}\n")
    monkeypatch.setattr(sender_process, "__file__", str(script))
    return Sender(threading.Event())(ADDRESS, {"title": "t", "text": "x", "level": "info"})


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('print(json.dumps({"error": ""}))', ""),
        ('print(json.dumps({"error": "no answer from " + task["url"]}))', "no answer from ***"),
        ('print(json.dumps({"error": "x" * 10_000}))', "x" * LONGEST_ERROR),
        ("sys.exit(3)", "its sender ended with status 3"),
        ('print("no JSON")', "its sender ended with status 0"),
        ("raise ValueError(task)", "its sender ended with status 1"),
    ],
)
def test_what_a_sender_says(
    code: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(code, tmp_path, monkeypatch) == words


def test_the_address_is_no_argument_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever lists processes would read it."""
    words = said('print(json.dumps({"error": " ".join(sys.argv[1:])}))', tmp_path, monkeypatch)
    assert words == ""
