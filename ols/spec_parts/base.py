"""What the parts of a RunSpec share.

Docstrings, titles and descriptions are the form's and the documentation's help texts. A field that
is marked `advanced` is folded away in the form.
"""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema


class Part(BaseModel):
    """Refuses unknown fields, NaN and infinity; can't be changed once it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def as_named(value: Any) -> Any:
    """A bare string stands for {"name": string}."""
    return {"name": value} if isinstance(value, str) else value


def names_of(union: Any) -> list[str]:
    """The names that choose a part of a union such as `AnyMethod`, in its order."""
    parts = get_args(get_args(union)[0])
    return [part.model_fields["name"].default for part in parts]


def or_name(union: Any) -> BeforeValidator:
    """Takes the bare name of a part too; the published schema says so."""
    schema = {"type": "string", "enum": names_of(union)}
    name = Annotated[str, WithJsonSchema(schema)]
    return BeforeValidator(as_named, json_schema_input_type=union | name)
