"""ImageNet: fields, source and recipe of ols/data/imagenet.py."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from ols.spec.datasets.base import SGD
from ols.spec.datasets.photographs import Photographs


class ImageNet(Photographs):
    """ILSVRC 2012: 1.28 million photographs, K = 1,000. Use a GPU.

    A copy with fewer class folders is accepted too.
    """

    title = "ImageNet"
    paper = "Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, IJCV 2015"
    order = 60
    classes = 1000
    # The paper's, from its code.
    recipe: ClassVar[dict[str, Any]] = {
        "model": {"name": "resnet50"},
        "epochs": 250,
        "batch_size": 256,
        "optimizer": {**SGD, "weight_decay": 1e-4},
        "schedule": {"name": "step", "milestones": [75, 150, 225]},
        "augment": {"flip": True, "color_jitter": 0.4, "lighting": 0.1},
    }

    name: Literal["imagenet"] = "imagenet"
    train_per_class: int = Field(
        1300,
        ge=1,
        le=1300,
        title="Training images per class",
        description="The first n of each class; 1300 are all.",
        json_schema_extra={"advanced": True},
    )
