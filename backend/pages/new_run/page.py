"""`/runs/new`: the form, filled from a preset, a run, an ablation or an experiment's sweep."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from backend.api.availability import availability
from backend.api.params import Config, Db, Text
from backend.pages.new_run.folders import image_folders
from backend.pages.new_run.spec_form import form_data, sections
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.schemas.runs import RunDetail
from backend.server.late_routes import Router
from backend.store import experiments, runs, workers
from backend.store.errors import NotFound
from backend.store.run_names import is_default
from backend.store.run_numbers import natural
from ols.spec.ablations import ABLATIONS
from ols.spec.metric import Metric
from ols.spec.metrics import metric
from ols.spec.paper_presets import PAPER_GROUP
from ols.spec.preset import Preset
from ols.spec.presets import PRESETS, STARTERS, find_preset
from ols.spec.run_spec import RunSpec
from ols.spec.search import SEARCHABLE
from ols.spec.sweep import Sweep, example_settings, expand

router = Router()

ABLATED = "glyphs-noise-20"  # the preset of an ablation that is laid over no other


@dataclass(frozen=True)
class PresetGroup:
    """Presets of one subject, each with its short variant if it has one."""

    title: str
    rows: list[tuple[Preset, ...]]


@dataclass(frozen=True)
class NewRunPage(Context):
    """`/runs/new`"""

    template = "new_run/page.html"
    presets: list[Any]
    preset_groups: list[PresetGroup]
    preset: str
    source: RunDetail | None
    sections: list[Any]
    name: str
    tags: str
    priority: int
    data: dict[str, Any]  # for spec-form.js: recipes and defaults, the sweep to begin with
    folders: list[str]  # of images, on this machine
    ablations: list[Any]
    ablation: str
    basis: str  # of an ablation's link: what the form shows
    spec_json: str
    searchable: list[Metric]  # what a search can look for


@router.get("/runs/new")
def new_run(
    database: Db,
    config: Config,
    preset: Text = "",
    source: Annotated[Text, Query(alias="from", description="A run to start from.")] = "",
    ablation: Text = "",
    experiment: Annotated[Text, Query(description="An experiment to start from.")] = "",
) -> Response:
    """The form; without a preset or a run it shows the first preset."""
    with database.read() as session:
        queue = queue_of(session, config)
        where_available = availability(workers.listing(session))
        run = runs.get(session, _number(source, "run")) if source else None
        sweep: dict[str, Any] | None = None
        if experiment:
            detail = experiments.get(session, _number(experiment, "experiment"))
            if detail["forks"]:
                raise NotFound(
                    f"Experiment {detail['id']} has forks of run {detail['forks']}; fork it again."
                )
            sweep = detail["sweep"]
    study = next((one for one in ABLATIONS if one.name == ablation), None)
    named = find_preset(preset) or (find_preset(ABLATED) if study else None)
    start = named or PRESETS[0]
    if run and run["spec"] is None:
        raise NotFound(f"Run {run['id']} was logged by another loop; no form can repeat it.")
    partial: dict[str, Any] = (run and run["spec"]) or start.spec
    if named and not run:
        partial = {"preset": named.name, **partial}
    if study:
        partial, sweep = {**partial, **study.spec}, {"grid": study.grid}
    elif sweep:
        partial = _first(Sweep.parse(sweep)).model_dump(mode="json")
    spec = RunSpec.parse(partial).model_dump(mode="json")
    return page(
        NewRunPage(
            queue=queue,
            presets=list(STARTERS),
            preset_groups=preset_groups(),
            preset="" if run or experiment else start.name,
            source=run,
            sections=sections(spec, where_available),
            name=_typed_name(run) if run and not study else "",
            tags=", ".join(run["tags"]) if run else "",
            priority=run["priority"] if run else 0,
            data=form_data(spec["preset"]) | {"sweep": sweep},
            searchable=[metric(name) for name in SEARCHABLE],
            spec_json=json.dumps(partial, indent=2, ensure_ascii=False),
            folders=image_folders(config.datasets_dir),
            ablations=list(ABLATIONS),
            ablation=study.name if study else "",
            basis=f"from={run['id']}&" if run else f"preset={start.name}&" if preset else "",
        )
    )


def _first(sweep: Sweep) -> RunSpec:
    """A run of the sweep, whose fields the form shows where none varies."""
    return (example_settings if sweep.adaptive else expand)(sweep).specs[0]


def _typed_name(run: RunDetail) -> str:
    """A name that somebody gave; a default one follows what is changed now."""
    return "" if is_default(run["name"], RunSpec.parse(run["spec"])) else run["name"]


def _number(text: str, kind: str) -> int:
    number = natural(text)
    if number is None:
        raise NotFound(f"There is no {kind} {text[:40]}.")
    return number


def preset_groups() -> list[PresetGroup]:
    """All presets but the starters, each with its short variant behind it, where it has one."""
    listed = [preset for preset in PRESETS if preset not in STARTERS]
    full = [preset for preset in listed if not preset.name.endswith("-short")]
    return [
        PresetGroup(
            title.removeprefix(f"{PAPER_GROUP}: "),
            [(preset, *filter(None, [find_preset(f"{preset.name}-short")])) for preset in presets],
        )
        for title, presets in groupby(full, lambda preset: preset.group)
    ]
