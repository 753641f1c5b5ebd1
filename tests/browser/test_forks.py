"""From the cursor of a run's page to its fork: the form, what stays, where both are seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from backend.core.settings import Settings
from backend.store import forks, runs
from backend.store.forks import Wish
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow, set_slider, wait_for_chart
from tests.browser.serving import Site
from tests.support import factories as make
from tests.support import seed

REFUSED = ("status of 422", "status of 409")  # the browser reports every refused request


@pytest.fixture(scope="module")
def parent(lab: Site) -> int:
    """A finished run that keeps the checkpoints of epochs 4 and 6."""
    run_id = seed.finished(lab.database, seed.spec("ols", epochs=6))
    config = Settings(_env_file=None, data_dir=lab.data_dir)
    make.take_folder(config, lab.database, run_id)
    folder = config.checkpoint_dir(run_id) / "attempt-000001"
    folder.mkdir(parents=True)
    for epoch in (4, 6):
        (folder / f"epoch-{epoch:06d}.pt").write_bytes(b"x" * 1_300_000)
    return run_id


def test_a_fork_begins_at_the_cursor_and_changes_what_may_change(
    visit: Opener, lab: Site, parent: int
) -> None:
    page = visit(f"/runs/{parent}", expect=REFUSED)
    set_slider(page, 4)
    link = by_id(page, "fork-here")
    expect(link).to_have_text("Fork at epoch 4")
    link.click()
    page.wait_for_url(f"**/runs/{parent}/fork?epoch=4")
    expect(by_id(page, "kept")).to_contain_text("Checkpoints are kept of epochs 4, 6 (1.3 MB each)")
    for path, why in (
        ("model.name", "weights of this network"),
        ("dataset.name", "images and classes"),
        ("seed", "start.seed"),
    ):
        field = page.locator(f'[data-field="{path}"]')
        expect(field.locator("[data-type]")).to_be_disabled()
        expect(field.locator(".help")).to_contain_text(why)
    expect(page.get_by_role("button", name=re.compile("^vary"))).to_have_count(0)
    code = page.locator("#code-json code")
    expect(code).to_have_text(re.compile(r'"epoch": 4,\s+"set": \{\},\s+"start": \{\}'))
    page.locator('[name="method.alpha"]:visible').fill("7")
    by_id(page, "submit-run").click()
    expect(page.locator("#f-ols-method-alpha-error")).to_contain_text("less than or equal to 1")
    page.locator('[name="method.alpha"]:visible').fill("0.9")
    page.locator('[name="start.schedule"]').select_option("rest")
    expect(page.locator("#f-name")).to_have_attribute("placeholder", re.compile(r"@4 α=0\.9$"))
    page.get_by_role("tab", name="Command line").click()
    expect(page.locator("#code-shell code")).to_contain_text(f"ols fork {parent}")
    expect(page.locator("#code-shell code")).to_contain_text("--set method.alpha=0.9")
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    number = int(page.url.rpartition("/")[2])
    with lab.database.read() as session:
        run = runs.get(session, number)
    assert (run["parent"], run["spec"]["method"]["alpha"]) == ({"run": parent, "epoch": 4}, 0.9)
    expect(by_id(page, "parent")).to_have_text(f"continues run #{parent} after epoch 4")
    by_id(page, "parent").get_by_role("link").click()
    page.wait_for_url(f"**/runs/{parent}")
    expect(by_id(page, "forks").get_by_role("link", name=f"#{number}")).to_be_visible()


def test_a_missing_checkpoint_is_said_and_can_be_trained_up_to_again(
    visit: Opener, parent: int
) -> None:
    page = visit(f"/runs/{parent}/fork?epoch=3", expect=REFUSED)
    again = page.get_by_role("checkbox", name=re.compile("Train up to it again"))
    expect(again).to_be_checked()
    again.uncheck()
    by_id(page, "submit-run").click()
    expect(page.locator(".form-error")).to_contain_text("keeps no checkpoint of epoch 3")
    again.check()
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))


def test_curves_share_their_prefix_here_and_in_a_comparison(
    visit: Opener, lab: Site, parent: int
) -> None:
    config = Settings(_env_file=None, data_dir=lab.data_dir)
    with lab.database.write() as session:
        number = forks.fork(session, config, parent, Wish(4, {"method": "hard"})).id
    page = visit(f"/runs/{number}")
    traces = wait_for_chart(page, "accuracy-chart")
    own, branch = traces[0], next(t for t in traces if t["meta"]["run"] == parent)
    assert own["x"] == [1, 2, 3, 4]
    assert branch["x"] == [4, 5, 6]
    assert branch["y"][0] == own["y"][3], "they part where they were one"
    expect(page.locator(".chart-legend").first).to_contain_text(f"of run #{parent}")
    set_slider(page, 2)
    expect(by_id(page, "fork-here")).to_have_text(f"Fork run {parent} at epoch 2")
    page.goto(f"/compare?runs={parent},{number}")
    expect(by_id(page, "shared")).to_contain_text(
        f"#{number} is the same as #{parent} until epoch 4"
    )
    lines = {t["meta"].get("run"): t for t in wait_for_chart(page, "compare-chart")}
    assert lines[parent]["x"][0] == 1
    assert lines[number]["x"] == [4]


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_the_form_fits_the_window(visit: Opener, parent: int, width: int, dark: bool) -> None:
    page = visit(f"/runs/{parent}/fork?epoch=4", width=width, dark=dark)
    expect(page.locator("#code-json code")).to_contain_text('"epoch": 4')
    assert overflow(page) <= 0
    expect(by_id(page, "submit-run")).to_be_enabled()
