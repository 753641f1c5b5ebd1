"""What the first visitor of each page, and later one visitor in ten, would otherwise wait for.

The first: templates are compiled and Plotly is compressed (0.4 s). The others: Python's garbage
collector traverses all that the imports created, 140,000 permanent objects (60 ms); once these are
frozen, it traverses only what requests create (benchmarks/results/listing.md).
"""

from __future__ import annotations

import gc
from threading import Thread

from backend.pages.shared.modules import ROOT, entries
from backend.pages.shared.render import environment
from backend.pages.shared.sheets import TEMPLATES, sheet_names
from backend.pages.shared.static import PLOTLY, TOGETHER, asset


def start() -> None:
    """Beside the server, which answers meanwhile."""
    Thread(target=warm_up, name="warm-up", daemon=True).start()


def warm_up() -> None:
    """Fills the caches of pages and static files, and freezes what is there."""
    for path in TEMPLATES.rglob("*.html"):
        environment().get_template(path.relative_to(TEMPLATES).as_posix())
    for whole in entries() | sheet_names():
        asset(TOGETHER + whole)
    for path in ROOT.rglob("*.*"):
        asset(path.relative_to(ROOT).as_posix())
    asset(PLOTLY)
    gc.collect()
    gc.freeze()
