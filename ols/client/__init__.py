"""The open lab's client: log runs of your own loops, submit runs, read every number back.

    from ols.client import Lab

    lab = Lab()  # OLS_URL, OLS_TOKEN, or what `ols login` stored
    with lab.run("my loop", config={"lr": 0.1}) as run:
        run.log(epoch=1, val_top1=0.81)

Needs `pip install 'ols-lab[client]'`; loads neither torch nor the web service.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ols.client.lab import Lab
    from ols.client.logged_run import LoggedRun
    from ols.client.remote_run import RemoteRun

__all__ = ["Lab", "LoggedRun", "RemoteRun"]

_HOMES = {
    "Lab": "ols.client.lab",
    "LoggedRun": "ols.client.logged_run",
    "RemoteRun": "ols.client.remote_run",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ols.client' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
