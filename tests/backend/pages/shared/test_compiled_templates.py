"""What an earlier start compiled is read, and nothing that goes wrong there is seen on a page."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from backend.pages.shared import compiled_templates
from backend.pages.shared.compiled_templates import CompiledTemplates, keep_compiled
from backend.pages.shared.render import environment

HELLO = "Hello {{ name }}"


def shown(folder: Path, source: str = HELLO) -> tuple[str, int]:
    """A fresh environment's page, and how many templates it compiled."""
    counts = []

    class Counted(Environment):
        def _generate(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            counts.append(1)
            return super()._generate(*args, **kwargs)

    jinja = Counted(
        loader=DictLoader({"hello.html": source}), bytecode_cache=CompiledTemplates(folder)
    )
    return jinja.get_template("hello.html").render(name="Ada"), len(counts)


def test_the_second_start_compiles_nothing(tmp_path: Path) -> None:
    assert shown(tmp_path) == ("Hello Ada", 1)
    assert shown(tmp_path) == ("Hello Ada", 0)


def test_a_changed_template_and_a_changed_environment_are_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(tmp_path)
    assert shown(tmp_path, "Bye {{ name }}") == ("Bye Ada", 1)
    monkeypatch.setattr(compiled_templates, "__version__", "another")
    assert shown(tmp_path, "Bye {{ name }}") == ("Bye Ada", 1)
    assert len(list(tmp_path.iterdir())) == 1, "in place of the old one"


def test_a_damaged_file_is_compiled_over(tmp_path: Path) -> None:
    shown(tmp_path)
    (file,) = tmp_path.iterdir()
    for end in range(0, file.stat().st_size, 7):
        file.write_bytes(file.read_bytes()[:end])
        assert shown(tmp_path) == ("Hello Ada", 1)
    assert shown(tmp_path) == ("Hello Ada", 0)


def test_a_folder_that_takes_no_files_keeps_no_page_away(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert shown(tmp_path / "file" / "templates") == ("Hello Ada", 1)


def test_they_lie_where_this_user_alone_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = environment().bytecode_cache
    try:
        keep_compiled()
        cache = environment().bytecode_cache
        assert isinstance(cache, CompiledTemplates)
        folder = Path(cache.directory)
        assert folder.parent == tmp_path
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
        environment().bytecode_cache = before
        folder.rmdir()
        folder.touch()  # somebody's file of that name
        keep_compiled()
        assert environment().bytecode_cache is before
    finally:
        environment().bytecode_cache = before
