"""Breaks one promise at a time in a copy of the tree and demands that its proof fails.

    python -m tests.mutants promises     the tests of thirteen promises        (make mutants)
    python -m tests.mutants soak         the soak                           (make soak-mutants)

Words after that choose mutants whose promise holds one of them. Each proof first runs on an
unbroken copy, where it must pass: a test that always fails proves nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.mutant import Mutant, copy_tree
from tests.mutants.promises import PROMISES
from tests.mutants.soaked import SOAKED

SMALL = ("--runs", "2", "--workers", "2", "--kills", "0", "--seed", "1")  # each kind hits once
TABLES: dict[str, tuple[Mutant, ...]] = {"promises": PROMISES, "soak": SOAKED}


def proof(table: str, mutant: Mutant) -> list[str]:
    """The command that must fail."""
    if table == "soak":
        return ["-m", "tests.kills.soak", "--lab", mutant.proof, *SMALL]
    return ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", mutant.proof]


def run(command: Sequence[str], tree: Path) -> tuple[bool, str]:
    """Whether it succeeded in that tree, and what it said."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tree,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode == 0, done.stdout


def survivors(table: str, mutants: Sequence[Mutant]) -> list[str]:
    """Promises whose proof did not fail as it should; tells of each as it goes."""
    alive = []
    with tempfile.TemporaryDirectory(prefix="ols-mutants-") as name:
        whole = copy_tree(Path(name) / "whole")
        for where, mutant in {mutant.proof: mutant for mutant in mutants}.items():
            passes, output = run(proof(table, mutant), whole)
            if not passes:
                print(output, f"{where} fails on unbroken code", sep="\n")
                return [mutant.promise for mutant in mutants]
        for number, mutant in enumerate(mutants):
            began = time.monotonic()
            tree = Path(shutil.copytree(whole, Path(name) / str(number)))
            mutant.apply(tree)
            passes, output = run(proof(table, mutant), tree)
            killed = not passes and mutant.says in output
            word = "killed" if killed else "SURVIVED"
            print(f"{word:8}  {time.monotonic() - began:4.0f} s  {mutant.promise}", flush=True)
            if killed:
                print("".join(f"    {line}\n" for line in _telling(output, mutant.says)), end="")
            else:
                print(output[-3000:])
                alive.append(mutant.promise)
    return alive


def _telling(output: str, says: str) -> list[str]:
    return [line for line in output.splitlines() if says in line][:1]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("words", nargs="*")
    given = parser.parse_args()
    mutants = [
        mutant
        for mutant in TABLES[given.table]
        if not given.words or any(word in mutant.promise for word in given.words)
    ]
    alive = survivors(given.table, mutants)
    print(f"{len(mutants) - len(alive)} of {len(mutants)} were killed")
    return int(bool(alive) or not mutants)


if __name__ == "__main__":
    sys.exit(main())
