"""`/runs/new`: the form, filled from a preset or a run."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response

from backend.api.params import Config, Db, Text, natural
from backend.availability import availability
from backend.pages.contexts import NewRunPage, PresetGroup
from backend.pages.render import page, queue_of
from backend.pages.spec_form import form_data, sections
from backend.store import runs, workers
from backend.store.errors import NotFound
from ols.paper_presets import PAPER, PAPER_GROUP
from ols.presets import PRESETS, STARTERS, find_preset
from ols.spec import RunSpec

router = APIRouter()


@router.get("/runs/new")
def new_run(
    database: Db,
    config: Config,
    preset: Text = "",
    source: Annotated[Text, Query(alias="from", description="A run to start from.")] = "",
) -> Response:
    """The form; without a preset or a run it shows the first preset."""
    with database.read() as session:
        queue = queue_of(session, config)
        known = availability(workers.listing(session))
        run = None
        if source:
            number = natural(source)
            if number is None:
                raise NotFound(f"There is no run {source[:40]}.")
            run = runs.get(session, number)
    named = find_preset(preset)
    chosen = named or PRESETS[0]
    partial: dict[str, Any] = run["spec"] if run else chosen.spec
    if named and not run:
        partial = {"preset": named.name, **partial}
    spec = RunSpec.parse(partial).model_dump(mode="json")
    return page(
        NewRunPage(
            queue=queue,
            presets=list(STARTERS),
            preset_groups=preset_groups(),
            preset="" if run else chosen.name,
            source=run,
            sections=sections(spec, known),
            name=run["name"] if run else "",
            tags=", ".join(run["tags"]) if run else "",
            priority=run["priority"] if run else 0,
            data=form_data(spec["preset"]),
            spec_json=json.dumps(partial, indent=2, ensure_ascii=False),
        )
    )


def preset_groups() -> list[PresetGroup]:
    """The paper's presets, each beside its short variant."""
    by_name = {preset.name: preset for preset in PAPER}
    full = [preset for preset in PAPER if f"{preset.name}-short" in by_name]
    return [
        PresetGroup(
            title.removeprefix(f"{PAPER_GROUP}: "),
            [(preset, by_name[f"{preset.name}-short"]) for preset in presets],
        )
        for title, presets in groupby(full, lambda preset: preset.group)
    ]
