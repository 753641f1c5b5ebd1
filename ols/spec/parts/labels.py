"""Decisions on training labels that a run trains on: a version of a label set."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from ols.spec.errors import misfit
from ols.spec.parts.base import Part, plain_name


class Labels(Part):
    """Somebody's decisions on training labels, such as those made in an audit; they replace labels
    after the noise was drawn."""

    set: str = Field(
        "",
        max_length=100,
        title="Label set",
        description="The name of decisions on training labels; a run keeps the version that is "
        "newest when it is submitted. Empty: the labels as they are.",
        json_schema_extra={"advanced": True},
    )
    version: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Version",
        description="Of the label set; 0: the newest, filled in when the run is submitted.",
        json_schema_extra={"advanced": True},
    )
    hash: str = Field(
        "",
        pattern="^[0-9a-f]{0,16}$",
        title="Hash",
        description="Of the version's numbers and labels; filled in when the run is submitted.",
        json_schema_extra={"advanced": True},
    )

    @field_validator("set")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        return plain_name(name, "label set") if name else name

    @model_validator(mode="after")
    def _version_is_of_a_set(self) -> Self:
        if not self.set and (self.version or self.hash):
            raise misfit("set", "a version needs the name of its label set")
        return self
