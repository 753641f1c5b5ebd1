from __future__ import annotations

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from backend.store.files import LocalFile, read_log


def test_a_missing_log_is_empty(tmp_path: Path) -> None:
    part = read_log([LocalFile(tmp_path / "train.log")], 10)
    assert (part.data, part.next, part.size) == (b"", 0, 0)


def test_a_log_is_read_on_from_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text("one\n")
    first = read_log([LocalFile(path)])
    assert (first.data, first.next, first.size) == (b"one\n", 4, 4)
    with path.open("a") as file:
        file.write("two\n")
    assert read_log([LocalFile(path)], first.next).data == b"two\n"
    assert read_log([LocalFile(path)], 999).next == 8
    assert read_log([LocalFile(path)], tail=3).data == b"wo\n"
    assert read_log([LocalFile(path)], tail=999).data == b"one\ntwo\n"


@given(st.text(min_size=1, max_size=40), st.integers(4, 9))
def test_parts_never_cut_a_character(tmp_path_factory: object, text: str, most: int) -> None:
    path = Path(os.fspath(tmp_path_factory.mktemp("log"))) / "log"  # type: ignore[attr-defined]
    path.write_bytes(text.encode("utf-8", "replace"))
    after, read = 0, ""
    while True:
        part = read_log([LocalFile(path)], after, most=most)
        if not part.data:
            break
        read += part.data.decode()
        after = part.next
    assert read == path.read_bytes().decode()


def test_broken_bytes_do_not_stop_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\x80" * 9)
    assert read_log([LocalFile(path)], most=4).next == 4


def test_a_log_of_several_parts_is_one(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text(f"attempt {name}\n")
    parts = [LocalFile(tmp_path / name) for name in ("a", "missing", "b", "c")]
    assert read_log(parts).data == b"attempt a\nattempt b\nattempt c\n"
    assert read_log(parts, 8, most=12).data == b"a\nattempt b\n"
    assert read_log(parts, tail=12).data == b"b\nattempt c\n"
    assert read_log(parts, 30).next == 30
