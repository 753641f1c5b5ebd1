"""Networks for images of 32 x 32 pixels: fields and description of ols/models/cifar_networks.py."""

from typing import TYPE_CHECKING

from ols.spec.models.base import Network, UnpublishedWeights, one_of

RESNET = "He et al., CVPR 2016, arXiv 1512.03385"
PREACT_RESNET = (
    "He et al., Identity Mappings in Deep Residual Networks, ECCV 2016, arXiv 1603.05027"
)
RESNEXT = "Xie et al., CVPR 2017, arXiv 1611.05431"
WIDE_RESNET = "Zagoruyko and Komodakis, BMVC 2016, arXiv 1605.07146"
DENSENET = "Huang et al., CVPR 2017, arXiv 1608.06993"
MOBILENET_V2 = "Sandler et al., CVPR 2018, arXiv 1801.04381"
SHUFFLENET_V2 = "Ma et al., ECCV 2018, arXiv 1807.11164"
VGG = "Simonyan and Zisserman, ICLR 2015, arXiv 1409.1556"

# Name, title, parameters for 3 channels and 100 classes, paper.
_ROWS = (
    ("cifar_resnet18", "CIFAR ResNet-18", 11_220_132, RESNET),
    ("cifar_resnet34", "CIFAR ResNet-34", 21_328_292, RESNET),
    ("cifar_resnet50", "CIFAR ResNet-50", 23_705_252, RESNET),
    ("cifar_resnet101", "CIFAR ResNet-101", 42_697_380, RESNET),
    ("cifar_resnet56", "CIFAR ResNet-56", 861_620, RESNET),
    ("cifar_resnet110", "CIFAR ResNet-110", 1_736_564, RESNET),
    ("cifar_preact_resnet18", "CIFAR PreActResNet-18", 11_217_316, PREACT_RESNET),
    ("cifar_resnext29_2x64d", "CIFAR ResNeXt29-2x64d", 9_221_028, RESNEXT),
    ("cifar_resnext29_4x64d", "CIFAR ResNeXt29-4x64d", 27_288_996, RESNEXT),
    ("cifar_resnext29_32x4d", "CIFAR ResNeXt29-32x4d", 4_866_468, RESNEXT),
    ("cifar_wrn_16_8", "CIFAR Wide ResNet-16-8", 11_007_540, WIDE_RESNET),
    ("cifar_wrn_28_10", "CIFAR Wide ResNet-28-10", 36_536_884, WIDE_RESNET),
    ("cifar_densenet121", "CIFAR DenseNet-121", 7_048_676, DENSENET),
    ("cifar_mobilenet_v2", "CIFAR MobileNetV2", 2_351_972, MOBILENET_V2),
    ("cifar_shufflenet_v2", "CIFAR ShuffleNetV2", 1_356_104, SHUFFLENET_V2),
    ("cifar_vgg16", "CIFAR VGG-16", 14_774_436, VGG),
)
NETWORKS = tuple(
    Network(name, title, "CIFAR", parameters, paper) for name, title, parameters, paper in _ROWS
)

if TYPE_CHECKING:
    CifarName = str
else:
    CifarName = one_of(NETWORKS)


class CifarNetwork(UnpublishedWeights):
    """For images of 32 x 32: a 3 x 3 stem, the first stage at full resolution. Use a GPU."""

    order = 20
    networks = NETWORKS

    name: CifarName = "cifar_resnet18"
