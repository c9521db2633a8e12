"""The kinds of layer that networks are made of, as data.

From the shapes that come in, each kind tells the shape that goes out, how many values it learns,
how many multiply-adds it needs, the formulas behind these numbers, and the Keras layer that does
it. Shapes are those of one picture: (height, width, channels), or (units,) behind a flatten.

What is counted, as He et al. 2015 and the lecture do: a multiply-add is one product of an input
with a weight of a convolution or dense layer; biases, poolings, normalisations (which fold into
the convolution before them), additions and activations are left out.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from cnnviz import arithmetic

Shape = tuple[int, ...]


class Weights(NamedTuple):
    """The values that a layer holds, by what becomes of them in training."""

    multipliers: int = 0  # learned: kernels, dense weights, the scales of a batch normalisation
    biases: int = 0  # learned: biases, the shifts of a batch normalisation
    moving: int = 0  # not learned: the moving means and variances of a batch normalisation


@dataclass(frozen=True)
class Call:
    """A Keras layer as data: layers.<layer>(*arguments, **options)."""

    layer: str
    arguments: tuple = ()
    options: dict[str, Any] = field(default_factory=dict)


def times(*numbers: int | str) -> str:
    """A product as it is written in the formulas.

    >>> times(3, 3, 1024)
    '3·3·1,024'
    """
    return "·".join(n if isinstance(n, str) else f"{n:,}" for n in numbers)


def map_of(shape: Shape) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ValueError(
            f"Expected a map (height, width, channels), got {shape}. Convolve and pool before the "
            "map is flattened."
        )
    return shape


@dataclass(frozen=True)
class Layer(ABC):
    """What holds where a kind says nothing else: one input, shape unchanged, nothing to learn."""

    kind: ClassVar[str]
    stores: ClassVar[bool] = True  # its outputs are new values, which need memory of their own
    gathers: ClassVar[bool] = False  # every output sees the whole input
    reorders: ClassVar[bool] = False  # outputs no longer lie beside their neighbours

    def fits(self, *shapes: Shape) -> bool:
        """Whether the window fits on the map at all."""
        return True

    def output_shape(self, *shapes: Shape) -> Shape:
        return shapes[0]

    def window(self) -> tuple[tuple[int, int], int]:
        """What one output sees: ((rows, columns), stride)."""
        return (1, 1), 1

    def weights(self, *shapes: Shape) -> Weights:
        return Weights()

    def multiply_adds(self, *shapes: Shape) -> int:
        return 0

    # Formulas with the numbers put in, without their results; empty where there is none.

    def shape_formulas(self, *shapes: Shape) -> dict[str, int]:
        """Of the sizes that change, with the result: one where height and width go the same way."""
        return {}

    def parameter_formula(self, *shapes: Shape) -> str:
        return ""

    def multiply_add_formula(self, *shapes: Shape) -> str:
        return ""

    @abstractmethod
    def call(self) -> Call:
        """The Keras layer."""


# --------------------------------------------------------------------- windows


class Windowed(Layer):
    """What convolutions and poolings share: a window moves over the map."""

    stride: int
    padding: str  # "valid", or "same" as Keras and TensorFlow pad
    dilation: int = 1

    @property
    @abstractmethod
    def sides(self) -> tuple[int, int]:
        """(rows, columns) of the window."""

    @property
    def spans(self) -> tuple[int, int]:
        rows, columns = self.sides
        return (
            arithmetic.effective_kernel(rows, self.dilation),
            arithmetic.effective_kernel(columns, self.dilation),
        )

    def fits(self, shape: Shape) -> bool:
        height, width, _ = map_of(shape)
        rows, columns = self.spans
        return self.padding == "same" or (rows <= height and columns <= width)

    def map_size(self, shape: Shape) -> tuple[int, int]:
        height, width, _ = map_of(shape)
        if self.padding == "same":
            return -(-height // self.stride), -(-width // self.stride)
        rows, columns = self.spans
        return (
            arithmetic.output_size(height, rows, self.stride),
            arithmetic.output_size(width, columns, self.stride),
        )

    def window(self) -> tuple[tuple[int, int], int]:
        return self.spans, self.stride

    def shape_formulas(self, shape: Shape) -> dict[str, int]:
        formulas = [
            f"⌈{size:,}/{self.stride}⌉"
            if self.padding == "same"
            else f"⌊({size:,} − {span})/{self.stride}⌋ + 1"
            for size, span in zip(shape[:2], self.spans, strict=True)
        ]
        return dict(zip(formulas, self.map_size(shape), strict=True))

    def window_options(self, usual_stride: int = 1) -> dict[str, Any]:
        strides = {} if self.stride == usual_stride else {"strides": self.stride}
        return strides | ({} if self.padding == "valid" else {"padding": self.padding})


@dataclass(frozen=True)
class Convolution(Windowed):
    """Filters that each span the depth of the input, or of their group.

    Two groups split the input's channels and the filters in halves that do not meet, as the two
    GPUs of AlexNet did.
    """

    kind = "convolution"

    filters: int
    kernel: int | tuple[int, int]  # one side of a square, or (rows, columns)
    stride: int = 1
    padding: str = "valid"
    activation: str | None = None
    bias: bool = True
    groups: int = 1
    dilation: int = 1

    @property
    def sides(self) -> tuple[int, int]:
        return self.kernel if isinstance(self.kernel, tuple) else (self.kernel, self.kernel)

    def output_shape(self, shape: Shape) -> Shape:
        channels = map_of(shape)[2]
        if channels % self.groups or self.filters % self.groups:
            raise ValueError(
                f"{self.groups} groups cannot share {channels} channels and {self.filters} filters "
                "evenly."
            )
        return (*self.map_size(shape), self.filters)

    def products(self, shape: Shape) -> int:
        """Multiply-adds for one output value: the weights of one filter."""
        return math.prod(self.sides) * shape[2] // self.groups

    def weights(self, shape: Shape) -> Weights:
        return Weights(self.products(shape) * self.filters, self.filters * self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        return math.prod(self.output_shape(shape)) * self.products(shape)

    def products_formula(self, shape: Shape) -> str:
        group = f"/{self.groups}" if self.groups > 1 else ""
        return times(*self.sides, shape[2]) + group

    def parameter_formula(self, shape: Shape) -> str:
        products = self.products_formula(shape)
        return times(f"({products} + 1)" if self.bias else products, self.filters)

    def multiply_add_formula(self, shape: Shape) -> str:
        return times(*self.output_shape(shape), self.products_formula(shape))

    def call(self) -> Call:
        options = self.window_options()
        if self.dilation != 1:
            options["dilation_rate"] = self.dilation
        if self.groups != 1:
            options["groups"] = self.groups
        options |= learned_options(self)
        return Call("Conv2D", (self.filters, self.kernel), options)


@dataclass(frozen=True)
class DepthwiseConvolution(Windowed):
    """One filter a channel, which sees that channel alone."""

    kind = "convolution"

    kernel: int
    stride: int = 1
    padding: str = "valid"
    activation: str | None = None
    bias: bool = True

    @property
    def sides(self) -> tuple[int, int]:
        return self.kernel, self.kernel

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.map_size(shape), shape[2])

    def weights(self, shape: Shape) -> Weights:
        return Weights(self.kernel**2 * shape[2], shape[2] * self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        return math.prod(self.output_shape(shape)) * self.kernel**2

    def parameter_formula(self, shape: Shape) -> str:
        products = times(*self.sides)
        return times(f"({products} + 1)" if self.bias else products, shape[2])

    def multiply_add_formula(self, shape: Shape) -> str:
        return times(*self.output_shape(shape), *self.sides)

    def call(self) -> Call:
        options = self.window_options() | learned_options(self)
        return Call("DepthwiseConv2D", (self.kernel,), options)


@dataclass(frozen=True)
class Pooling(Windowed):
    """The largest or the mean value of each window, in every channel by itself.

    Where an original rounds sizes up (Caffe) and another rounds them down, "same" and "valid" say
    which: on the even maps of these networks "same" is the rounding up.
    """

    kind = "pooling"

    size: int
    stride: int
    padding: str = "valid"
    operation: str = "max"  # or "average"

    @property
    def sides(self) -> tuple[int, int]:
        return self.size, self.size

    def output_shape(self, shape: Shape) -> Shape:
        return (*self.map_size(shape), shape[2])

    def call(self) -> Call:
        layer = {"max": "MaxPooling2D", "average": "AveragePooling2D"}[self.operation]
        return Call(layer, (self.size,), self.window_options(usual_stride=self.size))


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """The mean of each whole map: as many units as channels."""

    kind = "pooling"
    gathers = True

    def output_shape(self, shape: Shape) -> Shape:
        return (map_of(shape)[2],)

    def call(self) -> Call:
        return Call("GlobalAveragePooling2D")


@dataclass(frozen=True)
class GlobalMaxPooling(GlobalPooling):
    """The largest value of each whole map."""

    def call(self) -> Call:
        return Call("GlobalMaxPooling2D")


# --------------------------------------------------------------------- units


@dataclass(frozen=True)
class Dense(Layer):
    """Every unit sees every input."""

    kind = "dense"
    gathers = True

    units: int
    activation: str | None = None
    bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise ValueError(f"Expected (units,), got {shape}. Flatten the map first.")
        return (self.units,)

    def weights(self, shape: Shape) -> Weights:
        return Weights(shape[0] * self.units, self.units * self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        return shape[0] * self.units

    def parameter_formula(self, shape: Shape) -> str:
        return times(f"({shape[0]:,} + 1)" if self.bias else shape[0], self.units)

    def multiply_add_formula(self, shape: Shape) -> str:
        return times(shape[0], self.units)

    def call(self) -> Call:
        return Call("Dense", (self.units,), learned_options(self))


def learned_options(layer: Convolution | DepthwiseConvolution | Dense) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if layer.activation:
        options["activation"] = layer.activation
    if not layer.bias:
        options["use_bias"] = False
    return options


# --------------------------------------------------------------------- element by element


@dataclass(frozen=True)
class Activation(Layer):
    kind = "activation"
    stores = False

    function: str

    def call(self) -> Call:
        return Call("Activation", (self.function,))


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """x where x is positive, slope · x elsewhere."""

    kind = "activation"
    stores = False

    slope: float

    def call(self) -> Call:
        return Call("LeakyReLU", (self.slope,))


@dataclass(frozen=True)
class BatchNormalisation(Layer):
    """Each channel minus its mean, by its standard deviation, then scaled and shifted.

    Source: Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167. Two values a channel are
    learned (one without scale or shift), two more are the moving mean and variance: kept, not
    learned.
    """

    kind = "normalisation"
    stores = False

    epsilon: float = 1e-3  # Keras' own
    scale: bool = True
    shift: bool = True

    def weights(self, shape: Shape) -> Weights:
        channels = shape[-1]
        return Weights(channels * self.scale, channels * self.shift, 2 * channels)

    def parameter_formula(self, shape: Shape) -> str:
        return times(f"({self.shift + self.scale} + 2)", shape[-1])

    def call(self) -> Call:
        epsilon = {"epsilon": self.epsilon} if self.epsilon != 1e-3 else {}
        scale = {} if self.scale else {"scale": False}
        shift = {} if self.shift else {"center": False}
        return Call("BatchNormalization", (), epsilon | scale | shift)


@dataclass(frozen=True)
class LocalResponseNormalisation(Layer):
    """Each value by (bias + alpha · Σ of the squares of `size` channels around it) ^ beta.

    Source: Krizhevsky et al. 2012, section 3.3, whose constants these are.
    """

    kind = "normalisation"

    size: int = 5
    bias: float = 2.0
    alpha: float = 1e-4
    beta: float = 0.75

    def call(self) -> Call:
        arguments = (self.size, self.bias, self.alpha, self.beta)
        return Call("LocalResponseNormalization", arguments)


@dataclass(frozen=True)
class Dropout(Layer):
    """Sets a share of its inputs, or of its channels as a whole, to zero; in training alone."""

    kind = "dropout"
    stores = False

    rate: float
    channels: bool = False

    def call(self) -> Call:
        return Call("SpatialDropout2D" if self.channels else "Dropout", (self.rate,))


# --------------------------------------------------------------------- before the network


@dataclass(frozen=True)
class Rescaling(Layer):
    """scale · x + offset, one pair for all channels or one for each."""

    kind = "preprocessing"
    stores = False

    scale: float | tuple[float, ...]
    offset: float | tuple[float, ...] = 0.0

    def call(self) -> Call:
        return Call("Rescaling", (self.scale,), {"offset": self.offset} if self.offset else {})


@dataclass(frozen=True)
class Resizing(Layer):
    """The picture at another size. Receptive fields behind it are counted in its pixels."""

    kind = "preprocessing"

    height: int
    width: int
    interpolation: str = "bilinear"

    def output_shape(self, shape: Shape) -> Shape:
        return self.height, self.width, map_of(shape)[2]

    def call(self) -> Call:
        default = self.interpolation == "bilinear"
        options = {} if default else {"interpolation": self.interpolation}
        return Call("Resizing", (self.height, self.width), options)


@dataclass(frozen=True)
class Augmentation(Layer):
    """A random change of the picture, in training alone: afterwards it lets all values through."""

    kind = "preprocessing"
    stores = False

    change: str  # "RandomFlip", as Keras calls it

    def call(self) -> Call:
        return Call("Identity")


# --------------------------------------------------------------------- where paths meet


@dataclass(frozen=True)
class Add(Layer):
    """The sum of maps of one shape."""

    kind = "add"

    def output_shape(self, *shapes: Shape) -> Shape:
        if len(set(shapes)) != 1:
            raise ValueError(f"Only equal shapes can be added, got {', '.join(map(str, shapes))}.")
        return shapes[0]

    def call(self) -> Call:
        return Call("Add")


@dataclass(frozen=True)
class Multiply(Layer):
    """The product of maps; where one has a side of 1, that value is taken for the whole side."""

    kind = "multiply"

    def output_shape(self, *shapes: Shape) -> Shape:
        sides = list(zip(*shapes, strict=False))
        fits = len({len(shape) for shape in shapes}) == 1
        if not fits or any(len({*side} - {1}) > 1 for side in sides):
            raise ValueError(f"These shapes cannot be multiplied: {', '.join(map(str, shapes))}.")
        return tuple(max(side) for side in sides)

    def call(self) -> Call:
        return Call("Multiply")


MOST_TERMS = 8  # of a sum that is written out


@dataclass(frozen=True)
class Concatenate(Layer):
    """Channels behind channels, or along another axis, counted from the last (-1)."""

    kind = "concatenate"
    stores = False

    axis: int = -1

    def output_shape(self, *shapes: Shape) -> Shape:
        axis = self.axis % len(shapes[0])
        others = {shape[:axis] + shape[axis + 1 :] for shape in shapes}
        if len(others) != 1:
            raise ValueError(
                "Only shapes that agree in all but one axis can be put behind each other, got "
                f"{', '.join(map(str, shapes))}."
            )
        shape = list(shapes[0])
        shape[axis] = sum(shape[axis] for shape in shapes)
        return tuple(shape)

    def shape_formulas(self, *shapes: Shape) -> dict[str, int]:
        sizes = [shape[self.axis] for shape in shapes]
        written = [f"{size:,}" for size in sizes]
        if len(written) > MOST_TERMS:
            written[MOST_TERMS - 2 : -1] = ["…"]
        return {" + ".join(written): sum(sizes)}

    def call(self) -> Call:
        return Call("Concatenate", (), {} if self.axis == -1 else {"axis": self.axis})


# --------------------------------------------------------------------- shapes


@dataclass(frozen=True)
class Input(Layer):
    kind = "input"

    shape: Shape

    def output_shape(self) -> Shape:
        return self.shape

    def call(self) -> Call:
        return Call("Input", (self.shape,))


@dataclass(frozen=True)
class Flatten(Layer):
    """A map as one row of units: row by row, column by column, channel by channel."""

    kind = "flatten"
    stores = False
    reorders = True

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)

    def shape_formulas(self, shape: Shape) -> dict[str, int]:
        return {times(*shape): math.prod(shape)}

    def call(self) -> Call:
        return Call("Flatten")


@dataclass(frozen=True)
class Reshape(Layer):
    """The same values in the same order under another shape."""

    kind = "reshape"
    stores = False
    reorders = True

    shape: Shape

    def output_shape(self, shape: Shape) -> Shape:
        if math.prod(shape) != math.prod(self.shape):
            raise ValueError(f"{shape} cannot become {self.shape}: the number of values differs.")
        return self.shape

    def call(self) -> Call:
        return Call("Reshape", (self.shape,))


@dataclass(frozen=True)
class ZeroPadding(Layer):
    """Zeros on all four sides."""

    kind = "padding"
    stores = False

    padding: int | tuple[tuple[int, int], tuple[int, int]]  # or ((top, bottom), (left, right))

    @property
    def sides(self) -> tuple[tuple[int, int], tuple[int, int]]:
        same = ((self.padding,) * 2,) * 2
        return self.padding if isinstance(self.padding, tuple) else same

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = map_of(shape)
        rows, columns = self.sides
        return height + sum(rows), width + sum(columns), channels

    def shape_formulas(self, shape: Shape) -> dict[str, int]:
        return {
            f"{size:,} + 2·{one}" if one == other else f"{size:,} + {one} + {other}": size
            + one
            + other
            for size, (one, other) in zip(shape[:2], self.sides, strict=True)
        }

    def call(self) -> Call:
        return Call("ZeroPadding2D", (self.padding,))


@dataclass(frozen=True)
class UpSampling(Layer):
    """Every value repeated, in rows and in columns."""

    kind = "upsampling"

    factor: int

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = map_of(shape)
        return height * self.factor, width * self.factor, channels

    def shape_formulas(self, shape: Shape) -> dict[str, int]:
        return {times(size, self.factor): size * self.factor for size in shape[:2]}

    def call(self) -> Call:
        return Call("UpSampling2D", (self.factor,))


@dataclass(frozen=True)
class PaddedShortcut(Layer):
    """A shortcut without parameters across a change of shape: option A of He et al. 2015.

    Every stride-th row and column, and zeros in the channels that the input does not have.
    """

    kind = "subsampling"
    stores = False

    stride: int
    channels: int

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = map_of(shape)
        if channels > self.channels:
            raise ValueError(f"Zeros can add channels, not take any: {channels} → {self.channels}.")
        return -(-height // self.stride), -(-width // self.stride), self.channels

    def window(self) -> tuple[tuple[int, int], int]:
        return (1, 1), self.stride

    def shape_formulas(self, shape: Shape) -> dict[str, int]:
        return {f"⌈{size:,}/{self.stride}⌉": -(-size // self.stride) for size in shape[:2]}

    def call(self) -> Call:
        return Call("PaddedShortcut", (self.stride, self.channels))
