"""The table of training methods: name in a spec -> criterion.

A criterion is an `nn.Module` called as `loss = criterion(logits, targets)` with logits (B, K) and
targets (B,) int64 or (B, K) mixed; it returns a scalar, the mean over the batch. One that needs
more is a Criterion (ols.methods.criterion). Adding a method is one file here, one line in METHODS,
one class in ols.spec_parts and one entry in ols.spec.methods.entries.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from ols.methods import (
    backward_correction,
    bootstrap_hard,
    bootstrap_soft,
    disturb_label,
    elr,
    focal,
    forward_correction,
    generalized_cross_entropy,
    hard,
    joint_optimization,
    label_smoothing,
    label_smoothing_pp,
    logit_norm,
    logit_penalty,
    maxsup,
    mbls,
    nce_rce,
    online_label_smoothing,
    pairwise_confusion,
    ps_kd,
    sat,
    symmetric_cross_entropy,
    tf_kd_reg,
    tf_kd_self,
    zipf,
)
from ols.methods.criterion import Setting

METHODS: dict[str, Callable[[Any, Setting], nn.Module]] = {
    "hard": hard.build,
    "label_smoothing": label_smoothing.build,
    "ols": online_label_smoothing.build,
    "label_smoothing_pp": label_smoothing_pp.build,
    "zipf": zipf.build,
    "maxsup": maxsup.build,
    "mbls": mbls.build,
    "logit_norm": logit_norm.build,
    "logit_penalty": logit_penalty.build,
    "focal": focal.build,
    "disturb_label": disturb_label.build,
    "pairwise_confusion": pairwise_confusion.build,
    "tf_kd_self": tf_kd_self.build,
    "tf_kd_reg": tf_kd_reg.build,
    "ps_kd": ps_kd.build,
    "bootstrap_soft": bootstrap_soft.build,
    "bootstrap_hard": bootstrap_hard.build,
    "sce": symmetric_cross_entropy.build,
    "gce": generalized_cross_entropy.build,
    "nce_rce": nce_rce.build,
    "forward_correction": forward_correction.build,
    "backward_correction": backward_correction.build,
    "joint_optimization": joint_optimization.build,
    "elr": elr.build,
    "sat": sat.build,
}


def build_criterion(method: Any, num_classes: int, **known: Any) -> nn.Module:
    """The criterion of `spec.method` for K = num_classes; `known`: the rest of a Setting."""
    return METHODS[method.name](method, Setting(num_classes, **known))
