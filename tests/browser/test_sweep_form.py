"""Any field of the form takes several values; what is submitted is one experiment."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import httpx
from playwright.sync_api import Page, expect

from backend.cli.sweep_command import parse_arguments
from backend.store import experiments, runs
from ols.spec.run_spec import RunSpec
from ols.spec.sweep import Sweep, expand
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow
from tests.browser.serving import Site


def vary(page: Page, path: str) -> Any:
    """Switches a visible field to several values; its box."""
    field = page.locator(f'.field[data-field="{path}"]:visible')
    field.get_by_role("button", name="vary").click()
    return field.locator(".vary-values")


def body(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.locator("#code-json code").inner_text())
    return found


def test_a_grid_is_previewed_and_submitted_as_one_experiment(visit: Opener, workshop: Site) -> None:
    page = visit("/runs/new?preset=glyphs-noise-20", at=workshop)
    methods = vary(page, "method.name")
    methods.get_by_label("Hard labels", exact=True).check()
    page.locator('[name="method.alpha"]:visible').fill("0.3")
    vary(page, "noise.rate").locator("input").fill("0.2, 0.4")
    vary(page, "seed").locator("input").fill("0..2")
    summary = by_id(page, "sweep-summary")
    expect(summary).to_have_text("12 runs; time not known yet.")
    expect(by_id(page, "submit-run")).to_have_text("Start 12 runs")
    sent = body(page)
    assert sent["grid"] == {
        "method": ["hard", {"name": "ols", "alpha": 0.3}],
        "noise.rate": [0.2, 0.4],
        "seed": [0, 1, 2],
    }
    heads = page.locator(".sweep-preview th").all_inner_texts()
    assert sorted(heads) == ["method.alpha", "method.name", "noise.rate", "seed"]
    expect(page.locator(".sweep-preview tbody tr")).to_have_count(12)
    page.set_viewport_size({"width": 360, "height": 800})
    assert overflow(page) == 0
    page.locator('[name="parallel"]').fill("2")
    page.locator('[name="notes"]').fill("*why*")
    page.locator('[name="name"]').fill("from the form")
    page.locator('[name="tags"]').fill("a, b")
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/experiments/\d+$"))
    expect(page.get_by_role("heading", name="from the form")).to_be_visible()
    number = int(page.url.rpartition("/")[2])
    with workshop.database.read() as session:
        found = experiments.get(session, number)
        first = runs.get(session, experiments.run_ids(session, number)[0])
    assert (found["runs"], found["parallel"], found["notes"]) == (12, 2, "*why*")
    assert first["tags"] == ["a", "b"]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.get_by_role("link", name="Change and submit again").click()
    expect(summary).to_have_text("12 runs; time not known yet.")
    assert body(page)["grid"] == sent["grid"]


def test_an_ablation_is_one_click_and_its_code_means_the_same(visit: Opener, lab: Site) -> None:
    page = visit("/runs/new")
    page.get_by_role("navigation", name="Ablations").get_by_role("link", name="Balance α").click()
    summary = by_id(page, "sweep-summary")
    expect(summary).to_contain_text("21 runs")
    sent = body(page)
    plan = expand(Sweep.parse(sent))
    assert len(plan.specs) == 21
    assert plan.specs[0].noise.rate == 0.2
    words = shlex.split(page.locator("#code-shell code").text_content().replace("\\\n", ""))  # type: ignore[union-attr]
    assert words[:4] == ["python", "-m", "backend", "sweep"]
    assert expand(parse_arguments(words[4:]).sweep()) == plan
    code = page.locator("#code-python code").text_content() or ""
    names: dict[str, Any] = {"httpx": httpx}
    exec(code.split("answer = ")[0], names)
    assert expand(Sweep.parse(names["sweep"])) == plan


def test_random_search_takes_ranges_and_errors_stand_beside_their_fields(visit: Opener) -> None:
    page = visit("/runs/new", expect=("status of 422",))
    rate = vary(page, "optimizer.lr").locator("input")
    rate.fill("1e-3..1e-1 log")
    expect(by_id(page, "sweep-summary")).to_contain_text("needs search: random")
    by_id(page, "submit-run").click()
    field = page.locator('.field[data-field="optimizer.lr"]:visible')
    expect(field.locator(".field-error")).to_contain_text("needs search: random")
    expect(rate).to_be_focused()
    page.get_by_text("Random", exact=True).click()
    page.locator('[name="samples"]').fill("7")
    expect(by_id(page, "sweep-summary")).to_contain_text("7 runs")
    assert body(page)["grid"]["optimizer.lr"] == {
        "low": 0.001,
        "high": 0.1,
        "log": True,
        "whole": False,
    }
    field.get_by_role("button", name="vary").click()  # back to one value, and to one run
    expect(by_id(page, "submit-run")).to_have_text("Start run")


def test_each_dataset_keeps_its_own_recipe(visit: Opener) -> None:
    page = visit("/runs/new")
    vary(page, "dataset.name").get_by_label("Glyphs", exact=True).check()
    expect(by_id(page, "sweep-summary")).to_contain_text("2 runs")
    page.locator('[name="batch_size"]').fill("32")
    digits, glyphs = expand(Sweep.parse(body(page))).specs
    assert (digits.dataset.name, glyphs.dataset.name) == ("digits", "glyphs")
    assert digits.batch_size == glyphs.batch_size == 32
    assert digits == RunSpec.parse({"method": "ols", "dataset": "digits", "batch_size": 32})
    assert glyphs == RunSpec.parse({"method": "ols", "dataset": "glyphs", "batch_size": 32})
