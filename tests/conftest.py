"""Marks, order and random examples of all tests.

`browser`, `services` and `slow` decide what `make check` leaves out. Whole folders and files have
them from here; elsewhere a test that takes more than about a second of CPU says so itself.
"""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

FOLDERS = {
    "tests/backend/agents/test_agents.py": ("slow",),
    "tests/backend/api/test_generated_requests.py": ("slow",),
    "tests/backend/cli/test_warm_up.py": ("slow",),
    "tests/backend/server/test_live.py": ("slow",),
    "tests/backend/server/test_people_streams.py": ("slow",),
    "tests/browser/": ("browser",),
    "tests/deploy/test_stack.py": ("services", "slow"),
    "tests/docs/test_examples.py": ("slow",),
    "tests/docs/test_guides.py": ("slow",),
    "tests/kills/": ("services", "slow"),
    "tests/ols/client/test_lightning.py": ("slow",),
    "tests/ols/client/test_logging_to_a_lab.py": ("slow",),
    "tests/scripts/test_gpu_check.py": ("slow",),
    "tests/scripts/test_services.py": ("slow",),
    "tests/scripts/test_study_search.py": ("slow",),
    "tests/services/": ("services",),
    "tests/slurm/": ("slow",),
    "tests/worker/test_app.py": ("slow",),
    "tests/worker/trainer/test_forking.py": ("slow",),
    "tests/worker/trainer/test_launcher.py": ("slow",),
}
CHECK = "not (slow or browser or services)"  # what `make check` says behind -m
# Begun last, one of these would run on alone at the end.
LONG = (
    "tests/kills/",
    "tests/slurm/",
    "tests/services/test_s3.py",
    "tests/ols/training/test_kill.py",
)

# The same examples in every run: a fault that only some seeds show must not turn up in another
# person's change. `make soak` looks for it, with fresh seeds: --hypothesis-profile soak.
_MACHINE_IS_BUSY = [HealthCheck.too_slow]
settings.register_profile(
    "suite",
    derandomize=True,
    max_examples=40,
    deadline=None,
    suppress_health_check=_MACHINE_IS_BUSY,
)
settings.register_profile(
    "soak", max_examples=1000, deadline=None, suppress_health_check=_MACHINE_IS_BUSY
)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that no test opens: to be copied."""
    # Only here: the library's tests need no database.
    from backend.store.database import migrate
    from tests.support import compiled_statements

    compiled_statements.keep()
    path = tmp_path_factory.mktemp("migrated") / "ols.sqlite3"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _pw_trace_api_requests() -> None:
    """In place of pytest-playwright's own, which each of all tests would wait for: no test asks
    through Playwright's client."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--latency MS`: each answer that a page fetches comes up to so much later, and in another
    order: what a test does not wait for, or a page does not allow for, shows."""
    parser.addoption("--latency", type=int, default=0, help="milliseconds, tests/browser only")
    parser.addoption(
        "--second-try", action="store_true", help="for tests that wait for Chromium or servers"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`make check` does not import what it leaves out whole."""
    path = collection_path.relative_to(config.rootpath).as_posix()
    if collection_path.is_dir():
        path += "/"
    return True if config.option.markexpr == CHECK and path.startswith(tuple(FOLDERS)) else None


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    for item in items:
        for folder, marks in FOLDERS.items():
            if item.nodeid.startswith(folder):
                for mark in marks:
                    item.add_marker(mark)
        if config.option.second_try and any(map(item.get_closest_marker, ("browser", "services"))):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection() -> None:
    """Python's collector rests during the imports, which leave nothing behind; in each process it
    would take a fifth of their time."""
    gc.disable()


def pytest_sessionfinish() -> None:
    """At its end pytest collects five times, for the warnings of late finalizers."""
    gc.freeze()


def pytest_collection_finish() -> None:
    """Python's collector passes over what the imports created, a million objects, as the service's
    does (backend/cli/warm_up.py), and comes seldom: it would take a tenth of the suite."""
    gc.enable()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
