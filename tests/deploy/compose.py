"""What docker-compose.yml and the Dockerfile say, as data, and the folders that the images hold."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import compose_spec
import expandvars
from dockerfile_parse import DockerfileParser

ROOT = Path(__file__).resolve().parents[2]
_EXTRAS = re.compile(r"'\.\[([\w,]+)\]'")  # of `pip install '.[web,s3]'`
SECRETS = {
    name: f"{name.lower()}-of-the-tests"
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "OLS_TOKEN")
}


def read(environment: dict[str, str]) -> dict[str, Any]:
    """The validated file, its variables replaced and its anchors merged, as compose reads it.

    Raises ParameterNullOrNotSet for a secret that is missing, ValueError for what the compose
    specification does not know.
    """
    text = (ROOT / "docker-compose.yml").read_text()
    text = expandvars.expand(text, nounset=True, environ=environment)
    file = parse(text)
    file.validate()
    return file.to_dict()


def parse(text: str) -> compose_spec.PyCompose:
    """A compose file without variables; raises ValueError for a key that compose does not know."""
    return compose_spec.PyOptions(apply_merge=True).from_yaml(text)


def image_folder(target: str, into: Path) -> Path:
    """The folder /app of an image: what its stage and those below it copy, and nothing else."""
    into.mkdir()
    for stage, instruction, value in _instructions():
        if stage in _stages(target) and instruction == "COPY":
            *sources, destination = value.split()
            for source in sources:
                _copy(ROOT / source, into / destination, into)
    return into


def extras(target: str) -> list[str]:
    """The extras of this project that the image installs."""
    runs = [
        value
        for stage, instruction, value in _instructions()
        if stage in _stages(target) and instruction == "RUN"
    ]
    return [name for run in runs for names in _EXTRAS.findall(run) for name in names.split(",")]


def user(target: str) -> str:
    """Who runs in the image; the last USER counts."""
    users = [
        value
        for stage, instruction, value in _instructions()
        if stage in _stages(target) and instruction == "USER"
    ]
    return users[-1] if users else "root"


def _copy(source: Path, destination: Path, into: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, destination, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, into)


def _stages(target: str) -> list[str]:
    """The stage and those it is built from."""
    stages = [target]
    for _, instruction, value in reversed(_instructions()):
        if instruction == "FROM":
            image, _, name = value.split()
            if name == stages[-1]:
                stages.append(image)
    return stages


def _instructions() -> list[tuple[str, str, str]]:
    """(stage, instruction, value) of each line."""
    found, stage = [], ""
    for line in DockerfileParser(str(ROOT / "Dockerfile")).structure:
        if line["instruction"] == "FROM":
            stage = line["value"].split()[-1]
        found.append((stage, line["instruction"], line["value"]))
    return found
