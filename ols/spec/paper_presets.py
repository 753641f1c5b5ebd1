"""The paper's experiments as presets, each with a short variant for a laptop.

Recipes are those of the paper's code (ols/spec/datasets). The method is OLS as the paper has it;
its tables compare it with others on the same preset. The code of the fine-grained experiments
weighs the two terms otherwise and freezes rows, so these come as the code does it and as the paper
says.
"""

from __future__ import annotations

from typing import Any

from ols.spec.datasets.base import SGD, DatasetSpec
from ols.spec.datasets.cifar import CIFAR10, CIFAR100
from ols.spec.datasets.cub200 import CUB200
from ols.spec.datasets.fgvc_aircraft import FGVCAircraft
from ols.spec.datasets.flowers102 import Flowers102
from ols.spec.datasets.imagenet import ImageNet
from ols.spec.datasets.photographs import Photographs
from ols.spec.datasets.stanford_cars import StanfordCars
from ols.spec.datasets.stanford_dogs import StanfordDogs
from ols.spec.preset import Preset

CIFAR = (CIFAR10, CIFAR100)
FINE_GRAINED = (CUB200, Flowers102, StanfordCars, FGVCAircraft, StanfordDogs)
PAPER_GROUP = "The paper"
# zhangchbin/OnlineLabelSmoothing, fine-grained/solver.py
FINE_GRAINED_CODE = {"name": "ols", "hard_weight": 1.0, "soft_weight": 1.0, "freeze_at": 0.88}
RATES = (20, 40, 60, 80)  # per cent; 0 is the preset without noise
KINDS = {"symmetric": "symmetric", "pair_flip": "pair-flip"}

# Name, title, help and noise of the presets with wrong labels that are not spread evenly.
ASYMMETRIC: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "asymmetric-40",
        "40% asymmetric noise",
        "40% of the labels of each class that is easily mistaken become the other class.",
        {"kind": "asymmetric", "rate": 0.4},
    ),
    (
        "instance-40",
        "40% instance-dependent noise",
        "40% of the labels are wrong, which ones depends on the image (Xia et al., NeurIPS 2020).",
        {"kind": "instance", "rate": 0.4},
    ),
)
HUMAN = {
    "worse": "Of three people's labels a wrong one, if there was any: 40% are wrong.",
    "aggre": "The majority of three people's labels: 9% are wrong.",
    "random1": "One person's label of each image: 17% are wrong.",
    "noisy": "One person's label of each image: 40% are wrong.",
}


def _paper(dataset: type[DatasetSpec]) -> dict[str, Any]:
    (name,) = dataset.names()
    return {"method": {"name": "ols"}, "dataset": {"name": name}, **dataset.recipe}


def _short(dataset: type[DatasetSpec], epochs: int) -> dict[str, Any]:
    """The small CNN instead of the paper's network, few epochs, photographs at 64 x 64, of ImageNet
    a thirteenth. Minutes on a laptop: benchmarks/results/presets.md."""
    paper = _paper(dataset)
    size = {"size": 64} if issubclass(dataset, Photographs) else {}
    few = {"train_per_class": 100} if dataset is ImageNet else {}
    return {
        **paper,
        "dataset": {**paper["dataset"], **size, **few},
        "model": {"name": "small_cnn"},
        "epochs": epochs,
        "optimizer": SGD,
        "schedule": {"name": "step", "milestones": []},
    }


def _pair(
    dataset: type[DatasetSpec],
    name: str,
    title: str,
    group: str,
    help_: str,
    short_epochs: int,
    changes: dict[str, Any] | None = None,
) -> tuple[Preset, Preset]:
    """The paper's run and its short variant, both with `changes`."""
    changes = changes or {}
    short_help = f"{help_} Short: the small CNN, {short_epochs} epochs; not the paper's figures."
    short = {**_short(dataset, short_epochs), **changes}
    return (
        Preset(name, title, help_, {**_paper(dataset), **changes}, group),
        Preset(f"{name}-short", f"{title}, short", short_help, short, group),
    )


def _of_dataset(
    dataset: type[DatasetSpec], group: str, help_: str, short_epochs: int
) -> tuple[Preset, Preset]:
    """Its clean run, named as the dataset is."""
    (name,) = dataset.names()
    return _pair(dataset, name, dataset.title, group, help_, short_epochs)


