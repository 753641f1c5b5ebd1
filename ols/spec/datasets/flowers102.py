"""Flowers-102: fields and source of ols/data/flowers102.py."""

from typing import Literal

from ols.spec.datasets.photographs import FineGrained


class Flowers102(FineGrained):
    """Oxford Flowers: 8,189 photographs, K = 102; trained on the official 10 per class."""

    title = "Flowers-102"
    paper = "Nilsback and Zisserman, Automated Flower Classification, ICVGIP 2008"
    order = 80
    classes = 102

    name: Literal["flowers102"] = "flowers102"
