"""`ols login`: stores a lab's address and token, once the lab has taken them."""

from __future__ import annotations

import argparse
import getpass
import sys

from ols.client.address import Address, checked_url, store_login
from ols.client.connection import Connection
from ols.commands.output import print_json


def login(options: argparse.Namespace) -> int:
    given = Address(checked_url(options.address), _token(options))
    Connection(given).get("/api/runs", limit=1)  # a wrong token is refused here, not tomorrow
    path = store_login(given)
    if options.json:
        print_json({"url": given.url, "file": str(path)})
    else:
        print(f"{given.url} is asked from now on ({path})")
    return 0


def _token(options: argparse.Namespace) -> str:
    if options.token == "-":
        return sys.stdin.readline().strip()
    if options.token is not None:
        return str(options.token).strip()
    if not sys.stdin.isatty():
        return ""
    return getpass.getpass("token (empty if the lab has none): ").strip()
