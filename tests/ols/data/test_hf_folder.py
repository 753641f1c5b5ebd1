"""On folders that Hugging Face's own library writes; and what is wrong with a folder, in words."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from ols.__main__ import main
from ols.data import availability as module
from ols.data import hf_files, parquet_rows
from ols.data.fingerprint import fingerprint
from ols.data.image_reading import read_image
from ols.data.image_rows import read_table
from ols.data.loading import load_dataset
from ols.errors import DatasetUnavailable, SpecError
from ols.spec.datasets.hf_folder import HFFolder
from ols.spec.datasets.image_folder import ImageFolder
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from tests.deploy.closure import with_only
from tests.ols.image_files import CLASSES, write_image
from tests.ols.training.test_trainer import assert_same

QUICK = {"method": "hard", "epochs": 6, "batch_size": 16}
TOY = HFFolder(folder="toy", size=16, workers=0)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A DatasetDict of three colours, as `datasets` saves it: `saved/toy` and `parquet/toy`."""
    import datasets

    folder = tmp_path_factory.mktemp("hf")
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=list(CLASSES))}
    )
    parts = {}
    for part, count in (("train", 20), ("test", 4)):
        paths, labels = [], []
        for label in range(3):
            for i in range(count):
                path = folder / "images" / part / f"{label}-{i}.{'png' if i % 3 == 0 else 'jpg'}"
                write_image(path, label, seed=100 * label + i + (50 if part == "test" else 0))
                paths.append(str(path))
                labels.append(label)
        rows = {"image": paths, "label": labels}
        parts[part] = datasets.Dataset.from_dict(rows, features=features)
    datasets.disable_progress_bars()
    place = folder / "saved" / "toy"
    datasets.DatasetDict(parts).save_to_disk(place, num_shards={"train": 2, "test": 1})
    data = folder / "parquet" / "toy" / "data"
    for part, content in datasets.load_from_disk(place).items():
        for shard in range(2):
            name = f"{part}-{shard:05}-of-00002.parquet"
            content.shard(2, shard, contiguous=True).to_parquet(str(data / name))
    return folder


def encoded(label=0, seed=0):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 120, (20, 24, 3), dtype=np.uint8)
    pixels[:, :, 2 - label % 3] += 120
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def write(folder, labels=(0, 1, 2), images=None, split="train", names=None, **columns):
    """A parquet file of a split, by pyarrow alone."""
    if images is None:
        images = [{"bytes": encoded(i, i), "path": None} for i in range(len(labels))]
    table = pa.table({"image": images, "label": labels, **columns})
    if names is not None:
        features = {"label": {"names": names, "_type": "ClassLabel"}}
        stored = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": stored})
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / f"{split}.parquet")


def write_both(folder, **faults):
    write(folder, split="test")
    write(folder, **faults)


def refused(folder, match, **fields):
    with pytest.raises(DatasetUnavailable, match=match) as info:
        load_dataset(HFFolder(folder="toy", size=16, workers=0, **fields), folder)
    return str(info.value)


@pytest.mark.parametrize("kind", ["saved", "parquet"])
def test_names_labels_and_pixels_are_those_that_were_saved(saved, kind):
    data = load_dataset(TOY, saved / kind)
    assert data.classes == CLASSES
    assert (len(data.train), len(data.test), data.channels) == (60, 12, 3)
    assert data.train.labels.tolist() == [0] * 20 + [1] * 20 + [2] * 20
    for row in (0, 31, 59):
        label, i = divmod(row, 20)
        file = saved / "images" / "train" / f"{label}-{i}.{'png' if i % 3 == 0 else 'jpg'}"
        assert np.array_equal(read_image(data.train.paths[row]), read_image(str(file)))


def test_parquet_is_copied_once_and_again_when_it_changes(saved, tmp_path, monkeypatch):
    write_both(tmp_path / "toy")
    first = load_dataset(TOY, tmp_path)
    copy = Path(first.train.paths[0].partition("#")[0])
    assert copy.parent == tmp_path / "toy" / ".arrow"
    assert read_table(copy).column_names == ["image", "label"]
    state = copy.stat().st_mtime_ns
    assert fingerprint(load_dataset(TOY, tmp_path)) == fingerprint(first)
    assert copy.stat().st_mtime_ns == state
    write(tmp_path / "toy", labels=[2, 1, 0, 0])
    assert load_dataset(TOY, tmp_path).train.labels.tolist() == [2, 1, 0, 0]
    assert sorted(path.name for path in copy.parent.iterdir()) == [
        "test.image.label.arrow",
        "train.image.label.arrow",
    ]


def test_where_nothing_can_be_written_parquet_says_so(tmp_path, monkeypatch):
    write_both(tmp_path / "toy")
    (tmp_path / "toy" / ".arrow").touch()
    refused(tmp_path, r"train\.parquet can't be copied to .*\.arrow.*save_to_disk")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "workers"), [("saved", 0), ("parquet", 1)])
