"""What a page did that it must not do."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError


class Watch:
    """What a page did that it must not do."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()
        self.answers: list[str] = []
        self._url = url
        self._context = context
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Tests read canvases back; pages only draw on them.
        own = "willReadFrequently" in message.text
        if message.type in ("error", "warning") and not own:
            where = message.location.get("url", "")
            self.faults.append(f"console {message.type}: {message.text} ({where})")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"script error: {error.error}")

    def _response(self, answer: Response) -> None:
        self.answers.append(f"{answer.status} {answer.url}")

    def _request(self, request: Request) -> None:
        url = request.url
        if not url.startswith((self._url, "data:", "blob:")):
            self.faults.append(f"a request to another host: {url}")

    @property
    def unexpected(self) -> list[str]:
        """The faults so far that the test did not announce."""
        return [text for text in self.faults if not any(part in text for part in self.expected)]

    def end(self) -> None:
        """Looks no longer."""
        self._context.remove_listener("console", self._console)
        self._context.remove_listener("weberror", self._error)
        self._context.remove_listener("request", self._request)
        self._context.remove_listener("response", self._response)

    def check(self) -> None:
        """Fails on what was not expected."""
        assert not self.unexpected, "\n".join(self.unexpected)
