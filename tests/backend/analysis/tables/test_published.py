"""Published figures stand beside ours only where the setting is the same."""

from __future__ import annotations

import pytest

from backend.analysis.tables.paper_table import paper_table
from backend.analysis.tables.published import FIGURES
from ols.spec.run_spec import RunSpec


def run(number, **values):
    spec = {"dataset": "cifar100", "model": "cifar_resnet56", "epochs": 300, "method": "ols"}
    parsed = RunSpec.parse({**spec, "schedule": "cosine", **values}).model_dump(mode="json")
    return {"id": number, "spec": parsed, "summary": {"val_top1": {"last": 0.74, "best": 0.75}}}


def cell(*runs, metric="val_top1"):
    return paper_table(runs, rows=[], columns=["method.name"], metric=metric).cells[0][0]


def test_the_paper_s_setting_has_its_figure():
    found = cell(run(1), run(2, seed=1)).published
    assert found is not None
    assert found.top1 == pytest.approx(1 - 0.2524)
    assert "Zhang" in found.source


def test_another_setting_has_none():
    assert cell(run(1, epochs=200)).published is None
    assert cell(run(1, noise={"kind": "symmetric", "rate": 0.4})).published is None
    assert cell(run(1), run(2, epochs=200)).published is None
    assert cell(run(1, method={"name": "ols", "alpha": 0.3})).published is None
    assert cell(run(1, method={"name": "label_smoothing", "epsilon": 0.2})).published is None
    assert cell(run(1, eval_on="holdout")).published is None
    assert cell(run(1, augment={"mix": "cutmix"})).published is None
    assert cell(run(1), metric="val_loss").published is None


def test_every_setting_is_one_that_can_be_run():
    for (dataset, model, epochs, _), methods in FIGURES.items():
        for method, figure in methods.items():
            names = {"dataset": dataset, "model": model, "method": method}
            spec = RunSpec.parse({**names, "epochs": epochs, "schedule": "cosine"})
            assert spec.epochs == epochs
            assert 0 < figure.top1 < 1
