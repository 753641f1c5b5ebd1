"""The catalogue of metrics: every name that a run measures, and all that is said about it.

    metric("val_top1").title             # "validation top-1"
    metric("val_top1").text(0.8134)      # "81.3%"
    [one.name for one in shown("results")]

Lists, tables, charts, filters, reports and command lines take names, titles, order and numbers from
here. A metric of a split is a measure with the split's name in front: a new measure of an evaluated
network is one line of _EVALUATED, and there is val_, test_ and test_ensemble_ of it. Another
metric is one line of METRICS. Where pages show it stands in _SHOWN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ols.spec.metric import SPLITS, Better, Exists, Metric, Place, parts
from ols.spec.number_kinds import Kind


@dataclass(frozen=True)
class _Measure:
    """What can be measured of a split."""

    name: str
    title: str
    short: str
    kind: Kind
    better: Better
    help: str
    fitted: bool = False  # with a temperature from the validation split


_EVALUATED = (
    _Measure("top1", "top-1", "top-1", "share", "max",
             "Share of the images whose most probable class is the true one."),
    _Measure("top5", "top-5", "top-5", "share", "max",
             "Share of the images whose true class is among the five most probable."),
    _Measure("ece", "ECE", "ECE", "share", "min",
             "Expected calibration error: how far confidence and accuracy are apart, in 15 bins."),
    _Measure("loss", "loss", "loss", "nats", "min",
             "Mean negative log-likelihood, whatever loss the method trains with."),
    _Measure("nll", "NLL", "NLL", "nats", "min",
             "Mean negative log-likelihood: the loss under its usual name."),
    _Measure("ece_scaled", "ECE after temperature scaling", "scaled ECE", "share", "min",
             "ECE of the logits divided by the temperature, which changes no prediction.",
             fitted=True),
    _Measure("nll_scaled", "NLL after temperature scaling", "scaled NLL", "nats", "min",
             "NLL of the logits divided by the temperature.", fitted=True),
    _Measure("ece_adaptive", "adaptive ECE", "adaptive ECE", "share", "min",
             "ECE in 15 bins of equally many samples, ordered by confidence (Nixon et al. 2019)."),
    _Measure("ece_classwise", "class-wise ECE", "class-wise ECE", "share", "min",
             "Mean over the classes of the ECE of the class's probability (Nixon et al. 2019)."),
    _Measure("brier", "Brier score", "Brier score", "plain", "min",
             "Mean squared distance of the probabilities to the true class as 1, summed over the "
             "classes; from 0 to 2."),
    _Measure("aurc", "AURC", "AURC", "share", "min",
             "Area under the risk-coverage curve: the share of errors among the n most confident "
             "images, averaged over n."),
    _Measure("temperature", "temperature", "temperature", "plain", "none",
             "What the logits are divided by; fitted on validation. Above 1: over-confident."),
)  # fmt: skip
_ATTACKED = (
    _Measure("fgsm_top1", "FGSM top-1", "FGSM top-1", "share", "max",
             "Top-1 after one step of epsilon along the sign of the gradient."),
    _Measure("pgd_top1", "PGD top-1", "PGD top-1", "share", "max",
             "Top-1 after projected gradient steps from a random start."),
)  # fmt: skip
_WORST = (
    _Measure("pgd_margin_top1", "PGD top-1 against the margin", "PGD top-1, margin", "share", "max",
             "Top-1 after the same steps against the margin to the next class."),
    _Measure("pgd_worst_top1", "worst PGD top-1", "worst PGD top-1", "share", "max",
             "Share of the images that are right after PGD against the margin and against the "
             "cross-entropy of standardised logits: scaling the logits changes nothing."),
)  # fmt: skip
_AUTOATTACK = _Measure(
    "autoattack_top1", "AutoAttack top-1", "AutoAttack top-1", "share", "max",
    "Share of the images that are right after each of AutoAttack's four attacks.",
)  # fmt: skip
# None: the last epoch's.
_NETWORKS = {"best": "best epoch", "ensemble": "ensemble of epochs", "ema": "EMA of weights"}
_OF_BEST = ("top1", "ece", "ece_scaled")  # what is measured of the best epoch too

_SHOWN: dict[str, tuple[Place, ...]] = {
    "val_top1": ("accuracy", "compare", "results", "headline", "brief", "log"),
    "val_top5": ("compare",),
    "val_ece": ("ece", "compare", "results", "headline", "brief", "log"),
    "val_loss": ("loss", "compare", "results", "headline", "log"),
    "train_top1": ("accuracy", "compare", "results", "log"),
    "train_loss": ("loss", "compare", "log"),
    "train_memorized": ("accuracy", "compare", "results", "memorised", "log"),
    "train_clean_top1": ("accuracy", "memorised"),
    "train_clean_samples_top1": ("apart",),
    "train_corrupted_samples_top1": ("apart",),
    "val_ema_top1": ("accuracy", "log"),
    "val_ema_ece": ("ece",),
    "test_top1": ("results", "headline", "final"),
    "test_top5": ("final",),
    "test_ece": ("final",),
    "test_nll": ("final",),
    "test_ece_scaled": ("final",),
    "test_best_top1": ("final",),
    "test_best_ece": ("final",),
    "test_fgsm_top1": ("final",),
    "test_pgd_top1": ("final",),
    "test_pgd_worst_top1": ("final",),
    "test_autoattack_top1": ("final",),
    "test_ensemble_top1": ("final",),
    "test_ensemble_ece": ("final",),
    "test_ensemble_nll": ("final",),
    "test_ema_top1": ("final",),
    "test_ema_ece": ("final",),
    "soft_entropy": ("entropy",),
    "soft_target": ("target",),
    "soft_partners": ("partners",),
    "soft_change": ("change",),
    "soft_kl_confusion": ("kl",),
    "soft_rank_confusion": ("rank",),
    "soft_rank_superclass": ("rank",),
    "soft_noise_leak": ("leak",),
    "soft_noise_distance": ("leak",),
    "lr": ("lr", "log"),
    "epoch_seconds": ("results", "log"),
}


def _one(
    name: str,
    title: str,
    short: str,
    kind: Kind,
    better: Better,
    help: str,
    *,
    exists: Exists = "always",
    unit: str = "",
    fitted: bool = False,
) -> Metric:
    unit = unit or ("nats" if kind == "nats" else "")
    places = _SHOWN.get(name, ())
    return Metric(name, title, short, unit, better, kind, exists, help, places, fitted)


def _of(split: str, measure: _Measure, exists: Exists, network: str = "") -> Metric:
    """A measure of a split, of the last network or of another one."""
    name = "_".join(filter(None, (split, network, measure.name)))
    title, short = f"{SPLITS[split]} {measure.title}", f"{split} {measure.short}"
    if network:
        title += f" of the {_NETWORKS[network]}"
        short += f", {_NETWORKS[network].partition(' of ')[0]}"
    kind, better, fitted = measure.kind, measure.better, measure.fitted
    return _one(name, title, short, kind, better, measure.help, exists=exists, fitted=fitted)


def _composed() -> Iterator[Metric]:
    """The test set's, in the order in which pages show them."""
    yield from (_of("test", measure, "holdout") for measure in _EVALUATED)
    for measure in _EVALUATED:
        if measure.name in _OF_BEST:
            yield _of("test", measure, "holdout", "best")
    yield from (_of("test", measure, "attacks") for measure in _ATTACKED)
    yield from (_of("test", measure, "worst") for measure in _WORST)
    yield _of("test", _AUTOATTACK, "autoattack")
    yield from (_of("test", measure, "ensemble", "ensemble") for measure in _EVALUATED)
    yield from (_of("test", measure, "ema_holdout", "ema") for measure in _EVALUATED)


