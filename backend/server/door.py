"""Who asks: the one place that every request passes.

A lab with people asks for their token, `Authorization: Bearer ...`, or for the cookie of a sign-in
(a visit to `/?token=...`, or the form that stands in place of every page). OLS_TOKEN is the first
admin's. Without people it is the one token of the lab, and without that too only requests that
reach the server at a loopback address are answered.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from dataclasses import dataclass, replace
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from backend.core.actor import Actor
from backend.core.error_codes import ErrorCode
from backend.core.settings import Settings
from backend.server import permissions
from backend.server.addresses import below, url
from backend.server.answers import error_answer
from backend.server.loopback import is_loopback
from backend.server.sign_in_page import sign_in_page
from backend.server.stream_watch import StreamWatch
from backend.store import people
from backend.store.database import Database
from backend.store.errors import StoreError

if TYPE_CHECKING:
    from backend.server.wrong_tokens import WrongTokens

logger = logging.getLogger(__name__)

COOKIE = "ols_token"  # of a lab without people
SIGN_IN = "ols_sign_in"  # of a person
ACTOR = "ols.actor"  # in the scope of a request that is made within this process (backend.agents)
LOOK = 1.0  # seconds between two looks whether a lab has people

# Without a name: a container's health check learns nothing; a sign-in is where one says it.
_OPEN = frozenset({"/healthz", "/sign-in"})


@dataclass(frozen=True)
class Credential:
    """What names a person: the hash of a token, or that of a sign-in's cookie."""

    kind: Literal["token", "cookie"]
    hash: str


@dataclass(frozen=True)
class Visitor:
    """Who asks; `credential` is None of a lab without people."""

    actor: Actor | None = None
    credential: Credential | None = None


