"""Templates: the environment, what every page shows, and how a context becomes an answer."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic_core import to_json
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from backend.analysis import formats
from backend.core import run_actions, run_states
from backend.core.actor import actor, may_add, may_change
from backend.core.palette import method_colour
from backend.core.places import AT_THE_FOOT, PLACES
from backend.core.run_states import RunState
from backend.core.settings import Settings
from backend.core.worker_command import worker_command
from backend.pages.shared.change_words import change_words
from backend.pages.shared.context import Context, ErrorPage, Queue
from backend.pages.shared.sheets import TEMPLATES
from backend.pages.shared.sparkline import sparkline_points
from backend.pages.shared.static import static, stylesheet, together
from backend.pages.shared.titles import title_of
from backend.server.addresses import url
from backend.store import batch_jobs, runs, workers
from backend.store.errors import Unreachable
from ols.spec.metrics import metric
from ols.version import __version__


@cache
def environment() -> Environment:
    """Autoescaping, and strict: a name that is not in the context is an error."""
    jinja = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.globals.update(
        url=url,
        static=static,
        stylesheet=stylesheet,
        together=together,
        places=PLACES,
        at_the_foot=AT_THE_FOOT,
        method_colour=method_colour,
        title_of=title_of,
        metric=metric,
        actor=actor,
        may_add=may_add,
        may_change=may_change,
        possible=run_actions.possible,
        run_states=run_states,
        run_rules=run_actions.RULES,
        run_words=run_actions.words_for_pages(),
        lab_version=__version__,
    )
    jinja.filters.update(
        percent=formats.percent,
        noise_rate=formats.noise_rate,
        duration=formats.duration,
        ago=formats.ago,
        ahead=formats.ahead,
        iso=formats.iso,
        thousands=formats.number,
        plain=formats.plain,
        plural=formats.plural,
        bytes=formats.size,
        ordinal=formats.ordinal,
        shortened=formats.shortened,
        code=code_words,
        change_words=change_words,
        sparkline=sparkline_points,
        json_block=json_block,
    )
    return jinja


def code_words(text: str) -> Markup:
    """A sentence whose `words` in backticks are code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one of them is alone
        return Markup("{}").format(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else Markup("{}").format(part)
        for place, part in enumerate(parts)
    )


def json_block(value: Any) -> str:
    """JSON for a `<script type="application/json">`: no `</script>` can end it early."""
    text = to_json(value, inf_nan_mode="null").decode()
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def macro(template: str, name: str, *arguments: Any) -> Markup:
    """What a macro of a template writes."""
    write = getattr(environment().get_template(template).module, name)
    return Markup(write(*arguments))


def html(context: Context) -> str:
    """A context's template, filled."""
    values = {field.name: getattr(context, field.name) for field in fields(context)}
    return environment().get_template(context.template).render(values)


def page(context: Context, status: int = 200) -> Response:
    """A context as an answer. Pages are asked for again each time: they hold live data."""
    headers = {"Cache-Control": "no-cache", "Vary": "Accept"}
    return HTMLResponse(html(context), status, headers)


def queue_of(session: Session, config: Settings) -> Queue:
    """What the top bar and the banner say."""
    counts, online = runs.counts(session), workers.online(session)
    largest = max((worker.devices for worker in online), default=0)
    return Queue(
        running=counts[RunState.RUNNING],
        queued=counts[RunState.QUEUED],
        workers=len(online),
        accepting=sum(not worker.draining for worker in online),
        largest=largest,
        too_large=runs.too_large(session, largest) if counts[RunState.QUEUED] and online else 0,
        command=worker_command(config),
        jobs=0 if online else batch_jobs.pending(session),
    )


def error_page(request: Request, status: int, code: str, message: str) -> Response:
    """An error as a page; it must not fail itself, so the database may be down."""
    try:
        with request.app.state.database.read() as session:
            queue = queue_of(session, request.app.state.settings)
    except (SQLAlchemyError, Unreachable):
        queue = None
    titles = {404: "Not found", 503: "Temporarily unavailable", 500: "Something went wrong here"}
    title = titles.get(status, "This did not work")
    return page(ErrorPage(queue=queue, status=status, title=title, message=message), status)
