"""The networks, with their papers and families."""

from __future__ import annotations

from ols.spec.entry import Entry
from ols.spec.models import cifar_networks, torchvision_networks
from ols.spec.models.union import (
    CifarNetwork,
    SelfAttentionNetwork,
    SmallCNN,
    TorchvisionNetwork,
)

SAN = "Zhao et al., Exploring Self-attention for Image Recognition, CVPR 2020, arXiv 2004.13621"
SAN_SIZES = {"pairwise": 14_065_436, "patchwise": 16_181_310}

# `family` groups the choices of the form; `size` is the number of parameters, with 100 classes for
# CIFAR's networks and 1,000 for the others.
MODELS = (
    Entry("small_cnn", "Small CNN", SmallCNN, facts={"family": "Small images"}),
    *(
        Entry(name, title, CifarNetwork, paper, {"family": "CIFAR", "size": size})
        for name, (title, size, paper) in cifar_networks.NETWORKS.items()
    ),
    *(
        Entry(name, title, TorchvisionNetwork, "", {"family": family, "size": size})
        for family, networks in torchvision_networks.FAMILIES.items()
        for name, title, size in networks
    ),
    *(
        Entry(
            f"san15_{kind}",
            f"SAN-15, {kind}",
            SelfAttentionNetwork,
            SAN,
            {"family": "Self-attention", "size": size},
        )
        for kind, size in SAN_SIZES.items()
    ),
)