class Door:
    """`ask` answers who a request is from, or what to answer instead."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.token = settings.token.get_secret_value()
        # Cookies are shared by all ports of a host, so the cookie is not the token itself.
        self.cookie = hmac.new(self.token.encode(), b"ols cookie", hashlib.sha256).hexdigest()
        self._database = database
        self._peopled: bool | None = None  # as of `_looked`
        self._looked = 0.0
        self.streams: StreamWatch[Credential] = StreamWatch(self._opens)

    @cached_property
    def _wrong_tokens(self) -> WrongTokens:
        from backend.server.wrong_tokens import WrongTokens  # a start need not wait for its library

        return WrongTokens()

    @cached_property
    def admin_hash(self) -> str:
        """What stands for OLS_TOKEN in the database. A person may have thought it up, so guesses
        are made slow."""
        token = self.token.encode()
        return hashlib.scrypt(token, salt=b"ols sign-in", n=2**14, r=8, p=1).hex() if token else ""

    async def ask(self, scope: Scope) -> Visitor | Response:
        """Who a request is from, or the answer that refuses it."""
        path = below(scope["path"])
        if path in _OPEN:
            guarded = self.token or self._peopled
            return Visitor() if guarded else _open_refusal(scope) or Visitor()
        if ACTOR in scope:
            return await self._allowed(scope, path, Visitor(scope[ACTOR]))
        try:
            if not await self.peopled():
                return self._without_people(scope, path)
            visitor = await self._visitor(scope, path)
            if isinstance(visitor, Response):
                return visitor
            return await self._allowed(scope, path, visitor)
        except (SQLAlchemyError, StoreError):
            logger.exception("the database can't say who asks")
            return error_answer(
                ErrorCode.UNAVAILABLE, "The database can't be reached, so nobody can be let in."
            )

    async def peopled(self) -> bool:
        """Whether this lab has people; looked up once per second at most."""
        if self._peopled is None or time.monotonic() - self._looked > LOOK:
            self._looked = time.monotonic()
            try:
                self._peopled = await run_in_threadpool(self._any_people)
            except (SQLAlchemyError, StoreError):
                if self._peopled is not False:
                    raise
                # No people a moment ago: whatever needs the database says so itself.
        return self._peopled

    def _any_people(self) -> bool:
        with self._database.read() as session:
            return people.any_people(session)

    # A lab without people -------------------------------------------------------------------

    def _without_people(self, scope: Scope, path: str) -> Visitor | Response:
        if not self.token:
            return _open_refusal(scope) or Visitor()
        headers = Headers(scope=scope)
        in_address, query = _address_token(scope)
        token = in_address or _bearer(headers)
        signed_in = hmac.compare_digest(_cookie(headers, COOKIE).encode(), self.cookie.encode())
        if token:
            if not signed_in and self._throttled(scope):
                return _TOO_MANY_WRONG_TOKENS
            if self._is_lab_token(token):
                if in_address:
                    return self._signed_in(scope, path, query, COOKIE, self.cookie)
                return Visitor()
            self._wrong_token(scope)
        return Visitor() if signed_in else _stranger(scope, headers, path, query, peopled=False)

    def _is_lab_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    # A lab with people ----------------------------------------------------------------------

    async def _visitor(self, scope: Scope, path: str) -> Visitor | Response:
        headers = Headers(scope=scope)
        in_address, query = _address_token(scope)
        token = in_address or _bearer(headers)
        key = _cookie(headers, SIGN_IN)
        by_cookie = await self._look(Credential("cookie", people.hash_of(key))) if key else None
        if token:
            if by_cookie is None and self._throttled(scope):
                return _TOO_MANY_WRONG_TOKENS
            by_token = await self._look(await self._credential(token))
            if by_token and in_address:
                cookie = await self._sign_in(scope, by_token, key)
                return self._signed_in(scope, path, query, SIGN_IN, cookie)
            if by_token:
                return by_token
            self._wrong_token(scope)
        return by_cookie or _stranger(scope, headers, path, query, peopled=True)

    async def _credential(self, token: str) -> Credential:
        if self.token and self._is_lab_token(token):
            return Credential("token", await run_in_threadpool(lambda: self.admin_hash))
        return Credential("token", people.hash_of(token))

    async def _look(self, credential: Credential) -> Visitor | None:
        who = await run_in_threadpool(self._who, credential)
        return Visitor(who, credential) if who else None

    def _who(self, credential: Credential) -> Actor | None:
        find = people.with_token if credential.kind == "token" else people.with_cookie
        with self._database.read() as session:
            return self._as_set(find(session, credential.hash, self.admin_hash))

    def person(self, name: str) -> Actor | None:
        """Who may act under this name (backend.agents)."""
        with self._database.read() as session:
            return self._as_set(people.with_name(session, name))

    def _as_set(self, who: Actor | None) -> Actor | None:
        """As the setting has it."""
        own_only = self.settings.members_change == "own"
        return replace(who, own_only=True) if who and own_only else who

    async def _sign_in(self, scope: Scope, who: Visitor, old_key: str = "") -> str:
        """A new sign-in's cookie; that of the same browser before it ends."""
        assert who.actor is not None
        assert who.credential is not None
        actor, token_hash = who.actor, who.credential.hash
        browser, address = Headers(scope=scope).get("user-agent", ""), _client(scope)

        def write() -> str:
            with self._database.write() as session:
                if old_key:
                    people.sign_out(session, people.hash_of(old_key))
                return people.sign_in(session, actor, token_hash, browser, address)

        return await run_in_threadpool(write)

    async def sign_in(self, scope: Scope, token: str, where: str) -> Response:
        """The form's answer: the page that was asked for, or the form again."""
        if self._throttled(scope):
            return _TOO_MANY_WRONG_TOKENS
        peopled = await self.peopled()
        if peopled and (who := await self._look(await self._credential(token))):
            key = _cookie(Headers(scope=scope), SIGN_IN)
            return self._to(scope, where, SIGN_IN, await self._sign_in(scope, who, key))
        if not peopled and (not self.token or self._is_lab_token(token)):
            return self._to(scope, where, COOKIE, self.cookie if self.token else "")
        self._wrong_token(scope)
        return sign_in_page(where, peopled=peopled, wrong=True)

    async def sign_out(self, scope: Scope) -> Response:
        """Ends the sign-in, and leads to the form."""
        key = _cookie(Headers(scope=scope), SIGN_IN)

        def write() -> None:
            with self._database.write() as session:
                people.sign_out(session, people.hash_of(key))

        if key:
            await run_in_threadpool(write)
        return self._to(scope, "/sign-in", SIGN_IN, "")

    async def _allowed(self, scope: Scope, path: str, visitor: Visitor) -> Visitor | Response:
        who, method = visitor.actor, scope["method"]
        if who is None:
            return visitor
        why = permissions.refusal(who, method, path)
        if not why and permissions.asks_whose(who, method, path):
            why = await run_in_threadpool(self._owner_refusal, who, method, path)
        return error_answer(ErrorCode.FORBIDDEN, why) if why else visitor

    def _owner_refusal(self, who: Actor, method: str, path: str) -> str:
        with self._database.read() as session:
            return permissions.owner_refusal(session, who, method, path)

    async def _opens(self, credential: Credential) -> bool:
        return await self._look(credential) is not None

    # Answers --------------------------------------------------------------------------------

    def _throttled(self, scope: Scope) -> bool:
        return self._wrong_tokens.too_many(_client(scope))

    def _wrong_token(self, scope: Scope) -> None:
        self._wrong_tokens.count(_client(scope))
        said = "a request from %s to %s had a wrong token"
        logger.warning(said, _client(scope), scope["path"][:100])

    def _signed_in(
        self, scope: Scope, path: str, query: list[tuple[str, str]], name: str, value: str
    ) -> Response:
        """Sets the cookie, and takes the token out of the address and the history."""
        return self._to(scope, path + (f"?{urlencode(query)}" if query else ""), name, value)

    def _to(self, scope: Scope, where: str, name: str, value: str) -> Response:
        """To a page of the lab, with this cookie, or without it where it is empty."""
        # One slash only: `//host/` would lead to another host.
        answer = RedirectResponse(url("/" + where.lstrip("/\\")), 303)
        answer.set_cookie(
            name,
            value,
            path=url("/"),
            max_age=int(people.LASTS.total_seconds()) if value else 0,
            httponly=True,
            samesite="strict",
            secure=scope.get("scheme") == "https",
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer


_TOO_MANY_WRONG_TOKENS = error_answer(
    ErrorCode.TOO_MANY_ATTEMPTS,
    "Too many wrong tokens came from this address; wait a minute, then send the right one.",
    headers={"Retry-After": "60"},
)


def _stranger(
    scope: Scope, headers: Headers, path: str, query: list[tuple[str, str]], *, peopled: bool
) -> Response:
    """A browser that visits a page is asked for the token; anybody else is told where it goes."""
    if "text/html" in headers.get("accept", "") and not path.startswith("/api/"):
        where = path if scope["method"] == "GET" else "/"
        return sign_in_page(where + (f"?{urlencode(query)}" if query else ""), peopled=peopled)
    token = "your token" if peopled else "OLS_TOKEN"
    return error_answer(
        ErrorCode.UNAUTHORIZED,
        f"Send `Authorization: Bearer <{token}>`, or open {url('/')}?token=<{token}> in a browser.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def _open_refusal(scope: Scope) -> Response | None:
    """Without a token, only loopback is answered: another server than ours may listen elsewhere."""
    address = (scope.get("server") or ("",))[0]
    if address.startswith("/") or is_loopback(address):  # a path: a UNIX socket's
        return None
    return error_answer(
        ErrorCode.TOKEN_NEEDED,
        "This server can be reached from other machines and has no token: set OLS_TOKEN, or let it "
        "listen on 127.0.0.1 alone.",
    )


def _address_token(scope: Scope) -> tuple[str, list[tuple[str, str]]]:
    """The token in the address of a visit, and the rest of its query."""
    query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    token = dict(query).get("token", "") if scope["method"] == "GET" else ""
    return token, [item for item in query if item[0] != "token"]


def _bearer(headers: Headers) -> str:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _cookie(headers: Headers, name: str) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _client(scope: Scope) -> str:
    return str((scope.get("client") or ("unknown",))[0])
