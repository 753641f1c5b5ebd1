"""SVHN: fields, source and recipe of ols/data/svhn.py."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from ols.spec.datasets.base import SGD, DatasetSpec


class SVHN(DatasetSpec):
    """Street View House Numbers, cropped: 99,289 colour photographs of 32 x 32 pixels, K = 10."""

    title = "SVHN"
    paper = (
        "Netzer et al., Reading Digits in Natural Images with Unsupervised Feature Learning, 2011"
    )
    order = 52
    classes = 10
    image_shape = (3, 32, 32)
    mirrors = False
    # CIFAR's, for fewer epochs and without mirrors.
    recipe: ClassVar[dict[str, Any]] = {
        "model": {"name": "cifar_resnet18"},
        "epochs": 100,
        "batch_size": 128,
        "optimizer": SGD,
        "schedule": {"name": "step", "milestones": []},
        "augment": {"shift": 4},
    }

    name: Literal["svhn"] = "svhn"
    extra: bool = Field(
        False,
        title="Extra images",
        description="Trains on the 531,131 easier ones of extra_32x32.mat too, as some papers do.",
        json_schema_extra={"advanced": True},
    )
