"""Static files: immutable under today's hash, gzipped once, nothing outside the tree."""

from __future__ import annotations

import gzip
import re

import pytest
from fastapi import FastAPI
from httpx import Response

from backend.pages.shared.modules import chunk, entries, graph, imports
from backend.pages.shared.render import environment
from backend.pages.shared.sheets import BLOCK, OF_ALL_PAGES, TEMPLATES
from backend.pages.shared.static import (
    IMMUTABLE,
    PLOTLY,
    ROOT,
    mount_static,
    plotly_path,
    static,
    stylesheet,
    together,
)
from tests.backend.conftest import TestClient


def get(path: str, **headers: str) -> Response:
    app = FastAPI()
    mount_static(app)
    # The test client runs the application in a thread: this one may have Playwright's event loop.
    with TestClient(app) as client:
        return client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


def test_a_file_is_kept_for_ever_under_its_hash() -> None:
    answer = get(static("js/core/app.js"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.text == (ROOT / "js/core/app.js").read_text()


def test_under_another_hash_it_is_not_kept() -> None:
    answer = get("/static/000000000000/js/core/app.js")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_a_client_without_gzip_gets_plain_bytes() -> None:
    answer = get(static("css/tokens.css"), accept_encoding="identity")
    assert answer.headers["content-encoding"] == "identity"
    assert answer.content == (ROOT / "css/tokens.css").read_bytes()


def test_what_a_client_has_is_not_sent_again() -> None:
    tag = get(static("js/core/app.js")).headers["etag"]
    assert get(static("js/core/app.js"), if_none_match=tag).status_code == 304


def test_a_pages_style_sheets_are_one_file_in_their_order() -> None:
    names = ("tokens", "base", "controls", "topbar", "player", "charts", "run", "panels", "notes")
    answer = get(stylesheet("player charts run panels notes"))
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.text == "".join((ROOT / "css" / f"{name}.css").read_text() for name in names)
    assert get(stylesheet("run player")).status_code == 404, "no page asks for these"
    page = (
        environment()
        .get_template("error.html")
        .render(queue=None, status=404, title="Not found", message="")
    )
    assert re.findall(r'rel="stylesheet" href="([^"]+)"', page) == [stylesheet("")]


def test_templates_name_every_style_sheet_and_nothing_else() -> None:
    texts = [path.read_text() for path in TEMPLATES.rglob("*.html")]
    named = [name for text in texts for own in BLOCK.findall(text) for name in own.split()]
    assert {*named, *OF_ALL_PAGES} == {path.stem for path in (ROOT / "css").iterdir()}
    blocks = sum(text.count("block styles") for text in texts)
    assert blocks == sum(len(BLOCK.findall(text)) for text in texts), "names and spaces alone"


def test_plotly_comes_from_its_wheel() -> None:
    answer = get(static(PLOTLY))
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.content == plotly_path().read_bytes()
    assert len(gzip.compress(answer.content)) < 1_700_000


@pytest.mark.parametrize(
    "name", ["js/none.js", "../templates/base.html", "%2e%2e/templates/base.html", "js", ""]
)
def test_nothing_else_is_served(name: str) -> None:
    assert get(f"/static/0/{name}").status_code == 404


def test_modules_import_by_relative_path() -> None:
    for path in (ROOT / "js").rglob("*.js"):
        for line in path.read_text().splitlines():
            if line.startswith(("import ", "} from ")) and '"' in line:
                target = line.split('"')[1]
                assert target.startswith("."), f"{path}: {line}"
                assert (path.parent / target).resolve().is_file(), f"{path}: {line}"


def test_a_page_gets_its_modules_in_one_file() -> None:
    answer = get(together("js/pages/run.js"))
    assert answer.headers["cache-control"] == IMMUTABLE
    first = get(together("js/pages/run-first.js")).text
    assert "modules['js/pure/codes.js'] =" in first  # several levels down
    assert "modules['js/pure/codes.js'] =" not in answer.text
    assert "modules['js/core/app.js'] =" in answer.text


def test_all_modules_import_and_export_in_the_one_form_that_is_put_together() -> None:
    for path in (ROOT / "js").rglob("*.js"):
        source, name = path.read_text(), path.relative_to(ROOT).as_posix()
        assert len(re.findall(r'^(?:import|\} from)\b.*"', source, re.MULTILINE)) == len(
            imports(name)
        ), name
        exports = re.findall(r"^export .*", source, re.MULTILINE)
        assert all(re.match(r"export (async )?(function|class|const) \w", e) for e in exports), name
    for entry in entries():
        assert not re.findall(r"^(import|export) ", chunk(entry), re.MULTILINE), entry


def test_the_heatmap_needs_no_more_than_some_of_a_run_pages_modules() -> None:
    first, page = graph("js/pages/run-first.js"), graph("js/pages/run.js")
    assert len(first) < 0.7 * len({*first, *page})


def test_files_have_one_subject() -> None:
    long = [p.name for p in ROOT.rglob("*.js") if len(p.read_text().splitlines()) > 260]
    assert long == []


def test_every_module_stands_in_a_folder_and_is_somebodys() -> None:
    """A page loads it, or a module that a page loads."""
    paths = {path.relative_to(ROOT).as_posix() for path in (ROOT / "js").rglob("*.js")}
    assert [path for path in paths if path.count("/") != 2] == []
    loaded = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    assert [entry for entry in entries() if entry not in loaded] == []
    reached = {name for entry in entries() for name in graph(entry)}
    assert paths - reached == {"js/core/theme-early.js", "js/core/live-hub.js"} - reached
