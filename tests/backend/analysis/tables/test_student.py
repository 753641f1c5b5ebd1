"""Student's t against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import stdtr, stdtrit

from backend.analysis.tables.student import half_width, two_sided_p

FREEDOMS = (0.5, 1, 1.7, 2, 3.3, 7, 19.5, 60, 400, 5_000)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_the_probability_is_scipys(freedom: float) -> None:
    values = [0.0, *np.geomspace(1e-4, 1e4, 40)]  # nearer to 0 SciPy's has 8 digits
    ours = [two_sided_p(t, freedom) for t in values]
    assert ours == pytest.approx(2 * stdtr(freedom, np.negative(values)), rel=1e-9, abs=1e-300)
    assert ours == [two_sided_p(-t, freedom) for t in values]


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_the_quantile_is_scipys(freedom: float) -> None:
    for level in (0.5, 0.9, 0.95, 0.99, 0.999):
        expected = float(stdtrit(freedom, (1 + level) / 2))
        assert half_width(level, freedom) == pytest.approx(expected, rel=1e-9)
