"""Every error that the library raises on purpose, drawn as a tree.

    OlsError
    ├── SpecError            the run's description is wrong; names each field
    │   ├── SweepError       the same of a sweep: paths begin with `spec.` or `grid.`
    │   └── ForkError        the same of a fork: paths begin with `set.` or `start.`
    ├── DatasetUnavailable   the files are not on this machine; says what provides them
    ├── CheckpointError      a checkpoint is damaged or belongs to another spec
    ├── Diverged             the loss stopped being finite
    └── LabError             the lab can't be asked: its address, a missing package
        ├── LabRefused       it answered 4xx; carries status, code and fields
        └── LabUnreachable   it did not answer, or 5xx: asking again may help

All of them are the researcher's to mend, so their text says what to change and is shown verbatim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class OlsError(Exception):
    """Base class; `code` is the stable name that a run's error and the API carry."""

    code = "error"


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: its dotted path (`method.alpha`) and the mend."""

    path: str
    message: str


class SpecError(OlsError):
    """A run's description does not validate; `fields` names every fault."""

    code = "invalid_spec"

    def __init__(self, fields: Sequence[FieldError]) -> None:
        self.fields = tuple(fields)
        super().__init__("; ".join(f"{field.path}: {field.message}" for field in self.fields))


class SweepError(SpecError):
    """A sweep does not validate; paths are those of the sweep: `grid.method.alpha`."""


class ForkError(SpecError):
    """A run can't be forked so; paths are those of the request: `set.method.alpha`, `epoch`."""


class DatasetUnavailable(OlsError):  # noqa: N818 - its name says what is the matter
    """The dataset's files are not here; the message is the command or path that provides them."""

    code = "dataset_unavailable"


class CheckpointError(OlsError):
    """A checkpoint can't be used: damaged, or written for another spec."""

    code = "checkpoint"


class Diverged(OlsError):  # noqa: N818 - as above
    """The loss became NaN or infinite: of a step, or in validating what the last one left."""

    code = "diverged"

    def __init__(self, epoch: int, step: int) -> None:
        self.epoch, self.step = epoch, step
        super().__init__(
            f"diverged at epoch {epoch}, step {step}: the loss is not finite. "
            "Lower optimizer.lr, add schedule.warmup_epochs, or use precision fp32."
        )


class LabError(OlsError):
    """The lab can't be asked or did not do what it was asked."""


class LabRefused(LabError):  # noqa: N818 - as above
    """The lab refused: `status` and `code` are its answer's, `fields` names what is wrong."""

    def __init__(
        self, status: int, code: str, message: str, fields: Sequence[FieldError] = ()
    ) -> None:
        self.status, self.code, self.fields = status, code, tuple(fields)
        details = "; ".join(f"{field.path}: {field.message}" for field in fields)
        super().__init__(f"{message} ({details})" if details else message)


class LabUnreachable(LabError):  # noqa: N818 - as above
    """No answer, or one that says to come again, after `retry_after` seconds if it names them."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)
