"""A lab that answers in this process; spools and logins of the tests' own."""

from __future__ import annotations

import pytest

from tests.ols.client.double import LabDouble
from tests.ols.client.fixtures import home

__all__ = ["home"]


@pytest.fixture
def double():
    return LabDouble()


@pytest.fixture
def lab(double):
    return double.lab()
