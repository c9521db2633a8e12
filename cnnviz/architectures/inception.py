"""GoogLeNet and what became of it: paths side by side, their channels put behind each other.

Sources: Szegedy et al. 2014, https://arxiv.org/abs/1409.4842, table 1; Ioffe and Szegedy 2015,
https://arxiv.org/abs/1502.03167, figure 5; Szegedy et al. 2015, https://arxiv.org/abs/1512.00567.
"""

from cnnviz.architectures.layers import (
    BatchNormalisation,
    Concatenate,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalPooling,
    LocalResponseNormalisation,
    Pooling,
)
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.architectures.units import normalised

# Table 1: #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5, pool proj.
GOOGLENET = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}

# Figure 5: #1×1, #3×3 reduce, #3×3, double #3×3 reduce, double #3×3, pooling and its projection.
# Modules without projection halve the map: the 3×3 paths have stride 2, the pool passes through.
BN_INCEPTION = {
    "3a": (64, 64, 64, 64, 96, "average", 32),
    "3b": (64, 64, 96, 64, 96, "average", 64),
    "3c": (0, 128, 160, 64, 96, "max", 0),
    "4a": (224, 64, 96, 96, 128, "average", 128),
    "4b": (192, 96, 128, 96, 128, "average", 128),
    "4c": (160, 128, 160, 128, 160, "average", 128),
    "4d": (96, 128, 192, 160, 192, "average", 128),
    "4e": (0, 128, 192, 192, 256, "max", 0),
    "5a": (352, 192, 320, 160, 224, "average", 128),
    "5b": (352, 192, 320, 192, 224, "max", 128),
}


# --------------------------------------------------------------------- GoogLeNet


def _relu(net: Builder, name: str, filters: int, kernel: int, *inputs: str) -> str:
    convolution = Convolution(filters, kernel, padding="same", activation="relu")
    return net.add(name, convolution, *inputs)


def _inception(net: Builder, key: str) -> None:
    name, source = f"inception_{key}", net.last
    count_1x1, reduce_3x3, count_3x3, reduce_5x5, count_5x5, project = GOOGLENET[key]
    with net.block(name):
        path_1x1 = _relu(net, f"{name}_1x1", count_1x1, 1, source)
        _relu(net, f"{name}_3x3_reduce", reduce_3x3, 1, source)
        path_3x3 = _relu(net, f"{name}_3x3", count_3x3, 3)
        _relu(net, f"{name}_5x5_reduce", reduce_5x5, 1, source)
        path_5x5 = _relu(net, f"{name}_5x5", count_5x5, 5)
        net.add(f"{name}_pool", Pooling(3, 1, "same"), source)
        path_pool = _relu(net, f"{name}_pool_project", project, 1)
        net.add(f"{name}_output", Concatenate(), path_1x1, path_3x3, path_5x5, path_pool)


def _auxiliary_head(net: Builder, key: str) -> None:
    """Pool, 1×1, dense, dense: a second opinion that brings gradients to the lower layers."""
    name = f"auxiliary_{key}"
    with net.block(name, "auxiliary"):
        source = f"inception_{key}_output"
        net.add(f"{name}_pool", Pooling(5, 3, operation="average"), source)
        _relu(net, f"{name}_1x1", 128, 1)
        net.add(f"{name}_flatten", Flatten())
        net.add(f"{name}_dense", Dense(1024, activation="relu"))
        net.add(f"{name}_dropout", Dropout(0.7))
        net.add(f"{name}_logits", Dense(1000))


def googlenet(auxiliary: bool = False) -> Architecture:
    """22 layers, 7.0 million parameters as it is used; the two auxiliary heads only teach."""
    net = Builder((224, 224, 3))
    net.add("conv1", Convolution(64, 7, 2, "same", activation="relu"))
    net.add("pool1", Pooling(3, 2, "same"))
    net.add("norm1", LocalResponseNormalisation())
    with net.block("conv2"):
        _relu(net, "conv2_reduce", 64, 1)
        _relu(net, "conv2", 192, 3)
    net.add("norm2", LocalResponseNormalisation())
    net.add("pool2", Pooling(3, 2, "same"))
    for key in GOOGLENET:
        if key in ("4a", "5a"):
            net.add(f"pool{int(key[0]) - 1}", Pooling(3, 2, "same"))
        _inception(net, key)
    net.add("avg_pool", GlobalPooling())
    net.add("dropout", Dropout(0.4))
    net.add("logits", Dense(1000))
    if auxiliary:
        _auxiliary_head(net, "4a")
        _auxiliary_head(net, "4d")
    return net.architecture("googlenet_auxiliary" if auxiliary else "googlenet", "inception")


