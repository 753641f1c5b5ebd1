"""Stanford Cars: fields and source of ols/data/stanford_cars.py."""

from typing import Literal

from ols.spec.datasets.photographs import FineGrained


class StanfordCars(FineGrained):
    """Stanford Cars: 16,185 photographs, K = 196 (make, model and year)."""

    title = "Stanford Cars"
    paper = "Krause et al., 3D Object Representations for Fine-Grained Categorization, 2013"
    order = 90
    classes = 196

    name: Literal["stanford_cars"] = "stanford_cars"