def test_it_learns_and_resumes_bit_for_bit(saved, kind, workers, spec, tmp_path):
    dataset = {"name": "hf_folder", "folder": "toy", "size": 16, "workers": 0}
    whole = list(Trainer(spec(dataset=dataset, **QUICK), data_dir=saved / kind))
    assert whole[-1].metrics["val_top1"] == 1
    made = spec(dataset={**dataset, "workers": workers}, **QUICK)
    first = Trainer(made, data_dir=saved / kind, checkpoint_dir=tmp_path)
    next(iter(first))
    first.save()
    torch.manual_seed(99)
    rest = list(Trainer(made, data_dir=saved / kind, checkpoint_dir=tmp_path))
    for report, other in zip(whole[1:], rest, strict=True):
        assert_same(report, other)


def test_pictures_and_instance_noise_read_it_too(saved, spec):
    dataset = {"name": "hf_folder", "folder": "toy", "size": 16, "workers": 0}
    noise = {"kind": "instance", "rate": 0.3}
    trainer = Trainer(spec(dataset=dataset, noise=noise, epochs=1), data_dir=saved / "saved")
    assert 0 < trainer.info.corrupted < 60
    assert any(trainer.samples().rows)
    assert trainer.image_names()[0].endswith("data-00000-of-00002.arrow#image[0]")


@pytest.mark.slow
def test_the_extras_train_and_parquet_suffice(saved, tmp_path):
    """Neither `datasets` nor pandas is needed, and nothing is asked of the network."""
    environment = with_only(["train", "parquet"], tmp_path)
    code = """
import sys
from importlib.util import find_spec
from ols.__main__ import main
assert not find_spec("datasets")
sys.exit(main())
"""
    command = [sys.executable, "-c", code, "train", "--method", "ols", "--dataset", "hf_folder"]
    sets = {"dataset.folder": "toy", "dataset.size": 16, "dataset.workers": 0, "epochs": 1}
    for name, value in sets.items():
        command += ["--set", f"{name}={value}"]
    places = ["--data-dir", saved / "parquet", "--checkpoint-dir", tmp_path / "kept"]
    done = subprocess.run([*command, *places], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "kept").iterdir())


def test_without_pyarrow_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(hf_files, "find_spec", lambda name: None)
    answer = module.availability(tmp_path)["hf_folder"]
    assert not answer["available"]
    assert "pip install 'ols-lab[parquet]'" in answer["detail"]


def test_availability_lists_the_folders(saved, tmp_path):
    for kind in ("saved", "parquet"):
        answer = module.availability(saved / kind)["hf_folder"]
        assert answer == {"available": True, "detail": f"folders in {saved / kind}: toy"}
    assert "save_to_disk" in module.availability(tmp_path)["hf_folder"]["detail"]


@pytest.mark.parametrize("labels", [["b", "a", "b"], pa.array(["b", "a", "b"]).dictionary_encode()])
def test_labels_may_be_names(tmp_path, labels):
    for split in ("train", "test"):
        write(tmp_path / "toy", labels, [encoded(i) for i in range(3)], split)  # bare bytes, too
    data = load_dataset(TOY, tmp_path)
    assert (data.classes, data.train.labels.tolist()) == (("a", "b"), [1, 0, 1])


def test_columns_and_splits_can_be_named(tmp_path):
    images = [{"bytes": encoded(i), "path": None} for i in range(3)]
    for split in ("a", "b", "c"):
        write(tmp_path / "toy", split=split, img=images, fine=[0, 2, 1])
    fields = {"train_split": "a", "test_split": "c", "image_column": "img", "label_column": "fine"}
    data = load_dataset(HFFolder(folder="toy", **fields), tmp_path)
    assert data.train.labels.tolist() == [0, 2, 1]
    assert data.train.paths[2].endswith("/.arrow/a.img.fine.arrow#img[2]")


def test_a_converted_repository_has_a_folder_per_split(tmp_path):
    for split in ("train", "test"):
        write(tmp_path / "toy" / split, split="0000")
    assert len(load_dataset(TOY, tmp_path).train) == 3


