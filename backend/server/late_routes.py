"""Routes that FastAPI analyses when they are first asked for.

The analysis of one takes two milliseconds and 100 kB: of all of them a fifth of a start, most of it
for routes that nobody asks for that day. A mistake in a route's parameters therefore shows when
it is asked for; a test analyses all.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name

_analysing = RLock()


class LateRoute(APIRoute):
    """Knows its address, its methods and its name; the first look at anything else analyses it."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        methods: set[str] | list[str] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        self.path = path
        self.endpoint = endpoint
        self.methods = {method.upper() for method in methods or ["GET"]}
        self.name = name or get_name(endpoint)
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self._options = options

    def __getattr__(self, attribute: str) -> Any:
        """Python asks here for what is not there."""
        with _analysing:
            options = self.__dict__.pop("_options", None)
            if options is not None:
                super().__init__(
                    self.path, self.endpoint, methods=self.methods, name=self.name, **options
                )
        return object.__getattribute__(self, attribute)


Router = partial(APIRouter, route_class=LateRoute)
