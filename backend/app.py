"""The web service: the API, the pages, and what stands before them.

    uvicorn --factory backend.app:create_app

`python -m backend` also migrates the database and ends open streams when it stops.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from backend.api.openapi import describe
from backend.api.routes import ROUTES as API
from backend.core.settings import Settings
from backend.core.settings import settings as process_settings
from backend.notify.notifier import Notifier
from backend.pages.routes import ROUTES as PAGES
from backend.pages.shared.render import error_page
from backend.pages.shared.static import mount_static
from backend.server import errors
from backend.server.addresses import RootPath, check_prefix
from backend.server.bundles import BUNDLE
from backend.server.door import Door
from backend.server.event_streams import SendStreams
from backend.server.health import Health
from backend.server.instruments import CountRequests, Instruments
from backend.server.lease_thread import LeaseKeeper
from backend.server.live_events import Tail
from backend.server.methods import HeadRequests
from backend.server.request_bodies import RequestBodies
from backend.server.security import Security
from backend.store.database import connect
from ols.version import __version__

# That answer at once. They share one core, and the event loop waits for its turn among them: with
# AnyIO's forty, `/healthz` came later and nothing else sooner (benchmarks/bench_health.py).
THREADS = 16

# Frames are gzipped already; of a checkpoint's random-looking floats gzip saves nothing.
_NOT_GZIPPED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/octet-stream",
    BUNDLE,
    "application/vnd.ols.matrix",
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application. `app.state` holds `settings`, `database`, `tail`, `lease_keeper`, ...

    Raises PrefixTaken where OLS_ROOT_PATH begins like a page.
    """
    settings = settings or process_settings()
    app = FastAPI(
        title="OLS Lab",
        version=__version__,
        description="Submit, watch and compare training runs.",
        openapi_url=None,  # ours (backend.api.docs) is answered by a thread: it may take seconds
        docs_url=None,  # Swagger's page loads scripts from another host; ours is plain HTML
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.openapi = partial(describe, app, API)  # type: ignore[method-assign]
    app.state.settings = settings
    app.state.database = connect(settings.resolved_database_url)
    app.state.door = Door(settings, app.state.database)
    app.state.health = Health(settings, app.state.database)
    app.state.instruments = Instruments()
    app.state.tail = Tail(app.state.database)
    app.state.lease_keeper = LeaseKeeper(settings, app.state.database)
    mount_static(app)  # the first that is tried: a page asks for dozens of modules
    # Not include_router(): it would analyse each route once more, for each application.
    app.router.routes.extend([*API, *PAGES])
    check_prefix(app, settings.root_path)
    errors.install(app, error_page)
    # The last one added is the first to see a request.
    app.add_middleware(errors.CatchUnexpected, error_page=error_page)
    app.add_middleware(GZipMiddleware, compresslevel=1, exclude_content_types=_NOT_GZIPPED)
    app.add_middleware(RequestBodies)
    app.add_middleware(SendStreams)
    app.add_middleware(HeadRequests)
    app.add_middleware(Security, settings=settings, door=app.state.door)
    # Who asks, and by http or https, when a proxy asks for them.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)
    app.add_middleware(CountRequests, instruments=app.state.instruments)
    app.add_middleware(RootPath, root_path=settings.root_path)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.database.require_current()
    await app.state.door.peopled()  # known before the database may go away
    to_thread.current_default_thread_limiter().total_tokens = THREADS
    keeper = app.state.lease_keeper
    keeper.start()
    stop = Event()
    notifier = Notifier(app.state.settings, app.state.database, stop)
    notifier.start()
    yield
    stop.set()
    keeper.close()
    notifier.close()
    app.state.tail.close()
    app.state.database.dispose()


def __getattr__(name: str) -> Any:
    """`backend.app:app` for servers that want an object; built when first asked for."""
    if name != "app":
        raise AttributeError(name)
    globals()["app"] = create_app()
    return globals()["app"]
