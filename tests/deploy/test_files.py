"""docker-compose.yml and the Dockerfile, read by the tools that know their formats."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import expandvars
import pytest

from tests.deploy.compose import ROOT, SECRETS, image_folder, parse, read, user

SERVICES = read(SECRETS)["services"]
LASTING = [name for name in SERVICES if name != "migrate"]


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_is_named(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    with pytest.raises(expandvars.ParameterNullOrNotSet, match=missing):
        read(given)


def test_no_secret_has_a_default_or_stands_in_a_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for name in SECRETS:
        assert set(re.findall(rf"\$\{{{name}[^}}]?[^}}]?", text)) == {f"${{{name}:?"}
        assert re.search(rf"^#?{name}=$", (ROOT / ".env.example").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", LASTING)
def test_each_lasting_service_comes_back_and_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["restart"] == "unless-stopped"
    assert SERVICES[name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", SERVICES)
def test_each_waits_for_a_service_that_exists_to_be_healthy_or_done(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        done = "service_completed_successfully" if other == "migrate" else "service_healthy"
        assert how["condition"] == done
        assert other in SERVICES


def test_only_the_migration_migrates_and_all_of_ours_wait_for_it() -> None:
    ours = {name for name, service in SERVICES.items() if "build" in service}
    assert ours == {"migrate", "web", "worker-cpu", "worker-gpu"}
    assert all("migrate" in SERVICES[name]["depends_on"] for name in ours - {"migrate"})
    assert SERVICES["migrate"]["restart"] == "no"


def test_each_of_ours_logs_to_a_file_of_its_own_that_the_bundle_takes() -> None:
    names = ("web", "worker-cpu", "worker-gpu")
    files = [SERVICES[name]["environment"]["OLS_LOG_FILE"] for name in names]
    assert files == [f"/data/logs/{name}.log" for name in names]
    for name in names:
        shared = {**SERVICES[name]["environment"], "OLS_LOG_FILE": ""}
        assert shared == {**SERVICES["migrate"]["environment"], "OLS_LOG_FILE": ""}


@pytest.mark.parametrize("name", ["web", "worker-cpu", "worker-gpu"])
def test_the_servers_stop_after_those_that_use_them(name: str) -> None:
    assert {"postgres", "redis"} <= set(SERVICES[name]["depends_on"])


@pytest.mark.parametrize("name", ["migrate", "web", "worker-cpu", "worker-gpu"])
def test_ours_have_no_rights_beyond_a_users_and_write_to_the_volume_alone(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["data:/data"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_log_grows_for_ever(name: str) -> None:
    assert SERVICES[name]["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


@pytest.mark.parametrize("target", ["web", "worker"])
def test_a_changed_line_installs_nothing_anew(target: str) -> None:
    """The code is copied after pip has run; before it, what names the dependencies alone."""
    stages = (ROOT / "Dockerfile").read_text().split("FROM ")
    base = next(stage for stage in stages if " AS base" in stage)
    assert re.findall(r"^COPY (.*) \./$", base, re.MULTILINE) == ["pyproject.toml constraints.txt"]
    (stage,) = (stage for stage in stages if f" AS {target}" in stage)
    assert stage.index("pip install") < stage.index("COPY ols ols")


@pytest.mark.parametrize("name", [".gitignore", ".dockerignore"])
def test_the_secrets_are_neither_committed_nor_built_into_an_image(name: str) -> None:
    assert ".env" in (ROOT / name).read_text().splitlines()


def test_only_the_web_service_is_reached_from_outside_and_only_from_this_machine() -> None:
    assert {name for name in SERVICES if SERVICES[name].get("ports")} == {"web"}
    assert SERVICES["web"]["ports"] == ["127.0.0.1:8000:8000"]


@pytest.mark.parametrize("target", ["web", "worker"])
def test_no_image_runs_as_root(target: str) -> None:
    assert int(user(target)) >= 1000


def test_the_gpu_worker_gets_all_gpus_through_the_nvidia_runtime() -> None:
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["driver"] == "nvidia"
    assert device["count"] == "all"
    assert {"gpu", "compute", "utility"} == set(device["capabilities"])


def test_hadolint_has_nothing_to_say() -> None:
    command = [str(Path(sys.executable).with_name("hadolint")), "--no-color", "Dockerfile"]
    lint = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not lint.stdout + lint.stderr


def test_the_web_image_holds_no_worker_and_asks_for_no_torch(tmp_path: Path) -> None:
    folder = image_folder("web", tmp_path / "web")
    assert (folder / "backend" / "store" / "migrations" / "env.py").exists()
    assert (folder / "frontend").is_dir()
    assert not (folder / "worker").exists()
    assert "pip install -c constraints.txt '.[web,notify,s3]'" in (ROOT / "Dockerfile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["web"]
    assert not [name for name in extra if name.startswith("torch")]


@pytest.mark.parametrize("name", ["docker-compose.override.yml", "docker-compose.worker.yml"])
def test_the_files_of_the_guide_are_valid(name: str) -> None:
    guide = (ROOT / "docs" / "deployment.md").read_text()
    (block,) = (
        text for text in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL) if f"# {name}" in text
    )
    parse(expandvars.expand(block, nounset=True, environ=SECRETS)).validate()


def test_a_service_that_is_misspelt_would_be_found() -> None:
    with pytest.raises(ValueError, match="restrt"):
        parse("services: {web: {image: web, restrt: always}}")
