"""The pure modules of the frontend, run where they run in earnest: in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, lists, tuples
from playwright.sync_api import Browser, Page

from backend.analysis import formats
from backend.analysis.figures.film import floor_for
from backend.matrix import frames
from backend.pages.shared.static import static
from backend.store.folding import fold
from ols.spec.number_kinds import FORMS, Kind
from tests.browser.serving import Site


@pytest.fixture(scope="module")
def shared_page(browser: Browser, lab: Site) -> Iterator[Page]:
    """One for all calls: nothing that they do stays on it."""
    page = browser.new_page(base_url=lab.url)
    page.goto("/workers")
    yield page
    page.close()


@pytest.fixture(scope="module")
def call(shared_page: Page):  # type: ignore[no-untyped-def]
    """`call("pure/codes.js", "valueOf", 1)`: a function of a module, with JSON in and out."""

    def run(module: str, name: str, *arguments: Any) -> Any:
        return shared_page.evaluate(
            """async ([path, name, given]) => {
                const module = await import(path);
                const typed = (value) => {
                    if (value?.bytes) return new Uint8Array(value.bytes);
                    return value?.codes ? { ...value, codes: new Uint16Array(value.codes) } : value;
                };
                const plain = (value) => ArrayBuffer.isView(value) ? [...value] : value;
                const result = module[name](...given.map(typed));
                if (!result || typeof result !== "object" || ArrayBuffer.isView(result)) {
                    return plain(result);
                }
                if (Array.isArray(result)) return result;
                return Object.fromEntries(Object.entries(result).map(([k, v]) => [k, plain(v)]));
            }""",
            [static(f"js/{module}"), name, list(arguments)],
        )

    return run


def _bytes(frame: bytes) -> dict[str, list[int]]:
    import gzip

    return {"bytes": list(gzip.decompress(frame))}


def test_codes_are_the_servers(call) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(0)
    values = np.concatenate([[0.0, 1.0, 1e-7, 1e-9, 0.5], rng.random(40) ** 6])
    values = values[:45].reshape(5, 9)
    frame = frames.encode(values, frames.U16LOG)
    found = call("pure/codes.js", "decode", _bytes(frame), "u16log-shuffle", 5, 9)
    codes = frames.to_codes(values, frames.U16LOG)
    assert found["codes"] == codes.ravel().tolist()
    decoded = [call("pure/codes.js", "valueOf", int(code)) for code in codes.ravel()[:12]]
    np.testing.assert_allclose(
        decoded, frames.from_codes(codes, frames.U16LOG).ravel()[:12], rtol=1e-6
    )
    back = [call("pure/codes.js", "codeOf", value) for value in decoded]
    assert back == codes.ravel()[:12].tolist()


def test_counts_stay_exact_and_become_shares_of_their_row(call) -> None:  # type: ignore[no-untyped-def]
    counts = np.array([[3, 1, 0], [0, 0, 0], [70_000, 4_000_000_000, 1]], np.uint32)
    frame = frames.encode(counts, frames.U32)
    found = call("pure/codes.js", "decode", _bytes(frame), "u32-shuffle", 3, 3)
    assert found["counts"] == counts.ravel().tolist()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True, dtype=float), 1)
    assert found["codes"] == frames.to_codes(shares, frames.U16LOG).ravel().tolist()


@pytest.mark.parametrize("dark", [False, True])
def test_lightness_moves_one_way_along_the_scale(call, dark: bool) -> None:  # type: ignore[no-untyped-def]
    stops = call("pure/colour.js", "stops", dark)
    shades = [call("pure/colour.js", "mix", stops, share / 24) for share in range(25)]
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in shades]
    steps = np.diff(light) if dark else -np.diff(light)
    assert (steps > 0).all()


@pytest.mark.parametrize("classes", [2, 10, 62, 100, 200, 1000])
def test_a_scale_begins_at_a_tenth_of_an_even_share(call, classes: int) -> None:  # type: ignore[no-untyped-def]
    floor = call("pure/colour.js", "floorFor", classes)
    assert floor == pytest.approx(floor_for(classes))
    assert 1 / (25 * classes) < floor <= 1 / (10 * classes) + 1e-12


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((0, "0%"), (0.0003, "0.03%"), (0.00004, "<0.01%"), (0.00123, "0.12%")),
        *((0.123, "12%"), (0.996, "99.6%"), (1, "100%")),
    ],
)
def test_a_cell_has_two_significant_digits(call, value: float, text: str) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/format.js", "brief", value) == text


@pytest.mark.parametrize(("value", "share"), [(1 / 62, 0.5), (1, 1.0), (1 / 62**2, 0.0), (0, 0)])
def test_an_even_share_is_the_middle_of_times_uniform(call, value: float, share: float) -> None:  # type: ignore[no-untyped-def]
    scale = {"mode": "uniform", "classes": 62}
    assert call("pure/colour.js", "shareOf", value, scale) == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize("scale", [{"mode": "log"}, {"mode": "uniform", "classes": 62}])
def test_the_table_is_the_scale(call, scale: dict[str, Any]) -> None:  # type: ignore[no-untyped-def]
    table = call("pure/colour.js", "buildTable", scale, False)
    stops = call("pure/colour.js", "stops", False, scale["mode"] == "uniform")
    assert len(table) == 65536
    assert table[0] == table[1]  # zero and what lies below the floor look alike
    for code in (20_000, 45_000, 60_000, 65_535):
        value = call("pure/codes.js", "valueOf", code)
        share = min(1, max(0, call("pure/colour.js", "shareOf", value, scale)))
        r, g, b = call("pure/colour.js", "mix", stops, share)
        seen = (table[code] & 255, table[code] >> 8 & 255, table[code] >> 16 & 255)
        assert max(abs(x - y) for x, y in zip(seen, (r, g, b), strict=True)) <= 2


def test_the_difference_of_any_numbers(call) -> None:  # type: ignore[no-untyped-def]
    """A loop's own matrices: coordinates, logits, with gaps."""
    rng = np.random.default_rng(0)
    a, b = 100 * rng.normal(size=(2, 3, 3)).astype(np.float32)
    a[1, 2] = np.nan

    def frame(values: np.ndarray) -> dict[str, Any]:
        packed = values.astype("<f4").view("<u4").ravel()
        planes = [int(n) >> shift & 255 for shift in (24, 16, 8, 0) for n in packed]
        return call("pure/codes.js", "decode", {"bytes": planes}, "f32-shuffle", 3, 3)

    first, second = frame(a), frame(b)
    most = call("pure/pairs.js", "largestDifference", first, second)
    assert most == pytest.approx(np.nanmax(np.abs(a - b)), rel=1e-5)
    scale = {"mode": "difference", "max": most, "unit": most}
    codes = np.array(call("pure/codes.js", "differenceCodes", first, second, most)).reshape(3, 3)
    assert codes[1, 2] == 0  # the gap
    seen = (codes - 32768) / 32767 * most
    np.testing.assert_allclose(seen[codes > 0], (a - b)[codes > 0], atol=most / 30_000)
    table = call("pure/colour.js", "buildTable", scale, False)
    assert table[0] == 0  # a gap shows the panel
    middle = call("pure/colour.js", "mix", call("pure/colour.js", "stops", False, True), 0.5)
    assert [table[32768] >> shift & 255 for shift in (0, 8, 16)] == pytest.approx(middle, abs=2)
    assert call("pure/format.js", "tick", -most, scale).startswith("−")
    assert "%" not in call("pure/format.js", "tick", most, scale)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        (" 0%\r 50%\r100%\n", "100%\n"),
        (" 0%\r 50%\r", " 50%"),
        ("\x1b[31;1mred\x1b[0m, \x1b]0;title\x07rest\x1b[K", "red, rest"),
        ("\x1b(Bplain [31m", "plain [31m"),
        ("no escapes at all", "no escapes at all"),
    ],
)
def test_a_log_reads_as_a_terminal_shows_it(call, written: str, shown: str) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/terminal.js", "asShown", written) == shown
    whole = call("pure/terminal.js", "wholeLines", f"one\n{written}\x1b")
    assert whole["shown"].startswith("one\n")
    assert whole["rest"].endswith("\x1b"), "the end of it may still come"


