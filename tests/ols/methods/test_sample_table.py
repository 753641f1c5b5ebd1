from __future__ import annotations

import pytest
import torch

from ols.errors import SpecError
from ols.methods.sample_table import SampleTable, empty_table, one_hot_table


def test_rows_are_written_and_looked_up_by_sample():
    table = SampleTable(torch.zeros(5, 2))
    rows = torch.tensor([[1.0, 2], [3, 4]])
    table.write(torch.tensor([3, 1]), rows)
    assert torch.equal(table.look_up(torch.tensor([1, 3])), rows.flip(0))
    assert table.rows[[0, 2, 4]].eq(0).all()


def test_a_row_that_is_not_finite_leaves_the_one_before():
    table = SampleTable(torch.ones(2, 2))
    table.write(torch.tensor([0, 1]), torch.tensor([[torch.nan, 0], [5, torch.inf]]))
    assert table.rows.eq(1).all()


def test_a_checkpoint_holds_it_unless_it_need_not():
    assert list(SampleTable(torch.zeros(2, 2)).state_dict()) == ["rows"]
    assert not SampleTable(torch.zeros(2, 2), kept=False).state_dict()


def test_labels_are_one_hot_rows():
    assert torch.equal(one_hot_table(torch.tensor([2, 0]), 3), torch.eye(3)[[2, 0]])


def test_more_than_memory_can_hold_is_refused():
    with pytest.raises(SpecError, match=r"method.name: keeps 21000 numbers .* 100 GB"):
        empty_table(1_281_167, 21_000, torch.device("cpu"))
