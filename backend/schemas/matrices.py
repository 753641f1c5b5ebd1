"""Matrices: what is kept of them, and what is read from them."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict


class MatrixList(TypedDict):
    """The matrices of one kind: `versions[i]` belongs to `epochs[i]`, all are (k, k)."""

    kind: str
    epochs: list[int]
    versions: list[str]
    k: int


class Orders(TypedDict):
    """Lists of class indices, the first at the top; null where an order's facts are not known.

    `cluster` is hierarchical (average linkage, optimal leaf order); `accuracy` has the hardest
    class first, from the epoch's confusion; `entropy` the least certain row first.
    """

    index: list[int]
    name: list[int]
    superclass: list[int] | None
    cluster: list[int]
    accuracy: list[int] | None
    entropy: list[int]


class Block(TypedDict):
    """A superclass's place in the superclass order: from `start` up to `end`, not included."""

    name: str
    start: int
    end: int


class ClassOrders(TypedDict):
    """In which order the classes can stand.

    `linkage` is SciPy's: `[a, b, height, leaves]` per merge, a and b above K - 1 being merges.
    """

    kind: str
    epoch: int
    orders: Orders
    superclasses: Sequence[str] | None
    blocks: list[Block]
    linkage: list[list[float]]


_OfClass = TypedDict("_OfClass", {"class": int})  # a keyword of Python can't be written below


class Partner(_OfClass):
    """A class that the soft labels name beside one's own.

    `now` is its share in the epoch asked for, `values` its shares in each of `epochs`; `first_rose`
    the epoch from which on it holds more than twice an even share of the row's rest, null if it
    does not now.
    """

    name: str
    now: float
    first_rose: int | None
    values: list[float]


class ClassDetail(_OfClass):
    """One class over the epochs, and its strongest partners in the soft label of `epoch`.

    Lists are as long as `epochs` (those whose matrix is kept). `accuracy` is null where it was not
    measured, as in epoch 0; `entropy` in nats; `target` is what the soft label leaves to the class
    itself, `tail` the mass of all classes that are not listed; `corrupted_share` that of the
    class's training labels that are wrong.
    """

    name: str
    superclass: str | None
    epoch: int
    epochs: list[int]
    accuracy: list[float | None]
    entropy: list[float]
    target: list[float]
    train_size: int | None
    corrupted_share: float | None
    partners: list[Partner]
    tail: float


class ClassPair(TypedDict):
    """Two classes that are taken for each other: row a, column b; rows of counts as shares.

    `value` is what pairs are ordered by: `forward` (a, b), or the mean of it and `reverse` (b, a).
    `trend` is the slope per epoch over the last five points of `history`, which belongs to
    `epochs`: at most 60, 24 for more than 256 classes.
    """

    a: int
    b: int
    a_name: str
    b_name: str
    value: float
    forward: float
    reverse: float
    trend: float | None
    first_rose: int | None
    epochs: list[int]
    history: list[float]


class ConfusedClasses(TypedDict):
    """Two classes, and which share of their validation images was predicted as the other one."""

    a_name: str
    b_name: str
    share: float


class StrongestPartner(TypedDict):
    """The class that a soft label names first beside its own, and its share."""

    name: str
    now: float


class ClassRow(_OfClass):
    """A class in a table of all: as in ClassDetail, in the newest epoch alone."""

    name: str
    epoch: int
    accuracy: float | None
    target: float
    entropy: float
    corrupted_share: float | None
    partners: list[StrongestPartner]
