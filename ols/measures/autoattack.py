"""AutoAttack, standard version (Croce and Hein, ICML 2020, arXiv 2003.01690): which images stay
right under each of four attacks, whose settings are fixed: APGD on the cross-entropy, targeted APGD
on the DLR loss, targeted FAB, and Square, which needs no gradient.

The attacks are those of the authors' package, pyautoattack, an extra.
"""

from __future__ import annotations

from importlib.util import find_spec

import torch
from torch import Tensor, nn

from ols.data.batches import Normalise
from ols.errors import FieldError, SpecError

LEAST_CLASSES = 4  # of the targeted DLR loss, which looks at four logits
TARGETS = 9


def check_autoattack(num_classes: int) -> None:
    """Raises SpecError where it can't be run, before a run has spent hours."""
    if find_spec("pyautoattack") is None:
        raise _misfit("AutoAttack needs a package: pip install 'ols-lab[autoattack]'")
    if num_classes < LEAST_CLASSES:
        raise _misfit(f"AutoAttack needs {LEAST_CLASSES} classes or more; choose fgsm_pgd_worst")


def autoattack_survivors(
    model: nn.Module,
    num_classes: int,
    images: Tensor,
    labels: Tensor,
    normalise: Normalise,
    radius: float,
    seed: int,
) -> Tensor:
    """(B,): which normalised images (B, C, H, W) stay right; `radius` in levels of 255.

    Random starts depend on the seed and on the images of the batch that are still right.
    """
    from pyautoattack import AutoAttack

    on_pixels = _Pixels(model, normalise)
    devices = [images.device] if images.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        attack = AutoAttack(
            on_pixels, norm="Linf", eps=radius / 255, seed=seed, device=images.device
        )
        targets = min(TARGETS, num_classes - 1)
        attack.apgd_targeted.n_target_classes = attack.fab.n_target_classes = targets
        pixels = normalise.pixels(images)
        _, predicted = attack.run_standard_evaluation(pixels, labels, batch_size=len(labels))
    return predicted.eq(labels)


class _Pixels(nn.Module):
    """The network on pixels in [0, 1], as attacks take them."""

    def __init__(self, model: nn.Module, normalise: Normalise) -> None:
        super().__init__()
        self._model, self._normalise = model, normalise

    def forward(self, pixels: Tensor) -> Tensor:
        images = self._normalise(255 * pixels)
        logits: Tensor = self._model(images.contiguous(memory_format=torch.channels_last))
        return logits


def _misfit(message: str) -> SpecError:
    return SpecError([FieldError("final.attacks", message)])
