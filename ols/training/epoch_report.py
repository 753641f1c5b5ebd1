"""What a training run reports: plain values and NumPy arrays, never tensors.

The trainer does not know its caller. The worker stores these, `python -m ols` prints them,
a notebook collects them. Nothing here imports torch.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MatrixKind = Literal["soft_labels", "confusion", "val_probs"]
MATRIX_KINDS: tuple[MatrixKind, ...] = ("soft_labels", "confusion", "val_probs")


@dataclass(frozen=True)
class RunInfo:
    """Known once the data is loaded and the model is built, before the first step.

    `initial_soft_labels` is S^0, float32 (K, K), row = target class. `transition`, float32 (K, K),
    of a run with label noise: the shares of each true class (row) that were given each label.
    """

    classes: tuple[str, ...]
    device: str  # "cpu" or "cuda:0"
    device_name: str
    threads: int
    parameters: int
    train_size: int
    val_size: int
    corrupted: int  # training labels changed by the noise
    steps_per_epoch: int
    resumed_epoch: int  # 0 when the run starts from scratch
    initial_soft_labels: NDArray[np.float32] = field(repr=False)
    labelled: tuple[int, ...] = ()  # training labels of each class, as trained on
    corrupted_of: tuple[int, ...] = ()  # how many of them the noise made wrong
    transition: NDArray[np.float32] | None = field(default=None, repr=False)
    precision: str = "fp32"  # or bf16, fp16: what `auto` became
    data_fingerprint: str = ""  # of images and labels before noise (ols.data.fingerprint)


@dataclass(frozen=True)
class ClassSamples:
    """Images of each class: `rows[c]` is a WebP of `per_class` tiles of `size` x `size` pixels."""

    per_class: int
    size: int
    rows: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class ConfusedPairs:
    """Validation images that were mistaken for another class, of the most confused pairs.

    pairs: (n, 2 + examples): the true class, the predicted one, and numbers of images of the
    former that were mistaken for the latter, -1 where there are fewer; most confused first. The
    numbers count in the dataset's own `part`: its test set or, with a holdout, its training set.
    pictures: WebP tiles, as in ClassSamples, by number: some that this process has not sent before.
    """

    part: Literal["test", "train"]
    pairs: NDArray[np.int32] = field(repr=False)
    pictures: dict[int, bytes] = field(repr=False)


@dataclass(frozen=True)
class SampleAudit:
    """What a finished run says of the labels of its N training samples.

    columns: (N,) each. `number` in the dataset's whole training part, `given` and `suggested`
    class; `true` where the noise was made or is known; the mean `confidence` in the given label
    and its `deviation` over the epochs; `learned`, the first epoch in which the sample was
    predicted as labelled (0: never), and how often that was `forgotten`; and a column for each
    score of ols.measures.label_audit, higher is more suspicious.
    rates, cuts: by score, the estimated share of wrong labels and the value above which they lie.
    joints: by score float32 (K, K), shares of the samples by given label (row) and estimated true
    one. pictures: WebP tiles of `size` pixels a side, by number, of the most suspicious.
    """

    columns: dict[str, np.ndarray] = field(repr=False)
    rates: dict[str, float]
    cuts: dict[str, float]
    joints: dict[str, NDArray[np.float32]] = field(repr=False)
    pictures: dict[int, bytes] = field(repr=False)
    size: int = 0


@dataclass(frozen=True)
class Progress:
    """Progress within an epoch, at most a few times per second."""

    stage: Literal["training", "validating"]
    epoch: int  # counts from 1
    epochs: int
    step: int
    steps: int
    images_per_second: float
    eta_seconds: float | None  # seconds until the run ends; None until it can be known


@dataclass(frozen=True)
class EpochReport:
    """One finished epoch.

    metrics: name -> value. Accuracies and ECE are fractions in [0, 1], times are seconds.
    A value may be NaN (nothing to measure); the store keeps it as null.
    matrices: `soft_labels` float32 (K, K), row = target class (for every method, what OLS would
    have learned in this epoch); `confusion` uint32 (K, K), row = true class, counts on the
    validation split; `val_probs` float32 (K, K), mean validation softmax per true class.
    reliability: (2, bins, 3), before and after temperature scaling, per bin of confidence the
    number of validation samples, their mean confidence and their accuracy (NaN in an empty bin).
    """

    epoch: int
    epochs: int
    metrics: dict[str, float]
    matrices: dict[MatrixKind, np.ndarray] = field(repr=False)
    _: KW_ONLY
    eta_seconds: float | None = None
    warnings: tuple[str, ...] = ()
    reliability: NDArray[np.float32] | None = field(default=None, repr=False)
    confused: ConfusedPairs | None = field(default=None, repr=False)
