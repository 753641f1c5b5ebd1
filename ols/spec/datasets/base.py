"""What every dataset says of itself."""

from typing import Any, ClassVar

from ols.spec.choice import Choice

# The paper's optimiser for CIFAR, from its code.
SGD = {"name": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 5e-4}


def small_run(epochs: int, **changes: Any) -> dict[str, Any]:
    """A recipe for small images on a laptop: the small CNN, and half a cosine."""
    return {
        "model": {"name": "small_cnn"},
        "epochs": epochs,
        "batch_size": 128,
        "optimizer": SGD,
        "schedule": {"name": "cosine"},
        **changes,
    }


class DatasetSpec(Choice):
    """Images and their labels. A field that a spec does not give comes from its dataset's recipe,
    for the recommended run on digits is not the one on ImageNet."""

    code_package = "ols.data"
    recipe: ClassVar[dict[str, Any]] = {}  # a partial RunSpec
    classes: ClassVar[int | None] = None  # None: known once its folder is read
    image_shape: ClassVar[tuple[int, int, int] | None] = None  # (C, H, W); None: photographs
    superclasses: ClassVar[tuple[str, ...]] = ()  # a name for each class, in the classes' order
    mirrors: ClassVar[bool] = True  # a mirrored image still shows its class
    mistaken_for: ClassVar[dict[str, str]] = {}  # the usual map of asymmetric noise, by name
    human_labels: ClassVar[tuple[str, ...]] = ()  # which there are, as `noise.labels` names them
    human_file: ClassVar[str] = ""  # and where they are looked for

    @classmethod
    def facts(cls) -> dict[str, Any]:
        shape = None if cls.image_shape is None else list(cls.image_shape)
        return {"classes": cls.classes, "image_shape": shape, "recipe": cls.recipe}
