"""What the first visitor of each page, and later one visitor in ten, would otherwise wait for.

The first: templates are compiled and Plotly is compressed (0.4 s). What was compiled stays on the
disk; a page loads its own templates, in 1 to 5 ms, when it is first visited. The others: Python's
garbage collector traverses all that the imports created, 140,000 permanent objects (60 ms); once
these are frozen, it traverses only what requests create (benchmarks/results/listing.md).
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from threading import Thread

from backend.pages.shared.modules import entries
from backend.pages.shared.render import environment
from backend.pages.shared.sheets import TEMPLATES, sheet_names
from backend.pages.shared.static import PLOTLY, TOGETHER, asset

PATIENCE = 3.0  # seconds for the first visitor to come
ANSWER = 0.5  # seconds for the answer, which must not wait for this work


def start(requests: Callable[[], int]) -> None:
    """Beside the server; `requests` tells how many have come."""
    Thread(target=_after_the_first, args=(requests,), name="warm-up", daemon=True).start()


def _after_the_first(requests: Callable[[], int]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not requests() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(ANSWER)
    warm_up()


def warm_up() -> None:
    """Fills the caches of pages and static files, and freezes what is there."""
    _compile_templates()
    for whole in entries() | sheet_names():
        asset(TOGETHER + whole)
    asset(PLOTLY)
    gc.unfreeze()  # what the imports left behind goes too
    gc.collect()
    gc.freeze()


def _compile_templates() -> None:
    """Each is in the folder of compiled ones then, or, where there is none, in memory."""
    jinja = environment()
    if jinja.bytecode_cache is not None:
        jinja = jinja.overlay(cache_size=0)
    for path in TEMPLATES.rglob("*.html"):
        jinja.get_template(path.relative_to(TEMPLATES).as_posix())
