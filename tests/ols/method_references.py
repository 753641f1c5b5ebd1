"""Every method's loss once more: a loop over samples in float64 NumPy, from the papers' equations.

    REFERENCES[name](logits, targets, criterion, samples) -> losses (B,)

logits (B, K), targets (B,) classes, `samples` (B,) their numbers; what was learned before (tables,
matrices, a teacher's answers) is read from the criterion. Nothing of ols.methods is called.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import log_softmax, logsumexp, softmax

from tests.ols.reference import images_of


def of(tensor):
    return tensor.detach().double().numpy()


def per_sample(function):
    """A reference of a batch from one of a sample: (z, y, criterion, number) -> float."""

    def reference(logits, targets, criterion, samples):
        rows = zip(logits, targets, samples, strict=True)
        return np.array([function(z, y, criterion, number) for z, y, number in rows])

    return reference


def cross_entropy(z, y):
    return -log_softmax(z)[y]


def toward(z, q):
    """-sum_k q_k log p_k"""
    return -(q * log_softmax(z)).sum()


def divergence(q, log_p):
    held = q > 0
    return (q[held] * (np.log(q[held]) - log_p[held])).sum()


def one_hot(y, count):
    row = np.zeros(count)
    row[y] = 1
    return row


def hard(z, y, criterion, number):
    return cross_entropy(z, y)


def label_smoothing(z, y, criterion, number):
    epsilon = criterion.label_smoothing
    return toward(z, (1 - epsilon) * one_hot(y, len(z)) + epsilon / len(z))


def ols(z, y, criterion, number):
    soft = of(criterion.soft_labels[y])
    return 0.5 * cross_entropy(z, y) + 0.5 * toward(z, soft)


def label_smoothing_pp(z, y, criterion, number):
    scores = of(criterion.scores[y])
    scores[y] = -np.inf
    target = 0.9 * one_hot(y, len(z)) + 0.1 * softmax(scores)
    p = softmax(z)
    return (-(target * np.log(p + 1e-6)).sum() - (p * np.log(target + 1e-6)).sum()) / 2


def zipf(z, y, criterion, number):
    ranks = np.array([1 + (z > one).sum() for one in z])
    others = np.arange(len(z)) != y
    q = 1 / ranks[others]
    return cross_entropy(z, y) + 0.1 * divergence(q / q.sum(), log_softmax(z[others]))


def maxsup(z, y, criterion, number):
    return cross_entropy(z, y) + criterion.weight * (z.max() - z.mean())


def mbls(z, y, criterion, number):
    return cross_entropy(z, y) + 0.1 * np.maximum(0, z.max() - z - 10).mean()


def logit_norm(z, y, criterion, number):
    return cross_entropy(z / (0.04 * np.linalg.norm(z)), y)


def logit_penalty(z, y, criterion, number):
    return cross_entropy(z, y) + 1e-3 * (z**2).sum()


def focal(z, y, criterion, number):
    p = softmax(z)
    return (p.sum() - p[y]) ** 2 * cross_entropy(z, y)


def disturb_label(z, y, criterion, number):
    drawn = int(criterion.drawn[number])
    return cross_entropy(z, y if drawn < 0 else drawn)


def tf_kd_reg(z, y, criterion, number):
    made_up = np.full(len(z), 0.01 / (len(z) - 1))
    made_up[y] = 0.99
    weight = 100 / len(z)
    soft = divergence(softmax(made_up / 20), log_softmax(z))
    return 0.9 * cross_entropy(z, y) + 0.1 * weight * soft


def ps_kd(z, y, criterion, number):
    past, share = of(criterion.past.rows)[number], criterion.share
    return toward(z, (1 - share) * one_hot(y, len(z)) + share * past)


def bootstrap_soft(z, y, criterion, number):
    return toward(z, 0.95 * one_hot(y, len(z)) + 0.05 * softmax(z))


def bootstrap_hard(z, y, criterion, number):
    return 0.8 * cross_entropy(z, y) + 0.2 * cross_entropy(z, z.argmax())


def reverse(z, y):
    return -(softmax(z) * np.log(np.maximum(one_hot(y, len(z)), 1e-4))).sum()


def sce(z, y, criterion, number):
    return 6 * cross_entropy(z, y) + 0.1 * reverse(z, y)


def gce(z, y, criterion, number):
    return -np.expm1(0.7 * log_softmax(z)[y]) / 0.7


def nce_rce(z, y, criterion, number):
    log_p = log_softmax(z)
    return 10 * log_p[y] / log_p.sum() + 0.1 * reverse(z, y)


def forward_correction(z, y, criterion, number):
    return -logsumexp(log_softmax(z), b=of(criterion.matrix)[:, y])


def backward_correction(z, y, criterion, number):
    row = np.linalg.inv(of(criterion.matrix))[y]
    return -(row * np.maximum(log_softmax(z), np.log(1e-7))).sum()


def elr(z, y, criterion, number):
    p = softmax(z).clip(1e-4, 1 - 1e-4)
    average = 0.9 * of(criterion.averages.rows)[number] + 0.1 * p / p.sum()
    return cross_entropy(z, y) + 7 * np.log(1 - (average * p).sum())


# -- those that look at the batch ----------------------------------------------------------------


def pairwise_confusion(logits, targets, criterion, samples):
    p, half = softmax(logits, axis=1), len(logits) // 2
    losses = per_sample(hard)(logits, targets, criterion, samples)
    for i in range(half):
        losses[[i, i + half]] += 0.1 * logits.shape[1] * np.linalg.norm(p[i] - p[i + half]) / 2
    return losses


def tf_kd_self(logits, targets, criterion, samples):
    losses = []
    for z, y, answer in zip(logits, targets, of(criterion.answers), strict=True):
        soft = divergence(softmax(answer / 6), log_softmax(z / 6)) * 36
        losses.append(0.05 * cross_entropy(z, y) + 0.95 * 0.5 * soft)
    return np.array(losses)


def joint_optimization(logits, targets, criterion, samples):
    p, soft = softmax(logits, axis=1), of(criterion.soft.rows)[samples]
    prior = -np.log(p.mean(0) * logits.shape[1]).mean()
    fits = [divergence(q, log_softmax(z)) for q, z in zip(soft, logits, strict=True)]
    entropies = [toward(z, row) for z, row in zip(logits, p, strict=True)]
    return np.array(fits) + 1.2 * prior + 0.8 * np.array(entropies)


def sat(logits, targets, criterion, samples):
    soft = 0.9 * of(criterion.soft.rows)[samples] + 0.1 * softmax(logits, axis=1)
    weights = soft.max(1)
    fits = np.array([toward(z, q) for z, q in zip(logits, soft, strict=True)])
    return weights * fits / weights.mean()


def cs_kd(logits, targets, criterion, samples):
    """The network answers with the image; that of the class before, in the batch or earlier."""
    images = of(images_of(torch.tensor(samples), logits.shape[1]))
    last = {y: of(criterion.images[y]) for y in np.flatnonzero(of(criterion.seen))[:-1]}
    losses = []
    for z, y, image in zip(logits, targets, images, strict=True):
        losses.append(cross_entropy(z, y))
        if y in last:
            losses[-1] += 16 * divergence(softmax(last[y] / 4), log_softmax(z / 4))
        last[y] = image
    return np.array(losses)


REFERENCES = {
    function.__name__: per_sample(function)
    for function in (
        *(hard, label_smoothing, ols, label_smoothing_pp, zipf, maxsup, mbls, logit_norm),
        *(logit_penalty, focal, disturb_label, tf_kd_reg, ps_kd, bootstrap_soft, bootstrap_hard),
        *(sce, gce, nce_rce, forward_correction, backward_correction, elr),
    )
} | {
    function.__name__: function
    for function in (pairwise_confusion, tf_kd_self, joint_optimization, sat, cs_kd)
}
