"""The form is the spec's schema: every field is there, and defaults are the recipes."""

from __future__ import annotations

from backend.api.availability import availability
from backend.pages.new_run.page import preset_groups
from backend.pages.new_run.spec_form import Field, form_data, sections
from backend.pages.run.page import SpecRow, spec_rows
from backend.pages.shared.spec_schema import field_titles, schema
from backend.store.preset_changes import preset_changes
from backend.store.spec_paths import flatten
from ols.spec.catalogue import DATASETS, METHODS, MODELS
from ols.spec.presets import PRESETS, STARTERS
from ols.spec.run_spec import RunSpec

SPEC = RunSpec.parse({"method": "ols", "dataset": "glyphs", "noise": {"kind": "symmetric"}})


def _fields(chosen_alone: bool = False) -> list[Field]:
    found = []
    for section in sections(SPEC.model_dump(mode="json")):
        for group in section.groups:
            if group.select:
                found.append(group.select)
            found += group.fields
            for choice in group.choices:
                if not chosen_alone or (group.select and group.select.value in choice.names):
                    found += choice.fields
    return found


def test_every_field_of_the_spec_has_a_control() -> None:
    shown = {field.path for field in _fields()}
    wanted = {path for path, _ in flatten(SPEC.model_dump(mode="json"))} - {"version", "preset"}
    assert wanted <= shown
    for part in schema()["$defs"].values():
        names = set(part["properties"]) - {"name"}
        assert all(any(path.endswith(f".{name}") for path in shown) for name in names)


def test_every_choice_of_the_catalogue_can_be_chosen() -> None:
    selects = {field.path: {o.value for o in field.options} for field in _fields() if field.options}
    assert selects["method.name"] == {entry.name for entry in METHODS}
    assert selects["dataset.name"] == {entry.name for entry in DATASETS}
    assert selects["model.name"] == {entry.name for entry in MODELS}


def test_a_network_that_is_not_listed_is_shown_with_its_makers_fields() -> None:
    spec = RunSpec.parse({"method": "ols", "model": "timm/resnet18"}).model_dump(mode="json")
    groups = [group for section in sections(spec) for group in section.groups]
    (model,) = (group for group in groups if group.path == "model")
    assert model.select is not None
    assert (model.select.value, model.select.options[-1].value) == ("timm/resnet18",) * 2
    (shown,) = (choice for choice in model.choices if "timm/resnet18" in choice.names)
    assert {field.path for field in shown.fields} == {"model.weights", "model.weights_file"}
    assert form_data()["parts"]["model"]["timm/"]["weights"] == "random"
    assert field_titles(spec)["model.weights"] == "Initial weights"


def test_the_form_knows_what_a_method_needs() -> None:
    assert form_data()["needs"]["adafocal"] == {"eval_on": "holdout"}
    assert "ols" not in form_data()["needs"]


def test_controls_hold_the_specs_values() -> None:
    fields = {field.path: field for field in _fields(chosen_alone=True)}
    assert fields["method.alpha"].text == "0.5"
    assert fields["dataset.train_per_class"].text == "150"
    assert fields["method.freeze_at"].text == ""
    assert fields["optimizer.weight_decay"].advanced
    rated = "symmetric pair_flip asymmetric instance"
    assert fields["noise.rate"].shown_when == ("noise.kind", rated)


def test_a_map_is_shown_as_json() -> None:
    noise = {"kind": "asymmetric", "rate": 0.2, "map": {"0": "1"}}
    spec = RunSpec.parse({"method": "ols", "noise": noise}).model_dump(mode="json")
    shown = {
        field.path: (field.type, field.text)
        for section in sections(spec)
        for group in section.groups
        for field in group.fields
    }
    assert shown["noise.map"] == ("map", '{"0": "1"}')
    changed = SPEC.model_dump(mode="json")
    assert ("noise.map", {}) in flatten(changed)  # one field, whatever the classes are called


def test_a_list_of_lists_is_shown_as_json() -> None:
    matrix = [[0.9, 0.1], [0.2, 0.8]]
    method = {"name": "forward_correction", "transition": "given", "matrix": matrix}
    spec = RunSpec.parse({"method": method}).model_dump(mode="json")
    texts = {
        field.path: field.text
        for section in sections(spec)
        for group in section.groups
        for choice in group.choices
        if "forward_correction" in choice.names
        for field in choice.fields
    }
    assert texts["method.matrix"] == "[[0.9, 0.1], [0.2, 0.8]]"


def test_every_field_has_a_title_and_nearly_all_a_sentence() -> None:
    for field in _fields():
        assert field.title != field.path or "." not in field.path, field.path
    assert not [
        f.path for f in _fields() if not f.help and not f.path.endswith(".name") and "." in f.path
    ]


def test_recipes_are_the_resolved_specs() -> None:
    data = form_data()
    for entry in DATASETS:
        assert data["recipes"][entry.name]["dataset.name"] == entry.name
    assert data["recipes"]["fashion_mnist"]["augment.flip"] is True
    assert data["parts"]["optimizer"]["adamw"]["lr"] == 1e-3


