"""What a run's numbers say in one line: only what they back."""

from __future__ import annotations

from typing import Any

import pytest

from backend.analysis.run_verdict import verdict
from backend.schemas.matrices import ConfusedClasses

NUMBERS = {
    "val_top1": 0.778,
    "val_ece": 0.39,
    "val_ece_scaled": 0.017,
    "val_temperature": 0.4,
    "train_memorized": 0.047,
}
PAIRS: list[ConfusedClasses] = [
    {"a_name": "w", "b_name": "W", "share": 0.4},
    {"a_name": "I", "b_name": "i", "share": 0.05},
    {"a_name": "O", "b_name": "0", "share": 0.04},
]


def run(state: str = "finished", epoch: int = 20, **numbers: float | None) -> Any:
    summary = {
        name: {"last": value, "best": value, "best_epoch": epoch} for name, value in numbers.items()
    }
    classes = [f"c{i}" for i in range(62)]
    return {"state": state, "summary": summary, "classes": classes, "progress": {"epoch": epoch}}


def sentence(*pairs: ConfusedClasses, **about: Any) -> str:
    return verdict(run(**about), pairs)["sentence"]


def test_the_issues_own_sentence() -> None:
    assert sentence(*PAIRS, **NUMBERS) == (
        "77.8% top-1, under-confident (ECE 39.0%, 1.7% at T = 0.40), memorised 4.7% of the wrong "
        "labels; most confused: w/W, I/i. One seed."
    )


def test_each_phrase_names_its_panel() -> None:
    phrases = verdict(run(**NUMBERS), PAIRS)["phrases"]
    assert [phrase["panel"] for phrase in phrases] == [
        "accuracy",
        "reliability",
        "accuracy",
        "pairs",
    ]


@pytest.mark.parametrize(
    ("ece", "temperature", "words"),
    [
        (0.0499, 0.4, "well calibrated (ECE 5.0%)"),
        (0.05, 0.4, "under-confident (ECE 5.0%, 1.7% at T = 0.40)"),
        (0.2, 1.8, "over-confident (ECE 20.0%, 1.7% at T = 1.80)"),
        (0.2, None, "poorly calibrated (ECE 20.0%)"),
    ],
)
def test_calibration_by_its_thresholds(ece: float, temperature: float | None, words: str) -> None:
    numbers = {**NUMBERS, "val_ece": ece, "val_temperature": temperature}
    assert verdict(run(**numbers), [])["phrases"][1]["text"] == words


def test_guessing_is_called_so() -> None:
    assert sentence(val_top1=1.5 / 62).startswith("2.4% top-1, no better than chance")
    assert "chance" not in sentence(val_top1=1.6 / 62)


def test_numbers_that_are_not_there_are_not_spoken_of() -> None:
    assert sentence(val_top1=0.9) == "90.0% top-1. One seed."
    assert sentence(train_loss=1.0) == ""
    assert sentence(val_top1=None) == ""


def test_a_run_that_has_not_finished_says_how_far_its_numbers_reach() -> None:
    assert sentence(state="running", epoch=3, val_top1=0.5) == "In epoch 3: 50.0% top-1. One seed."
    assert sentence(state="failed", epoch=3, val_top1=0.5).startswith("Up to epoch 3: ")


def test_a_zero_is_a_number() -> None:
    assert sentence(val_top1=0.0).startswith("0.0% top-1, no better than chance")
