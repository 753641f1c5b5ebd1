"""A promise, the line that keeps it, that line broken, and what must notice."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class MovedError(RuntimeError):
    """The source is no longer what the mutant changes."""


@dataclass(frozen=True)
class Mutant:
    """`proof` is a test's node id or a soak's lab, `says` what its output must hold."""

    promise: str
    file: str
    original: str
    mutated: str
    proof: str
    says: str = "FAILED"

    def apply(self, tree: Path) -> None:
        """Breaks the promise in a copy of the tree; raises MovedError where the source moved."""
        path = tree / self.file
        text = path.read_text()
        if (times := text.count(self.original)) != 1:
            raise MovedError(f"{self.file} holds {times} times, not once: {self.original!r}")
        path.write_text(text.replace(self.original, self.mutated))


def copy_tree(target: Path) -> Path:
    """All files that git tracks, or would: what the working tree holds without what it made."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)
    return target
