"""The story in one HTML file: its styles, figures and numbers inside, nothing asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from backend.pages.methods.story import Story, in_a_file
from backend.pages.shared.context import Context
from backend.pages.shared.modules import ROOT, standalone
from backend.pages.shared.render import html
from backend.reports.run_report import document

_STYLES = ("tokens", "base", "controls", "methods", "story")
_NO_BAR = ":root{--topbar:0px}"  # a file has no top bar for the figure to stay below


@dataclass(frozen=True)
class StoryFile(Context):
    """What stands in the file."""

    template = "methods/story_file.html"
    story: Story


@cache
def story_file() -> str:
    """The page."""
    styles = [(ROOT / "css" / f"{name}.css").read_text() for name in _STYLES]
    script = standalone("js/pages/ols-story.js").replace("</script", "<\\/script")
    told = html(StoryFile(queue=None, story=in_a_file()))
    body = [told, f'<script type="module">{script}</script>']
    return document("Online label smoothing", body, style="".join([*styles, _NO_BAR]))
