"""The forms above the runs table: what they filter by, and what they offer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from backend.analysis.targets import condition_words, title_of_target
from backend.core.actor import actor
from backend.core.run_states import OPEN, RunState
from backend.pages.runs.columns import FIXED, listed_columns
from backend.pages.runs.layout import Layout, href, parameters
from backend.pages.shared.context import Option
from backend.store.conditions import OWNER, target_of
from backend.store.listing import RunQuery
from backend.store.target_names import target_named
from ols.spec.fields import spec_fields
from ols.spec.metrics import ACCURACY, CALIBRATION, METRICS

_GROUPED = (
    *("method.name", "dataset.name", "model.name", "noise.rate"),
    *("method.alpha", "epochs", "optimizer.lr", "batch_size"),
)

VIEWS = (
    ("Everything", ""),
    ("At work", f"state={','.join(OPEN)}"),
    ("Failed", f"state={RunState.FAILED}"),
    ("Pinned", "pinned=true"),
    ("Best accuracy first", f"sort=-{ACCURACY}.best"),
    (
        "Calibration",
        f"columns=method,dataset,noise_rate,{ACCURACY}.last,{CALIBRATION}.last,val_nll.last"
        f"&sort={CALIBRATION}.last",
    ),
    ("Means by method and noise", "group=method.name,dataset.name,noise.rate"),
    ("Means by network", "group=dataset.name,model.name,method.name"),
)


@dataclass(frozen=True)
class Filters:
    """What the filter form shows."""

    state: str
    method: str
    dataset: str
    owner: str
    q: str
    sort: str
    archived: bool
    pinned: bool | None
    active: bool
    # Each: its name in the URL, what stands there, the same in words, the URL without it.
    conditions: list[tuple[str, str, str, str]]
    columns: str
    group: str


def filters(query: RunQuery, layout: Layout) -> Filters:
    """What the address says; each condition with the address without it."""
    here = parameters(query, layout)
    conditions = [
        *(("tag", tag, f"tag {tag}") for tag in query.tags),
        *(("where", str(one), condition_words(one)) for one in query.where),
        *(("experiment", str(number), f"experiment #{number}") for number in query.experiments),
    ]
    return Filters(
        state=",".join(query.states),
        method=",".join(query.methods),
        dataset=",".join(query.datasets),
        owner=",".join(query.owners),
        q=query.q,
        archived=query.archived is True,
        pinned=query.pinned,
        sort=query.sort,
        active=any(
            (
                *(query.states, query.methods, query.datasets, query.owners),
                *(query.tags, query.q, query.archived),
            )
        )
        or query.pinned is not None
        or bool(conditions),
        conditions=[
            (name, text, words, href([other for other in here if other != (name, text)]))
            for name, text, words in conditions
        ],
        columns=",".join(layout.columns),
        group=",".join(layout.group),
    )


def column_options(layout: Layout) -> list[Option]:
    """The columns that can be left out, and the fields and metrics that were added."""
    columns = listed_columns() | {column.name: column for column in layout.shown}
    return [Option(c.name, c.title) for c in columns.values() if c.name not in FIXED]


def group_options() -> list[Option]:
    """The fields that one groups by most."""
    paths = (*_GROUPED, OWNER) if actor() else _GROUPED
    return [Option(path, title_of_target(target_of(path))) for path in paths]


def views() -> list[tuple[str, str]]:
    """VIEWS, and the runs of whoever asks."""
    who = actor()
    mine = [("Mine", urlencode({"owner": who.name}))] if who else []
    return [*VIEWS[:1], *mine, *VIEWS[1:]]


@cache
def targets() -> tuple[Option, ...]:
    """What can be filtered, sorted and shown: every field, the metrics' last and best."""
    fields = [Option(f"spec.{field.path}", field.title) for field in spec_fields()]
    names = [f"{each.name}.{which}" for each in METRICS for which in ("last", "best")]
    return (*fields, *(Option(name, title_of_target(name)) for name in names))


@cache
def named_targets() -> tuple[Option, ...]:
    """The same by their titles, where these are names that a condition takes."""
    return tuple(
        Option(each.title if target_named(each.title) == each.value else each.value, each.value)
        for each in targets()
    )
