"""What the comparison's selects offer."""

from __future__ import annotations

from backend.analysis.comparison.pictures import Pictures
from backend.analysis.comparison.view import View
from backend.analysis.targets import title_of_target
from backend.pages.shared.context import Option

BARS = (20, 40, 100)


def choices(shown: Pictures, view: View) -> dict[str, list[Option]]:
    """The options of each select, by its name."""
    groups = [Option(str(group.first), group.title) for group in shown.settings]
    metrics = [name for name in shown.fields if not name.startswith("spec.")]
    return {
        "ours": groups,
        "base": groups,
        "bars": _bars(shown.class_count, view.bars),
        "field": [Option(name, title_of_target(name)) for name in shown.fields],
        "against": [Option(name, title_of_target(name)) for name in metrics],
    }


def _bars(classes: int, asked: int) -> list[Option]:
    """Fewer bars than classes, and all of them; what the address says is among them."""
    some = sorted({*BARS, asked} - {0})
    listed = [n for n in some if n < classes or n == asked]
    return [
        *(Option(str(n), f"{n} largest differences") for n in listed),
        Option("0", f"All {classes} classes"),
    ]
