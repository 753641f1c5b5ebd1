"""Requests to a lab, and its refusals as errors."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.parse import urlsplit

import httpx

from ols.client.address import Address
from ols.errors import FieldError, LabRefused, LabUnreachable
from ols.version import __version__

COME_AGAIN = frozenset({408, 425, 429})  # 4xx that say nothing against the request
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class Connection:
    """One lab. `request` may be called by several threads."""

    def __init__(self, address: Address, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"User-Agent": f"ols/{__version__}"}
        if address.token:
            headers["Authorization"] = f"Bearer {address.token}"
        self.address = address
        self._here = urlsplit(address.url).hostname in _LOOPBACK  # which no proxy can reach
        self._client = httpx.Client(
            base_url=address.url,
            headers=headers,
            timeout=_TIMEOUT,
            transport=transport,
            trust_env=not self._here,
        )

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer, which is a 2xx; options as httpx has them.

        Raises LabRefused or LabUnreachable.
        """
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise LabUnreachable(f"{self.address.url} does not answer: {reason}") from error
        if not answer.is_success:
            raise _refusal(answer, self.address.url)
        return answer

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of a GET; parameters that are None are left out, lists are repeated."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self.request("GET", path, params=given).json()

    def post(self, path: str, body: Any = None) -> Any:
        return self.request("POST", path, json=body).json()

    def post_packed(self, path: str, body: bytes) -> Any:
        """JSON that is ready, sent as gzip where it crosses a network: the fast level, for the
        loop's cores are its own."""
        headers = {"Content-Type": "application/json"}
        if not self._here:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1, mtime=0)
        return self.request("POST", path, content=body, headers=headers).json()

    def put(self, path: str, body: bytes, content_type: str) -> None:
        self.request("PUT", path, content=body, headers={"Content-Type": content_type})

    def close(self) -> None:
        self._client.close()


def _refusal(answer: httpx.Response, url: str) -> LabRefused | LabUnreachable:
    status, error = answer.status_code, _error(answer)
    message = error.get("message") or f"{url} answered {status} {answer.reason_phrase}"
    if status >= 500 or status in COME_AGAIN or status < 400:
        return LabUnreachable(message, _seconds(answer.headers.get("retry-after", "")))
    fields = [FieldError(each["path"], each["message"]) for each in error.get("fields") or ()]
    return LabRefused(status, error.get("code") or "refused", message, fields)


def _error(answer: httpx.Response) -> dict[str, Any]:
    """What the answer says in the lab's shape; empty where a proxy answered instead."""
    try:
        error = answer.json()["error"]
        return error if isinstance(error, dict) else {}
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        return {}


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() else None
