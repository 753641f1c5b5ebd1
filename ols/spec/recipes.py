"""Recommended settings: one complete recipe per dataset.

A field that a spec does not give comes from its dataset's recipe (the recommended run for
digits is not the one for Fashion-MNIST). Only plain values live here.
"""

from __future__ import annotations

from typing import Any

_SGD = {"name": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}

# The paper's, from its code. No milestones: after 1/2 and 3/4 of the run, 150 and 225 of 300.
_CIFAR = {
    "model": {"name": "cifar_resnet34"},
    "epochs": 300,
    "batch_size": 128,
    "optimizer": _SGD,
    "schedule": {"name": "step", "milestones": []},
    "augment": {"shift": 4, "flip": True},
}
_FINE_GRAINED = {
    "model": {"name": "resnet50", "weights": "imagenet"},
    "epochs": 100,
    "batch_size": 64,
    "optimizer": {**_SGD, "lr": 0.01, "nesterov": False, "weight_decay": 1e-4},
    "schedule": {"name": "step", "milestones": [45, 80]},
    "augment": {"flip": True},
}

RECIPES: dict[str, dict[str, Any]] = {
    "digits": {
        "model": {"name": "small_cnn"},
        "epochs": 30,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
    },
    # Without augmentation and for 20 epochs the network has time to memorise wrong labels, which
    # is where the methods part; a run of 12 epochs would show another order (docs/demo.md).
    "glyphs": {
        "model": {"name": "small_cnn"},
        "epochs": 20,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
    },
    "fashion_mnist": {
        "model": {"name": "small_cnn"},
        "epochs": 15,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
        "augment": {"shift": 2, "flip": True},
    },
    "cifar10": _CIFAR,
    "cifar100": _CIFAR,
    "imagenet": {
        "model": {"name": "resnet50"},
        "epochs": 250,
        "batch_size": 256,
        "optimizer": {**_SGD, "weight_decay": 1e-4},
        "schedule": {"name": "step", "milestones": [75, 150, 225]},
        "augment": {"flip": True, "color_jitter": 0.4, "lighting": 0.1},
    },
    **dict.fromkeys(
        ("cub200", "flowers102", "stanford_cars", "fgvc_aircraft", "stanford_dogs"), _FINE_GRAINED
    ),
    "image_folder": {
        "model": {"name": "small_cnn"},
        "epochs": 30,
        "batch_size": 128,
        "optimizer": _SGD,
        "schedule": {"name": "cosine"},
        "augment": {"flip": True},
    },
}
