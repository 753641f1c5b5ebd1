"""Weights to start from: torchvision's, timm's, or a file of the researcher's.

They must fit the network but in two places: the head, which stays random where it has other
classes, and the first convolution, whose weights are summed over the colours for grey images (so a
grey image gives the features of the same image in colour).
"""

from __future__ import annotations

import hashlib
import pickle
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError

import torch
from torch import Tensor, nn

from ols.errors import FieldError, SpecError
from ols.models.timm_networks import cached_weights

FOLDER = "weights"  # in the data folder
# Of the heads that only train, which are built without.
AUXILIARY = ("aux1.", "aux2.", "AuxLogits.")
SHOWN = 3  # names in one message

Weights = dict[str, Tensor]


def load_weights(network: nn.Module, model: Any, data_dir: Path) -> None:
    """Loads what `model.weights` names into `network`, in place; raises SpecError."""
    source = getattr(model, "weights", "random")
    if source == "random":
        return
    if source == "imagenet":
        weights, where, field = _torchvision_weights(model.name), "ImageNet's weights", "weights"
    elif source == "cached":
        weights, where, field = cached_weights(model), "timm's file", "weights"
    else:
        path = data_dir / FOLDER / model.weights_file
        weights, where, field = _read(path), str(path), "weights_file"
    fitted = _fit(network, weights)
    problem = _problem(network.state_dict(), fitted)
    if problem:
        message = f"{where} holds the weights of another architecture than {model.name}: {problem}"
        raise SpecError([FieldError(f"model.{field}", message)])
    network.load_state_dict(fitted, strict=False)


def _torchvision_weights(name: str) -> Weights:
    """The first that torchvision published for images of 224 pixels, as the paper's code uses."""
    # Imported here: torchvision takes a second to load.
    from torchvision.models import get_model_weights

    entries = {entry.name: entry for entry in get_model_weights(name)}
    entry = entries.get("IMAGENET1K_V1") or entries["IMAGENET1K_SWAG_LINEAR_V1"]
    file = entry.url.rpartition("/")[2]
    cache = Path(torch.hub.get_dir()) / "checkpoints" / file
    try:
        if cache.exists():  # torchvision compares the hash of what it fetches, not of what is there
            _compare_hash(cache)
        return dict(entry.get_state_dict(progress=False, check_hash=True, weights_only=True))
    except (OSError, URLError, RuntimeError, pickle.UnpicklingError) as error:
        message = (
            f"{name}'s ImageNet weights are not usable in {cache} and can't be fetched ({error}). "
            f"Put {file} from {entry.url} there, or into the data folder's {FOLDER}/ and choose "
            "weights 'file'"
        )
        raise SpecError([FieldError("model.weights", message)]) from error


def _compare_hash(path: Path) -> None:
    """`resnet50-0676ba61.pth` is named after its SHA-256; raises RuntimeError for other content."""
    published = path.stem.rpartition("-")[2]
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if not actual.startswith(published):
        raise RuntimeError(
            f"it is not the published file: its SHA-256 begins with {actual[: len(published)]}, "
            f"not {published}; remove it"
        )


def _read(path: Path) -> Weights:
    """A state_dict, bare or inside a checkpoint; never anything that runs code."""
    try:
        if path.suffix == ".safetensors":
            return _read_safetensors(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except SpecError:
        raise
    except FileNotFoundError as error:
        raise _misfit(f"{path} does not exist on this worker; copy it there") from error
    except Exception as error:  # torch raises half a dozen kinds for a damaged file
        raise _misfit(
            f"{path} can't be read as weights ({type(error).__name__}); save it with "
            "torch.save(model.state_dict(), path)"
        ) from error
    for key in ("model", "state_dict"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not all(map(torch.is_tensor, content.values())):
        raise _misfit(f"{path} holds no state_dict; save it with torch.save(model.state_dict())")
    return {name.removeprefix("module."): tensor for name, tensor in content.items()}


def _read_safetensors(path: Path) -> Weights:
    """As timm publishes weights; raises half a dozen kinds of errors for a damaged file."""
    if find_spec("safetensors") is None:
        raise _misfit("a .safetensors file needs a package: pip install safetensors")
    from safetensors.torch import load_file

    return dict(load_file(path))


def _misfit(message: str) -> SpecError:
    return SpecError([FieldError("model.weights_file", message)])


def _fit(network: nn.Module, weights: Weights) -> Weights:
    """Without auxiliary heads and a head of other classes, and with a stem for the channels."""
    fitted = {key: value for key, value in weights.items() if not key.startswith(AUXILIARY)}
    own = network.state_dict()
    for key in _head(network):
        if key in fitted and fitted[key].shape[1:] == own[key].shape[1:]:
            fitted[key] = fitted[key] if fitted[key].shape == own[key].shape else own[key]
    stem = next(
        f"{name}.weight" for name, part in network.named_modules() if isinstance(part, nn.Conv2d)
    )
    if stem in fitted and own[stem].shape[1] == 1 and fitted[stem].dim() == 4:
        fitted[stem] = fitted[stem].sum(1, keepdim=True)
    return fitted


def _head(network: nn.Module) -> list[str]:
    """The names of the last layer's weights."""
    layers = [
        name for name, part in network.named_modules() if isinstance(part, nn.Linear | nn.Conv2d)
    ]
    return [f"{layers[-1]}.weight", f"{layers[-1]}.bias"]


def _problem(own: Weights, given: Weights) -> str:
    """What does not fit, in words; empty where all does."""
    # Files of old versions of PyTorch do not count batches.
    missing = [key for key in own if key not in given and not key.endswith("num_batches_tracked")]
    unknown = [key for key in given if key not in own]
    reshaped = [key for key in own if key in given and own[key].shape != given[key].shape]
    parts = [
        f"{what} {len(names)} tensors ({', '.join(names[:SHOWN])}{', ...' * (len(names) > SHOWN)})"
        for what, names in (
            ("it lacks", missing),
            ("the network does not know", unknown),
            ("other shapes have", reshaped),
        )
        if names
    ]
    return "; ".join(parts)
