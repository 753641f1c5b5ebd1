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
            if "name" not in fields or chooses(spec.get(name, {}).get("name"), part):
                titles |= {f"{name}.{key}": field.get("title", "") for key, field in fields.items()}
    return titles


def members_of(prop: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The schemas of a union's members; none when it is no union of objects. A union may hold
    another one."""
    options = prop.get("oneOf", [])
    return [part for option in options for part in members_of(option) or [resolve(option)]]


def resolve(prop: Mapping[str, Any]) -> dict[str, Any]:
    """A schema, looked up where it is a reference."""
    reference = prop.get("$ref", "")
    return schema()["$defs"][reference.rpartition("/")[2]] if reference else dict(prop)


def names_of(part: Mapping[str, Any]) -> list[str]:
    """The names that choose a part: one, those of a family, or what unlisted ones begin with."""
    name = part["properties"]["name"]
    one = name.get("const") or name.get("prefix")
    return [one] if one else list(name["enum"])


def chooses(name: str | None, part: Mapping[str, Any]) -> bool:
    """Whether a part is the one of this name."""
    given = name or ""
    return any(given == n or (is_prefix(n) and given.startswith(n)) for n in names_of(part))


def is_prefix(name: str) -> bool:
    """Of names that are not listed, such as `timm/`."""
    return name.endswith("/")
