"""The networks of the paper's CIFAR code: fields and description of
ols/models/official_networks.py."""

from typing import TYPE_CHECKING

from ols.spec.models.base import Network, UnpublishedWeights, one_of
from ols.spec.models.cifar_networks import DENSENET, MOBILENET_V2, RESNET, SHUFFLENET_V2, VGG

# Name, title, parameters for 3 channels and 100 classes, paper.
_ROWS = (
    ("official_resnet56", "ResNet-56 of the paper's code", 614_452, RESNET),
    ("official_resnet110", "ResNet-110 of the paper's code", 1_170_868, RESNET),
    ("official_densenet", "DenseNet of the paper's code", 1_035_268, DENSENET),
    ("official_mobilenetv2", "MobileNetV2 of the paper's code", 812_836, MOBILENET_V2),
    ("official_shufflenetv2", "ShuffleNetV2 of the paper's code", 1_355_528, SHUFFLENET_V2),
    ("official_vgg16", "VGG-16 of the paper's code", 14_765_988, VGG),
)
NETWORKS = tuple(
    Network(name, title, "The paper's code", parameters, paper)
    for name, title, parameters, paper in _ROWS
)

if TYPE_CHECKING:
    OfficialName = str
else:
    OfficialName = one_of(NETWORKS)


class OfficialNetwork(UnpublishedWeights):
    """For images of 32 x 32, as the paper's code builds them under these names: mostly thinner than
    the published ones. Use a GPU."""

    order = 25
    networks = NETWORKS

    name: OfficialName = "official_resnet56"
