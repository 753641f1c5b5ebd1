"""What a spec chooses by name: a method, a dataset, a network.

A choice is one class in a file of its own: its fields, and all that the form, the API, the command
line and the pages say of it. Its code lies in the file of the same name: ols/spec/methods/gce.py
describes ols/methods/gce.py. Nothing is registered; `discover` reads the folder.
"""

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from importlib import import_module
from operator import or_
from types import ModuleType
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar, get_args

from pydantic import Discriminator, Field, Tag

from ols.spec.parts.base import Part

_LISTED = "(listed)"  # in brackets, which errors leave out of a field's path


class Choice(Part):
    """The docstring of a choice is its help text, its name in a spec the default of `name`."""

    code_package: ClassVar[str]  # where the code of all choices of this kind lies
    title: ClassVar[str] = ""
    paper: ClassVar[str] = ""
    order: ClassVar[int] = 1_000  # place in every list; those of one place stand by name

    name: str

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Its name; several where one class describes a family, none of a base class; the beginning
        of them where they are not listed."""
        return get_args(cls.model_fields["name"].annotation)

    @classmethod
    def code_module(cls) -> str:
        """The module that implements it."""
        return f"{cls.code_package}.{cls.__module__.rpartition('.')[2]}"

    @classmethod
    def facts(cls) -> dict[str, Any]:
        """What the catalogue says beside title, paper and parameters."""
        return {}

    @classmethod
    def entries(cls) -> "tuple[Entry[Self], ...]":
        """One for each of its names."""
        return tuple(Entry(name, cls.title, cls.paper, cls, cls.facts()) for name in cls.names())


C = TypeVar("C", bound=Choice, covariant=True)


@dataclass(frozen=True)
class Entry(Generic[C]):
    """One name of the catalogue; `part` is the class that describes it."""

    name: str
    title: str
    paper: str
    part: type[C]
    facts: dict[str, Any]

    def describe(self) -> dict[str, Any]:
        """As JSON: help is the class's docstring, parameters its schema's properties."""
        parameters = {name: field for name, field in _properties(self.part) if name != "name"}
        return {
            "name": self.name,
            "title": self.title,
            "help": (self.part.__doc__ or "").strip(),
            "paper": self.paper,
            "parameters": parameters,
            **self.facts,
        }


def discover(package: ModuleType, kind: type[C]) -> tuple[type[C], ...]:
    """All choices of a kind in the package's files, in the order of every list."""
    files = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    modules = [import_module(file.name) for file in files]
    choices = [
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, kind)
        if value.__module__ == module.__name__ and value.names()
    ]
    return tuple(sorted(choices, key=lambda choice: (choice.order, choice.names())))


def entries_of(choices: Sequence[type[C]]) -> tuple[Entry[C], ...]:
    return tuple(entry for choice in choices for entry in choice.entries())


def union_of(choices: Sequence[type[Choice]]) -> Any:
    """The type of a spec's field that is one of them, told apart by name.

    One of the choices may have names without end, all of them with the same beginning.
    """
    listed = [choice for choice in choices if get_args(choice.model_fields["name"].annotation)]
    union: Any = Annotated[reduce(or_, listed), Field(discriminator="name")]
    rest: list[Any] = [choice for choice in choices if choice not in listed]
    if not rest:
        return union
    (other,) = rest
    (prefix,) = other.names()

    def tag(value: Any) -> str:
        name = value.get("name") if isinstance(value, Mapping) else getattr(value, "name", None)
        return prefix if isinstance(name, str) and name.startswith(prefix) else _LISTED

    tagged = [Annotated[part, Tag(name)] for part, name in ((union, _LISTED), (other, prefix))]
    return Annotated[reduce(or_, tagged), Discriminator(tag)]


@cache
def _properties(part: type[Choice]) -> tuple[tuple[str, Any], ...]:
    return tuple(part.model_json_schema()["properties"].items())
