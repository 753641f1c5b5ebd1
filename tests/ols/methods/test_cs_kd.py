"""The authors' loss on pairs, and which image is the partner of a sample. (`reference`: cs_kd in
tests/ols/method_references.py, for a partner depends on the batch.)"""

import pytest
import torch
from torch import nn

from ols.errors import SpecError
from ols.methods.criterion import Step
from ols.methods.cs_kd import ClassWiseDistillation
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer


class Pixels(nn.Module):
    """Answers with the image; remembers what it was asked, in which mode."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def forward(self, images):
        self.asked.append((images.clone(), torch.is_grad_enabled()))
        return images


def ask(criterion, targets, number):
    """A step on images that are `number`, number + 1, ... in their first pixel."""
    targets = torch.tensor(targets)
    images = torch.zeros(len(targets), 5)
    images[:, 0] = number + torch.arange(len(targets))
    logits = torch.randn(len(targets), 5, requires_grad=True)
    loss = criterion(logits, targets, Step(torch.arange(len(targets)), images))
    return logits, targets, loss


def test_the_loss_of_pairs_is_the_authors():
    """Two batches: each image of the second has the first's of its class as its partner."""
    network = Pixels()
    criterion = ClassWiseDistillation(network, 4, weight=2.0, temperature=3.0)
    ask(criterion, [0, 1, 2, 3], 10)
    logits, targets, loss = ask(criterion, [3, 1, 0, 2], 20)
    partners, graded = network.asked[-1]
    assert partners[:, 0].tolist() == [13, 11, 10, 12]
    assert not graded
    log_p, q = torch.log_softmax(logits / 3, 1), torch.softmax(partners / 3, 1)
    divergence = nn.KLDivLoss(reduction="sum")(log_p, q) * 3**2 / len(logits)
    expected = nn.CrossEntropyLoss()(logits, targets) + 2 * divergence
    torch.testing.assert_close(loss, expected)


def test_the_partner_is_the_image_before_in_the_batch_or_in_an_earlier_one():
    network = Pixels()
    criterion = ClassWiseDistillation(network, 5)
    ask(criterion, [2, 0, 2, 2, 4], 0)
    assert network.asked[-1][0][:, 0].tolist() == [0, 1, 0, 2, 4]  # the first of a class: its own
    ask(criterion, [4, 2, 1, 2], 50)
    assert network.asked[-1][0][:, 0].tolist() == [4, 3, 52, 51]
    assert criterion.images[:5, 0].tolist() == [1, 52, 53, 0, 50]


def test_a_sample_without_a_partner_costs_cross_entropy():
    logits, targets, loss = ask(ClassWiseDistillation(Pixels(), 4), [0, 1, 2], 0)
    torch.testing.assert_close(loss, nn.functional.cross_entropy(logits, targets))


def test_nothing_is_remembered_in_evaluation():
    criterion = ClassWiseDistillation(Pixels(), 4).eval()
    ask(criterion, [0, 1], 0)
    assert not criterion.seen.any()


def test_a_checkpoint_holds_the_images():
    criterion = ClassWiseDistillation(Pixels(), 4)
    ask(criterion, [0, 3], 5)
    other = ClassWiseDistillation(Pixels(), 4)
    other.load_state_dict(criterion.state_dict())
    assert torch.equal(other.images, criterion.images)
    assert torch.equal(other.seen, criterion.seen)
    fresh = ClassWiseDistillation(Pixels(), 4)
    other.load_state_dict(fresh.state_dict())
    assert other.images is None


def test_images_that_would_not_fit_are_refused():
    criterion = ClassWiseDistillation(Pixels(), 10**9)
    criterion.seen = criterion.seen[:1]
    with pytest.raises(SpecError, match="keeps an image of each of 1000000000 classes"):
        ask(criterion, [0, 1], 0)


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"devices": 2}, "devices", "cs_kd needs 1 here: each process would pair"),
        ({"augment": {"mix": "cutmix"}}, "augment.mix", "a mixed image has two"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, path, words):
    with pytest.raises(SpecError, match=words) as info:
        RunSpec.parse({"method": "cs_kd", **fields})
    assert [field.path for field in info.value.fields] == [path]


def test_a_run_trains_with_it(spec, data_dir):
    (report,) = Trainer(spec(method="cs_kd", epochs=1), data_dir=data_dir)
    assert report.metrics["train_loss"] > 0
