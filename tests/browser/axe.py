"""What axe-core says of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# All rules once; in the other looks those alone that see a colour or what fits into the window.
_OF_LOOKS = ("color-contrast", "scrollable-region-focusable")
_LOOKS: dict[str, tuple[bool, int, tuple[str, ...]]] = {  # dark, width, rules
    "light": (False, 1440, ()),
    "dark": (True, 1440, _OF_LOOKS),
    "narrow": (True, 360, _OF_LOOKS),
}
# Of neighbours that differ in their texts alone, axe looks at so many: it would take seconds for
# the thousands of cells and lines of a long page, at each look.
_ALIKE = 3
_THIN_OUT = """(most) => {
    const shape = (element) => {
        const own = [...element.attributes].map(({ name, value }) =>
            ["class", "style", "role", "type"].includes(name) ? `${name}=${value}` : name);
        return `<${element.tagName} ${own.join(" ")}>${[...element.children].map(shape).join("")}`;
    };
    const thinOut = (element) => {
        const met = new Map();
        for (const child of [...element.children]) {
            const key = shape(child);
            met.set(key, (met.get(key) ?? 0) + 1);
            if (met.get(key) > most) child.remove();
            else thinOut(child);
        }
    };
    thinOut(document.body);
}"""


def in_all_looks(page: Page, settle: Callable[[Page], None] = lambda _: None) -> list[str]:
    """What it says in both themes, on a laptop and on a phone; each is waited for by `settle`."""
    found = []
    for name, (dark, width, rules) in _LOOKS.items():
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        found += [f"{name}: {line}" for line in violations(page, rules)]
    return found


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe says, by all of its rules or these."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    page.evaluate(_THIN_OUT, _ALIKE)
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("async (options) => (await axe.run(options)).violations", options)
    return [
        f"{rule['id']} ({rule['impact']}) {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
