"""All training methods: the union that a spec's `method` is one of."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ols.spec_parts.smoothing import HardLabels, LabelSmoothing, OnlineLabelSmoothing

AnyMethod = Annotated[
    HardLabels | LabelSmoothing | OnlineLabelSmoothing,
    Field(discriminator="name"),
]
