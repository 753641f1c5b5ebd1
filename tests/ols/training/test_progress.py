from __future__ import annotations

import pytest

from ols.training import progress
from ols.training.progress import ProgressMeter


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def train(meter, clock, epoch, steps=100, seconds=0.05):
    meter.start_epoch()
    for step in range(1, steps + 1):
        clock[0] += seconds
        meter.training(epoch, step, steps, 10)


def test_news_come_at_most_four_times_a_second_and_at_the_end(clock):
    told = []
    train(ProgressMeter(told.append, 3), clock, 1)
    assert 15 <= len(told) <= 21  # 5 seconds
    assert (told[-1].step, told[-1].steps, told[-1].stage) == (100, 100, "training")
    assert told[-1].images_per_second == pytest.approx(200)


def test_the_time_left_comes_from_measured_epochs(clock):
    told = []
    meter = ProgressMeter(told.append, 3)
    train(meter, clock, 1)
    assert told[0].eta_seconds is None  # a hundredth of an epoch says nothing
    assert told[-1].eta_seconds == pytest.approx(10)
    assert meter.end_epoch(1) == pytest.approx(10)
    train(meter, clock, 2, steps=50)
    assert told[-1].eta_seconds == pytest.approx(2.5 + 5)


def test_nobody_need_listen(clock):
    meter = ProgressMeter(None, 2)
    train(meter, clock, 1)
    meter.validating(1, 100)
    assert meter.end_epoch(1) == pytest.approx(5)


def test_the_time_left_is_right_within_a_tenth_after_two_epochs(clock):
    """The first epoch takes half as long again as the others, which differ by a few percent."""
    durations = [7.5, 5.1, 4.9, 5.05, 4.95, 5.2, 4.8, 5.0]
    told = []
    meter = ProgressMeter(told.append, len(durations))
    for epoch, duration in enumerate(durations, start=1):
        train(meter, clock, epoch, seconds=duration / 100)
        eta, left = meter.end_epoch(epoch), sum(durations[epoch:])
        if epoch >= 2:
            assert eta == pytest.approx(left, rel=0.1)
        if epoch >= 3:
            for news in told[-5:]:  # within the epoch too
                rest = left + duration * (1 - news.step / news.steps)
                assert news.eta_seconds == pytest.approx(rest, rel=0.1, abs=0.5)
