"""Every field that a RunSpec can have, flat: what one can filter, group and sweep over.

    [f.path for f in spec_fields()]   # ["method.name", "method.alpha", ..., "seed"]

Read off the models, so a new method's fields are there by themselves. Nothing here imports torch.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ols.spec.run_spec import RunSpec


@dataclass(frozen=True)
class SpecField:
    """One leaf of a spec. `parts` names the choices that have it, empty for all."""

    path: str
    title: str
    numeric: bool
    parts: tuple[str, ...] = ()


@cache
def spec_fields() -> tuple[SpecField, ...]:
    """In the order of the form; a field that several choices share comes once."""
    fields: dict[str, SpecField] = {}
    for name, info in RunSpec.model_fields.items():
        if name == "version":
            continue
        for field in _leaves(name, info):
            first = fields.get(field.path)
            fields[field.path] = _merged(first, field) if first else field
    return tuple(fields.values())


def _merged(first: SpecField, other: SpecField) -> SpecField:
    """One field of several choices, by its name where each calls it otherwise: `Method: alpha`."""
    title = first.title
    if title != other.title:
        title = f"{title.split(': ')[0]}: {first.path.rpartition('.')[2]}"
    return SpecField(first.path, title, other.numeric, (*first.parts, *other.parts))


@cache
def fields_by_path() -> dict[str, SpecField]:
    """The same, to look up."""
    return {field.path: field for field in spec_fields()}


def _leaves(name: str, info: FieldInfo) -> Iterator[SpecField]:
    models = [part for part in _alternatives(info.annotation) if _is_model(part)]
    if not models:
        yield SpecField(name, info.title or name, _is_numeric(info.annotation))
        return
    by_name = len(models) > 1
    if by_name:
        yield SpecField(f"{name}.name", info.title or name, False)
    for model in models:
        part = model.model_fields["name"].default if by_name else ""
        for inner, field in model.model_fields.items():
            if by_name and inner == "name":
                continue
            title = f"{info.title or name}: {field.title or inner}"
            numeric = _is_numeric(field.annotation)
            yield SpecField(f"{name}.{inner}", title, numeric, (part,) if part else ())


def _alternatives(annotation: Any) -> list[Any]:
    """The members of a union, however it is wrapped."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [part for member in get_args(annotation) for part in _alternatives(member)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_numeric(annotation: Any) -> bool:
    kinds = [part for part in _alternatives(annotation) if part is not type(None)]
    return bool(kinds) and all(part in (int, float) for part in kinds)
