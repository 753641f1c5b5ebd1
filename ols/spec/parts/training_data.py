"""What is done to training images and labels."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.parts.base import Part


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
    color_jitter: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Colour jitter",
        description="Brightness, contrast and saturation change by up to this share, of image "
        "files. The paper's ImageNet recipe uses 0.4.",
        json_schema_extra={"advanced": True},
    )
    lighting: float = Field(
        0.0,
        ge=0,
        le=1,
        title="PCA lighting",
        description="Deviation of a shift along ImageNet's principal colours, of image files "
        "(Krizhevsky et al., NIPS 2012). The paper's ImageNet recipe uses 0.1.",
        json_schema_extra={"advanced": True},
    )
    cutout: int = Field(
        0,
        ge=0,
        le=256,
        title="Cutout",
        description="Width of a square at a random place that is blanked, in pixels; 0: none. The "
        "authors use 16 for CIFAR-10, 8 for CIFAR-100.",
    )
    mix: Literal["none", "mixup", "cutmix"] = Field(
        "none",
        title="Mixing",
        description="mixup: images and labels of two samples are averaged. cutmix: a box of one "
        "image is put into another, and labels are mixed by area.",
    )
    mix_alpha: float = Field(
        1.0,
        gt=0,
        le=100,
        title="Mixing α",
        description="The share is drawn from Beta(α, α). The authors of CutMix use 1, those of "
        "Mixup 1 for CIFAR-10; mmpretrain's Mixup for ImageNet uses 0.2.",
        json_schema_extra={"advanced": True},
    )
    mix_probability: float = Field(
        1.0,
        ge=0,
        le=1,
        title="Mixed batches",
        description="Share of the batches that are mixed. The authors of CutMix use 0.5 for "
        "CIFAR-100, 1 for ImageNet.",
        json_schema_extra={"advanced": True},
    )
