from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.core.settings import Settings, settings

EXAMPLE = Path(__file__).parents[3] / ".env.example"


def test_the_example_documents_every_setting_with_its_default() -> None:
    shown = dict(re.findall(r"^#?(OLS_[A-Z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    assert set(shown) == {f"OLS_{name.upper()}" for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        default = field.default
        default = default.get_secret_value() if name == "token" else default
        wanted = "" if default is None else str(default)
        assert shown[f"OLS_{name.upper()}"] == wanted, name


def test_paths_hang_on_the_data_folder(tmp_path: Path) -> None:
    config = Settings(_env_file=None, data_dir=tmp_path)
    assert config.resolved_database_url == f"sqlite:///{tmp_path}/ols.sqlite3"
    assert config.log_path(3) == tmp_path / "runs" / "3" / "train.log"


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLS_DATABASE_URL", "postgresql://h/d")
    monkeypatch.setenv("OLS_TOKEN", " sixteen-letters-x\n")
    config = Settings(_env_file=None)
    assert config.resolved_database_url == "postgresql://h/d"
    assert "sixteen" not in repr(config.token)
    assert config.token.get_secret_value() == "sixteen-letters-x"


def test_a_file_of_its_own_holds_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ols_token").write_text("of-sixteen-letters\n")
    (tmp_path / "ols_database_url").write_text("postgresql://h/of-a-file\n")
    monkeypatch.chdir(tmp_path)  # where no .env is
    monkeypatch.setenv("OLS_SECRETS_DIR", str(tmp_path))
    monkeypatch.delenv("OLS_TOKEN", raising=False)
    monkeypatch.setenv("OLS_DATABASE_URL", "postgresql://h/of-the-environment")
    settings.cache_clear()
    try:
        assert settings().token.get_secret_value() == "of-sixteen-letters"
        assert settings().database_url.endswith("of-the-environment"), "which is more particular"
    finally:
        settings.cache_clear()


@pytest.mark.parametrize("token", ["x", " ", " " * 40, "fifteen-letters", "  fifteen-letters  "])
def test_a_token_that_can_be_guessed_is_refused(token: str) -> None:
    with pytest.raises(ValidationError, match="at least 16 characters"):
        Settings(_env_file=None, token=token)


def test_a_lease_is_long_enough_to_be_looked_at_twice() -> None:
    with pytest.raises(ValidationError, match="lease_seconds"):
        Settings(_env_file=None, lease_seconds=2)
