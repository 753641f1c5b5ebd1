"""One metric: what it is called, which side is better, how its numbers are written.

All of them stand in ols/spec/metrics.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ols.spec.number_kinds import FORMS, Form, Kind

Better = Literal["max", "min", "none"]
Exists = Literal[
    "always", "noise", "superclasses", "holdout", "attacks", "worst", "autoattack", "ensemble",
    "ema", "ema_holdout",
]  # fmt: skip
ChartName = Literal[
    "accuracy", "loss", "ece", "lr",
    "entropy", "target", "partners", "change", "kl", "rank", "leak", "memorised", "apart",
]  # fmt: skip
Place = Literal[
    ChartName,  # of the run's page: its curves (see CURVES), and the charts of soft-label quality
    "compare",  # a curve of the comparison
    "results",  # a column of the comparison's results
    "headline",  # columns of experiments and tables of reports; the best is marked
    "brief",  # the run's head, and columns of grouped runs
    "log",  # each epoch's line in a log and on a terminal
    "final",  # the run page's line of what was measured at the end
]

MARK = "†"  # behind the title of a number with a caveat
SPLITS = {"val": "validation", "train": "training", "test": "test"}

WHEN: dict[Exists, str] = {
    "always": "every epoch",
    "noise": "every epoch, with label noise",
    "superclasses": "every epoch, where the classes have superclasses",
    "holdout": "after the last epoch, with eval_on = holdout",
    "attacks": "after the last epoch, with attacks",
    "worst": "after the last epoch, with attacks = fgsm_pgd_worst",
    "autoattack": "after the last epoch, with attacks = autoattack",
    "ensemble": "after the last epoch, with an ensemble of epochs",
    "ema": "every epoch, with an EMA of weights",
    "ema_holdout": "after the last epoch, with eval_on = holdout and an EMA of weights",
}

CURVES: dict[ChartName, str] = {
    "accuracy": "Accuracy",
    "loss": "Loss",
    "ece": "ECE",
    "lr": "Learning rate",
}


@dataclass(frozen=True)
class Metric:
    """One number per epoch, or one at the end.

    `title` stands in a sentence, `short` where room is scarce. `unit` is that of the value as it is
    stored, empty for a share (0 to 1) and for a number without one. `better`: none where neither
    side is. `exists`: see WHEN. `fitted`: one parameter of it, the temperature, was fitted on the
    validation split. `shown`: where pages draw it without being asked to.
    """

    name: str
    title: str
    short: str
    unit: str
    better: Better
    kind: Kind
    exists: Exists
    help: str
    shown: tuple[Place, ...] = ()
    fitted: bool = False

    @property
    def heading(self) -> str:
        """The title as it begins a line."""
        return self.title[:1].upper() + self.title[1:]

    @property
    def split(self) -> str:
        """`val`, `test`, `train`, or nothing."""
        return parts(self.name)[0]

    @property
    def measure(self) -> str:
        """What is measured of the split: `top1` of `val_top1`, `best_top1` of `test_best_top1`."""
        return parts(self.name)[1]

    @property
    def is_accuracy(self) -> bool:
        """A share that is better high: 1 - it is an error."""
        return self.kind == "share" and self.better == "max"

    @property
    def form(self) -> Form:
        """How a value is written."""
        return FORMS[self.kind]

    @property
    def form_with_unit(self) -> Form:
        """The same with its unit behind: for where no title says it."""
        return replace(self.form, suffix=self.form.suffix or (self.unit and f" {self.unit}"))

    def every_epoch(self, *, noisy: bool, averaged: bool = False) -> bool:
        """Whether a run measures it in each epoch, with or without label noise and an EMA of its
        weights."""
        if self.exists == "ema":
            return averaged
        return self.exists == "always" or (self.exists == "noise" and noisy)

    def caveat(self, which: str = "last", eval_on: str | None = None) -> str:
        """Why a value says more than new images would: `epoch picked on test`; else nothing.

        It was picked (the best of the epochs) or fitted on the very split that it is measured on.
        `which`: last or best. `eval_on`: the split that the run validates on; None: not known.
        """
        on = {"val": eval_on or "validation", "train": "training"}.get(self.split, self.split)
        every_epoch = self.exists in ("always", "noise", "ema")
        if which == "best" and self.split and every_epoch and self.better != "none":
            return f"epoch picked on {on}"
        # With a holdout the temperature comes from there, and the test set is new to it.
        own = self.split == "val" or eval_on == "test"
        return f"temperature fitted on {on}" if self.fitted and own else ""

    def text(self, value: float | None) -> str:
        """`81.3%`, `0.412`, `12.3 s`; a dash where there is none."""
        return self.form.text(value)

    def best(self, values: Sequence[float]) -> float | None:
        """The best of these; None where no side is better."""
        if self.better == "none" or not values:
            return None
        return max(values) if self.better == "max" else min(values)

    def improves(self, gap: float) -> bool:
        """Whether a change by `gap` is one for the better."""
        return gap > 0 if self.better == "max" else self.better == "min" and gap < 0


def parts(name: str) -> tuple[str, str]:
    """`val_top1` -> (`val`, `top1`); without a split in front (``, name)."""
    split, _, rest = name.partition("_")
    return (split, rest) if split in SPLITS and rest else ("", name)
