"""How the API answers: JSON without NaN, and the one shape of errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_args

from fastapi.responses import Response
from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema, to_json

from backend.core.error_codes import ErrorCode
from ols.errors import FieldError

Content = TypeVar("Content", covariant=True)


class Json(Response, Generic[Content]):
    """A JSON answer. NaN and infinities leave as null, times as ISO 8601 in UTC.

    A route that returns `Json[RunDetail]` is described so, and mypy holds it to that type.
    """

    media_type = "application/json"

    def __init__(
        self, content: Content, status_code: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        headers = {"Cache-Control": "no-cache", **(headers or {})}
        super().__init__(content, status_code, headers)

    def render(self, content: Any) -> bytes:
        """Several times as fast as FastAPI's own encoder, which matters for lists of runs."""
        return to_json(content, inf_nan_mode="null")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Anything: nothing validates what leaves. The description has the content's own schema,
        made when it is asked for: half a second, which no start of the service waits for."""
        (content,) = get_args(source)
        return handler.generate_schema(Annotated[Any, _DescribedAs(content)])


@dataclass(frozen=True)
class _DescribedAs:
    content: Any

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = TypeAdapter(self.content).core_schema
        # As the schema of a part: `handler` would lay a named type's own one open.
        return handler(core_schema.definitions_schema(whole, []))


class NotModified(Json[Any]):
    """304: the client has it already."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(None, 304, headers)

    def render(self, content: Any) -> bytes:
        """Nothing."""
        return b""


class FieldFault(BaseModel):
    """One wrong field."""

    path: str = Field(description="The request's own path, for example spec.method.alpha.")
    message: str


def _codes_in_words() -> str:
    return "Stable. " + " ".join(
        f"`{code}` ({code.status or 'of a run that failed'}): {code.when}" for code in ErrorCode
    )


class ErrorBody(BaseModel):
    """What went wrong."""

    code: ErrorCode = Field(description=_codes_in_words())
    message: str = Field(description="A sentence for people.")
    fields: list[FieldFault] | None = Field(None, description="With code `invalid`.")


class ErrorAnswer(BaseModel):
    """The shape of every error, for the documentation."""

    error: ErrorBody


def error_json(code: ErrorCode, message: str, fields: Sequence[FieldError] = ()) -> dict[str, Any]:
    """`{"error": {"code", "message", "fields"?: [{"path", "message"}]}}`"""
    error: dict[str, Any] = {"code": code, "message": _sayable(message)}
    if fields:
        error["fields"] = [
            {"path": _sayable(field.path), "message": _sayable(field.message)} for field in fields
        ]
    return {"error": error}


def error_answer(
    code: ErrorCode,
    message: str,
    fields: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    *,
    status: int | None = None,
) -> Json[Any]:
    """An error in the API's shape, under the status of its code unless another one is given."""
    return Json(error_json(code, message, fields), status or code.status or 500, headers)


def _sayable(text: str) -> str:
    """Texts may quote the request: no lone surrogates (they have no UTF-8), no megabytes."""
    return text[:500].encode("utf-8", "replace").decode("utf-8")