def test_pooling_keeps_every_single_hot_cell(call) -> None:  # type: ignore[no-untyped-def]
    k, p = 90, 31
    codes = np.zeros((k, k), int)
    codes[np.arange(0, k, 7), np.arange(0, k, 7)[::-1]] = 5000
    frame = {"rows": k, "columns": k, "codes": codes.ravel().tolist()}
    whole = {"row": 0, "column": 0, "span": k}
    pooled = call("pure/pooling.js", "maxPool", frame, whole, p)
    assert sum(value == 5000 for value in pooled) == len(range(0, k, 7))


@given(
    k=integers(5, 40),
    side=integers(2, 12),
    # Of 16 bits: a border between two pixels is the same number here and there.
    start=tuples(floats(0, 0.875, width=16), floats(0, 0.875, width=16)),
    share=floats(0.125, 1, width=16),
    seed=integers(0, 99),
)
def test_pooling_a_part_in_any_order_is_the_largest_of_what_each_pixel_covers(  # type: ignore[no-untyped-def]
    call, k: int, side: int, start: tuple[float, float], share: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    codes, order = rng.integers(0, 65536, (k, k)), rng.permutation(k)
    span = max(side, share * k)
    if span > k:
        return  # there are fewer cells than pixels: nothing is pooled
    view = {"row": start[0] * (k - span), "column": start[1] * (k - span), "span": span}
    frame = {"rows": k, "columns": k, "codes": codes.ravel().tolist()}
    more = {"order": order.tolist()}
    pooled = np.reshape(call("pure/pooling.js", "maxPool", frame, view, side, more), (side, side))
    wanted = np.zeros((side, side), int)
    pixels = [
        np.clip(np.floor((np.arange(k) + 0.5 - view[axis]) * side / span), 0, side - 1).astype(int)
        for axis in ("row", "column")
    ]
    for i in range(int(view["row"]), min(k, int(np.ceil(view["row"] + span)))):
        for j in range(int(view["column"]), min(k, int(np.ceil(view["column"] + span)))):
            at = (pixels[0][i], pixels[1][j])
            wanted[at] = max(wanted[at], codes[order[i], order[j]])
    np.testing.assert_array_equal(pooled, wanted)


_STEPS = lists(tuples(floats(0.2, 5), floats(0, 1), floats(0, 1)), max_size=4)


@given(k=integers(5, 1500), factors=_STEPS)
def test_every_cell_is_found_where_it_is_drawn_at_any_zoom(call, k: int, factors) -> None:  # type: ignore[no-untyped-def]
    view = {"row": 0, "column": 0, "span": k}
    for factor, row, column in factors:
        at = (view["row"] + row * view["span"], view["column"] + column * view["span"])
        view = call("pure/viewport.js", "zoomAt", view, k, factor, *at)
        assert 0 <= view["row"] <= k - view["span"] + 1e-9
        assert 0 <= view["column"] <= k - view["span"] + 1e-9
    text = call("pure/viewport.js", "viewText", view)
    assert call("pure/viewport.js", "viewFrom", text) == view  # the address holds it exactly
    size = {"width": 700, "height": 600, "size": k, "ratio": 1.5, "labelWidth": 20, "view": view}
    layout = call("pure/layout.js", "heatmapLayout", size)
    assert layout["x"] + layout["width"] < 700
    assert layout["y"] + layout["height"] < 600
    for share in (0.01, 0.3, 0.7, 0.99):
        row = min(k - 1, int(view["row"] + share * view["span"]))
        column = min(k - 1, int(view["column"] + (1 - share) * view["span"]))
        x = layout["x"] + (max(column + 0.5, view["column"]) - view["column"]) * layout["cell"]
        y = layout["y"] + (max(row + 0.5, view["row"]) - view["row"]) * layout["cell"]
        if x < layout["x"] + layout["width"] and y < layout["y"] + layout["height"]:
            assert call("pure/layout.js", "hit", layout, x, y) == {"row": row, "column": column}
    assert call("pure/layout.js", "hit", layout, 1, 1) is None


def test_collapsed_rows_are_means_and_columns_sums(call) -> None:  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(3)
    values = rng.dirichlet(np.ones(7), 7)
    order, groups = [3, 0, 6, 1, 2, 5, 4], [[0, 6, 1], [2, 5]]
    codes = frames.to_codes(values, frames.U16LOG).ravel().tolist()
    frame = {"rows": 7, "columns": 7, "codes": codes, "counts": None}
    arrangement = call("pure/arrange.js", "arrange", 7, order, groups)
    members = [[3], [0, 6, 1], [2, 5], [4]]
    assert arrangement["members"] == members
    found = call("pure/arrange.js", "collapseFrame", frame, arrangement)
    wanted = [[values[np.ix_(a, b)].sum(axis=1).mean() for b in members] for a in members]
    seen = frames.from_codes(np.array(found["codes"], np.uint16), frames.U16LOG).reshape(4, 4)
    np.testing.assert_allclose(seen, wanted, rtol=4e-4)
    np.testing.assert_allclose(seen.sum(axis=1), 1, rtol=4e-4)
    exact = call("pure/codes.js", "groupValue", frame, members[1], members[2])
    assert exact == pytest.approx(wanted[1][2], rel=3e-4)


def test_a_tree_is_cut_where_scipy_cuts_it(call) -> None:  # type: ignore[no-untyped-def]
    from scipy.cluster import hierarchy

    points = np.random.default_rng(4).normal(size=(12, 3)) + np.repeat(np.eye(3) * 6, 4, axis=0)
    linkage = hierarchy.linkage(points, "average")
    order = hierarchy.leaves_list(linkage).tolist()
    tree = call("pure/dendrogram.js", "treeOf", linkage.tolist(), order)
    blocks = call("pure/dendrogram.js", "cut", tree, 0.5)
    labels = hierarchy.fcluster(linkage, 0.5 * linkage[-1, 2], "distance")
    wanted = {tuple(sorted(np.flatnonzero(labels == one))) for one in set(labels)}
    assert {tuple(sorted(order[b["start"] : b["end"]])) for b in blocks} == {
        one for one in wanted if len(one) > 1
    }


def test_pairs_are_the_servers(call) -> None:  # type: ignore[no-untyped-def]
    from backend.pages.run.pairs import pairs_of

    values = np.random.default_rng(1).random((12, 12)) ** 4
    codes = frames.to_codes(values, frames.U16LOG)
    frame = {"rows": 12, "columns": 12, "codes": codes.ravel().tolist(), "counts": None}
    found = call("pure/pairs.js", "strongestPairs", frame, 8)
    wanted = pairs_of(values)
    assert [(p["row"], p["column"]) for p in found] == [(p.row, p.column) for p in wanted]
    top = call("pure/pairs.js", "topOfRow", frame, 3, 5)
    assert top["others"] == 7
    total = sum(entry["value"] for entry in top["top"]) + top["rest"]
    assert total == pytest.approx(values[3].sum(), rel=1e-3)


def test_epochs_that_are_recorded_anew_replace_what_followed(call) -> None:  # type: ignore[no-untyped-def]
    found = call("pure/timeline.js", "withEpoch", [1, 2, 3], ["a", "b", "c"], 2, "x")
    assert found == {"epochs": [1, 2], "versions": ["a", "x"]}
    assert call("pure/timeline.js", "atOrBefore", [1, 4, 9], 8) == 4
    assert call("pure/timeline.js", "step", [1, 4, 9], 4, 1) == 9
    assert call("pure/timeline.js", "step", [1, 4, 9], 9, 1) == 9


@pytest.mark.parametrize("seconds", [None, 0, 0.4, 7, 59.6, 75, 600, 615, 3700, 90_000])
def test_durations_are_written_as_by_the_server(call, seconds: float | None) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/format.js", "duration", seconds) == formats.duration(seconds)


@pytest.mark.parametrize("value", [None, 0, 0.5, 0.81349, 1])
def test_percents_are_written_as_by_the_server(call, value: float | None) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/format.js", "percent", value) == formats.percent(value)


@pytest.mark.parametrize("kind", FORMS)
def test_each_kind_of_number_is_written_as_by_the_server(call, kind: Kind) -> None:  # type: ignore[no-untyped-def]
    form = FORMS[kind]
    for value in (None, 0, 0.000321, -0.0312, 0.81349, 1, 12.3456, 1234.56):
        assert call("pure/format.js", "written", value, asdict(form)) == form.text(value)


def _refused(run: int, one: str, several: str = "") -> dict[str, Any]:
    return {"id": run, "error": {"message": f"Run {run} {one}.", "one": one, "several": several}}


def _done(run: int) -> dict[str, Any]:
    return {"id": run, "run": {"id": run}, "message": f"r #{run} cancelled."}


@pytest.mark.parametrize(
    ("done", "results", "words"),
    [
        ("cancelled", [_done(1)], "r #1 cancelled."),
        ("cancelled", [_refused(4, "has failed")], "Run 4 has failed."),
        ("paused", [_done(n) for n in (1, 2)], "2 runs paused."),
        (
            "deleted",
            [_done(1), *[_refused(n, "is running", "are running: cancel them") for n in (2, 3)]],
            "1 of 3 deleted; #2 and #3 are running: cancel them.",
        ),
        (
            "queued again",
            [_refused(n, "has finished", "have finished") for n in range(1, 10)],
            "None of 9 queued again; #1, #2, #3, #4, #5, #6 and 3 more have finished.",
        ),
        (
            "resumed",
            [_refused(5, "is queued"), _refused(6, "is gone")],
            "None of 2 resumed; #5 is queued; #6 is gone.",
        ),
    ],
)
def test_outcomes_are_told_in_words(call, done, results, words) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/outcome.js", "outcome", done, results) == words


@pytest.mark.parametrize(
    ("text", "found"),
    [("o", 2), ("O", 1), ("apple", 3), ("PEAR", 4), ("ear", 4), ("#4", 4), ("#9", None)],
)
def test_a_class_is_found_by_its_best_match(call, text: str, found: int | None) -> None:  # type: ignore[no-untyped-def]
    classes = ["0", "O", "o", "Apple pie", "pear"]
    assert call("pure/classes.js", "findClass", classes, text) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [("Übung α", "ÜBUNG Α"), ("straße", "STRASSE"), ("GRO\u0308ẞE", "größe"), ("ΟΔΟΣ", "οδοσ")],
)
def test_cases_are_folded_as_the_store_folds_them(call, one: str, other: str) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/fold.js", "fold", one) == call("pure/fold.js", "fold", other) == fold(one)


