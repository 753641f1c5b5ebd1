"""The form of a run, drawn from RunSpec's JSON schema and the catalogue.

A property that is a union (method, dataset, model, ...) becomes a select with one group of fields
for each choice; a plain object becomes a group; anything else a field. A field's name in the form
is its path in the spec, so the API's error about `spec.method.alpha` finds it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from backend.api.availability import where
from backend.pages.shared.context import Option
from backend.pages.shared.spec_schema import (
    chooses,
    is_prefix,
    members_of,
    names_of,
    resolve,
    schema,
)
from backend.pages.shared.titles import title_of
from backend.schemas.workers import Availability
from backend.store.preset_changes import preset_values
from backend.store.spec_paths import flatten
from ols.spec.author_settings import AUTHOR_SETTINGS
from ols.spec.catalogue import DATASETS, METHODS, MODELS
from ols.spec.parts.noise import DRAWN, FROM_FILE
from ols.spec.run_spec import RunSpec

DatasetPlaces = Mapping[str, Availability]

# Which properties stand together; one that is new in the spec lands in the last section.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Method", ("method",)),
    ("Data", ("dataset", "noise", "labels", "augment", "eval_on", "holdout")),
    (
        "Network and training",
        ("model", "epochs", "batch_size", "accumulate", "ema", "optimizer", "schedule", "final"),
    ),
    ("Seed and devices", ("seed", "precision", "devices")),
)
# A field that means nothing unless another has one of these values.
SHOWN_WHEN = {
    "noise.rate": ("noise.kind", " ".join(DRAWN)),
    "noise.map": ("noise.kind", "asymmetric"),
    "noise.labels": ("noise.kind", "human"),
    "noise.file": ("noise.kind", " ".join(FROM_FILE)),
    "noise.holdout": ("eval_on", "holdout"),
    "holdout": ("eval_on", "holdout"),
    "augment.policy_ops": ("augment.policy", "randaugment"),
    "augment.policy_magnitude": ("augment.policy", "randaugment"),
    "model.weights_file": ("model.weights", "file"),
    "final.epsilon": ("final.attacks", "fgsm fgsm_pgd fgsm_pgd_worst autoattack"),
    "final.pgd_steps": ("final.attacks", "fgsm_pgd fgsm_pgd_worst"),
    "final.pgd_step": ("final.attacks", "fgsm_pgd fgsm_pgd_worst"),
}


@dataclass(frozen=True)
class Field:
    """One control. `type` is number, integer, text, select, checkbox, list or map."""

    path: str
    title: str
    help: str
    type: str
    value: Any
    options: tuple[Option, ...] = ()
    advanced: bool = False
    limits: str = ""
    shown_when: tuple[str, str] | None = None
    fixed: str = ""  # why it can't be changed here

    @property
    def text(self) -> str:
        """The value as it stands in the control."""
        if self.value is None:
            return ""
        if isinstance(self.value, Mapping):
            return json.dumps(self.value, ensure_ascii=False) if self.value else ""
        if isinstance(self.value, list | tuple):
            if any(isinstance(inner, list | tuple) for inner in self.value):
                return json.dumps(self.value)
            return ", ".join(map(str, self.value))
        return f"{self.value:g}" if isinstance(self.value, float) else str(self.value)

    @property
    def groups(self) -> list[tuple[str, list[Option]]]:
        """The options, those that stand together under one title."""
        return [(name, list(options)) for name, options in groupby(self.options, _group_of)]


@dataclass(frozen=True)
class Choice:
    """One member of a union: its help and fields, shown while one of its names is chosen."""

    names: list[str]
    help: str
    paper: str
    fields: list[Field]
    where: str = ""  # which workers have a dataset, or what provides it


@dataclass(frozen=True)
class Group:
    """A select with its choices' fields, or just fields under a title."""

    path: str
    title: str
    help: str
    select: Field | None = None
    choices: list[Choice] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    title: str
    groups: list[Group]


def sections(spec: Mapping[str, Any], available: DatasetPlaces | None = None) -> list[Section]:
    """The whole form, filled from a resolved spec; `known`: which worker has which dataset."""
    available = available or {}
    properties = {k: v for k, v in schema()["properties"].items() if not v.get("hidden")}
    listed = {name for _, names in SECTIONS for name in names}
    rest = tuple(name for name in properties if name not in listed)
    form = []
    for index, (title, names) in enumerate(SECTIONS):
        names = names + rest if index == len(SECTIONS) - 1 else names
        groups: list[Group] = []
        for name in names:
            if name not in properties:
                continue
            group = _group(name, properties[name], spec.get(name), available)
            plain = group.select is None and group.path == ""
            if plain and groups and groups[-1].path == "":  # loose fields stand in one group
                groups[-1].fields.extend(group.fields)
            else:
                groups.append(group)
        form.append(Section(title, groups))
    return form


def fixed_fields(form: Sequence[Section], why: Callable[[str], str | None]) -> list[Section]:
    """The form with the fields that can't be changed, and the reason of each: `why(path)`."""

    def fix(one: Field) -> Field:
        return replace(one, fixed=why(one.path) or "")

    def fix_group(group: Group) -> Group:
        return replace(
            group,
            select=group.select and fix(group.select),
            choices=[replace(c, fields=[*map(fix, c.fields)]) for c in group.choices],
            fields=[*map(fix, group.fields)],
        )

    return [replace(section, groups=[*map(fix_group, section.groups)]) for section in form]


def loose_fields(part: type[BaseModel]) -> list[Field]:
    """The fields of a part that stands beside the spec, at their defaults."""
    described = part.model_json_schema()
    name = part.__name__.lower()
    return _fields(name, described, {})


