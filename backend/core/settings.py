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

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.core.notify_addresses import Address, read_addresses
from backend.core.quiet_hours import read_quiet_hours
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
    notify_urls: SecretStr = Field(
        SecretStr(""),
        description="Addresses that are notified, as apprise writes them, separated by spaces; "
        "before one, `failed,stale=` chooses its events.",
    )
    notify_webhook: SecretStr = Field(
        SecretStr(""),
        description="http(s) addresses that get each event as signed JSON, separated by spaces.",
    )
    notify_webhook_secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="Signs what webhooks get: at least 16 characters.",
    )
    notify_quiet: str = Field(
        "",
        description="Hours in which nobody is notified until they end: 22:00-07:00, or with the "
        "time zone 22:00-07:00 Europe/Berlin.",
    )
    notify_no_worker_minutes: float = Field(
        10, ge=0, description="Runs wait and no worker has reported for so long: notify. 0: never."
    )
    notify_disk_gb: float = Field(
        5, ge=0, description="Less is free in the data folder: notify. 0: never."
    )
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="The address by which people reach this lab: what notifications link to.",
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

    @field_validator("notify_urls", "notify_webhook")
    @classmethod
    def _readable(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        read_addresses(value.get_secret_value(), webhooks=info.field_name == "notify_webhook")
        return value

    @field_validator("notify_webhook_secret")
    @classmethod
    def _signs(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        webhook = info.data.get("notify_webhook")
        short = len(value.get_secret_value()) < LEAST_TOKEN
        if short and (value.get_secret_value() or (webhook and webhook.get_secret_value())):
            raise ValueError(
                f"must have at least {LEAST_TOKEN} characters where OLS_NOTIFY_WEBHOOK is set; "
                "`openssl rand -hex 24` makes one"
            )
        return value

    @field_validator("notify_quiet")
    @classmethod
    def _hours(cls, value: str) -> str:
        read_quiet_hours(value)
        return value

    @field_validator("root_path", "public_url")
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
    def addresses(self) -> list[Address]:
        """Who is notified, in the order of the settings."""
        return [
            *read_addresses(self.notify_urls.get_secret_value()),
            *read_addresses(self.notify_webhook.get_secret_value(), webhooks=True),
        ]

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
