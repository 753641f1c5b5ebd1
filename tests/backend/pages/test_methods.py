"""/methods and /methods/{name}: every method has its page, with its equation as MathML."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from backend.pages.methods.equations import mathml
from backend.pages.methods.page import notes
from ols.spec.catalogue import METHODS

NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"


@pytest.mark.parametrize("entry", METHODS, ids=lambda entry: entry.name)
def test_its_equation_is_mathml_of_what_latex_said(entry):
    root = ET.fromstring(mathml(entry.part.equation))
    assert root.tag == f"{NAMESPACE}math"
    text = "".join(root.itertext())
    assert text.startswith("L=")
    assert "\\" not in text  # a command that the converter does not know stays as it is
    assert notes(entry)


def test_the_pages_answer(client):
    listing = client.get("/methods")
    assert listing.status_code == 200
    for entry in METHODS:
        assert f'href="/methods/{entry.name}"' in listing.text
        page = client.get(f"/methods/{entry.name}")
        assert page.status_code == 200
        assert entry.title in page.text
        assert "<math" in page.text


def test_an_unknown_method_is_a_404_that_says_where_to_look(client):
    answer = client.get("/methods/nothing", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "/methods lists all" in answer.text
