"""The networks for images of 32 x 32 pixels, by family: name, title and parameters, K = 100."""

from __future__ import annotations

from typing import Literal

CifarName = Literal[
    "cifar_resnet18",
    "cifar_resnet34",
    "cifar_resnet50",
    "cifar_resnet101",
    "cifar_resnet56",
    "cifar_resnet110",
    "cifar_preact_resnet18",
    "cifar_resnext29_2x64d",
    "cifar_resnext29_4x64d",
    "cifar_resnext29_32x4d",
    "cifar_wrn_16_8",
    "cifar_wrn_28_10",
    "cifar_densenet121",
    "cifar_mobilenet_v2",
    "cifar_shufflenet_v2",
    "cifar_vgg16",
]

# Name -> title, parameters for 3 channels and 100 classes, paper.
NETWORKS: dict[str, tuple[str, int, str]] = {
    "cifar_resnet18": ("CIFAR ResNet-18", 11_220_132, "He et al., CVPR 2016, arXiv 1512.03385"),
    "cifar_resnet34": ("CIFAR ResNet-34", 21_328_292, "He et al., CVPR 2016, arXiv 1512.03385"),
    "cifar_resnet50": ("CIFAR ResNet-50", 23_705_252, "He et al., CVPR 2016, arXiv 1512.03385"),
    "cifar_resnet101": ("CIFAR ResNet-101", 42_697_380, "He et al., CVPR 2016, arXiv 1512.03385"),
    "cifar_resnet56": ("CIFAR ResNet-56", 861_620, "He et al., CVPR 2016, arXiv 1512.03385"),
    "cifar_resnet110": ("CIFAR ResNet-110", 1_736_564, "He et al., CVPR 2016, arXiv 1512.03385"),
    "cifar_preact_resnet18": (
        "CIFAR PreActResNet-18",
        11_217_316,
        "He et al., Identity Mappings in Deep Residual Networks, ECCV 2016, arXiv 1603.05027",
    ),
    "cifar_resnext29_2x64d": (
        "CIFAR ResNeXt29-2x64d",
        9_221_028,
        "Xie et al., CVPR 2017, arXiv 1611.05431",
    ),
    "cifar_resnext29_4x64d": (
        "CIFAR ResNeXt29-4x64d",
        27_288_996,
        "Xie et al., CVPR 2017, arXiv 1611.05431",
    ),
    "cifar_resnext29_32x4d": (
        "CIFAR ResNeXt29-32x4d",
        4_866_468,
        "Xie et al., CVPR 2017, arXiv 1611.05431",
    ),
    "cifar_wrn_16_8": (
        "CIFAR Wide ResNet-16-8",
        11_007_540,
        "Zagoruyko and Komodakis, BMVC 2016, arXiv 1605.07146",
    ),
    "cifar_wrn_28_10": (
        "CIFAR Wide ResNet-28-10",
        36_536_884,
        "Zagoruyko and Komodakis, BMVC 2016, arXiv 1605.07146",
    ),
    "cifar_densenet121": (
        "CIFAR DenseNet-121",
        7_048_676,
        "Huang et al., CVPR 2017, arXiv 1608.06993",
    ),
    "cifar_mobilenet_v2": (
        "CIFAR MobileNetV2",
        2_351_972,
        "Sandler et al., CVPR 2018, arXiv 1801.04381",
    ),
    "cifar_shufflenet_v2": (
        "CIFAR ShuffleNetV2",
        1_356_104,
        "Ma et al., ECCV 2018, arXiv 1807.11164",
    ),
    "cifar_vgg16": (
        "CIFAR VGG-16",
        14_774_436,
        "Simonyan and Zisserman, ICLR 2015, arXiv 1409.1556",
    ),
}
