"""The form: what it shows, what it sends, the API's errors beside their fields."""

from __future__ import annotations

import json
import re
import shlex

from playwright.sync_api import Page, expect

from backend.store import runs
from ols.__main__ import assemble_spec, build_parser
from ols.spec.run_spec import RunSpec
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, overflow
from tests.browser.serving import Site
from tests.support import seed

REFUSED = "status of 422"  # the browser reports every refused request on its console


def _field(page: Page, path: str):  # type: ignore[no-untyped-def]
    return page.locator(f'[name="{path}"]:visible')


def test_the_apis_error_stands_beside_its_field_and_the_text_stays(visit: Opener) -> None:
    page = visit("/runs/new", expect=(REFUSED,))
    _field(page, "method.alpha").fill("1.5")
    _field(page, "epochs").fill("many")
    by_id(page, "submit-run").click()
    error = page.locator("#f-ols-method-alpha-error")
    expect(error).to_contain_text("less than or equal to 1")
    expect(page.locator("#f-epochs-error")).to_contain_text("valid integer")
    alpha = _field(page, "method.alpha")
    expect(alpha).to_have_attribute("aria-invalid", "true")
    expect(alpha).to_be_focused()
    assert alpha.input_value() == "1.5"
    assert "f-ols-method-alpha-error" in (alpha.get_attribute("aria-describedby") or "")
    assert _field(page, "epochs").input_value() == "many"
    alpha.fill("0.4")
    expect(error).to_be_empty()


def test_an_error_in_a_folded_field_unfolds_it(visit: Opener) -> None:
    page = visit("/runs/new", expect=(REFUSED,))
    page.locator('[data-names="ols"] summary').click()
    _field(page, "method.temperature").fill("0")
    page.locator('[data-names="ols"] summary').click()
    by_id(page, "submit-run").click()
    expect(page.locator("#f-ols-method-temperature-error")).to_contain_text("greater than 0")
    expect(_field(page, "method.temperature")).to_be_focused()


def test_a_recipe_is_said_and_what_makes_no_sense_is_answered_beside_its_field(
    visit: Opener,
) -> None:
    page = visit("/runs/new", expect=(REFUSED,))
    _field(page, "schedule.name").select_option("cosine_restarts")
    expect(_field(page, "schedule.first_epochs")).to_have_value("10")
    _field(page, "epochs").fill("5")
    by_id(page, "submit-run").click()
    error = page.locator('[id$="schedule-first_epochs-error"]:visible')
    expect(error).to_contain_text("choose the schedule cosine")
    _field(page, "schedule.first_epochs").fill("2")
    _field(page, "augment.policy").select_option("randaugment")
    _field(page, "augment.erasing").fill("0.25")
    expect(error).to_have_count(0)  # empty, so not visible
    spec = json.loads(page.locator("#code-json code").inner_text())
    assert spec["schedule"] == {"name": "cosine_restarts", "first_epochs": 2}
    assert spec["augment"] == {"policy": "randaugment", "erasing": 0.25}


def test_choices_switch_their_fields_and_recipes_fill_what_is_untouched(visit: Opener) -> None:
    page = visit("/runs/new")
    _field(page, "method.name").select_option("label_smoothing")
    expect(_field(page, "method.epsilon")).to_have_value("0.1")
    assert _field(page, "method.alpha").count() == 0
    assert _field(page, "noise.rate").count() == 0
    _field(page, "noise.kind").select_option("symmetric")
    expect(_field(page, "noise.rate")).to_have_value("0.2")
    expect(_field(page, "epochs")).to_have_value("30")
    _field(page, "dataset.name").select_option("fashion_mnist")
    expect(_field(page, "epochs")).to_have_value("15")  # untouched: follows the recipe
    expect(_field(page, "augment.shift")).to_have_value("2")
    _field(page, "epochs").fill("7")
    _field(page, "dataset.name").select_option("glyphs")
    expect(_field(page, "epochs")).to_have_value("7")  # touched: stays
    expect(_field(page, "augment.shift")).to_have_value("0")


