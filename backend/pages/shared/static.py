"""Static files under the hash of their tree, gzipped once, cached for ever (decision 0004).

ES modules import each other by relative path, so all of them must share one versioned prefix:
`/static/<hash>/js/page.js`; a page loads them put together (modules.py), and its style sheets too
(sheets.py). Plotly comes out of its installed wheel under a hash of its own.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from backend.pages.shared.modules import ROOT, chunk, entries
from backend.pages.shared.sheets import sheet_name, sheet_names, sheets
from backend.server.addresses import url

IMMUTABLE = "public, max-age=31536000, immutable"
PLOTLY = "plotly.min.js"
TOGETHER = "together/"

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".html": "text/html; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """A file as it is sent; only the gzipped bytes are kept (Plotly is 4.8 MB without)."""

    gzipped: bytes
    media_type: str
    etag: str


@cache
def tree_hash() -> str:
    """A name for the whole tree: the names and bytes of all files."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(ROOT).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def static(name: str) -> str:
    """The address of a static file: `static("js/pages/run.js")`; of Plotly: `static(PLOTLY)`."""
    prefix = plotly_hash() if name == PLOTLY else tree_hash()
    return url(f"/static/{prefix}/{name}")


def together(name: str) -> str:
    """The address of what a page loads in one file: a module with all that it imports."""
    return static(TOGETHER + name)


def stylesheet(own: str) -> str:
    """The address of a page's style sheets, in one file."""
    return together(sheet_name(own))


@cache
def plotly_path() -> Path:
    """Plotly's script in its installed wheel, found without importing the package."""
    package = find_spec("plotly")
    if package is None or package.origin is None:
        raise RuntimeError("plotly is not installed; run `make setup`")
    return Path(package.origin).parent / "package_data" / PLOTLY


@cache
def plotly_hash() -> str:
    """A hash of Plotly's script."""
    return hashlib.sha256(plotly_path().read_bytes()).hexdigest()[:12]


@cache
def asset(name: str) -> Asset | None:
    """A file by its path below the tree, None when there is none."""
    if name.startswith(TOGETHER):
        whole = name.removeprefix(TOGETHER)
        data = (sheets(whole) if whole in sheet_names() else chunk(whole)).encode()
    else:
        path = plotly_path() if name == PLOTLY else (ROOT / name).resolve()
        if name != PLOTLY and (ROOT not in path.parents or not path.is_file()):
            return None
        data = path.read_bytes()
    return Asset(
        gzipped=gzip.compress(data, compresslevel=9, mtime=0),
        media_type=_TYPES.get(Path(name).suffix, "application/octet-stream"),
        etag=f'"{hashlib.sha256(data).hexdigest()[:16]}"',
    )


def _is_there(name: str) -> bool:
    """False, too, for a name that no file system takes (too long, with a NUL)."""
    whole = name.removeprefix(TOGETHER)
    if name == PLOTLY or whole in entries() or whole in sheet_names():
        return True
    try:
        return (ROOT / name).is_file()
    except (OSError, ValueError):
        return False


def answer(request: Request, version: str, name: str) -> Response:
    """A static file; under a hash that is not today's it is sent, but not kept."""
    # Names that no file has would fill the cache of `asset`.
    file = asset(name) if _is_there(name) else None
    if file is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    current = plotly_hash() if name == PLOTLY else tree_hash()
    headers = {
        "Cache-Control": IMMUTABLE if version == current else "no-cache",
        "ETag": file.etag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.gzipped, headers=headers, media_type=file.media_type)
    headers["Content-Encoding"] = "identity"  # or the app's middleware would zip it each time
    return Response(gzip.decompress(file.gzipped), headers=headers, media_type=file.media_type)


def mount_static(app: FastAPI) -> None:
    """Adds the routes of static files."""

    @app.api_route(
        "/static/{version}/{name:path}", methods=["GET", "HEAD"], include_in_schema=False
    )
    async def static_file(request: Request, version: str, name: str) -> Response:
        if name == PLOTLY:  # to zip it takes most of a second, once: not on the event loop
            await run_in_threadpool(asset, name)
        return answer(request, version, name)

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon(request: Request) -> Response:
        """For pages without a link to it, such as /docs."""
        return answer(request, "", "favicon.svg")
