"""The networks, with their papers and families."""

from __future__ import annotations

from ols.entries.entry import Entry
from ols.spec_parts import cifar_networks, torchvision_networks
from ols.spec_parts.models import CifarNetwork, SmallCNN, TorchvisionNetwork

# `family` groups the choices of the form; `size` is the number of parameters, with 100 classes for
# CIFAR's networks and 1,000 for torchvision's.
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
)
