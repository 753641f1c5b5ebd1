from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backend.core import celery_queue
from backend.core.settings import Settings


def test_a_nudge_is_a_message_without_data(tmp_path: Path) -> None:
    config = Settings(_env_file=None, data_dir=tmp_path)
    assert not celery_queue.unreachable(config)
    assert celery_queue.nudge(config)
    [message] = (tmp_path / "broker" / "messages").iterdir()
    content = json.loads(message.read_text())
    assert content["headers"]["task"] == celery_queue.NUDGE


@pytest.mark.slow
def test_a_look_at_a_folder_loads_no_celery(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from backend.core import celery_queue as queue;"
        "config = queue.Settings(_env_file=None, data_dir=Path(sys.argv[1]));"
        "print([queue.unreachable(config), 'celery' in sys.modules, 'kombu' in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    assert ended.stdout == "['', False, False]\n"


def test_many_queued_runs_wake_a_few_slots(tmp_path: Path) -> None:
    config = Settings(_env_file=None, data_dir=tmp_path)
    celery_queue.nudge_slots(config, 3)
    assert len(list((tmp_path / "broker" / "messages").iterdir())) == 3
    celery_queue.nudge_slots(config, 1000)
    assert len(list((tmp_path / "broker" / "messages").iterdir())) == 3 + celery_queue.MOST_NUDGES


def test_a_broker_that_is_down_is_no_error(tmp_path: Path) -> None:
    config = Settings(_env_file=None, data_dir=tmp_path, broker_url="redis://127.0.0.1:1/0")
    assert celery_queue.unreachable(config)
    assert not celery_queue.nudge(config)


def test_two_data_folders_have_two_queues(tmp_path: Path) -> None:
    for name in ("a", "b"):
        celery_queue.nudge(Settings(_env_file=None, data_dir=tmp_path / name))
        assert len(list((tmp_path / name / "broker" / "messages").iterdir())) == 1
