"""Methods made for wrong labels, with their papers."""

from __future__ import annotations

from ols.spec.entry import Entry
from ols.spec.methods import noisy_labels

NOISY_LABELS = (
    Entry(
        "bootstrap_soft",
        "Bootstrap, soft",
        noisy_labels.BootstrapSoft,
        paper=(
            "Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping, ICLR "
            "workshop 2015, arXiv 1412.6596"
        ),
        equation=r"L = -\sum_k [\beta t_k + (1-\beta) p_k] \log p_k",
        use="A baseline for label noise that costs nothing: confident predictions are let be.",
        module="bootstrap_soft",
    ),
    Entry(
        "bootstrap_hard",
        "Bootstrap, hard",
        noisy_labels.BootstrapHard,
        paper=(
            "Reed et al., Training Deep Neural Networks on Noisy Labels with Bootstrapping, ICLR "
            "workshop 2015, arXiv 1412.6596"
        ),
        equation=(
            r"L = -\sum_k [\beta t_k + (1-\beta) z_k] \log p_k,\quad "
            r"z = \mathrm{onehot}(\mathrm{argmax}\,p)"
        ),
        use="A baseline for label noise that costs nothing: the predicted class is believed a bit.",
        module="bootstrap_hard",
    ),
    Entry(
        "sce",
        "Symmetric CE",
        noisy_labels.SymmetricCrossEntropy,
        paper=(
            "Wang et al., Symmetric Cross Entropy for Robust Learning with Noisy Labels, ICCV "
            "2019, arXiv 1908.06112"
        ),
        equation=r"L = -\alpha\sum_k t_k\log p_k - \beta\sum_k p_k\log t_k",
        use=(
            "Label noise of which nothing is known. The weights are meant for a number of classes "
            "and a learning rate: choose them with both."
        ),
        module="symmetric_cross_entropy",
    ),
    Entry(
        "gce",
        "Generalised CE",
        noisy_labels.GeneralizedCrossEntropy,
        paper="Zhang and Sabuncu, Generalized Cross Entropy Loss, NeurIPS 2018, arXiv 1805.07836",
        equation=r"L = (1 - p_y^q)/q",
        use=(
            "Label noise of which nothing is known, few classes or a long run: with many classes "
            "it begins slowly."
        ),
        module="generalized_cross_entropy",
    ),
    Entry(
        "nce_rce",
        "NCE + RCE",
        noisy_labels.NceRce,
        paper=(
            "Ma et al., Normalized Loss Functions for Deep Learning with Noisy Labels, ICML 2020,"
            " arXiv 2006.13554"
        ),
        equation=r"L = \alpha\,\frac{\log p_y}{\sum_k \log p_k} - \beta\sum_k p_k\log t_k",
        use=(
            "Label noise of which nothing is known, and a long run: the authors claim most at 60 "
            "and 80% wrong labels, after 120 to 200 epochs."
        ),
        module="nce_rce",
    ),
    Entry(
        "forward_correction",
        "Forward correction",
        noisy_labels.ForwardCorrection,
        paper=(
            "Patrini et al., Making Deep Neural Networks Robust to Label Noise, CVPR 2017, arXiv "
            "1609.03683"
        ),
        equation=r"L = -\log \sum_i p_i\,T_{i,y}",
        use="The noise is known: it stands and falls with T.",
        module="forward_correction",
    ),
    Entry(
        "backward_correction",
        "Backward correction",
        noisy_labels.BackwardCorrection,
        paper=(
            "Patrini et al., Making Deep Neural Networks Robust to Label Noise, CVPR 2017, arXiv "
            "1609.03683"
        ),
        equation=r"L = -\sum_j T^{-1}_{y,j} \log p_j",
        use="To compare with forward correction: unbiased, and with a large variance.",
        module="backward_correction",
    ),
    Entry(
        "joint_optimization",
        "Joint optimisation",
        noisy_labels.JointOptimization,
        paper=(
            "Tanaka et al., Joint Optimization Framework for Learning with Noisy Labels, CVPR "
            "2018, arXiv 1803.11364"
        ),
        equation=(
            r"L = \mathrm{KL}(s \,\Vert\, p) + \alpha\,\mathrm{KL}(\tfrac1K \,\Vert\, \bar p) + "
            r"\beta H(p)"
        ),
        use=(
            "Label noise on balanced classes (its prior is uniform) and a long run with a high "
            "learning rate while labels are learned."
        ),
        module="joint_optimization",
    ),
    Entry(
        "elr",
        "ELR",
        noisy_labels.EarlyLearning,
        paper=(
            "Liu et al., Early-Learning Regularization Prevents Memorization of Noisy Labels, "
            "NeurIPS 2020, arXiv 2007.00151"
        ),
        equation=(
            r"L = -\log p_y + \lambda\log(1 - \langle t, p\rangle),\quad t \leftarrow \beta t + "
            r"(1-\beta) p"
        ),
        use="Label noise and runs long enough to memorise it.",
        module="elr",
    ),
    Entry(
        "sat",
        "SAT",
        noisy_labels.SelfAdaptive,
        paper=(
            "Huang et al., Self-Adaptive Training: beyond Empirical Risk Minimization, NeurIPS "
            "2020, arXiv 2002.10319"
        ),
        equation=(
            r"L = \frac{\sum_i w_i\,(-\sum_k t_{ik}\log p_k(x_i))}{\sum_i w_i},\quad t_i "
            r"\leftarrow \alpha t_i + (1-\alpha) p(x_i),\ w_i = \max_k t_{ik}"
        ),
        use=(
            "Label noise and long runs: the target of each sample is corrected as the network "
            "learns."
        ),
        module="sat",
    ),
)
