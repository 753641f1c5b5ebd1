"""CIFAR-10 and CIFAR-100: fields, source and recipe of ols/data/cifar.py."""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from pydantic import Field

from ols.spec.datasets.base import SGD, DatasetSpec

# CIFAR-100's classes by superclass, as https://www.cs.toronto.edu/~kriz/cifar.html lists them.
CIFAR100_SUPERCLASSES = {
    "aquatic mammals": ("beaver", "dolphin", "otter", "seal", "whale"),
    "fish": ("aquarium_fish", "flatfish", "ray", "shark", "trout"),
    "flowers": ("orchid", "poppy", "rose", "sunflower", "tulip"),
    "food containers": ("bottle", "bowl", "can", "cup", "plate"),
    "fruit and vegetables": ("apple", "mushroom", "orange", "pear", "sweet_pepper"),
    "household electrical devices": ("clock", "keyboard", "lamp", "telephone", "television"),
    "household furniture": ("bed", "chair", "couch", "table", "wardrobe"),
    "insects": ("bee", "beetle", "butterfly", "caterpillar", "cockroach"),
    "large carnivores": ("bear", "leopard", "lion", "tiger", "wolf"),
    "large man-made outdoor things": ("bridge", "castle", "house", "road", "skyscraper"),
    "large natural outdoor scenes": ("cloud", "forest", "mountain", "plain", "sea"),
    "large omnivores and herbivores": ("camel", "cattle", "chimpanzee", "elephant", "kangaroo"),
    "medium-sized mammals": ("fox", "porcupine", "possum", "raccoon", "skunk"),
    "non-insect invertebrates": ("crab", "lobster", "snail", "spider", "worm"),
    "people": ("baby", "boy", "girl", "man", "woman"),
    "reptiles": ("crocodile", "dinosaur", "lizard", "snake", "turtle"),
    "small mammals": ("hamster", "mouse", "rabbit", "shrew", "squirrel"),
    "trees": ("maple_tree", "oak_tree", "palm_tree", "pine_tree", "willow_tree"),
    "vehicles 1": ("bicycle", "bus", "motorcycle", "pickup_truck", "train"),
    "vehicles 2": ("lawn_mower", "rocket", "streetcar", "tank", "tractor"),
}
_SUPERCLASS_OF = {name: above for above, names in CIFAR100_SUPERCLASSES.items() for name in names}


def _next_of(names: Iterable[str]) -> dict[str, str]:
    """Each of a circle of classes -> the one behind it."""
    circle = sorted(names)
    return dict(zip(circle, [*circle[1:], circle[0]], strict=True))


class CIFAR(DatasetSpec):
    """What both share. The recipe is the paper's, from its code."""

    paper = "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009"
    image_shape = (3, 32, 32)
    recipe: ClassVar[dict[str, Any]] = {
        "model": {"name": "cifar_resnet34"},
        "epochs": 300,
        "batch_size": 128,
        "optimizer": SGD,
        "schedule": {"name": "step", "milestones": []},  # after 1/2 and 3/4: 150 and 225
        "augment": {"shift": 4, "flip": True},
    }


def _per_class(count: int) -> Any:
    return Field(
        count,
        ge=2,
        le=count,
        title="Training images per class",
        description=f"The first n of the {count:,} of each class. Fewer make a run quick and "
        "memorising easy. The test set is always complete.",
        json_schema_extra={"advanced": True},
    )


class CIFAR10(CIFAR):
    """60,000 colour photographs of 32 x 32 pixels, K = 10 (Krizhevsky 2009)."""

    title = "CIFAR-10"
    order = 40
    classes = 10
    superclasses = (
        *("vehicle", "vehicle", "animal", "animal", "animal"),
        *("animal", "animal", "animal", "vehicle", "vehicle"),
    )
    # Patrini et al., CVPR 2017.
    mistaken_for: ClassVar[dict[str, str]] = {
        "truck": "automobile",
        "bird": "airplane",
        "deer": "horse",
        "cat": "dog",
        "dog": "cat",
    }
    human_labels = ("worse", "aggre", "random1", "random2", "random3")
    human_file = "CIFAR-10_human.pt"

    name: Literal["cifar10"] = "cifar10"
    train_per_class: int = _per_class(5000)


class CIFAR100(CIFAR):
    """60,000 colour photographs of 32 x 32 pixels, K = 100 in 20 superclasses (Krizhevsky 2009)."""

    title = "CIFAR-100"
    order = 50
    classes = 100
    # The dataset's own order is that of the names.
    superclasses = tuple(above for _, above in sorted(_SUPERCLASS_OF.items()))
    # To the next class of the superclass, by number, which is the order of the names.
    mistaken_for: ClassVar[dict[str, str]] = {
        name: other
        for names in CIFAR100_SUPERCLASSES.values()
        for name, other in _next_of(names).items()
    }
    human_labels = ("noisy",)
    human_file = "CIFAR-100_human.pt"

    name: Literal["cifar100"] = "cifar100"
    train_per_class: int = _per_class(500)