@pytest.mark.parametrize(
    ("faults", "match"),
    [
        ({"labels": [0, None, 1]}, r"#label\[1\] is empty; 1 rows have no label"),
        ({"labels": [0, -1, -1]}, r"#label\[1\] is -1; 2 rows have no label"),
        ({"labels": [0.5, 1, 2]}, r"column label of .* is of type double; labels are whole"),
        ({"labels": ["a", "b", "c"]}, "name their classes differently"),
        ({"labels": [0, 1, 1]}, "only the split test has the class 2"),
        ({"labels": [], "images": pa.array([], pa.binary())}, r"is of type null|has no rows"),
        ({"images": [1, 2, 3]}, "column image of .* is of type int64, which is no image"),
        ({"images": ["a.png"] * 3}, "is of type string, which is no image"),
        (
            {"images": [{"bytes": encoded(), "path": ""}, {"bytes": None, "path": "a.png"}, None]},
            r"#image\[1\] holds no image but at most the path",
        ),
        (
            {"images": [{"bytes": encoded()}, {"bytes": b"text"}, {"bytes": encoded()}]},
            r"train\.image\.label\.arrow#image\[1\] can't be read as an image",
        ),
    ],
)
def test_a_wrong_table_is_refused_by_row_and_column(tmp_path, faults, match):
    write_both(tmp_path / "toy", **faults)
    refused(tmp_path, match)


def test_a_label_beyond_the_named_classes_is_told(tmp_path):
    for split in ("train", "test"):
        write(tmp_path / "toy", [0, 1, 2], split=split, names=["a", "b"])
    refused(tmp_path, r"#image\[2\] has label 2, but there are 2 classes")


def test_a_missing_column_is_named_with_those_there(tmp_path):
    write_both(tmp_path / "toy")
    refused(tmp_path, "no column img, but image, label: set", image_column="img")
    refused(tmp_path, "no column fine, .*set dataset.label_column", label_column="fine")


def test_splits_that_are_not_clear_are_told(tmp_path):
    write(tmp_path / "toy")
    refused(tmp_path, "toy has the split train only; .*train_test_split")
    write(tmp_path / "toy", split="validation")
    assert len(load_dataset(TOY, tmp_path).test) == 3
    write(tmp_path / "toy", split="test")
    refused(tmp_path, "has the splits test, train, validation: say in dataset.test_split")
    refused(tmp_path, "but no dev: set dataset.test_split", test_split="dev")
    write(tmp_path / "toy" / "other", split="test")
    refused(tmp_path, r"several configurations \(\., other\)")


def test_an_image_folder_of_such_files_names_the_right_data_set(saved):
    with pytest.raises(DatasetUnavailable, match="choose the data set hf_folder"):
        load_dataset(ImageFolder(folder="toy"), saved / "saved")


def test_one_dataset_that_was_saved_alone_is_no_pair(tmp_path, saved):
    (tmp_path / "toy").symlink_to(saved / "saved" / "toy" / "train")
    refused(tmp_path, "holds one Dataset; .*train_test_split")


@pytest.mark.parametrize("part", ["state.json", "data-00000-of-00002.arrow"])
def test_a_damaged_folder_is_named(tmp_path, saved, part):
    shutil.copytree(saved / "saved" / "toy", tmp_path / "toy")
    path = tmp_path / "toy" / "train" / part
    path.write_bytes(path.read_bytes()[:60])
    refused(tmp_path, rf"{part} is damaged")
    path.unlink()
    refused(tmp_path, "but no train|damaged")


def test_a_damaged_parquet_file_is_named(tmp_path):
    write_both(tmp_path / "toy")
    (tmp_path / "toy" / "train.parquet").write_bytes(b"PAR1 and no more")
    refused(tmp_path, r"train\.parquet is damaged or of another format")


def test_an_absent_folder_says_where_and_what(tmp_path):
    assert str(tmp_path / "toy") in refused(tmp_path, "No files of Hugging Face's datasets")


def test_check_data_lists_the_rows(tmp_path, capsys):
    images = [{"bytes": content} for content in (encoded(), encoded()[:200], b"", encoded())]
    write_both(tmp_path / "toy", labels=[0, 1, 2, 0], images=images)
    command = ["check-data", "hf_folder", "--folder", "toy", "--processes", "1"]
    assert main([*command, "--data-dir", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "#image[1] can't" in out
    assert "#image[2] can't" in out
    assert "5 of 7 images" in out


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"test_split": "train"}, "dataset.test_split"),
        ({"image_column": "label"}, "dataset.label_column"),
        ({"folder": "../x"}, "dataset.folder"),
        ({"image_column": ""}, "dataset.image_column"),
    ],
)
def test_fields_that_make_no_sense_are_refused(fields, field):
    with pytest.raises(SpecError) as info:
        RunSpec.parse({"method": "ols", "dataset": {"name": "hf_folder", **fields}})
    assert [error.path for error in info.value.fields] == [field]


def test_a_copy_is_never_half_written(tmp_path, monkeypatch):
    write_both(tmp_path / "toy")

    class Full:
        def __init__(self, *args):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(pa.ipc, "new_stream", Full)
    refused(tmp_path, "No space left|can't be copied")
    assert list((tmp_path / "toy" / parquet_rows.FOLDER).iterdir()) == []
