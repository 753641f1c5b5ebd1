"""The end of a log, whatever its size and bytes."""

from __future__ import annotations

from pathlib import Path

from worker.files.log_file import LINES, MOST_BYTES, last_lines


def test_the_last_lines_of_a_long_log(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    lines = last_lines(path).splitlines()
    assert len(lines) == LINES
    assert lines[-1] == "line 99999"


def test_one_endless_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_bytes(b"\xff" * 10 * MOST_BYTES)
    assert len(last_lines(path)) <= MOST_BYTES


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "none.log") == ""
