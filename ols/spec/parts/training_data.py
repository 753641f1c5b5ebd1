"""What is done to training images."""

from typing import Literal

from pydantic import Field

from ols.spec.parts.base import Part


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
    policy: Literal["none", "randaugment", "trivialaugment"] = Field(
        "none",
        title="Policy",
        description="Random operations such as rotating, shearing or posterising. randaugment: so "
        "many of one strength (Cubuk et al., NeurIPS 2020). trivialaugment: one of any strength "
        "(Müller and Hutter, ICCV 2021).",
    )
    policy_ops: int = Field(
        2,
        ge=1,
        le=14,
        title="RandAugment N",
        description="Operations per image. The authors use 2 for ResNet-50 on ImageNet.",
        json_schema_extra={"advanced": True},
    )
    policy_magnitude: int = Field(
        9,
        ge=0,
        le=30,
        title="RandAugment M",
        description="Strength of each operation, 0 to 30. The authors use 9 for ResNet-50 on "
        "ImageNet.",
        json_schema_extra={"advanced": True},
    )
    erasing: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Random erasing",
        description="Probability that a box of 2 to 33% of an image is blanked (Zhong et al., AAAI "
        "2020); 0: none. torchvision's recipe for ImageNet uses 0.1.",
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
