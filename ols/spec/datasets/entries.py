"""The datasets, with their sources, shapes and recipes."""

from __future__ import annotations

from ols.spec.datasets import photographs, small
from ols.spec.entry import Entry
from ols.spec.recipes import RECIPES

DATASETS = (
    Entry(
        "digits",
        "Digits",
        small.Digits,
        "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998",
        {"classes": 10, "image_shape": [1, 8, 8], "recipe": RECIPES["digits"]},
    ),
    Entry(
        "glyphs",
        "Glyphs",
        small.Glyphs,
        "",
        {"classes": 62, "image_shape": [1, 28, 28], "recipe": RECIPES["glyphs"]},
    ),
    Entry(
        "fashion_mnist",
        "Fashion-MNIST",
        small.FashionMNIST,
        "Xiao et al., Fashion-MNIST, 2017, arXiv 1708.07747",
        {"classes": 10, "image_shape": [1, 28, 28], "recipe": RECIPES["fashion_mnist"]},
    ),
    Entry(
        "cifar10",
        "CIFAR-10",
        small.CIFAR10,
        "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
        {"classes": 10, "image_shape": [3, 32, 32], "recipe": RECIPES["cifar10"]},
    ),
    Entry(
        "cifar100",
        "CIFAR-100",
        small.CIFAR100,
        "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
        {"classes": 100, "image_shape": [3, 32, 32], "recipe": RECIPES["cifar100"]},
    ),
    Entry(
        "imagenet",
        "ImageNet",
        photographs.ImageNet,
        "Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge, IJCV 2015",
        {"classes": 1000, "image_shape": None, "recipe": RECIPES["imagenet"]},
    ),
    Entry(
        "cub200",
        "CUB-200-2011",
        photographs.CUB200,
        "Wah et al., The Caltech-UCSD Birds-200-2011 Dataset, 2011",
        {"classes": 200, "image_shape": None, "recipe": RECIPES["cub200"]},
    ),
    Entry(
        "flowers102",
        "Flowers-102",
        photographs.Flowers102,
        "Nilsback and Zisserman, Automated Flower Classification, ICVGIP 2008",
        {"classes": 102, "image_shape": None, "recipe": RECIPES["flowers102"]},
    ),
    Entry(
        "stanford_cars",
        "Stanford Cars",
        photographs.StanfordCars,
        "Krause et al., 3D Object Representations for Fine-Grained Categorization, 2013",
        {"classes": 196, "image_shape": None, "recipe": RECIPES["stanford_cars"]},
    ),
    Entry(
        "fgvc_aircraft",
        "FGVC-Aircraft",
        photographs.FGVCAircraft,
        "Maji et al., Fine-Grained Visual Classification of Aircraft, 2013, arXiv 1306.5151",
        {"classes": 100, "image_shape": None, "recipe": RECIPES["fgvc_aircraft"]},
    ),
    Entry(
        "stanford_dogs",
        "Stanford Dogs",
        photographs.StanfordDogs,
        "Khosla et al., Novel Dataset for Fine-Grained Image Categorization, 2011",
        {"classes": 120, "image_shape": None, "recipe": RECIPES["stanford_dogs"]},
    ),
    Entry(
        "image_folder",
        "Image folder",
        photographs.ImageFolder,
        "",
        # Not known before the folder is read.
        {"classes": None, "image_shape": None, "recipe": RECIPES["image_folder"]},
    ),
)
