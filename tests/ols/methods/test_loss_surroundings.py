"""The loss inside other people's machinery: autocast, compilers, function transforms, copies."""

from __future__ import annotations

import copy
import io
import pickle
import shutil

import pytest
import torch
from torch import nn
from torch._inductor import config as inductor
from torch.profiler import ProfilerActivity, profile

from ols.methods.ols import OnlineLabelSmoothing
from tests.ols.reference import batch, mixed_targets


@pytest.fixture
def learned():
    """A criterion with soft labels of its own and a batch in its running sums."""
    criterion = OnlineLabelSmoothing(12)
    criterion(*batch(60, 12, 1))
    criterion.end_epoch()
    criterion(*batch(60, 12, 2))
    return criterion


# -- derivatives ---------------------------------------------------------------------------------


def test_a_second_derivative_is_refused_in_training(learned):
    logits, targets = batch(4, 12)
    with pytest.raises(RuntimeError, match=r"no second derivative.*criterion\.eval\(\)"):
        torch.autograd.grad(learned(logits, targets), logits, create_graph=True)


def test_after_eval_it_has_derivatives_of_any_order(learned):
    criterion = learned.double().eval()
    logits, targets = batch(4, 12, dtype=torch.float64)
    assert torch.autograd.gradgradcheck(lambda z: criterion(z, targets), (logits,))


@pytest.mark.slow
def test_torch_func_transforms_it_after_eval(learned):
    logits, targets = batch(6, 12)
    (expected,) = torch.autograd.grad(learned(logits, targets), logits)
    learned.eval()
    z = logits.detach()
    torch.testing.assert_close(torch.func.grad(learned)(z, targets), expected)
    assert torch.func.hessian(learned)(z, targets).shape == (6, 12, 6, 12)

    def one(row, target):
        return learned(row.unsqueeze(0), target.unsqueeze(0))

    per_sample = torch.func.vmap(torch.func.grad(one))(z, targets)
    torch.testing.assert_close(per_sample / 6, expected)


def test_torch_func_is_refused_in_training(learned):
    logits, targets = batch(6, 12)
    with pytest.raises(RuntimeError, match=r"torch\.func.*criterion\.eval\(\)"):
        torch.func.grad(learned)(logits, targets)


# -- compilers -----------------------------------------------------------------------------------


WHOLE = "inductor" if shutil.which("g++") else "aot_eager"  # which inductor's graphs come from


@pytest.mark.slow
@inductor.patch(compile_threads=1)  # more are processes, each of which imports PyTorch
@pytest.mark.parametrize(("backend", "mixed"), [(WHOLE, False), ("aot_eager", True)])
def test_compiled_as_one_graph_it_gives_the_same(backend, mixed):
    torch._dynamo.reset()
    eager = OnlineLabelSmoothing(12)
    criterion = copy.deepcopy(eager)
    compiled = torch.compile(criterion, backend=backend, fullgraph=True)
    for seed in range(2):
        logits, targets = batch(30, 12, seed)
        targets[3] = targets[3] if mixed else -100
        given = mixed_targets(targets, 12) if mixed else targets
        results = []
        for loss in (eager, compiled):
            logits.grad = None
            value = loss(logits, given)
            value.backward()
            results.append((value.detach(), logits.grad))
        torch.testing.assert_close(results[0], results[1], rtol=0, atol=3e-6)
        torch.testing.assert_close(eager.statistics.sums[:-1], criterion.statistics.sums[:-1])
        eager.end_epoch()
        criterion.end_epoch()  # the graph must see the new soft labels
    torch.testing.assert_close(eager.soft_labels, criterion.soft_labels)


def test_tensors_of_a_step_keep_their_address(learned):
    """A captured CUDA graph reads and writes where it was captured, whatever changes S."""

    def addresses():
        shares = learned._table.equal_shares(torch.zeros(60))
        tensors = (learned.soft_labels, learned._table.negated, learned.statistics.sums, *shares)
        return [tensor.data_ptr() for tensor in tensors]

    before = addresses()
    learned.end_epoch()
    learned(*batch(60, 12, 3))
    learned.load_state_dict(OnlineLabelSmoothing(12).state_dict())
    learned(*batch(60, 12, 4))
    learned.end_epoch()
    assert addresses() == before


# -- precision and layout ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_changes_nothing_but_the_logits(dtype):
    model = nn.Linear(8, 12)
    inputs, targets = torch.randn(32, 8), torch.arange(32) % 12
    with torch.autocast("cpu", dtype=dtype):
        logits = model(inputs)
        inside = OnlineLabelSmoothing(12)(logits, targets)
    assert logits.dtype == dtype
    assert inside.dtype == torch.float32
    assert torch.equal(inside, OnlineLabelSmoothing(12)(logits.float(), targets))
    inside.backward()
    assert model.weight.grad.isfinite().all()


