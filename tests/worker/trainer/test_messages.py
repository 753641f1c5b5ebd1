"""Messages survive the pipe unchanged, and nothing else is taken for one."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ols.training.epoch_report import (
    ClassSamples,
    ConfusedPairs,
    EpochReport,
    Progress,
    RunInfo,
    SampleAudit,
)
from worker.trainer.messages import Done, Failure, decode, encode

COUNTS = ((40, 30, 30), (1, 2, 0))
DIAGRAM = np.arange(90, dtype=np.float32).reshape(2, 15, 3)
matrices = hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7))


@given(matrices, st.dictionaries(st.text(), st.floats()))
def test_an_epoch_report_survives(matrix: np.ndarray, metrics: dict[str, float]) -> None:
    counts = np.arange(matrix.size, dtype=np.uint32).reshape(matrix.shape)
    pairs = np.array([[1, 0, 5, -1]], np.int32)
    confused = ConfusedPairs("train", pairs, {5: b"five", 70: b"", 6: b"six"})
    report = EpochReport(
        3,
        20,
        metrics,
        {"soft_labels": matrix, "confusion": counts},
        eta_seconds=1.5,
        warnings=("a – b",),
        reliability=DIAGRAM,
        confused=confused,
    )
    back = decode(encode(report))
    assert isinstance(back, EpochReport)
    np.testing.assert_array_equal(back.matrices["soft_labels"], matrix)
    np.testing.assert_array_equal(back.matrices["confusion"], counts)
    assert back.matrices["confusion"].dtype == np.uint32
    assert back.reliability is not None
    np.testing.assert_array_equal(back.reliability, DIAGRAM)
    assert back.confused is not None
    np.testing.assert_array_equal(back.confused.pairs, pairs)
    assert back.confused.pictures == confused.pictures
    assert back.confused.part == "train"
    assert set(back.matrices) == {"soft_labels", "confusion"}
    assert back.metrics.keys() == metrics.keys()
    for name, value in metrics.items():
        assert back.metrics[name] == value or math.isnan(value)
    assert (back.epoch, back.epochs, back.eta_seconds, back.warnings) == (3, 20, 1.5, ("a – b",))


def test_the_small_messages_survive() -> None:
    progress = Progress("training", 1, 5, 10, 73, 1234.5, None)
    for message in (progress, Failure("crash", "text with \n and ü"), Done()):
        assert decode(encode(message)) == message


def test_sample_images_survive() -> None:
    samples = ClassSamples(8, 28, (b"one", b"", b"three"))
    assert decode(encode(samples)) == samples


def test_an_audit_survives() -> None:
    columns = {"number": np.array([7, 8], np.int32), "aum": np.array([0.5, np.nan], np.float32)}
    joints = {"aum": np.eye(3, dtype=np.float32)}
    audit = SampleAudit(columns, {"aum": 0.2}, {"aum": math.nan}, joints, {7: b"x", 9: b""}, 28)
    back = decode(encode(audit))
    assert isinstance(back, SampleAudit)
    assert (back.rates, back.pictures, back.size) == ({"aum": 0.2}, {7: b"x", 9: b""}, 28)
    assert math.isnan(back.cuts["aum"])
    assert (list(back.columns), list(back.joints)) == (["number", "aum"], ["aum"])
    for name, column in columns.items():
        np.testing.assert_array_equal(back.columns[name], column)
        assert back.columns[name].dtype == column.dtype
    np.testing.assert_array_equal(back.joints["aum"], joints["aum"])


def test_run_info_survives() -> None:
    initial = np.full((3, 3), 1 / 3, np.float32)
    info = RunInfo(
        ("a", "b", "c"), "cpu", "x86", 1, 10, 100, 20, 3, 7, 0, initial, (40, 30, 30), (1, 2, 0)
    )
    back = decode(encode(info))
    assert isinstance(back, RunInfo)
    assert back.transition is None
    noisy = decode(encode(replace(info, transition=2 * initial)))
    assert isinstance(noisy, RunInfo)
    np.testing.assert_array_equal(noisy.transition, 2 * initial)
    assert back.classes == ("a", "b", "c")
    assert (back.labelled, back.corrupted_of) == COUNTS
    np.testing.assert_array_equal(back.initial_soft_labels, initial)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\xff\xff\xff\x7f{}", b"\x02\x00\x00\x00{}"])
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)