METRICS: tuple[Metric, ...] = (
    *(_of("val", measure, "always") for measure in _EVALUATED),
    _one("train_top1", "training top-1", "train top-1", "share", "max",
         "Agreement with the labels as given, on the forward passes that train; under Mixup and "
         "CutMix after the epoch, on up to 10,000 unmixed images."),
    _one("train_loss", "training loss", "train loss", "plain", "min",
         "Mean of the method's own loss: whether a run learns, not which method is better."),
    _one("train_memorized", "memorised wrong labels", "memorised", "share", "min",
         "Share of the corrupted training samples that are predicted as their wrong label.",
         exists="noise"),
    _one("train_eval_top1", "training top-1 in evaluation mode", "train top-1, evaluation mode",
         "share", "max", "Agreement with the labels as given after the epoch, on unmixed images of "
         "a fifth of the training set (1,000 to 10,000 images, the same in every epoch)."),
    _one("train_eval_memorized", "memorised wrong labels in evaluation mode",
         "memorised, evaluation mode", "share", "min",
         "Of the same images with a wrong label the share that is predicted so after the epoch.",
         exists="noise"),
    _one("train_clean_top1", "training top-1 on the true labels", "train top-1, true labels",
         "share", "max", "Training accuracy against the labels before corruption.",
         exists="noise"),
    _one("train_clean_samples_top1", "training top-1 of the samples with a right label",
         "samples with a right label", "share", "max",
         "Training accuracy on the samples whose label was not corrupted.", exists="noise"),
    _one("train_corrupted_samples_top1",
         "training top-1 of the samples with a wrong label, on their true ones",
         "samples with a wrong label", "share", "max",
         "Share of the corrupted training samples that are predicted as their true class.",
         exists="noise"),
    *(_of("val", measure, "ema", "ema") for measure in _EVALUATED),
    *_composed(),
    _one("soft_entropy", "soft-label entropy", "soft-label entropy", "nats", "none",
         "Mean entropy of the soft labels; log K: uniform."),
    _one("soft_target", "target probability of the soft labels", "target probability", "share",
         "none", "What a soft label leaves to its own class, on average."),
    _one("soft_partners", "effective partners", "effective partners", "count", "none",
         "How many classes a soft label names beside its own, weighed by how evenly (perplexity).",
         unit="classes"),
    _one("soft_change", "change of the soft labels per epoch", "soft-label change", "share", "none",
         "Mean total variation distance to the matrix before; near 0 they have settled."),
    _one("soft_kl_confusion", "KL from the validation confusion", "KL from the confusion", "nats",
         "min", "How badly the soft labels predict the network's answers on validation images; "
         "0 is perfect."),
    _one("soft_rank_confusion", "rank correlation with the confusion", "rank corr., confusion",
         "correlation", "max", "Spearman's, over all pairs of classes: are the pairs that look "
         "alike those that are confused?"),
    _one("soft_rank_superclass", "rank correlation with superclasses", "rank corr., superclasses",
         "correlation", "max", "Spearman's, with 1 for pairs of one superclass: do the soft labels "
         "find its families?", exists="superclasses"),
    _one("soft_noise_leak", "noise leaked into the soft labels", "noise leak", "share", "min",
         "Share of the wrong labels' true mass that the soft labels repeat; 0 is none, 1 all of "
         "it.", exists="noise"),
    _one("soft_noise_distance", "distance of the soft labels to the noise", "distance to the noise",
         "share", "none", "Mean total variation distance between soft labels and P(true class | "
         "given label).", exists="noise"),
    _one("lr", "learning rate", "learning rate", "plain", "none",
         "The optimiser's, at the epoch's last step."),
    _one("epoch_seconds", "seconds per epoch", "seconds per epoch", "seconds", "min",
         "What the epoch took, validation included.", unit="s"),
    _one("images_per_second", "images per second", "images per second", "rate", "max",
         "Training images over the seconds of the training steps.", unit="images/s"),
)  # fmt: skip

