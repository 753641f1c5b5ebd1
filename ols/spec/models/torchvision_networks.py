"""torchvision's networks: fields and description of ols/models/torchvision_networks.py.

A static list for what must not load torch; a test holds it against torchvision's own.
"""

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from ols.spec.models.base import Network, WeightsFile, one_of

# Group -> (name, title, parameters with 1,000 classes).
GROUPS: dict[str, tuple[tuple[str, str, int], ...]] = {
    "ResNet": (
        ("resnet18", "ResNet-18", 11_689_512),
        ("resnet34", "ResNet-34", 21_797_672),
        ("resnet50", "ResNet-50", 25_557_032),
        ("resnet101", "ResNet-101", 44_549_160),
        ("resnet152", "ResNet-152", 60_192_808),
    ),
    "ResNeXt": (
        ("resnext50_32x4d", "ResNeXt-50 32x4d", 25_028_904),
        ("resnext101_32x8d", "ResNeXt-101 32x8d", 88_791_336),
        ("resnext101_64x4d", "ResNeXt-101 64x4d", 83_455_272),
    ),
    "Wide ResNet": (
        ("wide_resnet50_2", "Wide ResNet-50-2", 68_883_240),
        ("wide_resnet101_2", "Wide ResNet-101-2", 126_886_696),
    ),
    "DenseNet": (
        ("densenet121", "DenseNet-121", 7_978_856),
        ("densenet161", "DenseNet-161", 28_681_000),
        ("densenet169", "DenseNet-169", 14_149_480),
        ("densenet201", "DenseNet-201", 20_013_928),
    ),
    "EfficientNet": (
        ("efficientnet_b0", "EfficientNet-B0", 5_288_548),
        ("efficientnet_b1", "EfficientNet-B1", 7_794_184),
        ("efficientnet_b2", "EfficientNet-B2", 9_109_994),
        ("efficientnet_b3", "EfficientNet-B3", 12_233_232),
        ("efficientnet_b4", "EfficientNet-B4", 19_341_616),
        ("efficientnet_b5", "EfficientNet-B5", 30_389_784),
        ("efficientnet_b6", "EfficientNet-B6", 43_040_704),
        ("efficientnet_b7", "EfficientNet-B7", 66_347_960),
        ("efficientnet_v2_s", "EfficientNetV2-S", 21_458_488),
        ("efficientnet_v2_m", "EfficientNetV2-M", 54_139_356),
        ("efficientnet_v2_l", "EfficientNetV2-L", 118_515_272),
    ),
    "MobileNet and MNASNet": (
        ("mobilenet_v2", "MobileNetV2", 3_504_872),
        ("mobilenet_v3_small", "MobileNetV3 small", 2_542_856),
        ("mobilenet_v3_large", "MobileNetV3 large", 5_483_032),
        ("mnasnet0_5", "MNASNet 0.5", 2_218_512),
        ("mnasnet0_75", "MNASNet 0.75", 3_170_208),
        ("mnasnet1_0", "MNASNet 1.0", 4_383_312),
        ("mnasnet1_3", "MNASNet 1.3", 6_282_256),
    ),
    "ShuffleNet and SqueezeNet": (
        ("shufflenet_v2_x0_5", "ShuffleNetV2 0.5x", 1_366_792),
        ("shufflenet_v2_x1_0", "ShuffleNetV2 1.0x", 2_278_604),
        ("shufflenet_v2_x1_5", "ShuffleNetV2 1.5x", 3_503_624),
        ("shufflenet_v2_x2_0", "ShuffleNetV2 2.0x", 7_393_996),
        ("squeezenet1_0", "SqueezeNet 1.0", 1_248_424),
        ("squeezenet1_1", "SqueezeNet 1.1", 1_235_496),
    ),
    "RegNet": (
        ("regnet_x_400mf", "RegNetX 400 MF", 5_495_976),
        ("regnet_x_800mf", "RegNetX 800 MF", 7_259_656),
        ("regnet_x_1_6gf", "RegNetX 1.6 GF", 9_190_136),
        ("regnet_x_3_2gf", "RegNetX 3.2 GF", 15_296_552),
        ("regnet_x_8gf", "RegNetX 8 GF", 39_572_648),
        ("regnet_x_16gf", "RegNetX 16 GF", 54_278_536),
        ("regnet_x_32gf", "RegNetX 32 GF", 107_811_560),
        ("regnet_y_400mf", "RegNetY 400 MF", 4_344_144),
        ("regnet_y_800mf", "RegNetY 800 MF", 6_432_512),
        ("regnet_y_1_6gf", "RegNetY 1.6 GF", 11_202_430),
        ("regnet_y_3_2gf", "RegNetY 3.2 GF", 19_436_338),
        ("regnet_y_8gf", "RegNetY 8 GF", 39_381_472),
        ("regnet_y_16gf", "RegNetY 16 GF", 83_590_140),
        ("regnet_y_32gf", "RegNetY 32 GF", 145_046_770),
        ("regnet_y_128gf", "RegNetY 128 GF", 644_812_894),
    ),
    "ConvNeXt": (
        ("convnext_tiny", "ConvNeXt tiny", 28_589_128),
        ("convnext_small", "ConvNeXt small", 50_223_688),
        ("convnext_base", "ConvNeXt base", 88_591_464),
        ("convnext_large", "ConvNeXt large", 197_767_336),
    ),
    "AlexNet, VGG and Inception": (
        ("alexnet", "AlexNet", 61_100_840),
        ("vgg11", "VGG-11", 132_863_336),
        ("vgg11_bn", "VGG-11 with batch norm", 132_868_840),
        ("vgg13", "VGG-13", 133_047_848),
        ("vgg13_bn", "VGG-13 with batch norm", 133_053_736),
        ("vgg16", "VGG-16", 138_357_544),
        ("vgg16_bn", "VGG-16 with batch norm", 138_365_992),
        ("vgg19", "VGG-19", 143_667_240),
        ("vgg19_bn", "VGG-19 with batch norm", 143_678_248),
        ("googlenet", "GoogLeNet", 6_624_904),
        ("inception_v3", "Inception v3", 27_161_264),
    ),
    "Transformers": (
        ("vit_b_16", "ViT-B/16", 86_567_656),
        ("vit_b_32", "ViT-B/32", 88_224_232),
        ("vit_l_16", "ViT-L/16", 304_326_632),
        ("vit_l_32", "ViT-L/32", 306_535_400),
        ("vit_h_14", "ViT-H/14", 632_045_800),
        ("swin_t", "Swin-T", 28_288_354),
        ("swin_s", "Swin-S", 49_606_258),
        ("swin_b", "Swin-B", 87_768_224),
        ("swin_v2_t", "Swin V2-T", 28_351_570),
        ("swin_v2_s", "Swin V2-S", 49_737_442),
        ("swin_v2_b", "Swin V2-B", 87_930_848),
        ("maxvit_t", "MaxViT-T", 30_919_624),
    ),
}

NETWORKS = tuple(
    Network(name, title, group, parameters)
    for group, networks in GROUPS.items()
    for name, title, parameters in networks
)

if TYPE_CHECKING:
    TorchvisionName = str
else:
    TorchvisionName = one_of(NETWORKS)


class TorchvisionNetwork(WeightsFile):
    """For photographs, as torchvision builds it, usually of 224 x 224. Use a GPU."""

    order = 30
    networks = NETWORKS

    name: TorchvisionName = "resnet50"
    weights: Literal["random", "imagenet", "file"] = Field(
        "random",
        title="Initial weights",
        description="random: drawn from the seed. imagenet: torchvision's pretrained ones, from "
        "its cache or downloaded. file: from your own file.",
    )