# --------------------------------------------------------------------- BN-Inception


def _same(net: Builder, name: str, filters: int, kernel: int, *inputs: str, stride: int = 1) -> str:
    return normalised(net, name, Convolution(filters, kernel, stride, "same"), *inputs)


def _bn_inception(net: Builder, key: str) -> None:
    name, source = f"inception_{key}", net.last
    count_1x1, reduce_3x3, count_3x3, reduce_double, count_double, pool, project = BN_INCEPTION[key]
    stride = 1 if project else 2
    with net.block(name):
        paths = [_same(net, f"{name}_1x1", count_1x1, 1, source)] if count_1x1 else []
        _same(net, f"{name}_3x3_reduce", reduce_3x3, 1, source)
        paths.append(_same(net, f"{name}_3x3", count_3x3, 3, stride=stride))
        _same(net, f"{name}_double_reduce", reduce_double, 1, source)
        _same(net, f"{name}_double_1", count_double, 3)
        paths.append(_same(net, f"{name}_double_2", count_double, 3, stride=stride))
        path = net.add(f"{name}_pool", Pooling(3, stride, "same", pool), source)
        if project:
            path = _same(net, f"{name}_pool_project", project, 1)
        net.add(f"{name}_output", Concatenate(), *paths, path)


def bn_inception() -> Architecture:
    """Two 3×3 in place of each 5×5, and a batch normalisation behind every convolution.

    The figure's filters are built. Their sums are 608 channels behind 4c and 4d and 1,056 behind
    4e, where it prints 576 and 1,024. Its first convolution is separable; here it is an ordinary
    one, as in the released copies of the network.
    """
    net = Builder((224, 224, 3))
    with net.block("conv1"):
        _same(net, "conv1", 64, 7, stride=2)
    net.add("pool1", Pooling(3, 2, "same"))
    with net.block("conv2"):
        _same(net, "conv2_reduce", 64, 1)
        _same(net, "conv2", 192, 3)
    net.add("pool2", Pooling(3, 2, "same"))
    for key in BN_INCEPTION:
        _bn_inception(net, key)
    net.add("avg_pool", GlobalPooling())
    net.add("logits", Dense(1000))
    return net.architecture("bn_inception", "inception")


# --------------------------------------------------------------------- Inception v3