_BY_NAME = {one.name: one for one in METRICS}
_ORDER = {name: place for place, name in enumerate(_BY_NAME)}
_MEASURES = {measure.name: measure for measure in (*_EVALUATED, *_ATTACKED, *_WORST, _AUTOATTACK)}

# What code that computes with one metric calls it.
ACCURACY = "val_top1"
CALIBRATION = "val_ece"
CALIBRATION_SCALED = "val_ece_scaled"
TEMPERATURE = "val_temperature"
MEMORISED = "train_memorized"
EPOCH_SECONDS = "epoch_seconds"


def metric(name: str) -> Metric:
    """The one of this name; of another name, such as a user's own metric, what the name says."""
    return _BY_NAME.get(name) or _derived(name)


def in_order(names: Iterable[str]) -> list[str]:
    """Names in the catalogue's order, others behind them by the alphabet; each once."""
    return sorted(set(names), key=lambda name: (_ORDER.get(name, len(_ORDER)), name))


def shown(place: Place) -> tuple[Metric, ...]:
    """What pages show there without being asked to, in the catalogue's order."""
    return tuple(one for one in METRICS if place in one.shown)


def _derived(name: str) -> Metric:
    """Known measures of another split or network (`train_ece`), and names that are not ours."""
    split, rest = parts(name)
    network, _, own = rest.partition("_")
    if network not in _NETWORKS:
        network, own = "", rest
    if split and own in _MEASURES:
        return _of(split, _MEASURES[own], "always", network)
    lower = name.lower()
    ending = next((one for key, one in _MEASURES.items() if lower.endswith(f"_{key}")), None)
    low = any(word in lower for word in ("loss", "error", "ece"))
    words = rest.replace("_", " ") or name
    return _one(
        name,
        f"{SPLITS[split]} {words}" if split else words,
        f"{split} {words}" if split else words,
        "share" if ending and ending.kind == "share" else "plain",
        ending.better if ending else "min" if low else "max",
        "",
    )
