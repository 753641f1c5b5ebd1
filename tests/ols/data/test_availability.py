from __future__ import annotations

from ols.data import availability as module
from ols.data import fashion_files
from ols.spec.catalogue import DATASETS


def test_every_dataset_of_the_catalogue_is_answered_for(tmp_path):
    answers = module.availability(tmp_path)
    assert list(answers) == [entry.name for entry in DATASETS]
    assert answers["digits"]["available"]
    assert answers["glyphs"]["available"]
    assert all(answer["detail"] for answer in answers.values())


def test_absent_files_say_what_provides_them(tmp_path, monkeypatch):
    monkeypatch.setattr(fashion_files, "DEBIAN_FOLDER", tmp_path)
    answer = module.availability(str(tmp_path))["fashion_mnist"]
    assert not answer["available"]
    assert "apt-get install dataset-fashion-mnist" in answer["detail"]


def test_present_files_say_where(tmp_path, monkeypatch):
    monkeypatch.setattr(fashion_files, "DEBIAN_FOLDER", tmp_path)
    for name in fashion_files.NAMES:
        (tmp_path / f"{name}.gz").touch()
    answer = module.availability(tmp_path / "data")["fashion_mnist"]
    assert answer == {"available": True, "detail": f"files in {tmp_path}"}


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert "pip install scikit-learn" in module.availability(tmp_path)["digits"]["detail"]
