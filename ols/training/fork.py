"""Where a fork begins: the parent's state, and what of it does not fit and begins anew.

Nothing changed, nothing is: the fork trains what its parent would have, on a CPU to the bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ols.errors import CheckpointError
from ols.methods.ols import OnlineLabelSmoothing
from ols.methods.sample_table import SampleTable
from ols.random_streams import derived_seed
from ols.spec.fork import KEPT, Start, check_fork
from ols.spec.run_spec import RunSpec
from ols.training.checkpoint import State, load_checkpoint


@dataclass(frozen=True)
class ForkPoint:
    """The end of the parent's `epoch`: its checkpoint, and what of it the fork takes over.

    `before`: what the parent itself begins from, where it is a fork.
    """

    checkpoint: Path
    epoch: int
    start: Start = KEPT
    before: ForkPoint | None = None

    @property
    def schedule_from(self) -> int:
        """The epoch after which the learning rate's schedule begins."""
        if self.start.schedule == "rest":
            return self.epoch
        return self.before.schedule_from if self.before else 0

    def seed(self, of_run: int) -> int:
        """What a criterion draws by; `of_run` is the spec's."""
        if self.start.rng == "anew":
            return self.start.seed
        return self.before.seed(of_run) if self.before else of_run


class Fork:
    """A parent's checkpoint on the way into a run of `spec`. `state` is the parent's; `notes` are
    sentences on what begins anew though nobody asked for it.

    Raises CheckpointError, and ForkError where the spec does not continue the parent's.
    """

    def __init__(self, point: ForkPoint, spec: RunSpec) -> None:
        self.state: State = load_checkpoint(point.checkpoint)
        self.notes: list[str] = []
        self._point, self._spec, self._start = point, spec, point.start
        self._parent = RunSpec.model_validate_json(self.state["spec"])
        if self.state["epoch"] != point.epoch:
            raise CheckpointError(
                f"{point.checkpoint} is of epoch {self.state['epoch']}, not {point.epoch}"
            )
        check_fork(self._parent, spec, point.epoch, point.schedule_from)

    def begin(
        self, criterion: nn.Module, optimizer: torch.optim.Optimizer, model: nn.Module
    ) -> State:
        """The state that the fork's trainer restores; None: that part begins anew.

        `model` has the parent's weights already, and so a teacher that `criterion` copied has.
        """
        state = dict(self.state)
        state["criterion"] = self._criterion(criterion)
        trained = list(model.parameters())
        if state["criterion"] is not None:
            trained += [each for each in criterion.parameters() if each.requires_grad]
        state["optimizer"] = self._optimizer(optimizer, trained)
        if self._spec.ema and "ema" not in state:
            epoch = self._point.epoch
            self.notes.append(f"The average of the weights begins after epoch {epoch}.")
        if self._relabelled:
            state["audit"] = None
        if self._relabelled or self._spec.method != self._parent.method:
            state["lowest_loss"] = math.inf
        state["rng"] = self._streams(next(model.parameters()).device)
        return state

    @property
    def _relabelled(self) -> bool:
        before, now = self._parent, self._spec
        return (before.noise, before.labels) != (now.noise, now.labels)

    def _criterion(self, criterion: nn.Module) -> State | None:
        own, parents = criterion.state_dict(), self.state["criterion"]
        same = self._spec.method.name == self._parent.method.name
        if isinstance(criterion, OnlineLabelSmoothing):
            return parents if same else self._soft_labels(own)
        if not own:
            return None
        name, epoch = self._spec.method.name, self._point.epoch
        why = ""
        if not same:
            why = f"its parent trained with {self._parent.method.name}, which keeps none"
        elif self._relabelled:
            why = "the labels have changed"
        elif any(k not in parents or parents[k].shape != v.shape for k, v in own.items()):
            why = "its options give it another shape"
        if not why:
            return parents
        what = "samples" if _remembers_samples(criterion) else "the run"
        self.notes.append(
            f"What {name} remembers of {what} begins anew after epoch {epoch}: {why}."
        )
        return None

    def _soft_labels(self, own: State) -> State | None:
        """OLS begins with the soft labels that the parent recorded, as if it had learned them."""
        soft = self.state.get("soft_labels")  # version 0.1 kept none
        if soft is None:
            self.notes.append("OLS begins from S of epoch 0: the parent's checkpoint has none.")
            return None
        device, epochs = own["soft_labels"].device, torch.tensor(self._point.epoch)
        return {**own, "soft_labels": soft.to(device), "epochs": epochs.to(device)}

    def _optimizer(
        self, optimizer: torch.optim.Optimizer, trained: list[nn.Parameter]
    ) -> State | None:
        """The parent's running averages of what is `trained` on, with the settings of the fork."""
        if self._start.momentum == "anew":
            return None
        before, now = self._parent.optimizer.name, self._spec.optimizer.name
        if before != now:
            self.notes.append(
                f"The optimiser's running averages begin anew: {now} keeps others than {before}."
            )
            return None
        averages = self.state["optimizer"]["state"]
        own = optimizer.state_dict()["param_groups"]
        places = zip(
            _places(trained, own),
            _places(trained, self.state["optimizer"]["param_groups"]),
            strict=True,
        )
        kept = {here: averages[there] for here, there in places if there in averages}
        return {"state": kept, "param_groups": own}

    def _streams(self, device: torch.device) -> State:
        streams, start = dict(self.state["rng"]), self._start
        if start.rng == "anew":
            seed = derived_seed(start.seed, "fork_rng")
            streams["cpu"] = torch.Generator().manual_seed(seed).get_state()
            if device.type == "cuda":
                streams["cuda"] = torch.Generator(device).manual_seed(seed).get_state()
        if start.order == "anew":
            seed = derived_seed(start.seed, "fork_order")
            streams["order"] = torch.Generator().manual_seed(seed).get_state()
        return streams


def _places(trained: list[nn.Parameter], groups: list[State]) -> list[int]:
    """Their numbers in an optimiser's state: without `decay_norms` those of two and more axes come
    first (ols.training.optim); what another criterion learned stands behind them in its group."""
    first, *second = (iter(group["params"]) for group in groups)
    small = second[0] if second else first
    return [next(first if each.ndim > 1 else small) for each in trained]


def _remembers_samples(criterion: nn.Module) -> bool:
    return any(isinstance(module, SampleTable) for module in criterion.modules())
