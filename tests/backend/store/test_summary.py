from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.store.summary import SPARKLINE, recompute, sparkline_epochs, updated

METRICS = st.dictionaries(
    st.sampled_from(["val_top1", "val_loss", "lr"]),
    st.none() | st.floats(-1e3, 1e3),
    max_size=3,
)


def test_best_is_high_for_accuracy_and_low_for_loss() -> None:
    rows = [(1, {"val_top1": 0.1, "val_loss": 2.0}), (2, {"val_top1": 0.3, "val_loss": 1.0})]
    rows.append((3, {"val_top1": 0.2, "val_loss": 1.5}))
    assert recompute(rows) == {
        "val_top1": {"last": 0.2, "best": 0.3, "best_epoch": 2},
        "val_loss": {"last": 1.5, "best": 1.0, "best_epoch": 2},
    }


def test_a_null_is_last_but_never_best() -> None:
    summary = recompute([(1, {"val_loss": None}), (2, {"val_loss": 1.0}), (3, {"val_loss": None})])
    assert summary == {"val_loss": {"last": None, "best": 1.0, "best_epoch": 2}}


@given(st.lists(METRICS, max_size=8))
def test_one_by_one_is_all_at_once(rows: list[dict[str, float | None]]) -> None:
    step: dict[str, object] = {}
    for epoch, metrics in enumerate(rows, 1):
        step = updated(step, metrics, epoch)
    assert step == recompute(enumerate(rows, 1))


@given(st.integers(0, 10_000))
def test_a_sparkline_ascends_from_the_first_to_the_last_epoch(last: int) -> None:
    epochs = sparkline_epochs(last)
    assert len(epochs) == min(last, SPARKLINE)
    assert epochs == sorted(set(epochs))
    if last:
        assert (epochs[0], epochs[-1]) == (1, last)
