"""What looks like a secret is masked before it leaves the machine.

A name decides, not a value: whatever is called `*token*`, `*key*`, `*secret*`, `*password*` or
`*credential*`, and the user part of an address. Numbers and switches stay (`max_tokens` = 512 is no
secret), and so do words that hold such a name by chance (`tokenizer`, `keypoints`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

MASK = "***"

_SECRET = re.compile(r"token|key|secret|passw(?:or)?d|passphrase|credential", re.IGNORECASE)
_BY_CHANCE = re.compile(
    r"tokeni[sz]\w*|key(?:point|word|frame|board)s?|monkey|turkey", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^\s/@'\"]+@", re.IGNORECASE)
# `--name=value`, `NAME=value`, `name: "value"`: a quoted value ends with its quote.
_ASSIGNED = re.compile(
    r"""(?P<name>[\w.-]*?[A-Za-z_][\w.-]*)(?P<between>["']?\s*[:=]\s*)(?P<value>"[^"\n]*"|'[^'\n]*'|[^\s,;)}\]]+)"""
)
_PLAIN = re.compile(r"[-+]?[\d.]+(?:e[-+]?\d+)?|true|false|none|null", re.IGNORECASE)


def is_secret(name: str) -> bool:
    """Whether a value of this name is to be masked."""
    return bool(_SECRET.search(_BY_CHANCE.sub("", name)))


def masked_text(text: str) -> str:
    """Lines of code or of a shell, with the values of secret names and addresses' users masked."""
    return _ASSIGNED.sub(_masked, _ADDRESS.sub(rf"\g<scheme>{MASK}@", text))


def masked_command(arguments: Sequence[str]) -> list[str]:
    """A command's words; of `--token abc` the second one is masked, too."""
    words, secret = [], False
    for word in arguments:
        option = word.startswith("-")
        words.append(
            MASK if secret and not option and not _PLAIN.fullmatch(word) else masked_text(word)
        )
        secret = option and "=" not in word and is_secret(word)
    return words


def masked_values(value: Any, name: str = "") -> Any:
    """JSON with the texts below secret names masked, and users in addresses anywhere."""
    if isinstance(value, Mapping):
        return {key: masked_values(each, f"{name} {key}") for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked_values(each, name) for each in value]
    if not isinstance(value, str):
        return value
    if value and is_secret(name) and not _PLAIN.fullmatch(value):
        return MASK
    return _ADDRESS.sub(rf"\g<scheme>{MASK}@", value)


def _masked(match: re.Match[str]) -> str:
    value = match["value"]
    bare = value.strip("\"'")
    if not bare or not is_secret(match["name"]) or _PLAIN.fullmatch(bare):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{match['between']}{quote}{MASK}{quote}"
