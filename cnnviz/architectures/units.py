"""What several networks have in common: normalised convolutions, the dense layers of 2012."""

from dataclasses import replace

from cnnviz.architectures.layers import (
    Activation,
    BatchNormalisation,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    LeakyReLU,
)
from cnnviz.architectures.network import Builder

RELU = Activation("relu")
RELU6 = Activation("relu6")
NORMALISATION = BatchNormalisation()


def normalised(
    net: Builder,
    name: str,
    convolution: Convolution | DepthwiseConvolution,
    *inputs: str,
    activation: Activation | LeakyReLU | None = RELU,
    normalisation: BatchNormalisation = NORMALISATION,
) -> str:
    """The unit since 2015: rows `name`, `name`_bn and `name`_relu; the convolution has no bias.

    A bias would be taken away with the mean (Ioffe and Szegedy 2015, section 3.2).
    """
    net.add(name, replace(convolution, bias=False), *inputs)
    net.add(f"{name}_bn", normalisation)
    if activation is not None:
        net.add(f"{name}_relu", activation)
    return net.last


def dense_head(net: Builder, *names: str) -> None:
    """Layers of 4,096 units, half of them dropped out in training, then the 1,000 classes."""
    net.add("flatten", Flatten())
    for name in names:
        with net.block(name):
            net.add(name, Dense(4096, activation="relu"))
            net.add(f"{name}_dropout", Dropout(0.5))
    net.add("logits", Dense(1000))
