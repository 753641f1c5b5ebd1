"""Digits: fields, source and recipe of ols/data/digits.py."""

from typing import Literal

from ols.spec.datasets.base import DatasetSpec, small_run


class Digits(DatasetSpec):
    """1,797 real 8 x 8 grey images of handwritten digits, K = 10 (scikit-learn)."""

    title = "Digits"
    paper = "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998"
    order = 10
    classes = 10
    image_shape = (1, 8, 8)
    mirrors = False
    recipe = small_run(epochs=30)

    name: Literal["digits"] = "digits"
