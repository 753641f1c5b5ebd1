"""Stanford Dogs: fields and source of ols/data/stanford_dogs.py."""

from typing import Literal

from ols.spec.datasets.photographs import FineGrained


class StanfordDogs(FineGrained):
    """Stanford Dogs: 20,580 photographs from ImageNet, K = 120 breeds."""

    title = "Stanford Dogs"
    paper = "Khosla et al., Novel Dataset for Fine-Grained Image Categorization, 2011"
    order = 110
    classes = 120

    name: Literal["stanford_dogs"] = "stanford_dogs"
