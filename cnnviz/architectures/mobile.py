"""MobileNetV2 and EfficientNet-Lite0: inverted residuals, for phones.

Sources: Sandler et al. 2018, https://arxiv.org/abs/1801.04381, table 2; Tan and Le 2019,
https://arxiv.org/abs/1905.11946, table 1, in its Lite form: without squeeze-and-excitation, ReLU6
in place of swish, first and last layer not scaled.
"""

from collections.abc import Callable
from functools import partial

from cnnviz.architectures.layers import (
    Add,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    GlobalPooling,
)
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.architectures.units import RELU6, normalised

# Expansion, filters, repeats, stride of the first; all kernels 3×3.
MOBILENET_V2 = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
# Expansion, filters, repeats, stride of the first, kernel.
EFFICIENTNET_B0 = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)

# Adds a convolution with what belongs behind it, and returns the last row's name.
Unit = Callable[..., str]


def inverted_residual(
    net: Builder, name: str, unit: Unit, expansion: int, filters: int, stride: int, kernel: int = 3
) -> None:
    """Widen with 1×1, look around depthwise, narrow with 1×1; add the input where shapes agree.

    The narrow end has no activation: a ReLU would lose too much there.
    """
    source = net.last
    channels = net.shape(source)[2]
    with net.block(name):
        if expansion > 1:
            unit(net, f"{name}_expand", Convolution(expansion * channels, 1))
        unit(net, f"{name}_depthwise", DepthwiseConvolution(kernel, stride, "same"))
        end = unit(net, f"{name}_project", Convolution(filters, 1), activation=None)
        if net.shape(end) == net.shape(source):
            net.add(f"{name}_add", Add(), source, end)


def mobilenet_v2_base(net: Builder, unit: Unit) -> None:
    """Up to the 1,280 channels, convolutions and sums under the names of keras.applications."""
    unit(net, "Conv1", Convolution(32, 3, 2, "same"))
    number = 0
    for expansion, filters, repeats, first in MOBILENET_V2:
        for repeat in range(repeats):
            name = f"block_{number}" if number else "expanded_conv"
            inverted_residual(net, name, unit, expansion, filters, 1 if repeat else first)
            number += 1
    unit(net, "Conv_1", Convolution(1280, 1))


def mobilenet_v2() -> Architecture:
    net = Builder((224, 224, 3))
    mobilenet_v2_base(net, partial(normalised, activation=RELU6))
    net.add("avg_pool", GlobalPooling())
    net.add("logits", Dense(1000))
    return net.architecture("mobilenet_v2", "mobile")


def efficientnet_lite0() -> Architecture:
    net = Builder((224, 224, 3))
    unit = partial(normalised, activation=RELU6)
    unit(net, "stem", Convolution(32, 3, 2, "same"))
    number = 0
    for expansion, filters, repeats, first, kernel in EFFICIENTNET_B0:
        for repeat in range(repeats):
            stride = 1 if repeat else first
            inverted_residual(net, f"block{number}", unit, expansion, filters, stride, kernel)
            number += 1
    unit(net, "head", Convolution(1280, 1))
    net.add("avg_pool", GlobalPooling())
    net.add("dropout", Dropout(0.2))
    net.add("logits", Dense(1000))
    return net.architecture("efficientnet_lite0", "mobile")
