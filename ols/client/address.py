"""Where the lab is and with which token it is asked: what the caller says, else the environment
(OLS_URL, OLS_TOKEN), else what `ols login` stored, else this machine without a token."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from ols.errors import LabError

DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Address:
    """A lab's address without a slash at its end, and its token, empty where it has none."""

    url: str
    token: str = ""


def address(url: str | None = None, token: str | None = None) -> Address:
    """The address to use.

    A stored or inherited token is sent only to the address that it was given for: another lab does
    not learn it. Raises LabError where the address is no http address.
    """
    stored = stored_login()
    inherited = os.environ.get("OLS_URL") or (stored.url if stored else DEFAULT_URL)
    chosen = checked_url(url or inherited)
    if token is None:
        token = _token_for(chosen, checked_url(inherited), stored)
    return Address(chosen, token.strip())


def checked_url(text: str) -> str:
    """Without spaces and slashes around it. Raises LabError."""
    url = text.strip().rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise LabError(f"{text!r} is not a lab's address: it looks like http://127.0.0.1:8000")
    return url


def _token_for(url: str, inherited: str, stored: Address | None) -> str:
    if url == inherited and (token := os.environ.get("OLS_TOKEN")):
        return token
    return stored.token if stored and stored.url == url else ""


def login_file() -> Path:
    """Where `ols login` keeps address and token."""
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "ols" / "login.json"


def stored_login() -> Address | None:
    """What `ols login` stored; None where there is nothing that can be read."""
    try:
        stored = json.loads(login_file().read_text())
        return Address(checked_url(stored["url"]), str(stored["token"]))
    except (OSError, ValueError, KeyError, TypeError, LabError):
        return None


def store_login(login: Address) -> Path:
    """Only its owner may read the file, from its first byte on."""
    path = login_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"url": login.url, "token": login.token}, file)
    return new.replace(path)
