"""What can be chosen in a spec, with help and sources: plain tables, no torch.

The form, `/api/catalogue` and the docs read them; a test checks that they agree with the spec's
unions and with the tables of code (ols.methods, ols.data, ols.models).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ols import spec_parts
from ols.presets import PRESETS, RECIPES


@dataclass(frozen=True)
class Entry:
    """One choice: `name` is its name in a spec, `part` the spec's class that holds its fields."""

    name: str
    title: str
    part: type[spec_parts.Part]
    paper: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """As JSON: help is the class's docstring, parameters its schema's properties."""
        schema = self.part.model_json_schema()
        parameters = {k: v for k, v in schema["properties"].items() if k != "name"}
        return {
            "name": self.name,
            "title": self.title,
            "help": (self.part.__doc__ or "").strip(),
            "paper": self.paper,
            "parameters": parameters,
            **self.facts,
        }


METHODS = (
    Entry("hard", "Hard labels", spec_parts.HardLabels),
    Entry(
        "label_smoothing",
        "Label smoothing",
        spec_parts.LabelSmoothing,
        "Szegedy et al., Rethinking the Inception Architecture, CVPR 2016, arXiv 1512.00567",
    ),
    Entry(
        "ols",
        "Online label smoothing",
        spec_parts.OnlineLabelSmoothing,
        "Zhang et al., Delving Deep into Label Smoothing, IEEE TIP 2021, arXiv 2011.12562",
    ),
)

DATASETS = (
    Entry(
        "digits",
        "Digits",
        spec_parts.Digits,
        "Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998",
        {"classes": 10, "image_shape": [1, 8, 8], "recipe": RECIPES["digits"]},
    ),
    Entry(
        "glyphs",
        "Glyphs",
        spec_parts.Glyphs,
        "",
        {"classes": 62, "image_shape": [1, 28, 28], "recipe": RECIPES["glyphs"]},
    ),
    Entry(
        "fashion_mnist",
        "Fashion-MNIST",
        spec_parts.FashionMNIST,
        "Xiao et al., Fashion-MNIST, 2017, arXiv 1708.07747",
        {"classes": 10, "image_shape": [1, 28, 28], "recipe": RECIPES["fashion_mnist"]},
    ),
    Entry(
        "image_folder",
        "Image folder",
        spec_parts.ImageFolder,
        "",
        # Not known before the folder is read.
        {"classes": None, "image_shape": None, "recipe": RECIPES["image_folder"]},
    ),
)

MODELS = (
    Entry("small_cnn", "Small CNN", spec_parts.SmallCNN),
    Entry(
        "cifar_resnet18",
        "CIFAR ResNet-18",
        spec_parts.CifarResNet18,
        "He et al., Deep Residual Learning for Image Recognition, CVPR 2016, arXiv 1512.03385",
    ),
)


def catalogue() -> dict[str, Any]:
    """All tables as JSON values (availability is added by whoever knows the workers)."""
    return {
        "methods": [entry.describe() for entry in METHODS],
        "datasets": [entry.describe() for entry in DATASETS],
        "models": [entry.describe() for entry in MODELS],
        "presets": [asdict(preset) for preset in PRESETS],
    }
