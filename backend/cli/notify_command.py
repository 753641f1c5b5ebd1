"""`python -m backend notify`: who is notified of what; `--test` sends each a message."""

from __future__ import annotations

import sys

from backend.core.settings import Settings
from backend.notify.apprise_package import missing
from backend.notify.trial import send_tests

NOBODY = "Nobody is notified: set OLS_NOTIFY_URLS or OLS_NOTIFY_WEBHOOK (docs/notifications.md)."


def notify(config: Settings, *, test: bool) -> int:
    """Prints a line for each address, never the address; 1 where something is amiss."""
    if not config.addresses:
        print(NOBODY, file=sys.stderr)
        return 1
    problem = missing(config)
    if problem:
        print(problem, file=sys.stderr)
    if not test:
        for address in config.addresses:
            print(f"{address.name}: {', '.join(address.kinds)}")
        return int(bool(problem))
    results = send_tests(config)
    for name, error in results.items():
        print(f"{name}: {error or 'sent'}")
    return int(any(results.values()))
