"""Notes are formatted, and nothing in them runs or loads."""

from __future__ import annotations

import pytest

from backend.reports.markdown import markdown


def test_headings_lists_and_tables_are_formatted() -> None:
    text = "# Aim\n\n- *one*\n- `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    found = markdown(text)
    for part in ("<h1>Aim</h1>", "<em>one</em>", "<code>two</code>", "<td>2</td>"):
        assert part in found


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "![a](https://example.org/spy.png)",
        '[a](https://x "onmouseover=alert(1)")<b onclick=alert(1)>',
    ],
)
def test_what_could_run_or_load_stays_text(text: str) -> None:
    found = markdown(text).lower()
    assert not any(
        tag in found for tag in ("<script", "<img", "<b ", 'href="javascript', 'href="data')
    )
