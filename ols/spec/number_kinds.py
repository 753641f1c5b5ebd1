"""Kinds of numbers, and how each is written: on a page, in a report, in a log, on a terminal.

    FORMS["share"].text(0.8134)   # "81.3%"

frontend/static/js/pure/format.js writes a number by the same form, which the page hands over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

DASH = "–"  # for what is not known

Kind = Literal["share", "nats", "correlation", "count", "seconds", "rate", "plain"]


@dataclass(frozen=True)
class Form:
    """`factor` times the value with so many decimals, then `suffix`.

    `significant`: `digits` counts significant digits, for numbers whose size is not known before.
    `step` stands behind a difference.
    """

    digits: int
    factor: float = 1.0
    suffix: str = ""
    significant: bool = False
    step: str = ""

    def text(self, value: float | None) -> str:
        """`81.3%`; a dash for None, NaN and infinity."""
        if value is None or not math.isfinite(value):
            return DASH
        return self._number(value) + self.suffix

    def spread(self, mean: float | None, std: float | None) -> str:
        """`81.3 ± 0.4%`; of one value, which has no deviation, that alone."""
        if mean is None or std is None or not math.isfinite(mean):
            return self.text(mean)
        deviation = f"{std:.2g}" if self.significant else self._number(std)
        return f"{self._number(mean)} ± {deviation}{self.suffix}"

    def difference(self, gap: float, *, unit: bool = True) -> str:
        """`+2.1 points`, `−0.031`; without the unit `+2.1`."""
        kind = "g" if self.significant else "f"
        text = f"{self.factor * gap:+,.{self.digits}{kind}}".replace("-", "−")
        return text + self.step if unit else text

    def _number(self, value: float) -> str:
        scaled = self.factor * value
        return f"{scaled:.{self.digits}g}" if self.significant else f"{scaled:,.{self.digits}f}"


FORMS: dict[Kind, Form] = {
    "share": Form(1, factor=100, suffix="%", step=" points"),  # a fraction in [0, 1]
    "nats": Form(3),
    "correlation": Form(3),  # -1 to 1
    "count": Form(1),  # of classes, which may be a mean
    "seconds": Form(1, suffix=" s", step=" s"),
    "rate": Form(0),  # per second
    "plain": Form(4, significant=True),
}
