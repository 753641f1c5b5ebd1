"""What the documents name exists: links, files, modules, commands, settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from backend.core.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/**/*.md")]
)
TREE = "ols|backend|worker|frontend|scripts|benchmarks|tests|docs"
LINK = re.compile(r"\]\(([^)\s]+)\)")
FILE = re.compile(rf"(?<![\w/.])(?:{TREE})/[\w./-]*\w\.(?:py|md|html|js|css|ipynb|jsonl|toml)\b")
FOLDER = re.compile(rf"`((?:{TREE})(?:/[\w-]+)*/?)`")
COMMAND = re.compile(r"python -m ((?:ols|backend|worker|scripts|benchmarks|tests)[\w.]*)")
TARGET = re.compile(r"(?:`|^|\s)make ([a-z-]+)(?=`|\s{2,}|\s*#|$)", re.M)
SETTING = re.compile(r"\bOLS_[A-Z0-9]+(?:_[A-Z0-9]+)*\b")
# Read without the settings: by the trainer itself, by the client, and before they are read.
OTHERS = {"OLS_RECORD_CODE", "OLS_TRAINER_THREADS", "OLS_URL", "OLS_SECRETS_DIR"}


def title(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """As GitHub names a page's headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def broken_links(page: Path) -> Iterator[str]:
    for link in LINK.findall(page.read_text()):
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


def settings() -> set[str]:
    return {f"OLS_{name.upper()}" for name in Settings.model_fields} | OTHERS


@pytest.mark.parametrize("document", DOCUMENTS, ids=title)
def test_what_a_document_names_exists(document: Path) -> None:
    text = document.read_text()
    missing = [*broken_links(document)]
    if not document.name.startswith("add-a-"):  # those make files; a test carries them out
        paths = [*FILE.findall(text), *FOLDER.findall(text)]
        missing += [path for path in paths if "NAME" not in path and not (ROOT / path).exists()]
    missing += [name for name in COMMAND.findall(text) if not find_spec(name)]
    missing += [f"make {name}" for name in TARGET.findall(text) if name not in targets()]
    missing += [name for name in SETTING.findall(text) if name not in settings()]
    assert not missing


def test_every_decision_is_listed() -> None:
    listed = set(LINK.findall((ROOT / "docs/decisions/README.md").read_text()))
    assert listed == {path.name for path in ROOT.glob("docs/decisions/0*.md")}
