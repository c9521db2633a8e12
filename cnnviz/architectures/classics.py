"""LeNet-5, AlexNet and ZFNet: convolutions and poolings by turns, then dense layers."""

from cnnviz.architectures.layers import (
    Convolution,
    Dense,
    Flatten,
    LocalResponseNormalisation,
    Pooling,
    ZeroPadding,
)
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.architectures.units import dense_head


def lenet5() -> Architecture:
    """LeCun et al. 1998 as the lecture counts it: 61,706 parameters.

    The paper's C3 sees only some of the maps of S2, its poolings have two weights a map, and its
    output measures distances: together about 60,000 parameters. Here every filter sees all maps.
    """
    net = Builder((32, 32, 1))
    with net.block("C1"):
        net.add("conv1", Convolution(6, 5, activation="tanh"))
    with net.block("S2"):
        net.add("pool1", Pooling(2, 2, operation="average"))
    with net.block("C3"):
        net.add("conv2", Convolution(16, 5, activation="tanh"))
    with net.block("S4"):
        net.add("pool2", Pooling(2, 2, operation="average"))
    with net.block("C5"):
        net.add("flatten", Flatten())
        net.add("dense1", Dense(120, activation="tanh"))
    with net.block("F6"):
        net.add("dense2", Dense(84, activation="tanh"))
    net.add("logits", Dense(10))
    return net.architecture("lenet5", "lenet")


def alexnet() -> Architecture:
    """The lecture's simplified AlexNet: one tower, normalised behind the pooling."""
    net = Builder((227, 227, 3))
    net.add("conv1", Convolution(96, 11, 4, activation="relu"))
    net.add("pool1", Pooling(3, 2))
    net.add("norm1", LocalResponseNormalisation())
    net.add("conv2", Convolution(256, 5, padding="same", activation="relu"))
    net.add("pool2", Pooling(3, 2))
    net.add("norm2", LocalResponseNormalisation())
    net.add("conv3", Convolution(384, 3, padding="same", activation="relu"))
    net.add("conv4", Convolution(384, 3, padding="same", activation="relu"))
    net.add("conv5", Convolution(256, 3, padding="same", activation="relu"))
    net.add("pool5", Pooling(3, 2))
    dense_head(net, "fc6", "fc7")
    return net.architecture("alexnet", "alexnet")


def alexnet_two_towers() -> Architecture:
    """Krizhevsky et al. 2012: two GPUs, which see each other's maps in conv3 and the dense layers.

    The paper says 224×224; its sizes need 227×227. Normalised before the pooling (section 3.5).
    """
    net = Builder((227, 227, 3))
    net.add("conv1", Convolution(96, 11, 4, activation="relu"))
    net.add("norm1", LocalResponseNormalisation())
    net.add("pool1", Pooling(3, 2))
    net.add("conv2", Convolution(256, 5, padding="same", activation="relu", groups=2))
    net.add("norm2", LocalResponseNormalisation())
    net.add("pool2", Pooling(3, 2))
    net.add("conv3", Convolution(384, 3, padding="same", activation="relu"))
    net.add("conv4", Convolution(384, 3, padding="same", activation="relu", groups=2))
    net.add("conv5", Convolution(256, 3, padding="same", activation="relu", groups=2))
    net.add("pool5", Pooling(3, 2))
    dense_head(net, "fc6", "fc7")
    return net.architecture("alexnet_two_towers", "alexnet")


def zfnet() -> Architecture:
    """Zeiler and Fergus 2013, figure 3, with 512, 1024 and 512 filters as the lecture has it.

    The paper counts 110×110 units behind the first convolution: one zero on every side gives them.
    """
    net = Builder((224, 224, 3))
    net.add("conv1_pad", ZeroPadding(1))
    net.add("conv1", Convolution(96, 7, 2, activation="relu"))
    net.add("pool1", Pooling(3, 2, "same"))
    net.add("norm1", LocalResponseNormalisation())
    net.add("conv2", Convolution(256, 5, 2, activation="relu"))
    net.add("pool2", Pooling(3, 2, "same"))
    net.add("norm2", LocalResponseNormalisation())
    net.add("conv3", Convolution(512, 3, padding="same", activation="relu"))
    net.add("conv4", Convolution(1024, 3, padding="same", activation="relu"))
    net.add("conv5", Convolution(512, 3, padding="same", activation="relu"))
    net.add("pool5", Pooling(3, 2))
    dense_head(net, "fc6", "fc7")
    return net.architecture("zfnet", "alexnet")