def test_nothing_typed_finds_no_class(call) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/classes.js", "findClass", ["a"], "  ") is None


def test_unknown_values_sort_last_either_way(call) -> None:  # type: ignore[no-untyped-def]
    pairs = [{"a": 0, "first_rose": None}, {"a": 1, "first_rose": 3}, {"a": 2, "first_rose": 1}]
    for down, order in ((True, [1, 2, 0]), (False, [2, 1, 0])):
        made = call("pure/pair-table.js", "sortPairs", pairs, "first_rose", down, ["x", "y", "z"])
        assert [pair["a"] for pair in made] == order


def test_a_sparkline_reaches_from_nothing_to_its_peak(call) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/pair-table.js", "trendPoints", [0, None, 2], 12, 22) == "1.0,20.0 11.0,2.0"


@pytest.mark.parametrize(
    ("form", "value", "text"),
    [
        (".1%", 0.7449, "74.5%"),
        (".3f", 1.2, "1.200"),
        (".4~g", 0.000123456, "0.0001235"),
        (",d", 1234567.0, "1,234,567"),
        ("~s", 1500.0, "1.5k"),
        (".3~s", 2_340_000.0, "2.34M"),
        ("d", 12.0, "12"),
        ("", 0.1 + 0.2, "0.3"),
        (".1%", -0.05, "−5.0%"),
        (".1%", None, "–"),
    ],
)
def test_numbers_of_figures(call, form: str, value: float | None, text: str) -> None:  # type: ignore[no-untyped-def]
    assert call("pure/number-format.js", "writtenAs", form, value) == text


