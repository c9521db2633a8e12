"""The unit of every network since 2015: convolution, batch normalisation, activation."""

from dataclasses import replace

from cnnviz.architectures.layers import (
    Activation,
    BatchNormalisation,
    Convolution,
    DepthwiseConvolution,
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
    """Rows `name`, `name`_bn and `name`_relu; the convolution has no bias.

    A bias would be taken away with the mean (Ioffe and Szegedy 2015, section 3.2).
    """
    net.add(name, replace(convolution, bias=False), *inputs)
    net.add(f"{name}_bn", normalisation)
    if activation is not None:
        net.add(f"{name}_relu", activation)
    return net.last
