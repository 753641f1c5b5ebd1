"""A run that was really trained: every panel has its numbers, and its images are the data's own."""

from __future__ import annotations

import io
import urllib.request

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from backend.analysis.figures.quality import MEASURES
from tests.browser.conftest import Opener
from tests.browser.looking import by_id, wait_for_chart
from tests.browser.serving import Site
from tests.browser.test_class_panel import api

EPOCHS = 3  # of `trained`


def opened(visit: Opener, run: int, panel: str) -> Page:
    page = visit(f"/runs/{run}?class=8")
    wait_for_chart(page, "accuracy-chart")
    page.locator(f"#{panel}").scroll_into_view_if_needed()
    page.locator(f"#{panel}[loaded]").wait_for()
    return page


def test_every_measure_has_a_value(visit: Opener, lab: Site, trained: int) -> None:
    page = opened(visit, trained, "quality")
    names = {"soft_entropy", "soft_change", "soft_noise_leak", "soft_rank_confusion"}
    names |= {"train_memorized"}
    assert names <= set(api(lab, f"{trained}/quality")["values"])
    shown = page.locator("quality-panel output:visible").all_inner_texts()
    assert len(shown) == len(MEASURES)  # superclasses and wrong labels are known
    assert "–" not in shown
    page.locator("#reliability").scroll_into_view_if_needed()
    found = api(lab, f"{trained}/reliability")
    for side in ("raw", "scaled"):
        ece = page.locator(f'figure[data-side="{side}"] [data-live="ece"]')
        expect(ece).to_have_text(f"{100 * found[side]['ece'][-1]:.1f}%")


def test_facts_of_a_class_are_the_trainers(visit: Opener, lab: Site, trained: int) -> None:
    page = opened(visit, trained, "class")
    detail = api(lab, f"{trained}/classes/8?epoch={EPOCHS}")
    confusion = urllib.request.urlopen(
        f"{lab.url}/api/runs/{trained}/matrices/confusion/{EPOCHS}?format=npy"
    )
    counts = np.load(io.BytesIO(confusion.read()))[8]
    assert detail["accuracy"][-1] == pytest.approx(counts[8] / counts.sum())
    assert 0.05 < detail["corrupted_share"] < 0.4
    facts = [f"{100 * counts[8] / counts.sum():.1f}%", f"{100 * detail['target'][-1]:.1f}%"]
    facts += [f"{detail['entropy'][-1]:.3f} nats", f"{100 * detail['corrupted_share']:.1f}%"]
    expect(page.locator("class-detail [data-fact]")).to_have_text(facts)


def test_images_of_a_class_and_of_its_partners_stand_side_by_side(
    visit: Opener, lab: Site, trained: int
) -> None:
    page = opened(visit, trained, "class")
    about = api(lab, f"{trained}/samples")
    figures = page.locator("class-detail .samples figure")
    expect(figures).to_have_count(4)
    partners = api(lab, f"{trained}/classes/8?epoch={EPOCHS}")["partners"][:3]
    names = ["8", *(partner["name"] for partner in partners)]
    numbers = [8, *(partner["class"] for partner in partners)]
    assert figures.locator("b").all_inner_texts() == names
    figures.first.scroll_into_view_if_needed()
    for number, image in zip(numbers, figures.locator("img").all(), strict=True):
        page.wait_for_function(
            "(image) => image.complete && image.naturalWidth", arg=image.element_handle()
        )
        url = image.evaluate("(image) => image.src")
        assert f"/samples/{number}?" in url
        with Image.open(io.BytesIO(urllib.request.urlopen(url).read())) as picture:
            size = (about["per_class"] * about["size"], about["size"])
            assert picture.size == size
            assert np.asarray(picture.convert("L")).std() > 30  # strokes on a ground
            assert image.evaluate("(i) => [i.naturalWidth, i.naturalHeight]") == list(size)
    by_id(page, "pairs-table").scroll_into_view_if_needed()
    thumbs = by_id(page, "pairs-table").locator("tbody tr").first.locator("img.thumb")
    expect(thumbs).to_have_count(2)
    for thumb in thumbs.all():
        page.wait_for_function(
            "(image) => image.complete && image.naturalWidth", arg=thumb.element_handle()
        )


def test_images_that_were_mistaken_stand_in_the_class_and_in_their_pair(
    visit: Opener, lab: Site, trained: int
) -> None:
    found = api(lab, f"{trained}/confused?epoch={EPOCHS}")["pairs"]
    a = found[0]["a"]
    own = [pair for pair in found if pair["a"] == a]
    names = api(lab, str(trained))["classes"]
    page = visit(f"/runs/{trained}?class={a}&kind=confusion")
    wait_for_chart(page, "accuracy-chart")
    page.locator("class-detail .mistakes").scroll_into_view_if_needed()
    figures = page.locator("class-detail .mistakes figure")
    expect(figures.locator("b")).to_have_text([names[pair["b"]] for pair in own])
    shown = [figure.locator("img").all() for figure in figures.all()]
    assert [len(images) for images in shown] == [len(pair["images"]) for pair in own]
    first = shown[0][0]
    page.wait_for_function(
        "(image) => image.complete && image.naturalWidth", arg=first.element_handle()
    )
    number = own[0]["images"][0]
    taken = f"{names[a]} predicted as {names[own[0]['b']]}"
    assert first.get_attribute("alt") == f"Validation image {number}: {taken}"
    table = by_id(page, "pairs-table")
    table.scroll_into_view_if_needed()
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(20)
    pictures = {(pair["a"], pair["b"]): len(pair["images"]) for pair in found}
    for row in rows.all():
        pair = tuple(map(int, str(row.get_attribute("data-pair")).split(",")))
        assert row.locator("img.mistake").count() == pictures.get(pair, 0)
    assert table.locator("img.mistake").count() > 0


def test_a_dataset_that_nobody_loaded_has_no_images_yet(visit: Opener) -> None:
    page = opened(visit, 3, "class")
    expect(page.locator("class-detail .mistakes")).to_be_hidden()
    expect(page.locator("class-detail .samples-missing")).to_be_visible()
    assert page.locator("class-detail .samples img").count() == 0
