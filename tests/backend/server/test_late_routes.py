"""A route is analysed when it is first asked for, and every route of the lab can be."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend.api.routes import ROUTES as API
from backend.pages.routes import ROUTES as PAGES
from backend.server.late_routes import LateRoute, Router


def late_app() -> FastAPI:
    app, router = FastAPI(), Router(prefix="/api")

    @router.post("/double/{number}", status_code=201)
    def double(number: int, plus: int = 0) -> int:
        return 2 * number + plus

    app.router.routes.extend(router.routes)
    return app


def test_it_answers_as_any_route() -> None:
    client = TestClient(late_app())
    answer = client.post("/api/double/4?plus=1")
    assert (answer.status_code, answer.json()) == (201, 9)
    assert client.post("/api/double/x").status_code == 422
    assert client.get("/api/double/4").status_code == 405


def test_looking_for_it_does_not_analyse_it() -> None:
    app = late_app()
    (route,) = [one for one in app.routes if isinstance(one, LateRoute)]
    client = TestClient(app)
    assert client.post("/api/another").status_code == 404
    assert (route.name, route.methods) == ("double", {"POST"})
    assert "dependant" not in vars(route)
    client.post("/api/double/4")
    assert "dependant" in vars(route)


def test_what_no_route_has_is_an_attribute_error() -> None:
    (route,) = [one for one in late_app().routes if isinstance(one, LateRoute)]
    with pytest.raises(AttributeError, match="wheels"):
        _ = route.wheels
    assert route.status_code == 201


def test_every_route_of_the_lab_can_be_analysed() -> None:
    routes = [*API, *PAGES]
    assert all(isinstance(route, LateRoute) for route in routes)
    for route in routes:
        assert route.dependant.call is route.endpoint