def test_json_command_and_python_mean_the_same_run(visit: Opener) -> None:
    page = visit("/runs/new?preset=glyphs-noise-20")
    _field(page, "epochs").fill("5")
    _field(page, "optimizer.name").select_option("adamw")
    _field(page, "optimizer.lr").fill("0.002")
    _field(page, "schedule.name").select_option("step")
    _field(page, "schedule.milestones").fill("2, 4")
    spec = json.loads(page.locator("#code-json code").inner_text())
    wanted = RunSpec.parse(spec)
    assert wanted.optimizer.model_dump()["lr"] == 0.002
    assert wanted.model_dump()["schedule"]["milestones"] == (2, 4)
    page.get_by_role("tab", name="Command line").click()
    expect(page.locator("#code-shell code")).to_contain_text("schedule.milestones=[2, 4]")
    words = shlex.split(page.locator("#code-shell code").inner_text().replace("\\\n", ""))
    assert words[:4] == ["python", "-m", "ols", "train"]
    options = build_parser().parse_args(words[3:])
    assert RunSpec.parse(assemble_spec(options)) == wanted
    page.get_by_role("tab", name="Python").click()
    code = page.locator("#code-python code").inner_text()
    names: dict[str, object] = {}
    exec(code.split("for report")[0].replace(", Trainer", ""), names)
    assert names["spec"] == wanted


def test_a_run_keeps_its_preset_and_says_what_it_changed(visit: Opener) -> None:
    page = visit("/runs/new?preset=glyphs-clean")
    page.get_by_text("The paper's experiments").click()
    page.get_by_role("link", name="CIFAR-100, 40% symmetric noise", exact=True).click()
    expect(_field(page, "epochs")).to_have_value("300")
    expect(_field(page, "noise.rate")).to_have_value("0.4")
    expect(_field(page, "model.name")).to_have_value("cifar_resnet34")
    spec = {
        "preset": "cifar100-symmetric-40",
        "method": {"name": "ols"},
        "dataset": {"name": "cifar100"},
    }
    assert json.loads(page.locator("#code-json code").inner_text()) == spec
    assert overflow(page) <= 0
    expect(page.locator('[name="name"]')).to_have_attribute("placeholder", "ols cifar100 40% s0")
    _field(page, "noise.kind").select_option("none")
    _field(page, "epochs").fill("30")
    changed = json.loads(page.locator("#code-json code").inner_text())
    assert changed == {**spec, "noise": {"kind": "none"}, "epochs": 30}
    page.get_by_role("tab", name="Command line").click()
    expect(page.locator("#code-shell code")).to_contain_text("--epochs 30")
    words = shlex.split(page.locator("#code-shell code").inner_text().replace("\\\n", ""))
    assert RunSpec.parse(assemble_spec(build_parser().parse_args(words[3:]))) == RunSpec.parse(
        changed
    )
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    page.get_by_text("Configuration", exact=True).click()
    expect(by_id(page, "from-preset")).to_contain_text(
        "CIFAR-100, 40% symmetric noise; changed: noise.kind, noise.rate, epochs"
    )


def test_a_run_can_be_changed_and_run_again(visit: Opener, lab: Site) -> None:
    page = visit("/runs/3")
    page.get_by_role("link", name="Clone").click()
    expect(page.get_by_role("heading", name="Run again, changed")).to_be_visible()
    expect(_field(page, "epochs")).to_have_value("6")
    expect(page.locator(".estimate")).to_contain_text("like it")
    _field(page, "seed").fill("9")
    page.locator('[name="name"]').fill("another seed")
    page.locator('[name="tags"]').fill("")
    page.locator('[name="priority"]').fill("7")
    by_id(page, "submit-run").click()
    page.wait_for_url(re.compile(r"/runs/\d+$"))
    expect(by_id(page, "run-state")).to_have_text("queued")
    with lab.database.read() as session:
        stored = runs.get(session, int(page.url.rpartition("/")[2]))
        source = runs.get(session, 3)
    assert (stored["name"], stored["priority"]) == ("another seed", 7)
    assert stored["spec"] == source["spec"] | {"seed": 9}


def test_a_priority_that_is_none_is_said_beside_its_field(visit: Opener) -> None:
    page = visit("/runs/new", expect=(REFUSED,))
    page.locator('[name="priority"]').fill("5000")
    by_id(page, "submit-run").click()
    expect(page.locator("#f-priority-error")).to_contain_text("less than or equal to 1000")


def test_the_form_says_what_no_worker_has(visit: Opener, workshop: Site) -> None:
    note = "No worker online has 4 devices (the largest: 1); the run waits for one."
    seed.worker(workshop.database)
    page = visit("/runs/new", at=workshop)
    where = page.locator('[data-testid="where"]:visible')
    _field(page, "dataset.name").select_option(label="Fashion-MNIST (on no worker)")
    expect(where).to_have_text("On no worker. not downloaded")
    _field(page, "dataset.name").select_option("digits")
    expect(where).to_have_text("On test-worker.")
    page.locator("details.advanced", has=page.locator('[name="devices"]')).locator(
        "summary"
    ).click()
    _field(page, "devices").fill("4")
    expect(page.locator(".form-note")).to_have_text(note)
    _field(page, "devices").fill("1")
    expect(page.locator(".form-note")).to_be_empty()
