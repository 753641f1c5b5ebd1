"""Hugging Face folder: fields and recipe of ols/data/hf_folder.py."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ols.spec.datasets.base import small_run
from ols.spec.datasets.photographs import AnyFolder
from ols.spec.errors import misfit


class HFFolder(AnyFolder):
    """Images that Hugging Face's datasets library has saved: a DatasetDict or parquet files.

    They lie in the worker's data folder, as <folder>/train/*.arrow (from save_to_disk) or
    <folder>/data/train-*.parquet (a copy of a repository). Nothing is downloaded.
    """

    title = "Hugging Face folder"
    order = 130
    recipe = small_run(epochs=30, augment={"flip": True})

    name: Literal["hf_folder"] = "hf_folder"
    image_column: str = Field(
        "image",
        min_length=1,
        max_length=100,
        title="Image column",
        description="Its name; CIFAR's is called img.",
        json_schema_extra={"advanced": True},
    )
    label_column: str = Field(
        "label",
        min_length=1,
        max_length=100,
        title="Label column",
        description="Its name. Holds ClassLabel, whole numbers from 0, or names of classes.",
        json_schema_extra={"advanced": True},
    )
    train_split: str = Field(
        "train",
        min_length=1,
        max_length=100,
        title="Training split",
        description="The split that is trained on.",
        json_schema_extra={"advanced": True},
    )
    test_split: str = Field(
        "",
        max_length=100,
        title="Test split",
        description="The split that is measured. Empty: the only other one.",
        json_schema_extra={"advanced": True},
    )

    @model_validator(mode="after")
    def _two_of_each(self) -> Self:
        if self.train_split == self.test_split:
            raise misfit("test_split", "must be another split than train_split")
        if self.image_column == self.label_column:
            raise misfit("label_column", "must be another column than image_column")
        return self
