"""The parts of a RunSpec: methods, data, models, optimisation. One class a choice.

Docstrings, titles and descriptions are the form's and the documentation's help texts. A field that
is marked `advanced` is folded away in the form.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ols.spec_errors import misfit


class Part(BaseModel):
    """Refuses unknown fields, NaN and infinity; can't be changed once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


# -- methods ------------------------------------------------------------------------------------


class HardLabels(Part):
    """Cross-entropy against the given labels: the baseline."""

    name: Literal["hard"] = "hard"


class LabelSmoothing(Part):
    """Mixes every hard label with the uniform distribution (Szegedy et al., CVPR 2016)."""

    name: Literal["label_smoothing"] = "label_smoothing"
    epsilon: float = Field(
        0.1,
        ge=0,
        le=1,
        title="Smoothing ε",
        description="Weight of the uniform distribution, ε. Usually 0.1.",
    )


class OnlineLabelSmoothing(Part):
    """Soft labels learned while training (Zhang et al., IEEE TIP 2021)."""

    name: Literal["ols"] = "ols"
    alpha: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Balance α",
        description="Weight of the hard label, α; the soft label gets 1 − α. "
        "The paper reports 0.5 as best; 1 is plain cross-entropy.",
    )
    initial: Literal["uniform", "zeros", "label_smoothing", "identity"] = Field(
        "uniform",
        title="Initial soft labels S⁰",
        description="What supervises the first epoch. The paper uses the uniform distribution.",
        json_schema_extra={"advanced": True},
    )
    empty_class: Literal["uniform", "keep", "zero"] = Field(
        "uniform",
        title="Class without a hit",
        description="Soft label of a class of which no sample was predicted correctly in an "
        "epoch: uniform, the one before (keep), or none (zero: hard loss only).",
        json_schema_extra={"advanced": True},
    )
    counted: Literal["correct", "all"] = Field(
        "correct",
        title="Counted samples",
        description="Average the softmax over the correctly classified samples (the paper) "
        "or over all of them.",
        json_schema_extra={"advanced": True},
    )
    period: int = Field(
        1,
        ge=1,
        le=10_000,
        title="Update period",
        description="Epochs between two updates of the soft labels. The paper uses 1.",
        json_schema_extra={"advanced": True},
    )
    temperature: float = Field(
        1.0,
        gt=0,
        le=100,
        title="Temperature",
        description="The softmax that is averaged is taken at this temperature. "
        "1 is the paper's; above 1 flattens the soft labels.",
        json_schema_extra={"advanced": True},
    )
    freeze_at: float | None = Field(
        None,
        gt=0,
        le=1,
        title="Freeze at",
        description="Stop updating a class once the largest entry of its row reaches this "
        "(the authors' fine-grained code uses 0.88). Empty: never.",
        json_schema_extra={"advanced": True},
    )
    hard_weight: float | None = Field(
        None,
        ge=0,
        le=100,
        title="Weight of the hard term",
        description="Empty: α. The authors' fine-grained code uses 1 for both terms.",
        json_schema_extra={"advanced": True},
    )
    soft_weight: float | None = Field(
        None,
        ge=0,
        le=100,
        title="Weight of the soft term",
        description="Empty: 1 − α.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _some_weight(self) -> Self:
        if not (self.alpha if self.hard_weight is None else self.hard_weight) and not (
            1 - self.alpha if self.soft_weight is None else self.soft_weight
        ):
            raise misfit("soft_weight", "both terms weigh 0, so nothing is learned; raise one")
        return self


# -- data ---------------------------------------------------------------------------------------


class Digits(Part):
    """1,797 real 8 x 8 grey images of handwritten digits, K = 10 (scikit-learn)."""

    name: Literal["digits"] = "digits"


class Glyphs(Part):
    """Rendered letters and digits, 28 x 28 grey, K = 62, any number of them."""

    name: Literal["glyphs"] = "glyphs"
    train_per_class: int = Field(
        150,
        ge=2,
        le=5000,
        title="Training images per class",
        description="How many are rendered per class for training. Usually 100 to 500.",
    )
    test_per_class: int = Field(
        50,
        ge=1,
        le=1000,
        title="Test images per class",
        description="How many are rendered per class for the test set.",
        json_schema_extra={"advanced": True},
    )
    render_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Rendering seed",
        description="Another seed draws other images; keep it to compare runs.",
        json_schema_extra={"advanced": True},
    )


class FashionMNIST(Part):
    """70,000 real 28 x 28 grey images of clothes, K = 10 (Zalando)."""

    name: Literal["fashion_mnist"] = "fashion_mnist"


