"""A page that one test leaves to the next.

A renderer process takes most of the CPU of a visit to start. So the page stays, in between at
BLANK, and with it its process and the files in its context's cache. What a test has changed about
the page or its context is put back; where no call takes it back, another page or context follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

ONE_PROCESS = "--renderer-process-limit=1"  # for all pages of a context that one process may draw
BLANK = "/healthz"
# What no call takes back.
OF_BOTH = (
    "add_init_script",
    "expose_binding",
    "expose_function",
    "route_web_socket",
    "set_extra_http_headers",
)
OF_PAGE = (*OF_BOTH, "add_locator_handler", "on", "once", "set_default_timeout")
OF_CONTEXT = (*OF_BOTH, "new_cdp_session", "set_geolocation")
OF_CLOCK = ("install", "pause_at", "set_fixed_time", "set_system_time")
LATE = """
    const { fetch: fetchAtOnce, setTimeout: later } = window; // a test may stop the page's clock
    window.fetch = async (...request) => {
        const answer = await fetchAtOnce(...request);
        await new Promise((pass) => later(pass, Math.random() * LATENCY));
        return answer;
    };
"""


def delay(context: BrowserContext, latency: int) -> None:
    """Answers that a page fetches come up to so many milliseconds later."""
    if latency:
        context.add_init_script(LATE.replace("LATENCY", str(latency)))


class Kept:
    """The page, while there is one, and its context."""

    def __init__(self, browser: Browser, latency: int) -> None:
        self.context: BrowserContext | None = None
        self._page: Page
        self._browser = browser
        self._latency = latency
        self._url = ""
        self._changed: set[object] = set()  # pages and contexts that are not to be kept

    def at(self, url: str) -> BrowserContext:
        """A context with one page; nobody has used them, for all that a page of this site can
        tell."""
        if self.context is None or self._url != url:
            self.close()
            self._url = url
            self.context = context = self._browser.new_context(base_url=url)
            delay(context, self._latency)
            self._note(context, context, OF_CONTEXT)
            self._note(context, context.clock, OF_CLOCK)
            self._open(context)
        return self.context

    def tidy(self) -> None:
        """After a test that passed."""
        context = self.context
        if context is None or context in self._changed:
            self.close()
            return
        for page in context.pages:
            if page != self._page:
                page.close()
        context.unroute_all()
        context.set_offline(False)
        context.clear_permissions()
        context.clear_cookies()
        try:
            if self._page.is_closed() or self._page in self._changed:
                old = self._page
                self._open(context)
                old.close()
            else:
                self._put_back()
            self._page.evaluate("localStorage.clear()")
        except Error:  # the site has ended
            self.close()

    def close(self) -> None:
        """Gives the page and its context up."""
        if self.context:
            self.context.close()
        self.context = None
        self._changed.clear()

    def _open(self, context: BrowserContext) -> None:
        self._page = context.new_page()
        self._page.goto(self._url + BLANK)
        self._note(self._page, self._page, OF_PAGE)

    def _put_back(self) -> None:
        page = self._page
        page.unroute_all()
        page.goto(self._url + BLANK)
        page.emulate_media(
            media="null", reduced_motion="null", forced_colors="null", contrast="null"
        )
        page.mouse.move(-1, -1)
        page.evaluate("sessionStorage.clear()")

    def _note(self, whose: object, holder: object, names: Iterable[str]) -> None:
        """Notes that these methods were called."""

        def noting(call: Callable[..., Any]) -> Callable[..., Any]:
            def called(*args: Any, **kwargs: Any) -> Any:
                self._changed.add(whose)
                return call(*args, **kwargs)

            return called

        for name in names:
            setattr(holder, name, noting(getattr(holder, name)))