def form_data(preset: str = "") -> dict[str, Any]:
    """What spec-form.js needs: each dataset's resolved recipe, each part's own defaults, what a
    method's authors use on a dataset, and the preset, whose values stand for its dataset's recipe.
    """
    recipes = {entry.name: _resolved({"dataset": entry.name}) for entry in DATASETS}
    values, start = dict(preset_values(preset)), None
    if values:
        start = {"name": preset, "dataset": values["dataset.name"]}
        recipes[start["dataset"]] = values
    parts: dict[str, dict[str, Any]] = {}
    for name, prop in schema()["properties"].items():
        for part in members_of(prop):
            fields = {k: p.get("default") for k, p in part["properties"].items() if k != "name"}
            parts.setdefault(name, {}).update(dict.fromkeys(names_of(part), fields))
    authors: dict[str, dict[str, Any]] = {}
    for row in AUTHOR_SETTINGS:
        authors.setdefault(row.dataset, {})[row.method] = dict(row.fields)
    needs = {entry.name: entry.part.needs for entry in METHODS if entry.part.needs}
    return {
        **{"recipes": recipes, "parts": parts, "authors": authors},
        **{"needs": needs, "preset": start},
    }


def _resolved(spec: dict[str, Any]) -> dict[str, Any]:
    method = {"method": METHODS[0].name}
    return dict(flatten(RunSpec.parse({**method, **spec}).model_dump(mode="json")))


def _group(path: str, prop: Mapping[str, Any], value: Any, available: DatasetPlaces) -> Group:
    members = members_of(prop)
    title, text = prop.get("title", path), prop.get("description", "")
    if members:
        return _union(
            path, title, text, members, value or {}, available if path == "dataset" else {}
        )
    target = resolve(prop)
    if target.get("type") == "object":
        fields = _fields(path, target, value or {})
        return Group(path, title, _first_line(target.get("description", text)), fields=fields)
    return Group("", "", "", fields=[_field(path, prop, value)])


def _union(
    path: str,
    title: str,
    text: str,
    members: list[dict[str, Any]],
    value: Mapping[str, Any],
    available: DatasetPlaces,
) -> Group:
    papers = {entry.name: entry.paper for entry in (*METHODS, *DATASETS)}
    names = [name for part in members for name in names_of(part) if not is_prefix(name)]
    selected = value.get("name", names[0])
    if selected not in names:  # one that is not listed
        names.append(selected)
    options = tuple(_option(path, name, available) for name in names)
    select = Field(f"{path}.name", title, text, "select", selected, options)
    choices = [
        Choice(
            list(dict.fromkeys([*names_of(part), *[selected] * chooses(selected, part)])),
            _first_line(part.get("description", "")),
            papers.get(names_of(part)[0], ""),
            _fields(path, part, value if chooses(selected, part) else {}),
            where(available.get(names_of(part)[0])),
        )
        for part in members
    ]
    return Group(path, title, text, select, choices)


def _option(path: str, name: str, available: DatasetPlaces) -> Option:
    """A network stands under its family, with its size."""
    facts = _networks().get(name, {}) if path == "model" else {}
    size = f" ({_size(facts)})" if "size" in facts else ""
    there = available.get(name)
    nowhere = there is not None and there["available"] is False
    title = title_of(name) + size + (" (on no worker)" if nowhere else "")
    return Option(name, title, facts.get("family", ""))


def _size(facts: Mapping[str, Any]) -> str:
    """As option-search.js says it of timm's."""
    macs = facts["macs"] / 1e9
    digits = 1 if macs >= 1 else 2
    return f"{facts['size'] / 1e6:.1f} M, {macs:.{digits}f} G MACs, {facts['image_size']} px"


@cache
def _networks() -> dict[str, dict[str, Any]]:
    return {entry.name: entry.facts for entry in MODELS}


def _group_of(option: Option) -> str:
    return option.group


def _fields(path: str, part: Mapping[str, Any], value: Mapping[str, Any]) -> list[Field]:
    return [
        _field(f"{path}.{name}", prop, value.get(name, prop.get("default")))
        for name, prop in part["properties"].items()
        if name != "name"
    ]


def _field(path: str, prop: Mapping[str, Any], value: Any) -> Field:
    kinds = [option for option in prop.get("anyOf", [prop]) if option.get("type") != "null"]
    inner = {**kinds[0], **{k: v for k, v in prop.items() if k != "anyOf"}}
    options: tuple[Option, ...] = ()
    if "enum" in inner:
        kind, options = "select", tuple(Option(v, title_of(v)) for v in inner["enum"])
    else:
        types = {
            "integer": "integer",
            "number": "number",
            "boolean": "checkbox",
            "array": "list",
            "object": "map",
        }
        kind = types.get(inner.get("type", ""), "text")
    return Field(
        path=path,
        title=inner.get("title", path),
        help=inner.get("description", ""),
        type=kind,
        value=value,
        options=options,
        advanced=bool(prop.get("advanced")),
        limits=_limits(inner) if kind in ("integer", "number") else "",
        shown_when=SHOWN_WHEN.get(path),
    )


def _limits(prop: Mapping[str, Any]) -> str:
    low = prop.get("minimum", prop.get("exclusiveMinimum"))
    high = prop.get("maximum", prop.get("exclusiveMaximum"))
    if low is None or high is None or high >= 2**31 - 1:
        return ""
    return f"{'above ' if 'exclusiveMinimum' in prop else ''}{low:g} to {high:g}"


def _first_line(text: str) -> str:
    return " ".join(text.split("\n\n")[0].replace("`", "").split())
