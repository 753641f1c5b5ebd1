"""Notes in Markdown as HTML. What somebody wrote becomes no markup of its own and loads nothing."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# CommonMark's rules with tables. HTML stays text, and an image, which would ask another host for
# something, is a link's text only. markdown-it refuses `javascript:` and its kin by itself.
_OPTIONS = {"html": False, "linkify": False, "typographer": False}


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # loaded with the first note

    return MarkdownIt("commonmark", _OPTIONS).enable(["table", "strikethrough"]).disable("image")


def markdown(text: str) -> Markup:
    """Safe HTML."""
    return Markup(_renderer().render(text))
