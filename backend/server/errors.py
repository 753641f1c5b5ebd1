"""One place that shapes every error, and a handler for unexpected ones.

Under /api the answer is always JSON. Elsewhere a browser (Accept: text/html) gets a page.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DatabaseError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.error_codes import ErrorCode, code_of
from backend.server.addresses import below
from backend.server.answers import error_answer
from backend.server.methods import allowed
from backend.store.database import is_damage
from backend.store.errors import Damaged, StoreError
from ols.errors import FieldError, ForkError, SpecError, SweepError
from ols.spec.errors import field_error, wording

log = logging.getLogger("ols.web")

ErrorPage = Callable[[Request, int, str, str], Response]


def install(app: FastAPI, error_page: ErrorPage) -> None:
    """Registers a handler for each kind of error; `error_page` renders those of pages."""

    def answer(
        request: Request,
        status: int,
        message: str,
        *,
        code: ErrorCode | None = None,
        fields: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        code = code or code_of(status)
        if wants_page(request) and (page := _rendered(error_page, request, status, code, message)):
            return page
        return error_answer(code, message, fields, headers, status=status)

    # Plain functions run in a thread: a page may ask the database.

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        message = str(error.detail)
        if error.status_code == 404 and message == "Not Found":
            message = f"There is nothing at {request.url.path}."
        headers = dict(error.headers or {})
        if error.status_code == 405:
            headers["Allow"] = ", ".join(allowed(request))  # Starlette names one route's alone
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=headers)
            message = f"{request.method} is not possible at {request.url.path}."
        return answer(request, error.status_code, message, headers=headers)

    @app.exception_handler(StoreError)
    def refused(request: Request, error: StoreError) -> Response:
        status = error.code.status or 500
        if status >= 500:  # the text names addresses and settings of the server
            log.error("the store failed: %s", error)
            return answer(request, status, error.public)
        fields = [FieldError(error.field, str(error))] if error.field else []
        return answer(request, status, str(error), code=error.code, fields=fields)

    @app.exception_handler(SpecError)
    def bad_spec(request: Request, error: SpecError) -> Response:
        # A sweep's paths, and a fork's, are the request's own.
        base = "" if isinstance(error, SweepError | ForkError) else "spec"
        fields = [FieldError(_join(base, field.path), field.message) for field in error.fields]
        return answer(request, 422, _summary(fields), fields=fields)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        items = error.errors()
        if items and items[0]["type"] == "json_invalid":
            where = f"{items[0]['ctx']['error']} at character {items[0]['loc'][-1]}"
            said = f"The body is not valid JSON: {where}."
            return answer(request, 400, said, code=ErrorCode.INVALID_JSON)
        fields = request_fields(items)
        return answer(request, 422, _summary(fields), fields=fields)

    @app.exception_handler(DatabaseError)
    @app.exception_handler(sqlite3.DatabaseError)
    def database_damaged(request: Request, error: Exception) -> Response:
        if not is_damage(error):
            raise error  # a statement of ours is wrong
        log.error("the database is damaged: %s", error)
        return answer(request, 503, Damaged.public)

    @app.exception_handler(OperationalError)
    def database_down(request: Request, error: OperationalError) -> Response:
        log.error("database error", exc_info=error)
        return answer(request, 503, "The database can't be reached or is busy; try again.")


def wants_page(request: Request) -> bool:
    """True for a browser that visits a page."""
    path = below(request.url.path)
    is_api = path.startswith("/api/") or path in ("/api", "/healthz")
    return not is_api and "text/html" in request.headers.get("accept", "")


def _rendered(
    error_page: ErrorPage, request: Request, status: int, code: str, message: str
) -> Response | None:
    """The page of an error; None when rendering it fails too, as without a database."""
    try:
        return error_page(request, status, code, message)
    except Exception:
        log.exception("an error page could not be rendered")
        return None


def request_fields(items: Sequence[Any]) -> list[FieldError]:
    """FastAPI's errors with the request's own paths: `spec.method.alpha`, `limit`."""
    wrong: list[FieldError] = []
    for item in items:
        place, *steps = item["loc"]
        if place == "body" and not steps and item["type"] != "misfit":
            wanted = "send a JSON object, with Content-Type: application/json"
            wrong.append(FieldError("", wanted))
        elif place == "body" and steps[:1] == ["spec"]:
            error = field_error(item, steps[1:])
            wrong.append(FieldError(_join("spec", error.path), error.message))
        elif place == "body":
            wrong.append(field_error(item, steps))
        else:
            wrong.append(FieldError(_join(*map(str, steps)), wording(item)))
    return wrong


def _join(*steps: str) -> str:
    return ".".join(step for step in steps if step)


def _summary(fields: Sequence[FieldError]) -> str:
    return "; ".join(f"{f.path}: {f.message}" if f.path else f.message for f in fields)


class CatchUnexpected:
    """Answers 500 without details and logs them. Inside the middleware that sets headers."""

    def __init__(self, app: ASGIApp, error_page: ErrorPage) -> None:
        self.app = app
        self.error_page = error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception:
            log.exception("unexpected error at %s %s", scope["method"], scope["path"])
            if started:
                raise  # too late for an answer: the connection must break
            request = Request(scope)
            message = "Something went wrong here; the server's log says what."
            answer: Response | None = None
            if wants_page(request):
                facts = (request, 500, ErrorCode.INTERNAL, message)
                answer = await run_in_threadpool(_rendered, self.error_page, *facts)
            await (answer or error_answer(ErrorCode.INTERNAL, message))(scope, receive, send)
