from __future__ import annotations

import json

from ols.spec.catalogue import DATASETS, METHODS, MODELS, catalogue, superclasses


def test_it_is_json_with_help_for_every_parameter():
    made = json.loads(json.dumps(catalogue()))
    for kind in ("methods", "datasets", "models"):
        for entry in made[kind]:
            assert entry["help"]
            assert '"' not in entry["help"], "a docstring holds the quotes of a joined string"
            for name, parameter in entry["parameters"].items():
                assert parameter["title"], name
                assert parameter["description"], name


def test_classes_and_shapes_are_those_of_the_data(data_dir):
    from ols.data.loading import load_dataset

    for entry in DATASETS:
        if entry.name not in ("digits", "glyphs"):
            continue  # not on every machine
        options = {"train_per_class": 2, "test_per_class": 1} if entry.name == "glyphs" else {}
        data = load_dataset(entry.part(**options), data_dir)
        assert len(data.classes) == entry.facts["classes"]
        assert list(data.train.images.shape[1:]) == entry.facts["image_shape"]


def test_titles_are_unique():
    titles = [entry.title for entry in (*METHODS, *DATASETS, *MODELS)]
    assert len(set(titles)) == len(titles)


def test_every_class_has_its_superclass():
    grouped = {entry.name: entry.part for entry in DATASETS if entry.part.superclasses}
    assert set(grouped) == {"glyphs", "fashion_mnist", "cifar10", "cifar100"}
    for name, dataset in grouped.items():
        assert len(dataset.superclasses) == dataset.classes, name
        assert superclasses(name, dataset.classes) == dataset.superclasses
    assert superclasses("glyphs", 10) is None
    assert superclasses("digits", 10) is None
