"""Glyphs: fields and recipe of ols/data/glyphs.py."""

from typing import Literal

from pydantic import Field

from ols.spec.datasets.base import DatasetSpec, small_run


class Glyphs(DatasetSpec):
    """Rendered letters and digits, 28 x 28 grey, K = 62, any number of them."""

    title = "Glyphs"
    order = 20
    classes = 62
    image_shape = (1, 28, 28)
    superclasses = ("digit",) * 10 + ("upper case",) * 26 + ("lower case",) * 26
    mirrors = False
    # Without augmentation and for 20 epochs the network has time to memorise wrong labels, which
    # is where methods differ; a run of 12 epochs would show another order (docs/demo.md).
    recipe = small_run(epochs=20)

    name: Literal["glyphs"] = "glyphs"
    train_per_class: int = Field(
        150,
        ge=2,
        le=5000,
        title="Training images per class",
        description="How many are rendered per class for training. Usually 100 to 500.",
    )
    test_per_class: int = Field(
        50,
        ge=1,
        le=1000,
        title="Test images per class",
        description="How many are rendered per class for the test set.",
        json_schema_extra={"advanced": True},
    )
    render_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Rendering seed",
        description="Another seed draws other images; keep it to compare runs.",
        json_schema_extra={"advanced": True},
    )
