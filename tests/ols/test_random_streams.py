from __future__ import annotations

from ols.random_streams import derived_seed, random_stream


def test_purposes_and_seeds_have_streams_of_their_own():
    draws = {
        tuple(random_stream(seed, purpose).integers(2**60, size=2))
        for seed in (0, 1)
        for purpose in ("split", "noise", "order", "train_glyphs", "test_glyphs")
    }
    assert len(draws) == 10


def test_the_same_seed_gives_the_same_stream():
    assert derived_seed(3, "order") == derived_seed(3, "order")
