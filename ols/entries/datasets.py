"""The datasets, with their sources, shapes and recipes."""

from __future__ import annotations

from ols.entries.entry import Entry
from ols.presets import RECIPES
from ols.spec_parts import datasets

DATASETS = (
    Entry(
        "digits",
        "Digits",
        datasets.Digits,
        "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998",
        {"classes": 10, "image_shape": [1, 8, 8], "recipe": RECIPES["digits"]},
    ),
    Entry(
        "glyphs",
        "Glyphs",
        datasets.Glyphs,
        "",
        {"classes": 62, "image_shape": [1, 28, 28], "recipe": RECIPES["glyphs"]},
    ),
    Entry(
        "fashion_mnist",
        "Fashion-MNIST",
        datasets.FashionMNIST,
        "Xiao et al., Fashion-MNIST, 2017, arXiv 1708.07747",
        {"classes": 10, "image_shape": [1, 28, 28], "recipe": RECIPES["fashion_mnist"]},
    ),
    Entry(
        "image_folder",
        "Image folder",
        datasets.ImageFolder,
        "",
        # Not known before the folder is read.
        {"classes": None, "image_shape": None, "recipe": RECIPES["image_folder"]},
    ),
)
