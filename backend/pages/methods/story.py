"""The story of /methods/ols: what it tells of a recorded run, and the newest run of this lab.

The numbers (ols_story.json, 60 kB) were written by `python -m scripts.ols_story` from a run of the
lab's own trainer. None of them stands in a template.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from backend.core.run_states import RunState
from backend.pages.methods.equations import mathml
from backend.server.addresses import url
from backend.store import matrices, runs
from backend.store.errors import NotFound
from backend.store.listing import RunQuery

DATA = Path(__file__).with_name("ols_story.json")
PARTS = 10_000  # of the data's numbers make a share of 1
METHOD = "ols"

# The paper's symbols, but that row y of S belongs to target class y (the paper writes columns).
EQUATIONS = {
    "hard": r"L_{\mathrm{hard}} = -\log\, p_y",
    "mean": r"S^{t}_{y} = \frac{1}{n}\sum_{i=1}^{n} p(\cdot \mid x_i),"
    r"\quad \operatorname{argmax}\, p(\cdot \mid x_i) = y",
    "initial": r"S^{0}_{y,k} = \frac{1}{K}",
    "loss": r"L = -\sum_k q_k \log\, p_k, \quad q = \alpha e_y + (1-\alpha) S^{t-1}_{y}",
    "gradient": r"\frac{\partial L}{\partial z_k} = p_k - q_k",
}


@dataclass(frozen=True)
class OwnRun:
    """A finished run of this lab whose matrix closes the story."""

    id: int
    name: str
    epoch: int
    classes: list[str]
    frame: str  # the address of its last matrix

    @property
    def href(self) -> str:
        """Its heatmap."""
        return url(f"/runs/{self.id}#heatmap")


@dataclass(frozen=True)
class Share:
    """A class and its share of a soft label."""

    name: str
    value: float


@dataclass(frozen=True)
class Pair:
    """Two classes, and how much of the first one's soft label is the second's."""

    a: str
    b: str
    value: float


@dataclass(frozen=True)
class Story:
    """What the template tells; `data` goes to the figures as it is."""

    data: dict[str, Any]
    letter: str
    classes: int
    images: int  # of the letter that the run trained on
    shown: int
    shown_right: int
    taken_for: list[str]  # what the others were taken for, the most frequent first
    epoch: int
    epochs: int
    right: int  # of all its images in that epoch
    mean: list[Share]  # the soft label of that epoch, largest first
    last: list[Share]
    pairs: list[Pair]
    equations: dict[str, Markup]
    own: OwnRun | None = None
    offline: bool = False  # in a file, which has no lab behind it


@cache
def recorded() -> Story:
    """The story of the recorded run."""
    data = json.loads(DATA.read_text())
    names, letter = list(data["classes"]), data["letter"]
    predicted = [row.index(max(row)) for row in data["softmax"]]
    shown = len(data["images"]) * 3 // 4 // 28**2
    others = [names[k] for k in predicted[:shown] if k != letter]
    return Story(
        data=data,
        letter=names[letter],
        classes=len(names),
        images=len(predicted),
        shown=shown,
        shown_right=shown - len(others),
        taken_for=sorted(set(others), key=lambda name: (-others.count(name), name)),
        epoch=data["epoch"],
        epochs=len(data["rows"]) - 1,
        right=predicted.count(letter),
        mean=largest(data["rows"][data["epoch"]], names),
        last=largest(data["rows"][-1], names),
        pairs=strongest(data["matrix"], names),
        equations={name: mathml(latex) for name, latex in EQUATIONS.items()},
    )


def story(session: Session) -> Story:
    """With the newest finished run of OLS that this lab has."""
    return replace(recorded(), own=newest_run(session))


def in_a_file() -> Story:
    """Without any lab."""
    return replace(recorded(), offline=True)


def newest_run(session: Session) -> OwnRun | None:
    """None where no run of OLS has finished, or none that kept a matrix and names its classes."""
    query = RunQuery(states=(RunState.FINISHED,), methods=(METHOD,), limit=1)
    rows, _ = runs.listing(session, query)
    for run in runs.get_many(session, [row["id"] for row in rows]):
        try:
            newest = matrices.newest(session, run["id"], "soft_labels")
        except NotFound:
            continue
        return OwnRun(
            id=run["id"],
            name=run["name"],
            epoch=newest.epoch,
            classes=run["classes"] or [],
            frame=url(
                f"/api/runs/{run['id']}/matrices/soft_labels/{newest.epoch}?v={newest.version}"
            ),
        )
    return None


def largest(row: list[int], names: list[str], count: int = 4) -> list[Share]:
    """The largest entries of a row."""
    order = sorted(range(len(row)), key=lambda k: -row[k])[:count]
    return [Share(names[k], row[k] / PARTS) for k in order]


def strongest(matrix: list[list[int]], names: list[str], count: int = 5) -> list[Pair]:
    """The largest entries off the diagonal, each two classes once."""
    size = len(names)
    places = [(i, j) for i in range(size) for j in range(size) if i != j]
    stronger = [(i, j) for i, j in places if (matrix[i][j], i) > (matrix[j][i], j)]
    stronger.sort(key=lambda place: -matrix[place[0]][place[1]])
    return [Pair(names[i], names[j], matrix[i][j] / PARTS) for i, j in stronger[:count]]
