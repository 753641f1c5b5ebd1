"""Each extra alone: apprise speaks where it is installed; without it the webhook still works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.closure import with_only
from tests.support.receiver import receiver


def notify(tmp_path: Path, extras: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    """`python -m backend notify --test` where only these extras are installed."""
    inherited = with_only(extras, tmp_path)
    own = {name: value for name, value in inherited.items() if not name.startswith("OLS_")}
    environment = {**own, "OLS_DATA_DIR": str(tmp_path), **settings}
    command = [sys.executable, "-m", "backend", "notify", "--test"]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, cwd=tmp_path, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("service", ["web", "worker"])
def test_apprise_needs_its_extra_alone(tmp_path: Path, service: str) -> None:
    with receiver() as got:
        url = got.url.replace("http://", "json://user:pa55word@")
        done = notify(tmp_path, [service, "notify"], OLS_NOTIFY_URLS=url)
    assert (done.returncode, done.stdout) == (0, "json 1: sent\n"), done.stderr
    assert b"A test from OLS Lab" in got.accepted[0]


@pytest.mark.slow
def test_without_apprise_the_webhook_works_and_the_rest_says_what_to_install(
    tmp_path: Path,
) -> None:
    with receiver() as got:
        done = notify(
            tmp_path,
            ["worker"],
            OLS_NOTIFY_URLS="slack://tokenA/tokenB/tokenC",
            OLS_NOTIFY_WEBHOOK=got.url,
            OLS_NOTIFY_WEBHOOK_SECRET="a long enough secret",
        )
    assert done.returncode == 1
    install = "pip install 'ols-lab[notify]'"
    assert f"OLS_NOTIFY_URLS needs the package apprise, which is not installed: {install}" in (
        done.stderr
    )
    assert done.stdout.splitlines() == [
        f"slack 1: apprise is not installed: {install}",
        "webhook 1: sent",
    ]
    [event] = got.events
    assert event["kind"] == "test"
    assert "token" not in done.stdout + done.stderr
