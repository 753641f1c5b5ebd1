"""sbatch, squeue, scancel and scontrol for tests: jobs are folders, nothing is scheduled by itself.

A job's folder holds `name`, `state`, `reason` and `script`. Whoever tests moves jobs on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.pretended import pretend

# %(jobs)s: the folder of all jobs. Options come before what they are given for, as Slurm's do.
_SBATCH = r"""
cd "%(jobs)s" || exit 1
[ -f refuse ] && { cat refuse >&2; exit 1; }
number=$(( $(ls -d [0-9]* 2>/dev/null | wc -l) + 1 ))
mkdir $number; cat > $number/script
for word; do case $word in --job-name=*) echo "${word#--job-name=}" > $number/name;; esac; done
echo PENDING > $number/state; echo Priority > $number/reason
echo $number
"""
_SQUEUE = r"""
cd "%(jobs)s" || exit 1
[ -f away ] && { cat away >&2; exit 1; }
for job in [0-9]*; do
    [ -f $job/state ] && ! grep -q GONE $job/state || continue
    echo "$job|$(cat $job/name)|$(cat $job/state)|$(cat $job/reason)"
done
echo "900|somebody else's|RUNNING|None"
"""
_SCANCEL = r"""
cd "%(jobs)s" || exit 1
for word; do case $word in
    --state=PENDING) ;;
    *) if grep -q PENDING $word/state; then echo GONE > $word/state; fi;;
esac; done
"""


@dataclass(frozen=True)
class FakeSlurm:
    """The jobs that were submitted, by number."""

    folder: Path

    def set(self, number: str, state: str, reason: str = "None") -> None:
        """As a scheduler would; GONE: squeue does not list it any more."""
        (self.folder / number / "state").write_text(f"{state}\n")
        (self.folder / number / "reason").write_text(f"{reason}\n")

    def states(self) -> dict[str, str]:
        jobs = sorted(self.folder.glob("[0-9]*"), key=lambda job: int(job.name))
        return {job.name: (job / "state").read_text().strip() for job in jobs}

    def script(self, number: str) -> str:
        return (self.folder / number / "script").read_text()

    def name(self, number: str) -> str:
        return (self.folder / number / "name").read_text().strip()

    def refuse(self, words: str) -> None:
        """sbatch does; empty: no longer."""
        (self.folder / "refuse").write_text(words)
        if not words:
            (self.folder / "refuse").unlink()

    def away(self, words: str) -> None:
        """The controller does not answer squeue; empty: it does again."""
        (self.folder / "away").write_text(words)
        if not words:
            (self.folder / "away").unlink()


def install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> FakeSlurm:
    """Puts the commands before the machine's own."""
    jobs = folder / "jobs"
    jobs.mkdir(parents=True)
    scripts = {"sbatch": _SBATCH, "squeue": _SQUEUE, "scancel": _SCANCEL}
    commands = {name: script % {"jobs": jobs} for name, script in scripts.items()}
    pretend(monkeypatch, folder / "bin", **commands)
    return FakeSlurm(jobs)
