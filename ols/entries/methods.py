"""The training methods, with their papers."""

from __future__ import annotations

from ols.entries.entry import Entry
from ols.spec_parts import smoothing

METHODS = (
    Entry("hard", "Hard labels", smoothing.HardLabels),
    Entry(
        "label_smoothing",
        "Label smoothing",
        smoothing.LabelSmoothing,
        "Szegedy et al., Rethinking the Inception Architecture, CVPR 2016, arXiv 1512.00567",
    ),
    Entry(
        "ols",
        "Online label smoothing",
        smoothing.OnlineLabelSmoothing,
        "Zhang et al., Delving Deep into Label Smoothing, IEEE TIP 2021, arXiv 2011.12562",
    ),
)
