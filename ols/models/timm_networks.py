"""Any of timm's networks, for any number of channels and classes (Wightman, PyTorch Image Models).

timm is an extra. Loading it takes two seconds, so it is imported when one of its networks is built.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ols.errors import FieldError, SpecError
from ols.spec.models.timm_networks import PREFIX, TimmNetwork

WEIGHTS = "model.safetensors"  # in each of timm's repositories


def build(model: TimmNetwork, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    """Built by timm without weights; for images of `image_size` where it can be."""
    timm = import_timm()
    name = model.name.removeprefix(PREFIX)
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise _misfit(f"timm {timm.__version__} has no network {architecture!r}; choose another")
    if tag and name not in timm.list_models(f"{architecture}.*", pretrained=True):
        tags = timm.list_models(f"{architecture}.*", pretrained=True)
        raise _misfit(f"timm has no weights {name!r}; choose one of {', '.join(tags) or 'none'}")
    options: dict[str, Any] = {"num_classes": num_classes, "in_chans": in_channels}
    if timm.get_pretrained_cfg(architecture).fixed_input_size:
        with contextlib.suppress(TypeError):  # a network that takes no size, which is told later
            return network_of(timm, name, img_size=image_size, **options)
    return network_of(timm, name, **options)


def network_of(timm: Any, name: str, **options: Any) -> nn.Module:
    network: nn.Module = timm.create_model(name, pretrained=False, **options)
    return network


def import_timm() -> Any:
    """Raises SpecError where it is not installed."""
    if find_spec("timm") is None:
        raise _misfit("timm is not installed on this worker: pip install 'ols-lab[timm]'")
    import timm

    return timm


def cached_weights(model: TimmNetwork) -> dict[str, Tensor]:
    """From Hugging Face's cache (HF_HOME): safetensors, which hold tensors alone.

    Raises SpecError where they are not there, or are not what the cache's name for them says.
    """
    timm = import_timm()
    from huggingface_hub import try_to_load_from_cache
    from safetensors.torch import load_file

    published = timm.get_pretrained_cfg(model.name.removeprefix(PREFIX))
    repository = published.hf_hub_id
    if not repository:
        raise _no_weights("timm has none for this network; choose random or file")
    if not repository.startswith("timm/"):
        raise _no_weights(f"they are in {repository}; choose 'file'")
    path = try_to_load_from_cache(repository, WEIGHTS)
    if not isinstance(path, str):
        raise _no_weights(
            f"{repository}/{WEIGHTS} is not in Hugging Face's cache of this worker, and nothing is "
            f"downloaded: run `hf download {repository} {WEIGHTS}` there, or choose 'file'"
        )
    _compare_hash(Path(path))
    try:
        return dict(load_file(path))
    except Exception as error:  # safetensors raises its own kind
        raise _no_weights(f"{path} is damaged ({error}); remove it and fetch it again") from error


def _compare_hash(path: Path) -> None:
    """The cache names a large file's content after its SHA-256, and links to it."""
    published = path.resolve().name
    if not re.fullmatch("[0-9a-f]{64}", published):
        return
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != published:
        raise _no_weights(f"{path} is not the published file: its SHA-256 differs; remove it")


def _misfit(message: str) -> SpecError:
    return SpecError([FieldError("model.name", message)])


def _no_weights(message: str) -> SpecError:
    return SpecError([FieldError("model.weights", message)])
