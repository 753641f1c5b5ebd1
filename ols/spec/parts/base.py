"""What the parts of a RunSpec share.

Docstrings, titles and descriptions are the form's and the documentation's help texts. A field that
is marked `advanced` is folded away in the form.

The files of parts do without `from __future__ import annotations`: pydantic would compile every
annotation again for each subclass, which takes a tenth of the time that importing the spec takes.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema, model_validator

from ols.spec.errors import misfit


class Part(BaseModel):
    """Refuses unknown fields, NaN and infinity; can't be changed once it is made."""

    # A validator of its own is built where a part is used by itself; RunSpec has one for them all.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _no_truth_value_for_a_number(cls, data: Any) -> Any:
        """Pydantic takes true for 1; its strict numbers would also refuse 1 where 1.0 is meant."""
        if isinstance(data, Mapping):
            for name, value in data.items():
                if _has_truth_value(value) and not _takes_truth_value(cls, name):
                    raise misfit(name, "must not be true or false")
        return data


def _has_truth_value(value: Any) -> bool:
    return isinstance(value, bool) or (
        isinstance(value, list) and any(map(_has_truth_value, value))
    )


@cache
def _takes_truth_value(part: type[Part], name: str) -> bool:
    field = part.model_fields.get(name)
    return field is None or field.annotation in (bool, dict[str, Any])


def as_named(value: Any) -> Any:
    """A bare string stands for {"name": string}."""
    return {"name": value} if isinstance(value, str) else value


def names_of(union: Any) -> list[str]:
    """The names that choose a part of a union such as `AnyMethod`, in its order; a part may go by
    several, as one of the families of networks does. Without those that are not listed."""
    if isinstance(union, type) and issubclass(union, BaseModel):
        return list(get_args(union.model_fields["name"].annotation))
    members = get_args(union)[:1] if get_origin(union) is Annotated else get_args(union)
    return [name for member in members for name in names_of(member)]


def plain_name(name: str, kind: str) -> str:
    """The name of a `kind` in the data folder. It comes from a browser: nothing that could lead out
    of the folder."""
    if not re.fullmatch(r"[\w-][\w. -]*", name):
        raise ValueError(
            f"must be the name of a {kind}, without path: letters, digits, spaces and . _ -, "
            "not beginning with a dot"
        )
    return name


def or_name(union: Any, prefix: str = "") -> BeforeValidator:
    """Takes the bare name of a part too; the published schema says so. `prefix`: of names that are
    not listed."""
    schema: dict[str, Any] = {"type": "string", "enum": names_of(union)}
    if prefix:
        schema = {"anyOf": [schema, {"type": "string", "pattern": f"^{prefix}"}]}
    name = Annotated[str, WithJsonSchema(schema)]
    return BeforeValidator(as_named, json_schema_input_type=union | name)
