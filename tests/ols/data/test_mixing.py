"""Cutout, Mixup and CutMix: what they do to images, labels, shares of processes, and a run."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ols.data.mixing import Mix, Mixer, cut_out, mix_images, mixer
from ols.errors import SpecError
from ols.spec.parts.training_data import Augment
from ols.training.trainer import Trainer
from tests.ols.data.test_batches import make_batches
from tests.ols.training.test_trainer import assert_same


def mixed(mix, count=10, rank=0, ranks=1, seed=0, **options):
    augment = Augment(mix=mix, shift=1, **options)
    return list(make_batches(count, 5, seed, augment, 8, rank, ranks)[1])


def test_a_square_is_blanked_and_may_reach_over_the_edge():
    images = cut_out(torch.ones(2, 3, 8, 8), torch.tensor([[0.5, 0.5], [0.0, 0.99]]), 4)
    assert images[0, :, 2:6, 2:6].eq(0).all()
    assert images[0].eq(0).sum() == 3 * 16
    assert images[1, :, 0:2, 5:8].eq(0).all()
    assert images[1].eq(0).sum() == 3 * 6


def test_mixup_averages_images_and_labels():
    (batch, _) = mixed("mixup", cutout=0)
    targets = batch.targets(10)
    assert targets.shape == (5, 10)
    torch.testing.assert_close(targets.sum(1), torch.ones(5))
    assert 0.5 <= batch.share < 1
    assert torch.equal(targets.argmax(1), batch.labels)  # the own label weighs most
    for row, own, other in zip(targets, batch.labels, batch.others, strict=True):
        expected = torch.zeros(10)
        expected[own] += batch.share
        expected[other] += 1 - batch.share
        torch.testing.assert_close(row, expected)


def test_images_are_mixed_as_labels_are():
    mix = Mixer(Augment(mix="mixup"), 0).mix(4)
    images = torch.arange(4.0).view(4, 1, 1, 1).expand(4, 1, 2, 2).clone()
    found, share = mix_images(images.clone(), images[mix.partners], mix)
    expected = share * images + (1 - share) * images[mix.partners]
    torch.testing.assert_close(found, expected)


def test_cutmix_labels_weigh_by_area():
    random = Mixer(Augment(mix="cutmix"), 3)
    shares, kept = [], 0
    for _ in range(50):
        mix = random.mix(2)
        images, share = mix_images(torch.zeros(2, 1, 16, 16), torch.ones(2, 1, 16, 16), mix)
        assert images.eq(0).float().mean().item() == pytest.approx(share)
        assert images[0].equal(images[1])
        shares.append(share)
        kept += mix.kept
    assert len(set(shares)) > 20
    assert min(shares) >= 0.45  # 0.5, up to whole pixels
    assert 0 < kept < 25  # the edge cuts large boxes, so most are the smaller part


def authors_rand_bbox(random, size, share):
    """clovaai/CutMix-PyTorch's box, as the area that it covers of a square image."""
    cut = int(size * np.sqrt(1 - share))
    spans = []
    for centre in random.integers(size, size=2):
        first, last = np.clip([centre - cut // 2, centre + cut // 2], 0, size)
        spans.append(last - first)
    return spans[0] * spans[1] / size**2


def test_cutmix_boxes_are_as_large_as_the_authors():
    random, theirs = Mixer(Augment(mix="cutmix"), 0), np.random.default_rng(1)
    found, expected = [], []
    for _ in range(4000):
        mix = random.mix(2)
        found.append(mix.share if mix.kept else 1 - mix.share)
        expected.append(authors_rand_bbox(theirs, 256, theirs.beta(1, 1)))
    at = [10, 25, 50, 75, 90, 97]
    np.testing.assert_allclose(np.percentile(found, at), np.percentile(expected, at), atol=0.025)
    assert np.max(found) > 0.9


def test_a_kept_box_is_the_samples_own_in_its_partners_image():
    mix = Mix(0.75, torch.tensor([1, 0]), (0.0, 1.0, 0.0, 0.75), kept=True)
    images = torch.arange(2.0).view(2, 1, 1, 1).expand(2, 1, 4, 4).clone()
    found, share = mix_images(images.clone(), images[mix.partners], mix)
    assert share == 0.75
    assert found[0, 0, :, :3].eq(0).all()
    assert found[0, 0, :, 3:].eq(1).all()
    assert found[1, 0, :, :3].eq(1).all()


def test_the_share_of_mixed_batches_is_the_probability():
    random = Mixer(Augment(mix="mixup", mix_probability=0.3), 0)
    found = [random.mix(4) is not None for _ in range(2000)]
    assert np.mean(found) == pytest.approx(0.3, abs=0.04)


def test_nothing_is_drawn_where_nothing_is_mixed():
    generator = torch.Generator().manual_seed(0)
    before = generator.get_state()
    assert mixer(Augment(), generator) is None
    assert torch.equal(generator.get_state(), before)


@pytest.mark.parametrize("mix", ["none", "mixup", "cutmix"])
def test_the_shares_of_two_processes_are_the_batch_of_one(mix):
    whole = mixed(mix, 11, cutout=3)
    for batch, first, second in zip(
        whole, mixed(mix, 11, 0, 2, cutout=3), mixed(mix, 11, 1, 2, cutout=3), strict=True
    ):
        for field in ("images", "labels", "indices"):
            both = torch.cat([getattr(first, field), getattr(second, field)])
            torch.testing.assert_close(both, getattr(batch, field))
        targets = torch.cat([first.targets(11), second.targets(11)])
        torch.testing.assert_close(targets, batch.targets(11))


def test_another_seed_mixes_otherwise():
    assert mixed("mixup")[0].share == mixed("mixup")[0].share
    assert mixed("mixup")[0].share != mixed("mixup", seed=1)[0].share


@pytest.mark.slow
@pytest.mark.parametrize("method", ["ols", "gce"])
def test_a_run_with_all_of_them_learns_and_resumes(spec, data_dir, tmp_path, method):
    augment = {"mix": "cutmix", "cutout": 2, "mix_probability": 0.5}
    fields = {"epochs": 4, "batch_size": 128, "model": "small_cnn"}  # gce wants its full width
    made = spec(method=method, augment=augment, **fields)
    whole = list(Trainer(made, data_dir=data_dir))
    assert whole[-1].metrics["val_top1"] > 0.85
    first = iter(Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path))
    next(first), next(first), next(first)
    resumed = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    for report, other in zip(whole[2:], resumed, strict=True):
        assert_same(report, other)


def test_a_square_as_large_as_the_image_is_refused_before_the_first_step(spec, data_dir):
    with pytest.raises(SpecError, match=r"augment.cutout: must be below the images' size \(8"):
        Trainer(spec(augment={"cutout": 8}), data_dir=data_dir)
