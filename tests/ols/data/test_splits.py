from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from ols.data.splits import stratified_split


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 50),
)
def test_sides_are_disjoint_complete_and_stratified(sizes, share, seed):
    labels = torch.cat([torch.full((n,), k) for k, n in enumerate(sizes)])
    kept, held_out = stratified_split(labels, share, seed)
    assert sorted([*kept.tolist(), *held_out.tolist()]) == list(range(len(labels)))
    for label, size in enumerate(sizes):
        count = int((labels[held_out] == label).sum())
        assert abs(count - share * size) <= 1
        assert count < size  # no class vanishes from training
        assert count > 0 or size == 1


def test_the_seed_decides():
    labels = torch.arange(200) % 10
    first, again, other = (stratified_split(labels, 0.2, seed)[1] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
