"""What is wrong with a spec: the request's own paths, and words that say what to change."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from ols.errors import FieldError

# Parts that are chosen by name. Pydantic puts that name into an error's location, behind the
# part's own, but it stands in no request: `method.ols.alpha` is `method.alpha` there.
CHOSEN_BY_NAME = ("method", "dataset", "model", "optimizer", "schedule")

LISTED = 40  # choices, up to which an error names them all


def misfit(path: str, message: str) -> PydanticCustomError:
    """An error that names a field below the validator that raises it."""
    return PydanticCustomError("misfit", "{message}", {"path": path, "message": message})


def field_errors(error: ValidationError) -> list[FieldError]:
    """All of pydantic's errors on a spec, with paths like `method.alpha`."""
    items = error.errors(include_url=False, include_input=False)
    return [field_error(item, item["loc"]) for item in items]


def field_error(item: ErrorDetails, location: Sequence[int | str]) -> FieldError:
    """One error, as if it stood at `location` of a spec."""
    # Without pydantic's own marks: tags of a union, and that a key is meant and not its value.
    steps = [str(step) for step in location if not str(step).startswith("(") and step != "[key]"]
    if steps and steps[0] in CHOSEN_BY_NAME:
        del steps[1:2]
    if item["type"] == "misfit":
        steps.append(item["ctx"]["path"])
    return FieldError(".".join(steps), wording(item))


def wording(item: ErrorDetails) -> str:
    """What is wrong, without pydantic's own vocabulary."""
    if item["type"] == "extra_forbidden":
        return "unknown field; remove it or check its spelling"
    if item["type"] == "union_tag_invalid":
        return _unknown_name(item["ctx"]["tag"], item["ctx"]["expected_tags"])
    if item["type"] == "union_tag_not_found":
        return 'give its name, as a string or as {"name": ...}'
    text = item["msg"].removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _unknown_name(given: str, expected: str) -> str:
    """Names all choices, or of a hundred those with a similar spelling."""
    names = [name.strip("'") for name in expected.split(", ")]
    near = get_close_matches(given, names, n=5)
    if len(names) <= LISTED:
        return f"unknown name {given!r}; choose one of {expected}"
    like = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"unknown name {given!r} of {len(names)}{like} (python -m ols catalogue lists them)"
