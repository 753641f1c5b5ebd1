"""Sends one message and ends: reads it as JSON from standard input, writes what became of it.

A process of its own, which its parent kills when it takes too long: whatever a receiver does, it
holds up nothing else. Nothing of ours is imported, so that it starts at once. The message, which
holds an address, is not an argument: those show in a list of processes.
"""

from __future__ import annotations

import json
import logging
import sys
import urllib.error
import urllib.request
from http.client import HTTPException, RemoteDisconnected
from typing import Any

SECONDS = 10  # that a receiver may take for each step of an answer
MISSING = "apprise is not installed: pip install 'ols-lab[notify]'"


class _Straight(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a POST that is led elsewhere would become a GET without its body."""

    def redirect_request(self, *_: Any) -> None:
        return None


def post(url: str, headers: dict[str, str], body: str) -> str:
    """Why it did not arrive; empty when it did."""
    request = urllib.request.Request(url, body.encode(), headers, method="POST")
    try:
        with urllib.request.build_opener(_Straight).open(request, timeout=SECONDS) as answer:
            return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
    except urllib.error.HTTPError as error:
        moved = "; set the address that it leads to" if 300 <= error.code < 400 else ""
        return f"it answered {error.code}{moved}"
    except (OSError, HTTPException, ValueError) as error:
        return _words(getattr(error, "reason", None) or error)


def _words(error: object) -> str:
    if isinstance(error, TimeoutError):
        return f"it did not answer within {SECONDS} s"
    if isinstance(error, RemoteDisconnected | ConnectionResetError):
        return "it closed the connection without an answer"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def tell(url: str, title: str, text: str, level: str) -> str:
    """The same by apprise."""
    try:
        import apprise
    except ImportError:
        return MISSING
    said: list[str] = []
    handler = logging.Handler(logging.INFO)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("apprise").addHandler(handler)
    lab = apprise.AppriseAsset(app_id="OLS Lab", app_desc="OLS Lab", app_url="")
    people = apprise.Apprise(asset=lab)
    if not people.add(url):
        return "apprise does not know this form of address"
    if people.notify(title=title, body=text, notify_type=level):
        return ""
    return said[-1] if said else "apprise could not deliver it"


def main() -> None:
    """`{"error": ""}` on standard output: it was sent."""
    task = json.load(sys.stdin)
    send = post if "body" in task else tell
    print(json.dumps({"error": send(**task)}))


if __name__ == "__main__":
    main()