def test_ticks_are_told_apart(call) -> None:  # type: ignore[no-untyped-def]
    for low, high, form in ((0.7412, 0.7439, ".1~%"), (0, 1, ".1~%"), (1.0001, 1.0004, "")):
        made = call("pure/axis.js", "ticks", [low, high], 5)
        texts = [
            call("pure/number-format.js", "tickWritten", form, made["step"], value)
            for value in made["values"]
        ]
        assert len(set(texts)) == len(texts) >= 2


@pytest.mark.parametrize(
    ("reached", "end", "axis"), [(22, 2040, 30), (1, 2040, 1.5), (1020, 2040, 2040), (3, 5, 5)]
)
def test_the_axis_of_a_young_run_grows(  # type: ignore[no-untyped-def]
    call, reached: float, end: float, axis: float
) -> None:
    assert call("pure/axis.js", "growingEnd", reached, end) == pytest.approx(axis)


def test_outliers_lie_outside_and_a_steep_start_does_not(call) -> None:  # type: ignore[no-untyped-def]
    calm = [1 + 0.01 * (i % 7) for i in range(200)]
    spiked = call("pure/axis.js", "robustRange", [*calm, 1e9])
    assert (spiked["outside"], spiked["high"]) == (1, pytest.approx(1.06))
    assert spiked["whole"]["high"] == 1e9
    steep = [0.4 + 2 * 0.97**i for i in range(200)]
    assert call("pure/axis.js", "robustRange", steep)["outside"] == 0
    assert call("pure/axis.js", "robustRange", [*calm[:40], 1e9])["outside"] == 0, "too few to say"


@given(lists(floats(-1e6, 1e6), min_size=50, max_size=400))
def test_thinned_pixels_keep_every_column_extremes(call, values: list[float]) -> None:  # type: ignore[no-untyped-def]
    width = 20
    xs = [index * width / len(values) for index in range(len(values))]
    kept = call("pure/line-path.js", "visiblePoints", xs, values, width)
    assert kept == sorted(set(kept))
    for column in range(width):
        own = [index for index, x in enumerate(xs) if int(x) == column]
        shown = [values[index] for index in kept if index in own]
        if own:
            assert max(shown) == max(values[index] for index in own)
            assert min(shown) == min(values[index] for index in own)


def test_a_line_stops_at_a_gap_and_a_lone_point_is_a_dot(call) -> None:  # type: ignore[no-untyped-def]
    xs, ys = [0, 1, 2, 3, 4, 5], [1, 2, None, 4, None, 6]
    path = call("pure/line-path.js", "linePath", xs, ys, list(range(6)))
    assert path == "M0 1L1 2M3 4h0M5 6h0"
