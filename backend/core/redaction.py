"""Keeps secrets out of what is shown or passed on."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote, urlsplit

from backend.core.settings import Settings
from ols.provenance.masking import MASK

_PASSWORD = re.compile(r"(://[^:/@\s]*):[^/\s]*@")  # greedy: a password may hold an @
LEAST_PIECE = 12  # characters of an address; a shorter piece may be any word
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|ACCESS_KEY|CREDENTIAL", re.IGNORECASE)


def without_password(text: str) -> str:
    """`scheme://user:password@host` -> `scheme://user:***@host`, anywhere in a text."""
    return _PASSWORD.sub(rf"\1:{MASK}@", text)


def redact(text: str, config: Settings) -> str:
    """Without the secrets of the settings and of the environment, in whatever form they come."""
    for secret in sorted(_secrets(config), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return without_password(text)


def _secrets(config: Settings) -> set[str]:
    secrets = {config.token.get_secret_value()}
    secrets |= {value for name, value in os.environ.items() if _SECRET_NAME.search(name)}
    secrets.add(config.notify_webhook_secret.get_secret_value())
    for address in config.addresses:
        secrets |= address.secrets(LEAST_PIECE)
    for url in (config.database_url, config.broker_url):
        try:
            password = urlsplit(url).password or ""
        except ValueError:  # no URL; it will be masked as far as it looks like one
            continue
        secrets |= {password, unquote(password)}
    return {secret for secret in secrets if len(secret) >= 4}  # shorter ones would mask words
