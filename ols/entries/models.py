"""The networks, with their papers."""

from __future__ import annotations

from ols.entries.entry import Entry
from ols.spec_parts import models

MODELS = (
    Entry("small_cnn", "Small CNN", models.SmallCNN),
    Entry(
        "cifar_resnet18",
        "CIFAR ResNet-18",
        models.CifarResNet18,
        "He et al., Deep Residual Learning for Image Recognition, CVPR 2016, arXiv 1512.03385",
    ),
)
