"""Recipes of other methods' authors on CIFAR, from their code, as presets.

What these leave out stands in their help: schedules move by the step here, where ELR's and Label
Smoothing++'s code moves them by the epoch, and images are padded with black.
"""

from __future__ import annotations

from typing import Any

from ols.spec.preset import Preset

GROUP = "The methods' authors"


def _cifar(
    dataset: str, method: str, network: str, epochs: int, optimizer: dict[str, Any], **spec: Any
) -> dict[str, Any]:
    """What all of them share: batches of 128, crops with 4 pixels of padding, flips, plain SGD with
    momentum 0.9."""
    return {
        "method": {"name": method},
        "dataset": {"name": dataset},
        "model": {"name": network},
        "epochs": epochs,
        "batch_size": 128,
        "optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": False, **optimizer},
        "augment": {"shift": 4, "flip": True},
        **spec,
    }


AUTHORS: tuple[Preset, ...] = (
    Preset(
        "cifar100-nce-rce",
        "CIFAR-100, NCE + RCE, 40% symmetric noise",
        "ResNet-50, 200 epochs, gradients clipped at a norm of 5, weight decay 1e-5 "
        "(HanxunH/Active-Passive-Losses, configs/cifar100/sym/nce+rce.yaml).",
        _cifar(
            "cifar100",
            "nce_rce",
            "cifar_resnet50",
            200,
            {"lr": 0.1, "weight_decay": 1e-5, "clip_norm": 5.0},
            schedule={"name": "cosine"},
            noise={"kind": "symmetric", "rate": 0.4},
        ),
        GROUP,
    ),
    Preset(
        "cifar10-elr",
        "CIFAR-10, ELR, 40% symmetric noise",
        "ResNet-34, 150 epochs, learning rate 0.02 restarted every 10 epochs, weight decay 1e-3 "
        "(shengliu66/ELR, ELR/config_cifar10.json).",
        _cifar(
            "cifar10",
            "elr",
            "cifar_resnet34",
            150,
            {"lr": 0.02, "weight_decay": 1e-3},
            schedule={"name": "cosine_restarts", "first_epochs": 10, "min_lr": 0.001},
            noise={"kind": "symmetric", "rate": 0.4},
        ),
        GROUP,
    ),
    Preset(
        "cifar100-label-smoothing-pp",
        "CIFAR-100, Label Smoothing++",
        "300 epochs, 10 of them warm-up, then to a tenth after 150 and 225; ResNet-18 here, the "
        "authors' code leaves the network open (s-chh/LSPP, config/cifar100.json and solver.py).",
        _cifar(
            "cifar100",
            "label_smoothing_pp",
            "cifar_resnet18",
            300,
            {"lr": 0.1, "weight_decay": 5e-4},
            schedule={"name": "step", "milestones": [150, 225], "warmup_epochs": 10},
        ),
        GROUP,
    ),
    *(
        Preset(
            f"cifar100-{method.replace('_', '-')}",
            f"CIFAR-100, {title}",
            "ResNet-18, 200 epochs, one of them warm-up, then to a fifth after 60, 120 and 160 "
            "(yuanli2333/Teacher-free-Knowledge-Distillation, main.py and train_kd.py).",
            _cifar(
                "cifar100",
                method,
                "cifar_resnet18",
                200,
                {"lr": 0.1, "weight_decay": 5e-4},
                schedule={
                    "name": "step",
                    "milestones": [60, 120, 160],
                    "gamma": 0.2,
                    "warmup_epochs": 1,
                },
            ),
            GROUP,
        )
        for method, title in (("tf_kd_reg", "Tf-KD reg"), ("tf_kd_self", "Tf-KD self"))
    ),
)