class _V3:
    """Inception v3 while it is written down. Its normalisations shift but do not scale."""

    def __init__(self) -> None:
        self.net = Builder((299, 299, 3))

    def convolution(
        self,
        name: str,
        filters: int,
        kernel: int | tuple[int, int],
        *inputs: str,
        stride: int = 1,
        padding: str = "same",
    ) -> str:
        convolution = Convolution(filters, kernel, stride, padding)
        return normalised(
            self.net, name, convolution, *inputs, normalisation=BatchNormalisation(scale=False)
        )

    def chain(
        self, name: str, source: str, *steps: tuple[int, int | tuple[int, int]], halve: bool = False
    ) -> str:
        """Convolutions one after the other; with `halve` the last one has stride 2, unpadded."""
        path = source
        for number, (filters, kernel) in enumerate(steps, start=1):
            last = halve and number == len(steps)
            options = {"stride": 2, "padding": "valid"} if last else {}
            path = self.convolution(f"{name}_{number}", filters, kernel, path, **options)
        return path

    def pooled(self, name: str, source: str, filters: int) -> str:
        self.net.add(f"{name}_pool", Pooling(3, 1, "same", "average"), source)
        return self.convolution(f"{name}_pool_project", filters, 1)

    def joined(self, name: str, *paths: str) -> None:
        self.net.add(name, Concatenate(), *paths)

    def grid_35(self, name: str, project: int) -> None:
        """Figure 5: two 3×3 in place of a 5×5."""
        source = self.net.last
        with self.net.block(name):
            self.joined(
                name,
                self.chain(f"{name}_1x1", source, (64, 1)),
                self.chain(f"{name}_5x5", source, (48, 1), (64, 5)),
                self.chain(f"{name}_double", source, (64, 1), (96, 3), (96, 3)),
                self.pooled(name, source, project),
            )

    def halved_17(self, name: str) -> None:
        """Figure 10: convolutions and pooling of stride 2 side by side."""
        source = self.net.last
        with self.net.block(name):
            self.joined(
                name,
                self.chain(f"{name}_3x3", source, (384, 3), halve=True),
                self.chain(f"{name}_double", source, (64, 1), (96, 3), (96, 3), halve=True),
                self.net.add(f"{name}_pool", Pooling(3, 2), source),
            )

    def grid_17(self, name: str, width: int) -> None:
        """Figure 6: 1×7 and 7×1 in place of 7×7."""
        source = self.net.last
        row, column = (1, 7), (7, 1)
        long = ((width, 1), (width, column), (width, row), (width, column), (192, row))
        with self.net.block(name):
            self.joined(
                name,
                self.chain(f"{name}_1x1", source, (192, 1)),
                self.chain(f"{name}_7x7", source, (width, 1), (width, row), (192, column)),
                self.chain(f"{name}_double", source, *long),
                self.pooled(name, source, 192),
            )

    def halved_8(self, name: str) -> None:
        source = self.net.last
        long = ((192, 1), (192, (1, 7)), (192, (7, 1)), (192, 3))
        with self.net.block(name):
            self.joined(
                name,
                self.chain(f"{name}_3x3", source, (192, 1), (320, 3), halve=True),
                self.chain(f"{name}_7x7", source, *long, halve=True),
                self.net.add(f"{name}_pool", Pooling(3, 2), source),
            )

    def grid_8(self, name: str) -> None:
        """Figure 7: 1×3 and 3×1 side by side, for many channels on the smallest maps."""
        source = self.net.last
        with self.net.block(name):
            path_1x1 = self.chain(f"{name}_1x1", source, (320, 1))
            forked = []
            for path, steps in (("3x3", ((384, 1),)), ("double", ((448, 1), (384, 3)))):
                end = self.chain(f"{name}_{path}", source, *steps)
                forked += [
                    self.convolution(f"{name}_{path}_row", 384, (1, 3), end),
                    self.convolution(f"{name}_{path}_column", 384, (3, 1), end),
                ]
            self.joined(name, path_1x1, *forked, self.pooled(name, source, 192))


def inception_v3() -> Architecture:
    """As released with its weights (keras.applications); the paper's table 1 is close to it."""
    v3 = _V3()
    net = v3.net
    for name, filters, kernel, stride, padding in (
        ("conv1", 32, 3, 2, "valid"),
        ("conv2", 32, 3, 1, "valid"),
        ("conv3", 64, 3, 1, "same"),
        ("pool1", 0, 3, 2, "valid"),
        ("conv4", 80, 1, 1, "valid"),
        ("conv5", 192, 3, 1, "valid"),
        ("pool2", 0, 3, 2, "valid"),
    ):
        with net.block(name):
            if filters:
                v3.convolution(name, filters, kernel, stride=stride, padding=padding)
            else:
                net.add(name, Pooling(kernel, stride, padding))
    v3.grid_35("mixed0", project=32)
    v3.grid_35("mixed1", project=64)
    v3.grid_35("mixed2", project=64)
    v3.halved_17("mixed3")
    for name, width in (("mixed4", 128), ("mixed5", 160), ("mixed6", 160), ("mixed7", 192)):
        v3.grid_17(name, width)
    v3.halved_8("mixed8")
    v3.grid_8("mixed9")
    v3.grid_8("mixed10")
    net.add("avg_pool", GlobalPooling())
    net.add("logits", Dense(1000))
    return net.architecture("inception_v3", "inception")
