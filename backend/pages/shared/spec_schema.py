"""RunSpec's JSON schema, as pages read it: the parts of a union, their names, titles of fields."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ols.spec.run_spec import RunSpec


@cache
def schema() -> dict[str, Any]:
    """The spec's schema without the shorthands (a bare string for a part)."""
    return RunSpec.model_json_schema(mode="serialization")


def field_titles(spec: Mapping[str, Any]) -> dict[str, str]:
    """path -> title of a resolved spec's fields; two parts may have a field of one name."""
    titles: dict[str, str] = {}
    for name, prop in schema()["properties"].items():
        titles[name] = prop.get("title", "")
        for part in members_of(prop) or [resolve(prop)]:
            fields = part.get("properties", {})
            if "name" not in fields or spec.get(name, {}).get("name") in names_of(part):
                titles |= {f"{name}.{key}": field.get("title", "") for key, field in fields.items()}
    return titles


def members_of(prop: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The schemas of a union's members; none when it is no union of objects."""
    return [resolve(option) for option in prop.get("oneOf", [])]


def resolve(prop: Mapping[str, Any]) -> dict[str, Any]:
    """A schema, looked up where it is a reference."""
    reference = prop.get("$ref", "")
    return schema()["$defs"][reference.rpartition("/")[2]] if reference else dict(prop)


def names_of(part: Mapping[str, Any]) -> list[str]:
    """The names that choose a part: one, or those of a family."""
    name = part["properties"]["name"]
    return [name["const"]] if "const" in name else list(name["enum"])
