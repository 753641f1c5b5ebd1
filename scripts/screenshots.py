"""Takes the README's screenshots from a running server that holds real runs.

    python -m scripts.screenshots http://127.0.0.1:8000 docs/images [--run 3] [--compare 1,2,3]
    python -m scripts.screenshots http://127.0.0.1:8000 docs/images --experiment 1

Without --run a finished OLS run with the most peers is shown, without --compare the newest
finished run of each method on that run's data; with --experiment only its pages. Needs Chromium
(`make system`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
LAPTOP = (1440, 900)
TALL = (1440, 1250)
PHONE = (390, 844)

View = tuple[str, str, tuple[int, int], bool, bool]  # name, path, window, dark, whole page


def main() -> int:
    """Writes one PNG per view; 1 when there are no runs to show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", type=int, default=0)
    parser.add_argument("--compare", default="")
    parser.add_argument("--experiment", type=int, default=0)
    options = parser.parse_args()
    runs = finished_runs(options.url)
    shown = options.run or most_compared(runs)
    if not shown:
        print("There is no finished OLS run to show; wait for `make demo`.", file=sys.stderr)
        return 1
    if options.experiment:
        views = of_an_experiment(options.experiment)
    else:
        views = of_runs(shown, options.compare or peers(runs, shown))
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium")
            or shutil.which("chromium-headless-shell")
            or None,
            args=ARGUMENTS,
        )
        for name, path, size, dark, full in views:
            target = options.folder / f"{name}.png"
            take(browser, options.url + path, target, size, dark=dark, full=full)
            print(target)
        browser.close()
    return 0


def of_runs(shown: int, together: str) -> list[View]:
    """A run, its comparison, the lists and the form."""
    return [
        ("runs", "/", LAPTOP, False, False),
        ("run", f"/runs/{shown}", LAPTOP, False, False),
        ("run-dark", f"/runs/{shown}", LAPTOP, True, False),
        ("run-class", f"/runs/{shown}?class=0#class", (1440, 700), False, False),
        ("compare", f"/compare?runs={together}", TALL, False, False),
        ("form", "/runs/new?preset=glyphs-noise-20", LAPTOP, False, False),
        ("narrow", f"/runs/{shown}", PHONE, False, False),
        ("story", "/methods/ols#step-epochs", LAPTOP, False, False),
    ]


def of_an_experiment(number: int) -> list[View]:
    """Its page, its table and what noise does to it."""
    return [
        ("experiment", f"/experiments/{number}", LAPTOP, False, False),
        ("table", f"/table?experiment={number}", LAPTOP, False, False),
        ("noise", f"/noise?experiment={number}", LAPTOP, False, False),
    ]


def take(
    browser: Browser, url: str, target: Path, size: tuple[int, int], *, dark: bool, full: bool
) -> None:
    """One picture, once charts and matrices are drawn."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",  # figures stand as they end
        device_scale_factor=2 if size == PHONE else 1,
    )
    page.goto(url)
    settle(page)
    page.screenshot(path=target, full_page=full)
    page.close()


def settle(page: Page) -> None:
    """Waits for everything that is drawn after the page has loaded."""
    page.wait_for_function(
        """() => {
            const seen = (one) => one.getBoundingClientRect().top < innerHeight;
            const all = (name) => [...document.querySelectorAll(name)].filter(seen);
            return all("metric-chart, plotly-chart").every((chart) => chart.hasAttribute("ready"))
                && all("matrix-view").every((view) => view.layout);
        }"""
    )
    page.wait_for_load_state("load")
    page.wait_for_timeout(700)  # the estimate, the class's strip


def finished_runs(url: str) -> list[dict[str, Any]]:
    """The newest finished runs, newest first."""
    with urllib.request.urlopen(f"{url}/api/runs?state=finished&limit=200") as answer:
        runs: list[dict[str, Any]] = json.load(answer)["runs"]
        return runs


def most_compared(runs: list[dict[str, Any]]) -> int:
    """The newest of the OLS runs with the most methods to compare; 0 if there is none."""
    own = [run["id"] for run in runs if run["method"] == "ols"]
    return max(own, key=lambda run: (peers(runs, run).count(","), run), default=0)


def peers(runs: list[dict[str, Any]], shown: int) -> str:
    """The newest run of each method with the same data and noise, as `1,2,3`."""
    own = next(run for run in runs if run["id"] == shown)
    alike = {"dataset", "noise_rate"}
    newest: dict[str, int] = {}
    for run in runs:
        if all(run[key] == own[key] for key in alike):
            newest.setdefault(run["method"], run["id"])
    return ",".join(map(str, sorted(newest.values())))


if __name__ == "__main__":
    sys.exit(main())
