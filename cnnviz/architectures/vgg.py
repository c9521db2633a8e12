"""VGG A to E: 3×3 convolutions alone, twice as many filters after each pooling.

Source: Simonyan and Zisserman 2014, https://arxiv.org/abs/1409.1556, table 1.
"""

from cnnviz.architectures.layers import Convolution, LocalResponseNormalisation, Pooling
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.architectures.units import dense_head

# Table 1 as it stands: kernel-filters, a bar for each pooling.
CONFIGURATIONS = {
    "vgg11": "3-64 | 3-128 | 3-256 3-256 | 3-512 3-512 | 3-512 3-512",
    "vgg11_lrn": "3-64 LRN | 3-128 | 3-256 3-256 | 3-512 3-512 | 3-512 3-512",
    "vgg13": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 | 3-512 3-512 | 3-512 3-512",
    "vgg16_c": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 1-256 | 3-512 3-512 1-512 | "
    "3-512 3-512 1-512",
    "vgg16": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 3-256 | 3-512 3-512 3-512 | 3-512 3-512 3-512",
    "vgg19": "3-64 3-64 | 3-128 3-128 | 3-256 3-256 3-256 3-256 | 3-512 3-512 3-512 3-512 | "
    "3-512 3-512 3-512 3-512",
}


def vgg_base(net: Builder, configuration: str) -> None:
    """The convolutions and poolings, under the names of keras.applications."""
    blocks = CONFIGURATIONS[configuration].split(" | ")
    for number, block in enumerate(blocks, start=1):
        with net.block(f"block{number}"):
            for index, layer in enumerate(block.split(), start=1):
                if layer == "LRN":
                    net.add(f"block{number}_norm", LocalResponseNormalisation())
                else:
                    kernel, filters = map(int, layer.split("-"))
                    convolution = Convolution(filters, kernel, padding="same", activation="relu")
                    net.add(f"block{number}_conv{index}", convolution)
            net.add(f"block{number}_pool", Pooling(2, 2))


def vgg(configuration: str) -> Architecture:
    net = Builder((224, 224, 3))
    vgg_base(net, configuration)
    dense_head(net, "fc1", "fc2")
    return net.architecture(configuration, "vgg")
