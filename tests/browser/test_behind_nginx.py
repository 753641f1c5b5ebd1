"""The lab below /ols/ of a real nginx: nothing that the pages ask for lies outside.

`visit` fails on every request whose address does not begin with its site's. nginx has one line:
`proxy_pass`; what else docs/proxy.md names is tested in tests/services/test_proxies.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from backend.store import runs
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_chart, wait_for_epoch
from tests.browser.serving import Site, site
from tests.support import seed
from tests.support.proxies import proxy
from tests.support.servers import NotInstalledError

TOKEN = "a-token-of-many-characters"


@dataclass
class Proxied:
    """A lab at `url`, which ends in /ols, and how to open its pages, signed in."""

    site: Site
    visit: Opener

    def open(self, path: str) -> Page:
        query = "&" if "?" in path else "?"
        return self.visit(f"{self.site.url}{path}{query}token={TOKEN}", at=self.site)


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("below")
    with site(folder, OLS_ROOT_PATH="/ols", OLS_TOKEN=TOKEN) as place:
        rule = f"location /ols/ {{ proxy_pass {place.url}/; }}"
        try:
            with proxy("nginx", rule) as address:
                yield Site(f"{address}/ols", folder, place.database)
        except NotInstalledError as missing:
            pytest.skip(str(missing))


@pytest.fixture
def lab(below: Site) -> Site:
    """The site whose pages `visit` opens."""
    return below


@pytest.fixture
def proxied(below: Site, visit: Opener) -> Proxied:
    return Proxied(below, visit)


def test_a_run_from_the_form_to_its_page(proxied: Proxied) -> None:
    page = proxied.open("/runs/new?preset=digits-ols")
    expect(page.locator("pre code").first).to_contain_text("ols")  # its preview, by POST
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/ols/runs/\d+$"))
    expect(by_id(page, "run-state")).to_have_text("queued")
    assert {cookie["path"] for cookie in page.context.cookies()} == {"/ols/"}


def test_a_training_run_is_followed_and_downloaded(proxied: Proxied) -> None:
    database = proxied.site.database
    claim = seed.start(database, seed.spec("ols", epochs=6))
    seed.train(database, claim, 1, 2)
    page = proxied.open(f"/runs/{claim.run_id}")
    wait_for_epoch(page, 2)
    seed.train(database, claim, 3, 3)
    wait_for_epoch(page, 3)
    wait_for_chart(page, "accuracy-chart")
    page.get_by_text("Options", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download .npy").click()
    assert download.value.path().read_bytes().startswith(b"\x93NUMPY")


def test_runs_are_chosen_compared_and_changed(proxied: Proxied) -> None:
    database = proxied.site.database
    first = seed.finished(database, seed.spec("hard", epochs=3))
    second = seed.finished(database, seed.spec("ols", epochs=3))
    page = proxied.open("/")
    for number in (first, second):
        page.locator(f'[data-testid="run-row"][data-run="{number}"] input').check()
    page.locator(f'[data-testid="run-row"][data-run="{first}"] .pin').click()
    expect(page.locator(f'.pin[data-run="{first}"]')).to_have_attribute("aria-pressed", "true")
    by_id(page, "compare-button").click()
    page.wait_for_url(re.compile(r"/ols/compare\?runs="))
    wait_for_chart(page, "compare-chart")
    with database.read() as session:
        assert runs.get(session, first)["pinned"]


def test_every_link_of_the_bar_and_the_foot_works(proxied: Proxied) -> None:
    page = proxied.open("/")
    links = page.locator("header a, footer a").evaluate_all("all => all.map((one) => one.href)")
    for link in sorted(set(links)):
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, link


def test_an_unknown_page_leads_back(visit: Opener, below: Site) -> None:
    page = visit(f"{below.url}/nothing?token={TOKEN}", at=below, expect=("404",))
    page.get_by_role("link", name="All runs").click()
    page.wait_for_url(f"{below.url}/")
