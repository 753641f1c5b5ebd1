"""Settings of the two services, read from OLS_* environment variables, a .env file, or files of
secrets (`/run/secrets/ols_token`).

Every field is documented in .env.example (a test checks that).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from ols.training.retention import Retention

LEAST_TOKEN = 16  # characters
BROKERS = ("redis", "rediss", "sentinel", "amqp", "amqps", "filesystem")


class Settings(BaseSettings):
    """All settings; `settings()` returns the process's own."""

    model_config = SettingsConfigDict(env_prefix="OLS_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("data"), description="Database, broker, checkpoints, logs, images.")
    database_url: str = Field("", description="SQLAlchemy URL. Empty: SQLite in the data folder.")
    broker_url: str = Field(
        "", description="Celery broker URL. Empty: a folder below the data folder (filesystem://)."
    )
    files_url: str = Field(
        "",
        pattern=r"^(s3://[^/\s]+(/\S*)?)?$",
        description="s3://bucket/prefix for checkpoints and logs. Empty: the data folder alone.",
    )
    checkpoints_last: int = Field(2, ge=1, le=1000, description="Newest checkpoints kept of a run.")
    checkpoints_best: bool = Field(True, description="Keep that of the best validation top-1 too.")
    checkpoints_every: int = Field(
        0, ge=0, le=10_000, description="Also keep that of every n-th epoch; 0: none."
    )
    host: str = Field("127.0.0.1", description="Address to listen on. Beyond loopback: set token.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on.")
    token: SecretStr = Field(
        SecretStr(""),
        description="Shared secret of at least 16 characters; needed beyond loopback.",
    )
    members_change: Literal["all", "own"] = Field(
        "all", description="Which runs members may change: all, or own: those that they own."
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*/?$",
        description="Prefix below which a proxy serves the lab, for example /ols.",
    )
    allowed_hosts: str = Field(
        "", description="Further names the browser may use for this server, comma-separated."
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses or networks of proxies whose X-Forwarded-* headers are believed, "
        "comma-separated.",
    )
    cpu_slots: int = Field(1, ge=0, le=64, description="Runs at once on a worker without a GPU.")
    slots_per_gpu: int = Field(1, ge=1, le=16, description="Runs at once on each GPU.")
    trainer_threads: int = Field(
        0,
        ge=0,
        le=1024,
        description="CPU threads of a trainer. 0: its share of all cores but one.",
    )
    lease_seconds: float = Field(
        30,
        ge=3,  # leases are checked once per second, and a few checks must fit in
        description="A run whose worker does not respond for this long is queued again.",
    )
    stale_seconds: float = Field(
        600,
        ge=1,
        description="A logged run that has not reported for this long is stale.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Logs as text, or as one JSON object per line for a collector."
    )
    log_file: Path | None = Field(None, description="Logs go there too; empty: only to stderr.")
    worker_name: str = Field("", description="Name of this worker. Empty: host:pid.")

    @field_validator("broker_url")
    @classmethod
    def _known_broker(cls, value: str) -> str:
        scheme, separator, _ = value.partition("://")
        if value and (not separator or scheme not in BROKERS):
            raise ValueError(
                f"a broker's address begins with {', '.join(f'{name}://' for name in BROKERS)}; "
                "it looks like redis://host:6379/0"
            )
        return value

    @field_validator("root_path")
    @classmethod
    def _without_last_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("token")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        token = value.get_secret_value().strip()
        if value.get_secret_value() and len(token) < LEAST_TOKEN:
            raise ValueError(
                f"must have at least {LEAST_TOKEN} characters, spaces around it not counted; "
                "`openssl rand -hex 24` makes one"
            )
        return SecretStr(token)

    @field_validator("log_file", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def resolved_database_url(self) -> str:
        """The database's URL with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'ols.sqlite3'}"

    @property
    def datasets_dir(self) -> Path:
        """Where datasets are kept or cached."""
        return self.data_dir / "datasets"

    def retention(self, spec: Mapping[str, Any]) -> Retention:
        """Which checkpoints of a run are kept; its own spec may ask for more than the lab does."""
        every = spec.get("keep_checkpoints") or self.checkpoints_every
        return Retention(self.checkpoints_last, self.checkpoints_best, every)

    def run_dir(self, run_id: int) -> Path:
        """Everything on disk that belongs to one run."""
        return self.data_dir / "runs" / str(run_id)

    def log_path(self, run_id: int, attempt: int = 0) -> Path:
        """The captured output of a run's trainers: of all attempts, or of one with `files_url`."""
        if not self.files_url:
            return self.run_dir(run_id) / "train.log"
        # An attempt's log becomes objects of its own, whichever machine it runs on.
        return self.run_dir(run_id) / "logs" / f"attempt-{attempt:06d}.log"

    def checkpoint_dir(self, run_id: int) -> Path:
        """Where a run's checkpoints are kept."""
        return self.run_dir(run_id) / "checkpoints"

    def parent_dir(self, run_id: int) -> Path:
        """Where a fork has the checkpoint of its parent that it begins from."""
        return self.run_dir(run_id) / "parent"


@cache
def settings() -> Settings:
    """The settings of this process, read once; ends it with a sentence when one is wrong."""
    try:
        return Settings(_secrets_dir=_secrets())
    except ValidationError as error:
        # Without the value: it may hold a password.
        wrong = [f"OLS_{_name(item)}: {item['msg']}." for item in error.errors()]
        sys.exit("\n".join([*wrong, "See .env.example for what each setting takes."]))


def _secrets() -> Path | None:
    """Where an orchestrator puts secrets as files, one per setting, named in lower case."""
    folder = Path(os.environ.get("OLS_SECRETS_DIR") or "/run/secrets")
    return folder if folder.is_dir() else None


def _name(item: ErrorDetails) -> str:
    return "_".join(str(step) for step in item["loc"]).upper()
