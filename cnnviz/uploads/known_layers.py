"""The Keras layers that a visitor's file may hold, and the rows that each of them becomes."""

import math
from collections.abc import Callable

from cnnviz.architectures.layers import (
    Activation,
    Add,
    Augmentation,
    BatchNormalisation,
    Concatenate,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Dropout,
    Flatten,
    GlobalMaxPooling,
    GlobalPooling,
    Layer,
    LeakyReLU,
    LocalResponseNormalisation,
    Multiply,
    PaddedShortcut,
    Pooling,
    Rescaling,
    Reshape,
    Resizing,
    Shape,
    UpSampling,
    ZeroPadding,
)
from cnnviz.uploads.options import MOST, Options

Steps = list[tuple[str, Layer]]  # what is put behind the layer's name, and what it does there
RESIZINGS = ("bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian")


def _square(kernel: tuple[int, int]) -> int | tuple[int, int]:
    return kernel[0] if kernel[0] == kernel[1] else kernel


def _convolution(options: Options, *_: Shape) -> Steps:
    layer = Convolution(
        options.whole("filters"),
        _square(options.pair("kernel_size")),
        options.same("strides", 1),
        options.padding(),
        options.activation(),
        options.flag("use_bias", True),
        options.whole("groups", 1),
        options.same("dilation_rate", 1),
    )
    return [("", layer)]


def _depthwise(options: Options, shape: Shape, activation: str | None, bias: bool) -> Layer:
    """One filter a channel; several, or dilated ones, are a convolution in groups of one."""
    kernel = _square(options.pair("kernel_size"))
    window = options.same("strides", 1), options.padding(), activation, bias
    times = options.whole("depth_multiplier", 1)
    dilation = options.same("dilation_rate", 1)
    if times == dilation == 1 and isinstance(kernel, int):
        return DepthwiseConvolution(kernel, *window)
    channels = shape[-1]
    return Convolution(channels * times, kernel, *window, groups=channels, dilation=dilation)


def _depthwise_alone(options: Options, shape: Shape) -> Steps:
    bias = options.flag("use_bias", True)
    return [("", _depthwise(options, shape, options.activation(), bias))]


def _separable(options: Options, shape: Shape) -> Steps:
    """Both of its steps as rows: that is where its few parameters come from."""
    depthwise = _depthwise(options, shape, None, False)
    pointwise = Convolution(
        options.whole("filters"),
        1,
        activation=options.activation(),
        bias=options.flag("use_bias", True),
    )
    return [(".depthwise", depthwise), (".pointwise", pointwise)]


def _pooling(operation: str) -> Callable[..., Steps]:
    def read(options: Options, *_: Shape) -> Steps:
        size = options.same("pool_size", 2)
        stride = options.same("strides", size)
        return [("", Pooling(size, stride, options.padding(), operation))]

    return read


def _global_pooling(layer: Layer) -> Callable[..., Steps]:
    def read(options: Options, shape: Shape) -> Steps:
        steps: Steps = [("", layer)]
        if options.flag("keepdims", False):
            steps.append((".map", Reshape((1, 1, shape[-1]))))
        return steps

    return read


def _dense(options: Options, shape: Shape) -> Steps:
    """On a map it does what a convolution with a 1×1 kernel does."""
    units, activation = options.whole("units"), options.activation()
    bias = options.flag("use_bias", True)
    on_map = len(shape) == 3
    layer = Convolution(units, 1, activation=activation, bias=bias) if on_map else None
    return [("", layer or Dense(units, activation, bias))]


def _activation(options: Options, *_: Shape) -> Steps:
    return [("", Activation(options.activation() or "linear"))]


def _relu(options: Options, *_: Shape) -> Steps:
    slope, threshold = options.number("negative_slope", 0), options.number("threshold", 0)
    limited = options.given.get("max_value") is not None
    if threshold or (limited and (slope or options.number("max_value", 6) != 6)):
        raise options.refusal("threshold" if threshold else "max_value")
    return [("", LeakyReLU(slope) if slope else Activation("relu6" if limited else "relu"))]


