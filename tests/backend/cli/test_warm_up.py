from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.cli.warm_up import warm_up
from backend.pages.shared import static
from backend.pages.shared.compiled_templates import CompiledTemplates
from backend.pages.shared.render import environment
from backend.pages.shared.sheets import TEMPLATES, sheet_names

NAMES = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")}


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    static.asset.cache_clear()
    environment.cache_clear()
    yield
    environment.cache_clear()
    gc.unfreeze()


def in_memory() -> set[str]:
    return {name for _, name in environment().cache.keys()}  # noqa: SIM118


def test_pages_and_files_are_ready_and_the_collector_passes_them_over() -> None:
    warm_up()
    assert gc.get_freeze_count() > 1000
    assert in_memory() == NAMES
    before = static.asset.cache_info().misses
    for name in (
        static.PLOTLY,
        static.TOGETHER + "js/core/app.js",
        *(static.TOGETHER + each for each in sheet_names()),
    ):
        assert static.asset(name) is not None
    assert static.asset.cache_info().misses == before


def test_compiled_templates_stay_on_the_disk(tmp_path: Path) -> None:
    environment().bytecode_cache = CompiledTemplates(tmp_path)
    warm_up()
    assert not in_memory()
    assert len(list(tmp_path.iterdir())) == len(NAMES)
