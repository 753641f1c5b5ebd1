"""Warnings in words."""

from __future__ import annotations

import pytest

from ols.training import epoch_warnings


def test_a_loss_that_more_than_doubles_blames_the_learning_rate():
    assert "rose from 0.5 to 2.3" in epoch_warnings.learning_rate_too_high(2.3, 0.5)
    assert "optimizer.lr" in epoch_warnings.learning_rate_too_high(2.3, 0.5)


@pytest.mark.parametrize(("loss", "lowest"), [(2.3, float("inf")), (0.9, 0.5), (0.05, 0.01)])
def test_ordinary_losses_do_not(loss, lowest):
    assert epoch_warnings.learning_rate_too_high(loss, lowest) is None


def test_many_classes_without_a_hit_are_counted():
    assert epoch_warnings.classes_without_hit([]) is None
    note = epoch_warnings.classes_without_hit([f"c{i}" for i in range(14)])
    assert note.endswith("c8, c9 and 4 more")