@pytest.mark.parametrize("classes", [5, 40])
def test_the_gradient_is_contiguous_whatever_the_layout_of_logits(classes):
    logits, targets = batch(30, classes)
    strided = logits.detach().t().contiguous().t().requires_grad_()
    for z in (logits, strided):
        (gradient,) = torch.autograd.grad(OnlineLabelSmoothing(classes)(z, targets), z)
        assert gradient.is_contiguous()


def test_a_channels_last_network_trains_with_it():
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)
    )
    model = model.to(memory_format=torch.channels_last)
    images = torch.randn(16, 3, 8, 8).to(memory_format=torch.channels_last)
    OnlineLabelSmoothing(5)(model(images), torch.arange(16) % 5).backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


# -- copies and states ---------------------------------------------------------------------------


def test_a_deep_copy_is_independent(learned):
    twin = copy.deepcopy(learned)
    logits, targets = batch(60, 12, 5)
    assert torch.equal(twin(logits, targets), learned(logits, targets))
    before = learned.statistics.sums.clone()
    twin(logits, targets)
    twin.end_epoch()
    assert torch.equal(learned.statistics.sums, before)
    assert not torch.equal(learned.soft_labels, twin.soft_labels)
    assert not torch.equal(learned(logits, targets), twin(logits, targets))


@pytest.mark.parametrize("way", ["torch", "pickle", "module"])
def test_states_survive_storage_in_the_middle_of_an_epoch(learned, way):
    fresh = OnlineLabelSmoothing(12)
    if way == "torch":
        file = io.BytesIO()
        torch.save(learned.state_dict(), file)
        file.seek(0)
        fresh.load_state_dict(torch.load(file, weights_only=True))
    elif way == "pickle":
        fresh.load_state_dict(pickle.loads(pickle.dumps(learned.state_dict())))
    else:
        fresh = pickle.loads(pickle.dumps(learned))
    logits, targets = batch(30, 12, 6)
    for criterion in (learned, fresh):
        criterion(logits, targets)
        criterion.end_epoch()
    assert torch.equal(fresh.soft_labels, learned.soft_labels)
    assert torch.equal(fresh(logits, targets), learned(logits, targets))


def test_a_state_of_other_classes_is_refused(learned):
    with pytest.raises((RuntimeError, ValueError), match="12"):
        OnlineLabelSmoothing(5).load_state_dict(learned.state_dict())


def test_a_state_of_version_0_1_is_read(learned):
    state = learned.state_dict()
    state["statistics.sums"] = state.pop("statistics._extra_state")
    fresh = OnlineLabelSmoothing(12)
    fresh.load_state_dict(state)
    assert torch.equal(fresh.statistics.sums, learned.statistics.sums)


def test_soft_labels_changed_by_hand_are_used(learned):
    logits, targets = batch(30, 12)
    learned.soft_labels.copy_(torch.eye(12))
    torch.testing.assert_close(
        learned(logits, targets), nn.functional.cross_entropy(logits, targets)
    )


def test_it_can_be_made_on_the_meta_device_and_filled_later():
    """As FSDP builds what does not fit: meta device, to_empty, reset_parameters."""
    with torch.device("meta"):
        criterion = OnlineLabelSmoothing(12)
    criterion.to_empty(device="cpu")
    criterion.reset_parameters()
    logits, targets = batch(30, 12)
    assert torch.equal(criterion(logits, targets), OnlineLabelSmoothing(12)(logits, targets))


# -- memory --------------------------------------------------------------------------------------


def peak_bytes(loss, logits, targets):
    """Most bytes alive at once in a forward and backward pass, above those before it."""
    loss(logits, targets).backward()  # what is made once, such as the gradient
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        loss(logits, targets).backward()
    alive = peak = 0
    for event in profiler.profiler.kineto_results.events():
        if event.name() == "[memory]":
            alive += event.nbytes()
            peak = max(peak, alive)
    assert peak
    return peak


@pytest.mark.parametrize(("size", "classes"), [(256, 1000), (128, 100), (512, 10)])
def test_a_step_needs_at_most_one_batch_of_logits_more_than_cross_entropy(size, classes):
    logits, targets = batch(size, classes)
    base = peak_bytes(nn.CrossEntropyLoss(), logits, targets)
    ours = peak_bytes(OnlineLabelSmoothing(classes), logits, targets)
    assert ours <= base + logits.nbytes + 16 * size  # and a few vectors of the batch's length
