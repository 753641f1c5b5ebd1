import pytest

from ols.training.retention import Retention


@pytest.mark.parametrize(
    ("keep", "best", "kept"),
    [
        (Retention(), 0, {11, 12}),
        (Retention(), 3, {3, 11, 12}),
        (Retention(best=False), 3, {11, 12}),
        (Retention(last=1, best=False), 3, {12}),
        (Retention(last=1, every=5), 12, {5, 10, 12}),
        (Retention(last=99), 3, set(range(1, 13))),
        (Retention(), 99, {11, 12}),
    ],
)
def test_what_is_kept_of_twelve_epochs(keep, best, kept):
    assert keep.kept(range(1, 13), best) == kept


def test_nothing_is_kept_of_nothing():
    assert Retention(every=1).kept([], 3) == set()


@pytest.mark.parametrize("wrong", [{"last": 0}, {"every": -1}])
def test_a_policy_that_keeps_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match="keep at least"):
        Retention(**wrong)
