"""The lecture's own networks, its calculations as small networks, and its pattern of a CNN."""

from cnnviz.architectures.layers import Concatenate, Convolution, Dense, Dropout, Flatten, Pooling
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.architectures.vgg import vgg_base


def mnist_cnn() -> Architecture:
    """Part 1: three 3×3 convolutions and two dense layers, 93,322 parameters."""
    net = Builder((28, 28, 1))
    net.add("conv1", Convolution(32, 3, activation="relu"))
    net.add("pool1", Pooling(2, 2))
    net.add("conv2", Convolution(64, 3, activation="relu"))
    net.add("pool2", Pooling(2, 2))
    net.add("conv3", Convolution(64, 3, activation="relu"))
    net.add("flatten", Flatten())
    net.add("dense1", Dense(64, activation="relu"))
    net.add("logits", Dense(10))
    return net.architecture("mnist_cnn", "lecture")


def mnist_dense() -> Architecture:
    """Part 1: one hidden layer of 512 units, 407,050 parameters."""
    net = Builder((28, 28, 1))
    net.add("flatten", Flatten())
    net.add("dense1", Dense(512, activation="relu"))
    net.add("logits", Dense(10))
    return net.architecture("mnist_dense", "lecture")


def keras_25_50() -> Architecture:
    """Part 2, "CNN in Keras": 25 and 50 filters, 10 and 226 parameters a filter."""
    net = Builder((28, 28, 1))
    net.add("conv1", Convolution(25, 3))
    net.add("pool1", Pooling(2, 2))
    net.add("conv2", Convolution(50, 3))
    net.add("pool2", Pooling(2, 2))
    net.add("flatten", Flatten())
    net.add("dense1", Dense(100, activation="relu"))
    net.add("logits", Dense(10))
    return net.architecture("keras_25_50", "lecture")


def cats_and_dogs() -> Architecture:
    """Part 3: four convolutions on pictures of 150×150, 3,453,121 parameters."""
    net = Builder((150, 150, 3))
    for number, filters in enumerate((32, 64, 128, 128), start=1):
        net.add(f"conv{number}", Convolution(filters, 3, activation="relu"))
        net.add(f"pool{number}", Pooling(2, 2))
    net.add("flatten", Flatten())
    net.add("dense1", Dense(512, activation="relu"))
    net.add("logits", Dense(1))
    return net.architecture("cats_and_dogs", "lecture")


def vgg16_base_head() -> Architecture:
    """Part 4: the convolutions of VGG16 under a head for two classes, 16,812,353 parameters.

    frozen_before("flatten") trains the head alone, frozen_before("block5_conv1") fine-tunes.
    """
    net = Builder((150, 150, 3))
    vgg_base(net, "vgg16")
    net.add("flatten", Flatten())
    net.add("dense1", Dense(256, activation="relu"))
    net.add("logits", Dense(1))
    return net.architecture("vgg16_base_head", "lecture")


# --------------------------------------------------------------------- part 6, what 1×1 is good for


def inception_naive() -> Architecture:
    """All filter sizes side by side on 28×28×256: 854 million multiply-adds, 672 channels out."""
    net = Builder((28, 28, 256))
    branches = (
        net.add("conv_1x1", Convolution(128, 1, activation="relu"), "image"),
        net.add("conv_3x3", Convolution(192, 3, padding="same", activation="relu"), "image"),
        net.add("conv_5x5", Convolution(96, 5, padding="same", activation="relu"), "image"),
        net.add("pool", Pooling(3, 1, "same"), "image"),
    )
    net.add("concatenate", Concatenate(), *branches)
    return net.architecture("inception_naive", "module")


def inception_reduced() -> Architecture:
    """The same with 64-channel 1×1 convolutions in front: 271 million multiply-adds."""
    net = Builder((28, 28, 256))
    conv_1x1 = net.add("conv_1x1", Convolution(128, 1, activation="relu"), "image")
    net.add("conv_3x3_reduce", Convolution(64, 1, activation="relu"), "image")
    conv_3x3 = net.add("conv_3x3", Convolution(192, 3, padding="same", activation="relu"))
    net.add("conv_5x5_reduce", Convolution(64, 1, activation="relu"), "image")
    conv_5x5 = net.add("conv_5x5", Convolution(96, 5, padding="same", activation="relu"))
    net.add("pool", Pooling(3, 1, "same"), "image")
    pool = net.add("pool_project", Convolution(64, 1, activation="relu"))
    net.add("concatenate", Concatenate(), conv_1x1, conv_3x3, conv_5x5, pool)
    return net.architecture("inception_reduced", "module")


def direct_5x5() -> Architecture:
    """96 filters of 5×5 on 28×28×256: 4.8 · 10⁸ multiplications, 6.1 · 10⁵ weights."""
    net = Builder((28, 28, 256))
    net.add("conv_5x5", Convolution(96, 5, padding="same", activation="relu"))
    return net.architecture("direct_5x5", "module")


def bottleneck_5x5() -> Architecture:
    """The same through a neck of 32 channels: 6.7 · 10⁷ multiplications, 8.5 · 10⁴ weights."""
    net = Builder((28, 28, 256))
    net.add("conv_1x1", Convolution(32, 1, activation="relu"))
    net.add("conv_5x5", Convolution(96, 5, padding="same", activation="relu"))
    return net.architecture("bottleneck_5x5", "module")


# --------------------------------------------------------------------- part 2, the pattern of a CNN


def pattern(
    input_shape: tuple[int, int, int] = (32, 32, 3),
    convolutions: int = 1,
    repeats: int = 2,
    hidden: int = 1,
    *,
    pool: bool = True,
    filters: int = 32,
    growth: int = 2,
    kernel: int = 3,
    padding: str = "valid",
    units: int = 128,
    dropout: float = 0.0,
    classes: int = 10,
) -> Architecture:
    """INPUT → [[CONV → RELU]×N → POOL?]×M → [FC → RELU]×K → FC.

    Args:
        input_shape: (height, width, channels) of the pictures.
        convolutions: N, usually at most 3; 0 leaves poolings alone.
        repeats: M; 0 leaves a network of dense layers.
        hidden: K, usually at most 2; 0 leaves a linear classifier behind the maps.
        pool: Whether 2×2 max pooling ends every repeat.
        filters: Of the convolutions in the first repeat.
        growth: How many times as many filters each further repeat has.
        kernel: Side of the filters.
        padding: "valid", or "same" so that convolutions keep the size of the map.
        units: Of each hidden dense layer.
        dropout: Share of the units set to zero in training, behind each hidden dense layer.
        classes: Units of the last layer.

    Raises:
        Refusal: If the map becomes too small for a window; it names the layer.
    """
    net = Builder(input_shape)
    for repeat in range(1, repeats + 1):
        with net.block(f"repeat{repeat}"):
            for number in range(1, convolutions + 1):
                name = f"conv{repeat}_{number}" if convolutions > 1 else f"conv{repeat}"
                count = filters * growth ** (repeat - 1)
                net.add(name, Convolution(count, kernel, padding=padding, activation="relu"))
            if pool:
                net.add(f"pool{repeat}", Pooling(2, 2))
    net.add("flatten", Flatten())
    for number in range(1, hidden + 1):
        net.add(f"dense{number}", Dense(units, activation="relu"))
        if dropout:
            net.add(f"dropout{number}", Dropout(dropout))
    net.add("logits", Dense(classes))
    return net.architecture("pattern", "lecture")
