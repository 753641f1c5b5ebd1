"""Online Label Smoothing (Zhang et al., IEEE TIP 2021, arXiv 2011.12562) for PyTorch.

Public names resolve on first use, so `import ols` costs nothing and loads no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ols.methods.ols import OnlineLabelSmoothing
    from ols.spec.run_spec import RunSpec
    from ols.training.epoch_report import EpochReport, Progress, RunInfo
    from ols.training.trainer import Trainer

__all__ = ["EpochReport", "OnlineLabelSmoothing", "Progress", "RunInfo", "RunSpec", "Trainer"]

_HOMES = {
    "EpochReport": "ols.training.epoch_report",
    "OnlineLabelSmoothing": "ols.methods.ols",
    "Progress": "ols.training.epoch_report",
    "RunInfo": "ols.training.epoch_report",
    "RunSpec": "ols.spec.run_spec",
    "Trainer": "ols.training.trainer",
    "__version__": "ols.version",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ols' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