class ImageFolder(Part):
    """Any images in one folder per class, cropped at random to squares; stay on disk.

    They lie in the worker's data folder, under <folder>/train/<class>/ and <folder>/val/<class>/
    (or test), as JPEG or PNG.
    """

    name: Literal["image_folder"] = "image_folder"
    folder: str = Field(
        "images",
        max_length=100,
        coerce_numbers_to_str=True,  # `--set dataset.folder=2024` reads a number
        title="Folder",
        description="Its name inside the data folder of the worker, for example flowers. "
        "Holds train and val (or test), each with one subfolder per class.",
    )
    size: int = Field(
        64,
        ge=8,
        le=512,
        title="Image size",
        description="Width and height in pixels that images are cropped and scaled to.",
    )
    workers: int = Field(
        2,
        ge=0,
        le=64,
        title="Reading processes",
        description="Processes that read and crop images beside the trainer, for each device; "
        "0: the trainer does it itself. Changes the speed only.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("folder")
    @classmethod
    def _plain_name(cls, folder: str) -> str:
        # It comes from a browser: nothing that could lead out of the data folder.
        if not re.fullmatch(r"[\w-][\w. -]*", folder):
            raise ValueError(
                "must be the name of a folder, without path: letters, digits, spaces and . _ -, "
                "not beginning with a dot"
            )
        return folder


class Noise(Part):
    """Wrong training labels, drawn once from the seed; validation and test stay clean."""

    kind: Literal["none", "symmetric", "pair_flip"] = Field(
        "none",
        title="Kind of noise",
        description="symmetric: a wrong label is any other class; pair_flip: it is the next class.",
    )
    rate: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Noise rate",
        description="Share of the training labels that are wrong. The paper uses 0 to 0.8.",
    )

    @model_validator(mode="after")
    def _rate_fits_kind(self) -> Self:
        if self.kind == "none" and self.rate > 0:
            raise misfit("kind", "a rate above 0 needs kind 'symmetric' or 'pair_flip'")
        return self


class Augment(Part):
    """Random changes to training images, drawn anew every epoch."""

    shift: int = Field(
        0,
        ge=0,
        le=16,
        title="Shift",
        description="Random translation by up to this many pixels on each axis (zero padding). "
        "0 lets a network memorise sooner; 2 to 4 is usual.",
    )
    flip: bool = Field(
        False,
        title="Mirror",
        description="Mirror half of the images left to right. Not for letters and digits.",
    )


# -- model --------------------------------------------------------------------------------------


class SmallCNN(Part):
    """Five convolutions with batch norm, global average pooling; made for 8 to 32 pixels."""

    name: Literal["small_cnn"] = "small_cnn"
    width: int = Field(
        24,
        ge=4,
        le=256,
        title="Width",
        description="Channels of the first stage; the later ones have 2 and 4 times as many.",
        json_schema_extra={"advanced": True},
    )


class CifarResNet18(Part):
    """ResNet-18 with a 3 x 3 stem and no max-pooling, as used on CIFAR. Wants a GPU."""

    name: Literal["cifar_resnet18"] = "cifar_resnet18"


# -- optimisation -------------------------------------------------------------------------------


class SGD(Part):
    """Stochastic gradient descent with momentum."""

    name: Literal["sgd"] = "sgd"
    lr: float = Field(
        0.1, gt=0, le=100, title="Learning rate", description="Peak learning rate. Usually 0.1."
    )
    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum",
        description="Usually 0.9.",
        json_schema_extra={"advanced": True},
    )
    nesterov: bool = Field(
        True,
        title="Nesterov",
        description="Nesterov's momentum, as in the paper's CIFAR recipe. Needs momentum above 0.",
        json_schema_extra={"advanced": True},
    )
    weight_decay: float = Field(
        5e-4,
        ge=0,
        le=10,
        title="Weight decay",
        description="Usually 5e-4 on small images, 1e-4 on ImageNet.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> Self:
        if self.nesterov and self.momentum == 0:
            raise misfit("nesterov", "needs a momentum above 0; switch it off or raise momentum")
        return self


class AdamW(Part):
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""

    name: Literal["adamw"] = "adamw"
    lr: float = Field(
        1e-3, gt=0, le=100, title="Learning rate", description="Peak learning rate. Usually 1e-3."
    )
    weight_decay: float = Field(
        0.05,
        ge=0,
        le=10,
        title="Weight decay",
        description="Usually 0.01 to 0.1.",
        json_schema_extra={"advanced": True},
    )


class Cosine(Part):
    """Half a cosine from the peak learning rate to `min_lr`, step by step."""

    name: Literal["cosine"] = "cosine"
    warmup_epochs: int = Field(
        0,
        ge=0,
        le=10_000,
        title="Warm-up epochs",
        description="Linear rise from 0 over this many epochs.",
        json_schema_extra={"advanced": True},
    )
    min_lr: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Final learning rate",
        description="Where the cosine ends. Usually 0.",
        json_schema_extra={"advanced": True},
    )


class Steps(Part):
    """Multiplies the learning rate by `gamma` after each milestone."""

    name: Literal["step"] = "step"
    milestones: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (),
        title="Milestones",
        description="Epochs after which the rate drops, ascending. "
        "Empty: after 1/2 and 3/4 of the run (the paper: 150 and 225 of 300).",
    )
    gamma: float = Field(
        0.1, gt=0, lt=1, title="Factor γ", description="The rate is multiplied by γ. Usually 0.1."
    )

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if list(self.milestones) != sorted(set(self.milestones)):
            raise misfit("milestones", "must ascend without repeats, for example [150, 225]")
        return self


class Constant(Part):
    """The same learning rate throughout."""

    name: Literal["constant"] = "constant"
