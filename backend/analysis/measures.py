"""What the soft labels' quality is called, and what each measure says, for pages and reports."""

from __future__ import annotations

from dataclasses import dataclass

from backend.schemas.metrics import Series
from backend.schemas.quality import Quality, QualityMeasure


@dataclass(frozen=True)
class Measure:
    """`unit`: nats, share (0 to 1), classes, correlation (-1 to 1)."""

    name: str
    title: str
    unit: str
    help: str


MEASURES = (
    Measure("soft_entropy", "Entropy", "nats", "Mean entropy of the soft labels; log K: uniform."),
    Measure(
        "soft_target",
        "Target probability",
        "share",
        "What a soft label leaves to its own class, on average.",
    ),
    Measure(
        "soft_partners",
        "Effective partners",
        "classes",
        "How many classes a soft label names beside its own, weighed by how evenly (perplexity).",
    ),
    Measure(
        "soft_change",
        "Change since the epoch before",
        "share",
        "Mean total variation distance to the matrix before. Near 0 the soft labels have settled.",
    ),
    Measure(
        "soft_kl_confusion",
        "KL from the validation confusion",
        "nats",
        "How badly the soft labels foretell what the network answers on validation images; 0 is "
        "perfect.",
    ),
    Measure(
        "soft_rank_confusion",
        "Rank correlation with the confusion",
        "correlation",
        "Spearman's, over all pairs of classes: are the pairs that look alike those that are "
        "confused?",
    ),
    Measure(
        "soft_rank_superclass",
        "Rank correlation with superclasses",
        "correlation",
        "Spearman's, with 1 for pairs of one superclass: do the soft labels find its families?",
    ),
    Measure(
        "soft_noise_leak",
        "Noise leaked into soft labels",
        "share",
        "Share of the wrong labels' true mass that the soft labels repeat; 0 is none, 1 all of it.",
    ),
    Measure(
        "soft_noise_distance",
        "Distance to the noise",
        "share",
        "Mean total variation distance between soft labels and P(true class | given label).",
    ),
    Measure(
        "train_memorized",
        "Memorised wrong labels",
        "share",
        "Share of the corrupted training samples that are predicted as their wrong label.",
    ),
    Measure(
        "train_clean_top1",
        "Train accuracy on true labels",
        "share",
        "Training accuracy against the labels before corruption.",
    ),
    Measure(
        "train_clean_samples_top1",
        "Samples with a right label",
        "share",
        "Training accuracy on the samples whose label was not corrupted.",
    ),
    Measure(
        "train_corrupted_samples_top1",
        "Samples with a wrong label",
        "share",
        "Share of the corrupted training samples that are predicted as their true class.",
    ),
)


def quality_of(series: Series) -> Quality:
    """`GET /api/runs/{id}/quality`, made of a run's metrics."""
    names = {measure.name for measure in MEASURES}
    values = {
        name: column
        for name, column in series["values"].items()
        if name in names and any(value is not None for value in column)
    }
    if not any(name.startswith("soft_") for name in values):
        return {"epochs": [], "values": {}, "measures": []}
    measures: list[QualityMeasure] = [
        {"name": one.name, "title": one.title, "unit": one.unit, "help": one.help}
        for one in MEASURES
        if one.name in values
    ]
    return {"epochs": series["epochs"], "values": values, "measures": measures}
