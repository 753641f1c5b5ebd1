"""From where this server may be asked, and what its pages may do.

Another site's tab must not drive it: the Host must be ours (DNS rebinding), and a request that
changes something must come from our own pages (Origin, Sec-Fetch-Site) or from no browser at all.
Who asks, and what they may, is the door's to say (backend.server.door).
"""

from __future__ import annotations

from contextlib import ExitStack
from urllib.parse import urlsplit

from anyio import CancelScope
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.actor import acting
from backend.core.error_codes import ErrorCode
from backend.core.settings import Settings
from backend.server.answers import error_answer
from backend.server.door import Credential, Door
from backend.server.permissions import SAFE_METHODS

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})

# Plotly sets inline styles, so those stay allowed; scripts come from files of ours only.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Security:
    """The outermost middleware: checks the request, then adds headers to the answer."""

    def __init__(self, app: ASGIApp, settings: Settings, door: Door) -> None:
        self.app = app
        self.hosts = _allowed_hosts(settings)
        self.door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)  # a page may bring a stricter policy
            await send(message)

        visitor = self.refusal(scope) or await self.door.ask(scope)
        if isinstance(visitor, Response):
            await visitor(scope, receive, with_headers)
            return
        with acting(visitor.actor):
            if visitor.credential is None:
                await self.app(scope, receive, with_headers)
            else:
                await self._while_known(visitor.credential, scope, receive, with_headers)

    async def _while_known(
        self, credential: Credential, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """A stream ends with the sign-in or the token that it was opened by."""
        with CancelScope() as open_stream, ExitStack() as watch:

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start" and _is_stream(message):
                    watch.callback(self.door.streams.add(credential, open_stream.cancel))
                await send(message)

            await self.app(scope, receive, watched)
        if open_stream.cancelled_caught:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def refusal(self, scope: Scope) -> Response | None:
        """What another site's request is answered; None of any other."""
        headers = Headers(scope=scope)
        if _name(headers.get("host", "")) not in self.hosts:
            return error_answer(
                ErrorCode.BAD_HOST,
                "This server does not answer to that host name; add it to OLS_ALLOWED_HOSTS.",
            )
        if scope["method"] not in SAFE_METHODS and not _same_origin(headers):
            return error_answer(
                ErrorCode.FORBIDDEN,
                "A page of another site may not change anything here. If this is your own proxy, "
                "let it pass the Host header on.",
            )
        return None


def _is_stream(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")


def _allowed_hosts(settings: Settings) -> frozenset[str]:
    more = {name.strip().strip("[]").lower() for name in settings.allowed_hosts.split(",")}
    own = settings.host.strip("[]").lower()
    return frozenset((LOOPBACK | more | {own}) - ANY_ADDRESS)


def _name(host: str) -> str:
    """The name in a Host header, without its port; empty when it is malformed."""
    try:
        return (urlsplit(f"//{host}").hostname or "") if "@" not in host else ""
    except ValueError:
        return ""


def _same_origin(headers: Headers) -> bool:
    """False for a request that a browser sends for another site's page."""
    # No page can set this header. Browsers leave it out on plain http to another machine; where
    # they send it, it holds behind a proxy too that says another Host than the browser did.
    site = headers.get("sec-fetch-site", "none")
    if site != "none":
        return site == "same-origin"
    origin = headers.get("origin")
    if origin is None:
        return True  # not a browser: those name the origin of every unsafe request
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    default = {"http": ":80", "https": ":443"}.get(parts.scheme)
    if default is None:
        return False
    # A proxy may speak https for us, so host and port are compared, not the scheme.
    return parts.netloc.lower().removesuffix(default) == headers.get(
        "host", ""
    ).lower().removesuffix(default)
