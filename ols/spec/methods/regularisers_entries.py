"""Methods that smooth labels or hold back confidence, with their papers."""

from __future__ import annotations

from ols.spec.entry import Entry
from ols.spec.methods import confidence, distillation, smoothing

REGULARISERS = (
    Entry(
        "hard",
        "Hard labels",
        smoothing.HardLabels,
        equation=r"L = -\log p_y",
        use="The baseline of every comparison.",
        module="hard",
    ),
    Entry(
        "label_smoothing",
        "Label smoothing",
        smoothing.LabelSmoothing,
        paper="Szegedy et al., Rethinking the Inception Architecture, CVPR 2016, arXiv 1512.00567",
        equation=r"L = -(1-\varepsilon)\log p_y - \frac{\varepsilon}{K}\sum_k \log p_k",
        use="The first thing to try against overconfidence: one number and no state.",
        module="label_smoothing",
    ),
    Entry(
        "ols",
        "Online label smoothing",
        smoothing.OnlineLabelSmoothing,
        paper="Zhang et al., Delving Deep into Label Smoothing, IEEE TIP 2021, arXiv 2011.12562",
        equation=r"L = -\alpha\log p_y - (1-\alpha)\sum_k S^{t-1}_{y,k}\log p_k",
        use=(
            "When classes resemble each other unequally, or labels are wrong and the run is long "
            "enough to memorise them. It learns a soft label for each class."
        ),
        module="online_label_smoothing",
    ),
    Entry(
        "label_smoothing_pp",
        "Label Smoothing++",
        smoothing.LabelSmoothingPP,
        paper="Chhabra et al., Label Smoothing++, BMVC 2024, arXiv 2509.05307",
        equation=(
            r"L = \tfrac12\,\mathrm{CE}(t, p) + \tfrac12\,\mathrm{CE}(p, t),\quad t = "
            r"(1-a)\,\mathrm{onehot}(y) + a\,C_y"
        ),
        use=(
            "Where OLS would be used and the target's own probability should stay fixed: only "
            "those of the other classes are learned, by gradient descent."
        ),
        module="label_smoothing_pp",
    ),
    Entry(
        "zipf",
        "Zipf label smoothing",
        distillation.ZipfSmoothing,
        paper=(
            "Liang et al., Efficient One Pass Self-distillation with Zipf's Label Smoothing, ECCV"
            " 2022, arXiv 2207.12980"
        ),
        equation=(
            r"L = -\log p_y + \lambda\,\mathrm{KL}(q \,\Vert\, p'),\quad q_k \propto 1/r_k,\ k "
            r"\neq y"
        ),
        use=(
            "Many classes (its authors: 100 and more): each sample's other classes are smoothed by "
            "their rank."
        ),
        module="zipf",
    ),
    Entry(
        "maxsup",
        "Max suppression",
        confidence.MaxSup,
        paper=(
            "Zhou et al., MaxSup: Overcoming Representation Collapse in Label Smoothing, NeurIPS "
            "2025, arXiv 2502.15798"
        ),
        equation=r"L = -\log p_y + a\,(\max_k z_k - \tfrac1K\sum_k z_k)",
        use=(
            "In the place of label smoothing, where features are to be used again: its authors "
            "claim better transfer and segmentation."
        ),
        module="maxsup",
    ),
    Entry(
        "mbls",
        "Margin-based smoothing",
        confidence.MarginSmoothing,
        paper="Liu et al., The Devil is in the Margin, CVPR 2022, arXiv 2111.15430",
        equation=r"L = -\log p_y + \lambda\,\tfrac1K\sum_k \max(0, \max_j z_j - z_k - m)",
        use=(
            "For calibration where label smoothing makes a network unsure: only gaps beyond the "
            "margin cost something."
        ),
        module="mbls",
    ),
    Entry(
        "logit_norm",
        "Logit normalisation",
        confidence.LogitNorm,
        paper=(
            "Wei et al., Mitigating Neural Network Overconfidence with Logit Normalization, ICML "
            "2022, arXiv 2205.09310"
        ),
        equation=r"L = -\log \mathrm{softmax}(z / (\tau\,\Vert z\Vert_2))_y",
        use=(
            "Where unknown inputs must be told from known ones. Its logits are trained without a "
            "length: scale them before you read them as probabilities."
        ),
        module="logit_norm",
    ),
    Entry(
        "logit_penalty",
        "Logit penalty",
        confidence.LogitPenalty,
        paper=(
            "Dauphin and Cubuk, Deconstructing the Regularization of BatchNorm, ICLR 2021; "
            "Kornblith et al., NeurIPS 2021, arXiv 2010.16402"
        ),
        equation=r"L = -\log p_y + \tfrac{\beta}{2}\,\Vert z\Vert_2^2",
        use="The plainest brake on confidence, to compare others with.",
        module="logit_penalty",
    ),
    Entry(
        "focal",
        "Focal loss",
        confidence.Focal,
        paper="Lin et al., Focal Loss for Dense Object Detection, ICCV 2017, arXiv 1708.02002",
        equation=r"L = -(1-p_y)^\gamma \log p_y",
        use=(
            "Many easy samples beside few hard ones, for which it was made; and calibration "
            "(Mukhoti et al., NeurIPS 2020)."
        ),
        module="focal",
    ),
    Entry(
        "disturb_label",
        "DisturbLabel",
        confidence.DisturbLabel,
        paper=(
            "Xie et al., DisturbLabel: Regularizing CNN on the Loss Layer, CVPR 2016, arXiv "
            "1605.00055"
        ),
        equation=(
            r"L = -\log p_{y'},\quad y' \sim \mathcal{U}\{1..K\}\ \text{with probability } \alpha"
        ),
        use="Against overfitting: in the mean over epochs its labels are those of label smoothing.",
        module="disturb_label",
    ),
    Entry(
        "pairwise_confusion",
        "Pairwise confusion",
        confidence.PairwiseConfusion,
        paper=(
            "Dubey et al., Pairwise Confusion for Fine-Grained Visual Classification, ECCV 2018, "
            "arXiv 1705.08016"
        ),
        equation=(
            r"L = -\log p_y + \frac{\lambda}{B}\sum_{\text{pairs},\, y_i \neq y_j} \Vert p(x_i) - "
            r"p(x_j)\Vert_2"
        ),
        use=(
            "Fine-grained classes with few images each, for which it was made; with a weight that "
            "suits the number of classes."
        ),
        module="pairwise_confusion",
    ),
    Entry(
        "tf_kd_self",
        "Tf-KD self",
        distillation.TfKdSelf,
        paper=(
            "Yuan et al., Revisiting Knowledge Distillation via Label Smoothing Regularization, "
            "CVPR 2020, arXiv 1909.11723"
        ),
        equation=(
            r"L = -(1-\alpha)\log p_y + \alpha w T^2\,\mathrm{KL}(p^{\text{teacher}}_T \,\Vert\, "
            r"p_T)"
        ),
        use=(
            "Time to spare: soft labels of each sample from the network's own earlier state, which "
            "has to be a good one."
        ),
        module="tf_kd_self",
    ),
    Entry(
        "tf_kd_reg",
        "Tf-KD reg",
        distillation.TfKdReg,
        paper=(
            "Yuan et al., Revisiting Knowledge Distillation via Label Smoothing Regularization, "
            "CVPR 2020, arXiv 1909.11723"
        ),
        equation=(
            r"L = -(1-\alpha)\log p_y + \alpha w\,\mathrm{KL}(\mathrm{softmax}(u/T) \,\Vert\, p)"
        ),
        use="As label smoothing, of which it is a relative.",
        module="tf_kd_reg",
    ),
    Entry(
        "ps_kd",
        "PS-KD",
        distillation.PsKd,
        paper=(
            "Kim et al., Self-Knowledge Distillation with Progressive Refinement of Targets, ICCV"
            " 2021, arXiv 2006.12000"
        ),
        equation=(
            r"L = -\sum_k t_k \log p_k,\quad t = (1-\alpha_t)\,\mathrm{onehot}(y) + "
            r"\alpha_t\,p^{t-1}(x)"
        ),
        use=(
            "Soft labels of each sample without a teacher, where N times K numbers of memory are "
            "to be had."
        ),
        module="ps_kd",
    ),
)