def _clean() -> list[Preset]:
    group = f"{PAPER_GROUP}: CIFAR and ImageNet"
    resnet34 = (
        "ResNet-34, 300 epochs, learning rate 0.1, a tenth after 150 and 225. S⁰ is uniform, as in "
        "the paper; its code begins with zeros (method.initial)."
    )
    resnet50 = "ResNet-50, 250 epochs of 256 images per step, colour jitter and PCA lighting."
    cifar = [_of_dataset(dataset, group, resnet34, 15) for dataset in CIFAR]
    return _flat([*cifar, _of_dataset(ImageNet, group, resnet50, 10)])


def _networks() -> list[Preset]:
    """The other networks of CIFAR-100's tables, as its code builds them."""
    return [
        Preset(
            f"cifar100-resnet{depth}",
            f"CIFAR-100, ResNet-{depth}",
            f"As the paper's code builds ResNet-{depth}, with bottlenecks; else as CIFAR-100.",
            {**_paper(CIFAR100), "model": {"name": f"official_resnet{depth}"}},
            f"{PAPER_GROUP}: CIFAR and ImageNet",
        )
        for depth in (56, 110)
    ]


def _fine_grained() -> list[Preset]:
    group = f"{PAPER_GROUP}: Fine-grained"
    recipe = (
        "ResNet-50 from ImageNet's weights, 100 epochs, learning rate 0.01, a tenth after 45 "
        "and 80."
    )
    code = f"{recipe} As the authors' code: both terms weigh 1, rows freeze at 0.88."
    paper = f"{recipe} As the paper's text: α = 0.5, no row freezes."
    pairs = []
    for dataset in FINE_GRAINED:
        (name,) = dataset.names()
        changes = {"method": FINE_GRAINED_CODE}
        pairs.append(_pair(dataset, name, dataset.title, group, code, 10, changes))
        title = f"{dataset.title}, as the paper says"
        pairs.append(_pair(dataset, f"{name}-paper", title, group, paper, 10))
    return _flat(pairs)


def _noisy() -> list[Preset]:
    return _flat(
        [
            _pair(
                dataset,
                f"{dataset.names()[0]}-{words}-{rate}",
                f"{dataset.title}, {rate}% {words} noise",
                f"{PAPER_GROUP}: {dataset.title} with wrong labels",
                _noise_help(kind, rate),
                15,
                {"noise": {"kind": kind, "rate": rate / 100}},
            )
            for dataset in CIFAR
            for kind, words in KINDS.items()
            for rate in RATES
        ]
    )


def _flat(pairs: list[tuple[Preset, Preset]]) -> list[Preset]:
    return [preset for pair in pairs for preset in pair]


def _noise_help(kind: str, rate: int) -> str:
    if kind == "symmetric":
        return f"{rate}% of the training labels are changed to any other class."
    most = " Most labels of a class are then the next one's." if rate > 50 else ""
    return f"{rate}% of the training labels are changed to the next class.{most}"


def _like_people() -> list[Preset]:
    """Wrong labels that are not spread evenly; the settings are the paper's, the noise is not."""
    return _flat(
        [
            _pair(
                dataset,
                f"{dataset.names()[0]}-{name}",
                f"{dataset.title}, {title}",
                "Wrong labels as people make them",
                help_,
                15,
                {"noise": noise},
            )
            for dataset, name, title, help_, noise in (
                *((each, *asymmetric) for each in CIFAR for asymmetric in ASYMMETRIC),
                *((CIFAR10, *_human(which)) for which in ("worse", "aggre", "random1")),
                (CIFAR100, *_human("noisy")),
            )
        ]
    )


def _human(which: str) -> tuple[str, str, str, dict[str, Any]]:
    noise = {"kind": "human", "labels": which}
    return (
        which,
        f"human labels ({which})",
        f"{HUMAN[which]} CIFAR-N, Wei et al., ICLR 2022.",
        noise,
    )


PAPER: tuple[Preset, ...] = (*_clean(), *_networks(), *_fine_grained(), *_noisy())
LIKE_PEOPLE: tuple[Preset, ...] = tuple(_like_people())
