"""Specs as they are stored: plain JSON, described by the models that made them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import GetPydanticSchema

from ols.spec.run_spec import RunSpec
from ols.spec.sweep import Sweep

# Stored specs were validated when they came; an older one may lack fields that came later.
Spec = Annotated[dict[str, Any], GetPydanticSchema(lambda _, handler: handler(RunSpec))]
SweepSpec = Annotated[dict[str, Any], GetPydanticSchema(lambda _, handler: handler(Sweep))]