def _leaky_relu(options: Options, *_: Shape) -> Steps:
    if "alpha" in options.given:  # its name in Keras 2
        options.given = {"negative_slope": options.given["alpha"]}
    return [("", LeakyReLU(options.number("negative_slope", 0.3)))]


def _elu(options: Options, *_: Shape) -> Steps:
    if options.number("alpha", 1) != 1:
        raise options.refusal("alpha")
    return [("", Activation("elu"))]


def _softmax(options: Options, *_: Shape) -> Steps:
    options.whole("axis", -1, low=-1)
    if options.taken["axis"] != -1:
        raise options.refusal("axis")
    return [("", Activation("softmax"))]


def _function(name: str) -> Callable[..., Steps]:
    """keras.ops.relu and its like, called on values; it goes on as a layer."""

    def read(options: Options, *_: Shape) -> Steps:
        options.taken["activation"] = name
        return [("", Activation(name))]

    return read


def _normalisation(options: Options, shape: Shape) -> Steps:
    axis = options.given.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    if axis not in (-1, len(shape)):
        raise options.refusal("axis")
    options.taken["axis"] = -1
    options.number("momentum", 0.99)
    layer = BatchNormalisation(
        options.number("epsilon", 1e-3), options.flag("scale", True), options.flag("center", True)
    )
    return [("", layer)]


def _response_normalisation(options: Options, shape: Shape) -> Steps:
    """Of a window that is no wider than the channels on either side of one."""
    constants = [options.number(*given) for given in (("bias", 2.0), ("alpha", 1e-4))]
    size = options.whole("size", 5)
    if size > max(5, 2 * shape[-1]):
        raise options.refusal("size")
    layer = LocalResponseNormalisation(size, *constants, options.number("beta", 0.75))
    return [("", layer)]


def _dropout(channels: bool) -> Callable[..., Steps]:
    def read(options: Options, *_: Shape) -> Steps:
        rate = options.number("rate", 0.5)
        if not 0 <= rate < 1:
            raise options.refusal("rate")
        return [("", Dropout(rate, channels))]

    return read


def _concatenation(options: Options, *shapes: Shape) -> Steps:
    axis, rank = options.given.get("axis", -1), len(shapes[0])
    if not isinstance(axis, int) or not (-rank <= axis < 0 or 0 < axis <= rank):
        raise options.refusal("axis")
    options.taken["axis"] = axis = axis if axis < 0 else axis - rank - 1
    return [("", Concatenate(axis))]


