"""The API's description, made by `python -m backend openapi` in a process of its own.

What FastAPI and Pydantic take to make it, 15 MB, would stay in the web process's memory; the
child's ends with it. What is kept is the text, half a megabyte.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from threading import Lock
from typing import Any

PATIENCE = 120  # seconds

_one_at_a_time = Lock()


def described() -> dict[str, Any]:
    """The description as JSON; the first call takes seconds. In place of `app.openapi`."""
    with _one_at_a_time:
        text = _made()
    description: dict[str, Any] = json.loads(text)
    return description


@cache
def _made() -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "backend", "openapi"],
        stdout=subprocess.PIPE,
        timeout=PATIENCE,
        check=True,
    ).stdout
