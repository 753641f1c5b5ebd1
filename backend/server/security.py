"""Who may talk to this server, and what its pages may do.

Another site's tab must not drive it: the Host must be ours (DNS rebinding), and a request that
changes something must come from our own pages (Origin, Sec-Fetch-Site) or from no browser at all.
With OLS_TOKEN set, every request carries the token: `Authorization: Bearer ...`, or the cookie
that a visit to `/?token=...` sets. Without one, only requests that reach the server at a loopback
address are answered, whoever started it and however.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.error_codes import ErrorCode
from backend.core.settings import Settings
from backend.server.addresses import below, url
from backend.server.answers import error_answer

logger = logging.getLogger(__name__)

COOKIE = "ols_token"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
WRONG_TOKENS = RateLimitItemPerMinute(10)  # from one address; then its tokens are not even read
ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

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

_SIGN_IN = """<!doctype html><html lang="en"><meta charset="utf-8"><title>OLS Lab</title>
<body style="font-family: system-ui; max-width: 40rem; margin: 4rem auto; padding: 0 1rem">
<h1>This server needs its token</h1>
<p>Open its address once as <code>{address}?token=...</code> with the value of OLS_TOKEN; this
browser then remembers it.</p></body></html>"""


def is_loopback(host: str) -> bool:
    """True for an address that only this machine can reach."""
    host = host.strip("[]").lower()
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Security:
    """The outermost middleware: checks the request, then adds headers to the answer."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.hosts = _allowed_hosts(settings)
        self.token = settings.token.get_secret_value()
        # Cookies are shared by all ports of a host, so the cookie is not the token itself.
        self.cookie = hmac.new(self.token.encode(), b"ols cookie", hashlib.sha256).hexdigest()
        self._wrong_tokens = MovingWindowRateLimiter(MemoryStorage())

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

        app = self.refusal(scope) or self.app
        await app(scope, receive, with_headers)

    def refusal(self, scope: Scope) -> Response | None:
        """What to answer instead of passing the request on, None to pass it on."""
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
        return self._token_refusal(scope, headers) if self.token else _open_refusal(scope)

    def _token_refusal(self, scope: Scope, headers: Headers) -> Response | None:
        path = below(scope["path"])
        if path == "/healthz":
            return None  # a container's health check has no token, and learns nothing
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        in_address = dict(query).get("token", "") if scope["method"] == "GET" else ""
        token = in_address or _bearer(headers)
        signed_in = hmac.compare_digest(_cookie(headers).encode(), self.cookie.encode())
        if token:
            client = (scope.get("client") or ("unknown",))[0]
            if not signed_in and not self._wrong_tokens.test(WRONG_TOKENS, client):
                return _TOO_MANY_WRONG_TOKENS
            if self._is_token(token):
                rest = [item for item in query if item[0] != "token"]
                return self._signed_in(scope, rest) if in_address else None
            self._wrong_tokens.hit(WRONG_TOKENS, client)
            logger.warning("a request from %s to %s had a wrong token", client, scope["path"][:100])
        if signed_in:
            return None
        if "text/html" in headers.get("accept", "") and not path.startswith("/api/"):
            return HTMLResponse(_SIGN_IN.format(address=url("/")), 401)
        return error_answer(
            ErrorCode.UNAUTHORIZED,
            "Send `Authorization: Bearer <OLS_TOKEN>`, or open "
            f"{url('/')}?token=<OLS_TOKEN> in a browser.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def _signed_in(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        """Sets the cookie, and takes the token out of the address and the history."""
        # One slash only: `//host/` would lead to another host.
        path = url("/" + below(scope["path"]).lstrip("/\\"))
        answer = RedirectResponse(path + (f"?{urlencode(query)}" if query else ""), 303)
        answer.set_cookie(
            COOKIE,
            self.cookie,
            path=url("/"),
            max_age=30 * 24 * 3600,
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


def _bearer(headers: Headers) -> str:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


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


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