def _reshaping(options: Options, shape: Shape) -> Steps:
    target, values = options.given.get("target_shape"), math.prod(shape)
    whole = isinstance(target, list) and 0 < len(target) <= 4
    if not whole or not all(type(side) is int and -1 <= side <= MOST and side for side in target):
        raise options.refusal("target_shape")
    known = math.prod(side for side in target if side > 0)
    if target.count(-1) > 1 or values % known:
        raise options.refusal("target_shape")
    sides = [values // known if side == -1 else side for side in target]
    options.taken["target_shape"] = sides
    return [("", Reshape(tuple(sides)))]


def _zero_padding(options: Options, *_: Shape) -> Steps:
    given = options.given.get("padding", 1)
    sides = [given] * 2 if type(given) is int else given
    sides = [[side] * 2 if type(side) is int else side for side in sides]
    flat = [value for side in sides for value in side]
    if [len(side) for side in sides] != [2, 2] or not all(
        type(value) is int and 0 <= value <= MOST for value in flat
    ):
        raise options.refusal("padding")
    options.taken["padding"] = sides
    top, bottom, left, right = flat
    equal = len({*flat}) == 1
    return [("", ZeroPadding(top if equal else ((top, bottom), (left, right))))]


def _up_sampling(options: Options, *_: Shape) -> Steps:
    options.word("interpolation", ("nearest",), "nearest")
    return [("", UpSampling(options.same("size", 2)))]


def _rescaling(options: Options, *_: Shape) -> Steps:
    return [("", Rescaling(options.numbers("scale", 1.0), options.numbers("offset", 0.0)))]


def _resizing(options: Options, *_: Shape) -> Steps:
    for name in ("crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"):
        options.flag(name, False)
    options.word("fill_mode", ("constant",), "constant")
    options.number("fill_value", 0.0)
    layer = Resizing(
        options.whole("height"),
        options.whole("width"),
        options.word("interpolation", RESIZINGS, "bilinear"),
    )
    return [("", layer)]


def _padded_shortcut(options: Options, *_: Shape) -> Steps:
    return [("", PaddedShortcut(options.whole("stride"), options.whole("channels")))]


def _plain(layer: Layer) -> Callable[..., Steps]:
    def read(_options: Options, *_: Shape) -> Steps:
        return [("", layer)]

    return read


def _augmentation(name: str) -> Callable[..., Steps]:
    def read(options: Options, *_: Shape) -> Steps:
        options.given = {}  # how it changes pictures does not matter: it goes on as Identity
        return [("", Augmentation(name))]

    return read


AUGMENTATIONS = (
    *("RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation", "RandomShear"),
    *("RandomContrast", "RandomBrightness", "RandomSaturation", "RandomHue", "RandomColorJitter"),
    *("RandomGrayscale", "RandomPosterization", "RandomSharpness", "RandomErasing"),
    *("GaussianNoise", "GaussianDropout"),
)
LAYERS: dict[str, Callable[..., Steps]] = {
    "Conv2D": _convolution,
    "DepthwiseConv2D": _depthwise_alone,
    "SeparableConv2D": _separable,
    "MaxPooling2D": _pooling("max"),
    "AveragePooling2D": _pooling("average"),
    "GlobalAveragePooling2D": _global_pooling(GlobalPooling()),
    "GlobalMaxPooling2D": _global_pooling(GlobalMaxPooling()),
    "Dense": _dense,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "Softmax": _softmax,
    "BatchNormalization": _normalisation,
    "Dropout": _dropout(channels=False),
    "SpatialDropout2D": _dropout(channels=True),
    "Add": _plain(Add()),
    "Multiply": _plain(Multiply()),
    "Concatenate": _concatenation,
    "Flatten": _plain(Flatten()),
    "Reshape": _reshaping,
    "ZeroPadding2D": _zero_padding,
    "UpSampling2D": _up_sampling,
    "Rescaling": _rescaling,
    "Resizing": _resizing,
    "Identity": _plain(Activation("linear")),
    **{name: _augmentation(name) for name in AUGMENTATIONS},
}
# Layers of ours, which Keras lacks (cnnviz.architectures.keras_layers).
OWN: dict[str, Callable[..., Steps]] = {
    "LocalResponseNormalization": _response_normalisation,
    "PaddedShortcut": _padded_shortcut,
}
# Written as `x + y`, `x * y` and `keras.ops.relu(x)`: the layer that does the same.
OPERATIONS: dict[str, tuple[str, Callable[..., Steps]]] = {
    "Add": ("Add", LAYERS["Add"]),
    "Multiply": ("Multiply", LAYERS["Multiply"]),
    "Relu": ("Activation", _function("relu")),
    "Relu6": ("Activation", _function("relu6")),
    "Sigmoid": ("Activation", _function("sigmoid")),
    "Tanh": ("Activation", _function("tanh")),
}
JOINING = ("Add", "Multiply", "Concatenate")  # take several inputs, in a list


def written_as(name: str) -> str:
    """The layer's name in the description that goes on."""
    return "Identity" if name in AUGMENTATIONS else name
