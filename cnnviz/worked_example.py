"""One convolution with all that follows it, small enough to read every number.

The lecture's example, or what a visitor made of it. A link keeps it as words (`from_link`), the
component assets/components/convolution.js writes them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from cnnviz import arithmetic, convolution, lecture_example, pooling
from cnnviz.kernels import KERNELS
from cnnviz.lecture_example import SIZES

KERNEL_SIZES = range(1, 6)
MOST_FILTERS = 4
STRIDES = range(1, 5)
PADDINGS = range(4)
DILATIONS = range(1, 4)
POOLS = {"max": pooling.max_pool, "average": pooling.average_pool}
POOL_SIZES = range(1, 5)
LARGEST = 99  # of an image's or a filter's values, with either sign
LONGEST_LINK = 6000  # characters of one word
NUMBER = re.compile(r"-?(\d{1,2}(\.\d{1,6})?|\.\d{1,6})")


@dataclass(frozen=True, eq=False)
class Example:
    """An image, its filters, and how they are applied."""

    image: np.ndarray  # (size, size, channels)
    filters: np.ndarray  # (filters, kernel, kernel, channels)
    bias: np.ndarray  # (filters,)
    stride: int = 1
    padding: convolution.Padding = 0
    dilation: int = 1
    relu: bool = False
    pool: str = "max"
    pool_size: int = 2
    pool_stride: int = 2

    @property
    def size(self) -> int:
        return self.image.shape[0]

    @property
    def channels(self) -> int:
        return self.image.shape[2]

    @property
    def kernel(self) -> int:
        return self.filters.shape[1]

    def padded_by(self, stride: int, padding: convolution.Padding) -> tuple[int, int]:
        """Zeros (before, after) one side."""
        if padding == "same":
            return arithmetic.same_padding(self.size, self.kernel, stride, self.dilation)
        return padding, padding

    def output_size(self, stride: int, padding: convolution.Padding) -> int:
        """One side of the result, for this stride and padding.

        Raises:
            ValueError: If the kernel is larger than the padded image.
        """
        padded = self.size + sum(self.padded_by(stride, padding))
        return arithmetic.output_size(padded, self.kernel, stride, 0, self.dilation)

    def elsewhere(self) -> tuple[int, convolution.Padding]:
        """A stride and padding that fit and are not those of the example: what a question asks."""
        for stride in (self.stride % 3 + 1, self.stride):
            for padding in (1, 0, 2, 3, "same"):
                if (stride, padding) == (self.stride, self.padding):
                    continue
                span = arithmetic.effective_kernel(self.kernel, self.dilation)
                if span <= self.size + sum(self.padded_by(stride, padding)):
                    return stride, padding
        raise AssertionError('with padding "same" every kernel fits')

    def convolved(self) -> np.ndarray:
        """(h, w, filters): what the filters give, before ReLU."""
        kernels = self.filters.transpose(1, 2, 3, 0)
        return convolution.convolve(
            self.image, kernels, self.stride, self.padding, self.bias, self.dilation
        )

    def pooled(self) -> np.ndarray:
        """(h, w, filters): behind ReLU, where it is on, and pooling."""
        maps = self.convolved()
        maps = pooling.relu(maps) if self.relu else maps
        return POOLS[self.pool](maps, self.pool_size, self.pool_stride)


DEFAULTS = {  # channels: the example of the lecture
    1: Example(
        lecture_example.IMAGE[..., np.newaxis],
        lecture_example.FILTERS[..., np.newaxis],
        np.zeros(2),
    ),
    3: Example(lecture_example.COLOUR_IMAGE, lecture_example.COLOUR_FILTERS, np.zeros(2)),
}


def _experiment(image: str, size: int, *kernels: str, **options) -> Example:
    filters = np.stack([KERNELS[key].values for key in kernels])[..., np.newaxis]
    drawn = lecture_example.IMAGES[image].draw(size)[..., np.newaxis]
    return Example(drawn, filters, np.zeros(len(kernels)), **options)


EXPERIMENTS = {  # each shows one thing; its name is convolution.experiments.<key> in the texts
    "lecture": DEFAULTS[1],
    "left_out": replace(DEFAULTS[1], stride=2),
    "same": replace(DEFAULTS[1], padding="same"),
    "relu": replace(DEFAULTS[1], relu=True),
    "point": _experiment("point", 6, "emboss", "sobel_x"),
    "edges": _experiment("cross", 8, "sobel_x", "sobel_y", padding=1),
    "blur": _experiment("checkerboard", 8, "blur", "mean"),
    "dilation": _experiment("lecture", 9, "diagonal", dilation=2, padding=2),
    "colour": DEFAULTS[3],
}


class Unreadable(ValueError):
    """A word of a link that says nothing we know."""


def _listed(word: str) -> np.ndarray:
    """ "1_-0.5_3" → their values."""
    parts = word.split("_")
    if not all(NUMBER.fullmatch(part) for part in parts):
        raise Unreadable(word)
    return np.array([float(part) for part in parts])


def _numbers(word: str) -> np.ndarray:
    """The same; an image of single digits needs no lines between them: "100110"."""
    return _listed("_".join(word) if re.fullmatch(r"\d{3,}", word) else word)


def _one_of(allowed: Iterable) -> Callable[[str], object]:
    """Reads a whole number, or a word, out of a few."""

    def read(word: str):
        for value in allowed:
            if word == str(value):
                return value
        raise Unreadable(word)

    return read


def _square(values: np.ndarray, depth: int, sizes: range) -> np.ndarray:
    """Flat → (size, size, depth)."""
    for size in sizes:
        if values.size == size * size * depth:
            return values.reshape(size, size, depth)
    raise Unreadable(f"{values.size} numbers")


def _filters(word: str, channels: int) -> np.ndarray:
    """ "…~…" → (filters, kernel, kernel, channels)."""
    kernels = [_square(_numbers(part), channels, KERNEL_SIZES) for part in word.split("~")]
    if len(kernels) > MOST_FILTERS or len({kernel.shape for kernel in kernels}) > 1:
        raise Unreadable(f"{len(kernels)} filters")
    return np.stack(kernels)


OPTIONS = {
    "stride": _one_of(STRIDES),
    "padding": _one_of([*PADDINGS, "same"]),
    "dilation": _one_of(DILATIONS),
    "relu": lambda word: bool(_one_of([0, 1])(word)),
    "pool": _one_of(POOLS),
    "pool_size": _one_of(POOL_SIZES),
    "pool_stride": _one_of(POOL_SIZES),
}
WORDS = ("channels", "image", "filters", "bias", *OPTIONS)


def from_link(words: Mapping[str, str]) -> tuple[Example, list[str]]:
    """The example that a link names, and the words in it that could not be used.

    Args:
        words: Some of WORDS; a missing or empty one stands for the lecture's value.

    Returns:
        The example, always one that can be calculated, and names out of WORDS.
    """
    unread: list[str] = []

    def read(name: str, parse: Callable, default):
        word = words.get(name)
        try:
            if word and len(word) > LONGEST_LINK:
                raise Unreadable(name)
            return parse(word) if word else default
        except Unreadable:
            unread.append(name)
            return default

    default = DEFAULTS[read("channels", _one_of(DEFAULTS), 1)]
    channels = default.channels
    image = read("image", lambda word: _square(_numbers(word), channels, SIZES), default.image)
    filters = read("filters", lambda word: _filters(word, channels), default.filters)

    def one_each(word: str) -> np.ndarray:
        values = _listed(word)
        if len(values) != len(filters):
            raise Unreadable(word)
        return values

    bias = read("bias", one_each, np.zeros(len(filters)))
    options = {name: read(name, parse, getattr(default, name)) for name, parse in OPTIONS.items()}
    example = Example(image, filters, bias, **options)
    try:
        example.output_size(example.stride, example.padding)
    except ValueError:  # the kernel does not fit on the image
        return default, [name for name in WORDS if words.get(name)]
    return example, unread
