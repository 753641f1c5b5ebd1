"""OLS_NOTIFY_URLS and OLS_NOTIFY_WEBHOOK: who is notified, and of which events.

    slack://...  failed,stale=mailto://...

Spaces separate addresses; before one, and an equals sign, stand the events that it wants. An
address is a secret. What may be shown is its name, its service and place in the list: `slack 1`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from backend.core.notice_kinds import NoticeKind
from ols.provenance.masking import MASK

_FORM = re.compile(r"(?:(?P<kinds>[a-z_,]+)=)?(?P<url>(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://\S+)")
_PIECES = re.compile(r"[/:@?&=#,;]+")
LEAST_SECRET = 4  # characters; a shorter piece of an address may be any word


@dataclass(frozen=True)
class Address:
    """Somebody to notify; `name` may be shown, `url` never."""

    name: str
    kinds: tuple[NoticeKind, ...]
    url: str = field(repr=False)
    webhook: bool = False

    def secrets(self, least: int = LEAST_SECRET) -> set[str]:
        """Whatever of it may be a password: who signs in, and what is at least so long."""
        rest = self.url.partition("://")[2]
        users = set(_PIECES.split(rest.rpartition("@")[0]))
        pieces = {self.url, rest, *_PIECES.split(rest)}
        secrets = {piece for piece in users if len(piece) >= LEAST_SECRET}
        secrets |= {piece for piece in pieces if len(piece) >= least}
        return secrets | {unquote(secret) for secret in secrets}

    def masked(self, text: str) -> str:
        """A text that sending to it brought up, without anything of the address."""
        for secret in sorted(self.secrets(), key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text


def read_addresses(text: str, *, webhooks: bool = False) -> list[Address]:
    """Raises ValueError, which says which one is wrong, by its place, and never quotes it."""
    return [_read(number, part, webhooks) for number, part in enumerate(text.split(), 1)]


def _read(number: int, text: str, webhook: bool) -> Address:
    match = _FORM.fullmatch(text)
    if match is None:
        form = "https://host/path" if webhook else "service://..., as apprise writes it"
        raise ValueError(
            f"address {number} is not one: it looks like {form}, with the events that it wants "
            "before it if it does not want all: failed,stale=..."
        )
    scheme = match["scheme"].lower()
    if webhook and scheme not in ("http", "https"):
        raise ValueError(f"address {number} must begin with https:// or http://")
    words = [word for word in (match["kinds"] or "").split(",") if word]
    if unknown := set(words) - set(NoticeKind):
        raise ValueError(
            f"address {number} asks for {', '.join(sorted(unknown))[:60]}; "
            f"the events are {', '.join(NoticeKind)}"
        )
    kinds = {NoticeKind(word) for word in words} or set(NoticeKind)
    if NoticeKind.FAILED in kinds:
        kinds.add(NoticeKind.DIVERGED)
    name = f"{'webhook' if webhook else scheme[:60]} {number}"
    return Address(name, tuple(k for k in NoticeKind if k in kinds), match["url"], webhook)
