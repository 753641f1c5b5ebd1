"""An older database is restored under a running lab: an open page shows what it holds."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_epoch
from tests.browser.serving import Site
from tests.support import seed
from tests.support.restoring import back_up, restore


def test_an_open_page_goes_back_with_its_database(
    visit: Opener, workshop: Site, tmp_path: Path
) -> None:
    claim = seed.start(workshop.database, seed.spec("ols", epochs=9))
    seed.train(workshop.database, claim, 1, 2)
    back_up(workshop.database, tmp_path / "backup")
    seed.train(workshop.database, claim, 3, 6)
    page = visit(f"/runs/{claim.run_id}", at=workshop)
    wait_for_epoch(page, 6)
    restore(workshop.database, tmp_path / "backup")
    wait_for_epoch(page, 2)
    expect(by_id(page, "heatmap-epoch")).to_have_attribute("max", "2")
    seed.train(workshop.database, claim, 3, 3)
    wait_for_epoch(page, 3)
