from __future__ import annotations

import gc

from backend.cli.warm_up import warm_up
from backend.pages.shared import static
from backend.pages.shared.render import environment
from backend.pages.shared.sheets import TEMPLATES


def test_pages_and_files_are_ready_and_the_collector_passes_them_over() -> None:
    static.asset.cache_clear()
    environment.cache_clear()
    warm_up()
    try:
        assert gc.get_freeze_count() > 1000
        compiled = {name for _, name in environment().cache.keys()}  # noqa: SIM118
        assert compiled >= {
            path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html")
        }
        before = static.asset.cache_info().misses
        for name in (static.PLOTLY, "js/core/app.js", "css/tokens.css"):
            assert static.asset(name) is not None
        assert static.asset.cache_info().misses == before
    finally:
        gc.unfreeze()
