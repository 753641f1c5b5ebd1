from __future__ import annotations

import os
from pathlib import Path

from worker.machine.disk_use import bytes_below


def test_all_files_count_and_hard_links_once(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "train.log").write_bytes(b"x" * 10)
    (tmp_path / "a" / "one.pt").write_bytes(b"x" * 1000)
    os.link(tmp_path / "a" / "one.pt", tmp_path / "a" / "b" / "one.pt")
    (tmp_path / "a" / "nowhere").symlink_to(tmp_path / "gone")
    assert 1010 <= bytes_below(tmp_path) < 1010 + 300, "a link is as long as what it says"
    assert bytes_below(tmp_path / "none") == 0
