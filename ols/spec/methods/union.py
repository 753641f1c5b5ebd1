"""All training methods: the union that a spec's `method` is one of."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ols.spec.methods.confidence import (
    DisturbLabel,
    Focal,
    LogitNorm,
    LogitPenalty,
    MarginSmoothing,
    MaxSup,
    PairwiseConfusion,
)
from ols.spec.methods.distillation import PsKd, TfKdReg, TfKdSelf, ZipfSmoothing
from ols.spec.methods.noisy_labels import (
    BackwardCorrection,
    BootstrapHard,
    BootstrapSoft,
    EarlyLearning,
    ForwardCorrection,
    GeneralizedCrossEntropy,
    JointOptimization,
    NceRce,
    SelfAdaptive,
    SymmetricCrossEntropy,
)
from ols.spec.methods.smoothing import (
    HardLabels,
    LabelSmoothing,
    LabelSmoothingPP,
    OnlineLabelSmoothing,
)

AnyMethod = Annotated[
    HardLabels
    | LabelSmoothing
    | OnlineLabelSmoothing
    | LabelSmoothingPP
    | ZipfSmoothing
    | MaxSup
    | MarginSmoothing
    | LogitNorm
    | LogitPenalty
    | Focal
    | DisturbLabel
    | PairwiseConfusion
    | TfKdSelf
    | TfKdReg
    | PsKd
    | BootstrapSoft
    | BootstrapHard
    | SymmetricCrossEntropy
    | GeneralizedCrossEntropy
    | NceRce
    | ForwardCorrection
    | BackwardCorrection
    | JointOptimization
    | EarlyLearning
    | SelfAdaptive,
    Field(discriminator="name"),
]

# These remember a prediction for each sample, and that of a mixture is no sample's.
REMEMBER_SAMPLES = ("ps_kd", "joint_optimization", "elr", "sat")
