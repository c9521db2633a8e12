"""ResNets and the plain networks beside them.

Source: He et al. 2015, https://arxiv.org/abs/1512.03385, table 1 (ImageNet), section 4.2 (CIFAR).
Every convolution is followed by a batch normalisation, and that by the activation. The names are
those of keras.applications, so that its weights fit where it has the network.
"""

from cnnviz.architectures.layers import (
    Add,
    BatchNormalisation,
    Convolution,
    Dense,
    GlobalPooling,
    PaddedShortcut,
    Pooling,
    ZeroPadding,
)
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.architectures.units import RELU

# Blocks in the stages conv2 to conv5, table 1.
BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
NORMALISATION = BatchNormalisation(epsilon=1.001e-5)


def _convolution(net: Builder, name: str, convolution: Convolution, *inputs: str) -> str:
    net.add(f"{name}_conv", convolution, *inputs)
    return net.add(f"{name}_bn", NORMALISATION)


def _block(
    net: Builder,
    stage: int,
    number: int,
    convolutions: list[Convolution],
    shortcut: Convolution | PaddedShortcut | None,
    residual: bool,
) -> None:
    """Convolutions one after the other; a residual block adds its input, or its shortcut's output.

    The sum comes before the last activation.
    """
    block, name = f"conv{stage}_{number}", f"conv{stage}_block{number}"
    path = across = net.last
    if residual and shortcut is not None:
        with net.block(block, "shortcut"):
            if isinstance(shortcut, PaddedShortcut):
                across = net.add(f"{name}_0_pad", shortcut)
            else:
                across = _convolution(net, f"{name}_0", shortcut)
    with net.block(block):
        for index, convolution in enumerate(convolutions, start=1):
            if index > 1:
                path = net.add(f"{name}_{index - 1}_relu", RELU)
            path = _convolution(net, f"{name}_{index}", convolution, path)
        if residual:
            net.add(f"{name}_add", Add(), across, path)
        net.add(f"{name}_out", RELU)


def _basic(filters: int, stride: int) -> list[Convolution]:
    return [
        Convolution(filters, 3, stride, "same", bias=False),
        Convolution(filters, 3, padding="same", bias=False),
    ]


def _bottleneck(filters: int, stride: int) -> list[Convolution]:
    """1×1, 3×3, 1×1. The weights in keras.applications have (needless) biases."""
    return [
        Convolution(filters, 1, stride),
        Convolution(filters, 3, padding="same"),
        Convolution(4 * filters, 1),
    ]


def resnet(depth: int, residual: bool = True) -> Architecture:
    """18 to 152 layers for ImageNet; projections (1×1) where a shortcut changes shape."""
    bottleneck = depth >= 50
    net = Builder((224, 224, 3))
    with net.block("conv1"):
        net.add("conv1_pad", ZeroPadding(3))
        _convolution(net, "conv1", Convolution(64, 7, 2, bias=bottleneck))
        net.add("conv1_relu", RELU)
    with net.block("pool1"):
        net.add("pool1_pad", ZeroPadding(1))
        net.add("pool1_pool", Pooling(3, 2))
    for stage, blocks in enumerate(BLOCKS[depth], start=2):
        filters = 64 * 2 ** (stage - 2)
        for number in range(1, blocks + 1):
            stride = 2 if number == 1 and stage > 2 else 1
            shortcut = None
            if bottleneck:
                convolutions = _bottleneck(filters, stride)
                if number == 1:
                    shortcut = Convolution(4 * filters, 1, stride)
            else:
                convolutions = _basic(filters, stride)
                if stride == 2:
                    shortcut = Convolution(filters, 1, stride, bias=False)
            _block(net, stage, number, convolutions, shortcut, residual)
    net.add("avg_pool", GlobalPooling())
    net.add("logits", Dense(1000))
    return net.architecture(f"{'resnet' if residual else 'plain'}{depth}", "resnet")


def cifar_resnet(
    depth: int,
    residual: bool = True,
    input_shape: tuple[int, int, int] = (32, 32, 3),
    first_filters: int = 16,
) -> Architecture:
    """6n + 2 layers for the 32×32 pictures of CIFAR-10; shortcuts without parameters (option A).

    Smaller pictures and fewer filters make the experiment one for a laptop
    (tools/train_degradation.py).
    """
    net = Builder(input_shape)
    with net.block("conv1"):
        _convolution(net, "conv1", Convolution(first_filters, 3, padding="same", bias=False))
        net.add("conv1_relu", RELU)
    for stage, filters in enumerate((first_filters, 2 * first_filters, 4 * first_filters), start=2):
        for number in range(1, (depth - 2) // 6 + 1):
            stride = 2 if number == 1 and stage > 2 else 1
            shortcut = PaddedShortcut(stride, filters) if stride == 2 else None
            _block(net, stage, number, _basic(filters, stride), shortcut, residual)
    net.add("avg_pool", GlobalPooling())
    net.add("logits", Dense(10))
    return net.architecture(f"{'resnet' if residual else 'plain'}{depth}", "resnet")
