"""RandAugment, TrivialAugment and random erasing: torchvision's, the same whoever draws them."""

from __future__ import annotations

import pytest
import torch
from torchvision.transforms import v2

from ols.data.batches import Normalise, TrainingBatches
from ols.data.dataset import Split
from ols.data.policies import SampleWise
from ols.errors import SpecError
from ols.random_streams import sample_seed
from ols.spec.parts.training_data import Augment
from ols.spec.run_spec import RunSpec

KINDS = {
    "randaugment": Augment(policy="randaugment", policy_ops=1, policy_magnitude=20),
    "trivialaugment": Augment(policy="trivialaugment"),
    "erasing": Augment(erasing=0.7),
    "all": Augment(policy="trivialaugment", erasing=0.7, shift=1, flip=True, mix="cutmix"),
}


def make_batches(augment, channels=3, seed=0, rank=0, ranks=1):
    torch.manual_seed(0)
    images = torch.randint(1, 256, (17, channels, 12, 12), dtype=torch.uint8)
    normalise = Normalise((0.0,) * channels, (1.0,) * channels, torch.device("cpu"))
    generator = torch.Generator().manual_seed(seed)
    split = Split(images, torch.arange(17))
    return split, TrainingBatches(split, 7, augment, normalise, generator, rank, ranks)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_epoch_draws_anew_and_the_seed_decides(kind, channels):
    runs = [make_batches(KINDS[kind], channels, seed)[1] for seed in (1, 1, 2)]
    first, again, other = (torch.cat([batch.images for batch in run]) for run in runs)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert not torch.equal(first, torch.cat([batch.images for batch in runs[0]]))


@pytest.mark.parametrize("kind", KINDS)
def test_processes_that_share_a_batch_draw_what_one_alone_does(kind):
    _, alone = make_batches(KINDS[kind])
    shared = [make_batches(KINDS[kind], rank=rank, ranks=2)[1] for rank in range(2)]
    for one, *parts in zip(alone, *shared, strict=True):
        assert torch.equal(torch.cat([part.images for part in parts]), one.images)


def test_an_image_is_torchvisions_with_the_samples_own_seed():
    images = torch.randint(256, (4, 3, 12, 12), dtype=torch.uint8)
    indices, before = torch.tensor([5, 0, 9, 2]), torch.get_rng_state()
    made = SampleWise(v2.TrivialAugmentWide(), 3)(images.clone(), indices)
    assert torch.equal(torch.get_rng_state(), before)
    for image, index, result in zip(images, indices.tolist(), made, strict=True):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(sample_seed(3, index))
            assert torch.equal(v2.TrivialAugmentWide()(image), result)


def test_erasing_blanks_a_box_in_that_share_of_the_images():
    split, _ = make_batches(Augment())
    images = torch.ones(400, 1, 12, 12)
    erased = SampleWise(v2.RandomErasing(0.25), 0)(images.clone(), torch.arange(400))
    shares = erased.eq(0).double().mean((1, 2, 3))
    assert 70 < int(shares.gt(0).sum()) < 130
    assert shares.max() <= 0.4  # of whole pixels
    assert set(erased.unique().tolist()) == {0.0, 1.0}
    _, batches = make_batches(Augment(erasing=1.0))
    assert all(batch.images.eq(0).any((1, 2, 3)).all() for batch in batches)
    assert split.images.min() == 1  # no pixel of these was 0


def test_a_policy_that_turns_a_6_into_a_9_is_refused():
    with pytest.raises(SpecError, match="choose randaugment") as info:
        RunSpec.parse({"method": "hard", "augment": {"policy": "trivialaugment"}})
    assert [field.path for field in info.value.fields] == ["augment.policy"]
