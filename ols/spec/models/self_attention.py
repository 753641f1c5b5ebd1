"""SAN-15: fields and description of ols/models/self_attention.py."""

from typing import Literal

from ols.spec.models.base import Network, UnpublishedWeights

PAPER = "Zhao et al., Exploring Self-attention for Image Recognition, CVPR 2020, arXiv 2004.13621"


class SelfAttentionNetwork(UnpublishedWeights):
    """SAN-15: self-attention in windows of 7 x 7 for convolutions. Use a GPU.

    For photographs of at least 128 x 128. It can start from the authors' published weights, as a
    file.
    """

    order = 40
    # Parameters with 1,000 classes.
    networks = (
        Network("san15_pairwise", "SAN-15, pairwise", "Self-attention", 14_065_436, PAPER),
        Network("san15_patchwise", "SAN-15, patchwise", "Self-attention", 16_181_310, PAPER),
    )

    name: Literal["san15_pairwise", "san15_patchwise"] = "san15_pairwise"
