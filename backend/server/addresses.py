"""Addresses below the prefix under which a proxy serves the lab, OLS_ROOT_PATH.

Behind `location /ols/`, all that a browser asks for stands below /ols/: whatever leaves as an
address (a link, a redirect, a cookie's path) is written `url("/runs/1")`, in templates and scripts
too (js/core/url.js). What arrives may still have the prefix, or the proxy has taken it away.
"""

from __future__ import annotations

from contextvars import ContextVar

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

_root_path: ContextVar[str] = ContextVar("root_path", default="")


def url(path: str) -> str:
    """A path of the lab, `/runs/1`, as a browser has to ask for it: `/ols/runs/1`."""
    return _root_path.get() + path


def below(path: str) -> str:
    """The reverse: the lab's own path of one that was asked for, with the prefix or without."""
    root = _root_path.get()
    return path.removeprefix(root) or "/" if f"{path}/".startswith(f"{root}/") else path


class PrefixTaken(ValueError):  # noqa: N818 - the name says what is wrong
    """The prefix begins like a page of the lab: nobody could tell whether a proxy took it away."""


def check_prefix(app: FastAPI, root_path: str) -> None:
    """Raises PrefixTaken, once the application has its routes."""
    head = _head(root_path)
    if head and head in {_head(route.path) for route in app.routes if isinstance(route, Route)}:
        raise PrefixTaken(
            f"OLS_ROOT_PATH={root_path}: the lab itself has pages at /{head}; choose another "
            "prefix."
        )


def _head(path: str) -> str:
    return path.split("/")[1] if path.startswith("/") else ""


class RootPath:
    """Middleware, the outermost: tells `url` and the application the prefix; a server's own wins.

    The path is made to begin with it, as ASGI wants; then there is one way to take it off.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app = app
        self.root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root = scope.get("root_path") or self.root_path
        if scope["type"] == "http" and root:
            token = _root_path.set(root)
            try:
                path = url(below(scope["path"]))
                await self.app({**scope, "path": path, "root_path": root}, receive, send)
            finally:
                _root_path.reset(token)
        else:
            await self.app(scope, receive, send)