def test_networks_stand_under_their_families_with_their_sizes() -> None:
    select = next(field for field in _fields() if field.path == "model.name")
    groups = dict(select.groups)
    assert list(groups)[:4] == ["Small images", "CIFAR", "The paper's code", "ResNet"]
    assert [option.title for option in groups["ResNet"]][
        2
    ] == "ResNet-50 (25.6 M, 4.1 G MACs, 224 px)"
    assert sum(map(len, groups.values())) == len(MODELS)
    plain = next(field for field in _fields() if field.path == "method.name")
    assert [title for title, _ in plain.groups] == [""]


def test_a_family_is_one_choice_of_the_form() -> None:
    groups = [
        group for section in sections(SPEC.model_dump(mode="json")) for group in section.groups
    ]
    model = next(group for group in groups if group.path == "model")
    assert len(model.choices) == 6
    listed = [choice for choice in model.choices if choice.names != ["timm/"]]
    assert sum(len(choice.names) for choice in listed) == len(MODELS)


def test_a_presets_values_stand_for_its_datasets_recipe() -> None:
    data = form_data("cifar100-symmetric-40-short")
    assert data["preset"] == {"name": "cifar100-symmetric-40-short", "dataset": "cifar100"}
    assert data["recipes"]["cifar100"]["noise.rate"] == 0.4
    assert data["recipes"]["cifar100"]["epochs"] == 15
    assert data["recipes"]["cifar10"]["epochs"] == 300
    assert form_data()["preset"] is None


def rows_of(spec: RunSpec) -> list[SpecRow]:
    """The fields of a run with this spec."""
    stored = spec.model_dump(mode="json")
    run = {"spec": stored, "preset_changes": preset_changes(stored), "info": {"precision": "bf16"}}
    return spec_rows(run)  # type: ignore[arg-type]


def test_a_run_says_what_auto_became() -> None:
    for asked, became in (("auto", "bf16"), ("fp32", "")):
        rows = rows_of(RunSpec.parse({"method": "ols", "precision": asked}))
        assert [(row.value, row.became) for row in rows if row.path == "precision"] == [
            (asked, became)
        ]
        assert not any(row.became for row in rows if row.path != "precision")


def test_a_run_says_what_it_changed_of_its_preset() -> None:
    spec = RunSpec.parse({"preset": "cifar100", "epochs": 20, "schedule": "constant"})
    rows = rows_of(spec)
    assert {row.path: row.was for row in rows if row.was} == {
        "epochs": "300",
        "schedule.name": "step",
    }
    assert not [row for row in rows_of(SPEC) if row.was]


def test_a_fields_title_is_that_of_its_own_part() -> None:
    spec = RunSpec.parse({"method": "label_smoothing", "final": {"attacks": "fgsm"}})
    titles = {row.path: row.title for row in rows_of(spec)}
    assert titles["method.epsilon"] == "Smoothing ε"
    assert titles["final.epsilon"] == "Attack radius ε"
    assert titles["epochs"] == "Epochs"
    assert all(title for path, title in titles.items() if not path.endswith(".name"))


def test_every_preset_is_listed_its_short_variant_behind_it() -> None:
    groups = preset_groups()
    listed = [preset for group in groups for row in group.rows for preset in row]
    assert sorted(preset.name for preset in (*STARTERS, *listed)) == sorted(
        preset.name for preset in PRESETS
    )
    for full, *short in (row for group in groups for row in group.rows):
        assert [preset.name for preset in short] in ([], [f"{full.name}-short"])
    titles = [group.title for group in groups]
    assert len(set(titles)) == len(titles)
    assert titles[-1] == "The methods' authors"


def test_a_dataset_says_which_worker_has_it_and_an_absent_one_what_to_do() -> None:
    said = {
        "digits": {"available": True, "detail": "inside"},
        "cifar100": {"available": False, "detail": "Put cifar-100-python.tar.gz into /data."},
    }
    one = {"name": "a", "online": True, "datasets": said}
    other = {"name": "b", "online": True, "datasets": {"digits": said["digits"]}}
    gone = {"name": "c", "online": False, "datasets": said}
    known = availability([one, other, gone])
    groups = [g for s in sections(SPEC.model_dump(mode="json"), known) for g in s.groups]
    dataset = next(group for group in groups if group.path == "dataset")
    places = {choice.names[0]: choice.where for choice in dataset.choices}
    assert places["digits"] == "On a (inside), b (inside)."
    assert places["cifar100"] == "On no worker. Put cifar-100-python.tar.gz into /data."
    assert places["imagenet"] == ""
    assert dataset.select is not None
    titles = {option.value: option.title for option in dataset.select.options}
    assert titles["cifar100"] == "CIFAR-100 (on no worker)"
    assert titles["digits"] == "Digits"
