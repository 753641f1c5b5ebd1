"""The folder broker: a message that is read too early is no catastrophe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES, resolve_transport

from worker import broker


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[broker.Channel]:
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }
    # By its class: Kombu remembers what `filesystem` meant when a process first asked.
    with Connection(transport=broker.Transport, transport_options=options) as connection:
        yield connection.channel()


def test_the_worker_means_it_by_filesystem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TRANSPORT_ALIASES, "filesystem", "somebody:Else")
    broker.install()
    assert resolve_transport("filesystem") is broker.Transport


def test_a_half_written_message_counts_as_none(channel: broker.Channel, tmp_path: Path) -> None:
    (tmp_path / "messages" / "1_a.ols.msg").touch()
    with pytest.raises(Empty):
        channel._get("ols")
    channel._put("ols", {"whole": True})
    assert channel._get("ols") == {"whole": True}


def test_a_half_written_exchange_counts_as_none(channel: broker.Channel, tmp_path: Path) -> None:
    (tmp_path / "control" / "ols.exchange").touch()
    assert channel.get_table("ols") == []
