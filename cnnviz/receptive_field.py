"""The receptive field of a stack of windows, layer by layer: its size, its place, its jump.

Source: Araujo, Norris, Sim 2019, https://distill.pub/2019/computing-receptive-fields. With kernel
k, stride s and dilation d, from layer to layer

    r_l = r_{l−1} + d·(k − 1)·j_{l−1}        pixels that one unit sees along one side
    j_l = j_{l−1} · s                        pixels from a unit to its neighbour
    o_l = o_{l−1} − p·j_{l−1}                first pixel of unit 0; negative: it sees padding
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cnnviz import arithmetic

KINDS = ("convolution", "pooling")
KERNELS, STRIDES, DILATIONS = range(1, 12), range(1, 5), range(1, 9)
MOST = 20  # layers
SIDES = (16, 28, 64, 112, 224)  # of the picture, in pixels
PADDINGS = ("valid", "same")
WORD = re.compile(r"([cp])(\d{1,2})(?:s(\d))?(?:d(\d))?")


@dataclass(frozen=True)
class Window:
    """A layer of the stack."""

    kind: str  # "convolution" or "pooling"
    kernel: int
    stride: int = 1
    dilation: int = 1

    def to_word(self) -> str:
        """ "c3", "p2s2", "c3d2"."""
        word = f"{self.kind[0]}{self.kernel}"
        word += f"s{self.stride}" if self.stride > 1 else ""
        return word + (f"d{self.dilation}" if self.dilation > 1 else "")


@dataclass(frozen=True)
class Stage:
    """What holds behind a layer, along one side. Stage 0 is the picture."""

    size: int  # units
    field: int  # pixels that a unit sees
    jump: int
    offset: int  # first pixel of unit 0
    padding: int  # units before the map that the layer's first window also reads

    def sees(self, unit: int) -> tuple[int, int]:
        """First and last pixel of a unit's field; they may lie outside of the picture."""
        first = self.offset + unit * self.jump
        return first, first + self.field - 1

    def centre(self, unit: int) -> float:
        return self.offset + unit * self.jump + (self.field - 1) / 2

    def nearest(self, pixel: float) -> int:
        """The unit whose centre is nearest to a pixel; of two the first."""
        middle = (pixel - self.centre(0)) / self.jump
        return max(0, min(self.size - 1, -int(-(middle - 0.5) // 1)))


def stages(layers: Sequence[Window], side: int, padding: str = "valid") -> list[Stage]:
    """Of the picture and of every layer. "same" pads convolutions alone, as Keras does.

    Raises:
        ValueError: If a window does not fit on its map.

    >>> [stage.field for stage in stages([Window("convolution", 3)] * 3, 28)]
    [1, 3, 5, 7]
    """
    found = [Stage(side, 1, 1, 0, 0)]
    for layer in layers:
        before = found[-1]
        padded = padding == "same" and layer.kind == "convolution"
        zeros = (
            arithmetic.same_padding(before.size, layer.kernel, layer.stride, layer.dilation)
            if padded
            else (0, 0)
        )
        size = (
            -(-before.size // layer.stride)
            if padded
            else arithmetic.output_size(before.size, layer.kernel, layer.stride, 0, layer.dilation)
        )
        found.append(
            Stage(
                size=size,
                field=before.field + layer.dilation * (layer.kernel - 1) * before.jump,
                jump=before.jump * layer.stride,
                offset=before.offset - zeros[0] * before.jump,
                padding=zeros[0],
            )
        )
    return found


@dataclass(frozen=True)
class Stack:
    """What the lesson shows: layers on a square picture."""

    layers: tuple[Window, ...]
    side: int
    padding: str

    def stages(self) -> list[Stage]:
        return stages(self.layers, self.side, self.padding)


def _convolutions(*kernels: int, stride: int = 1) -> tuple[Window, ...]:
    return tuple(Window("convolution", kernel, stride) for kernel in kernels)


_POOL = Window("pooling", 2, 2)
_CONV = Window("convolution", 3)

PRESETS: dict[str, Stack] = {
    "two_3x3": Stack(_convolutions(3, 3), 28, "valid"),
    "three_3x3": Stack(_convolutions(3, 3, 3), 28, "valid"),
    "one_7x7": Stack(_convolutions(7), 28, "valid"),
    "mnist_cnn": Stack((_CONV, _POOL, _CONV, _POOL, _CONV), 28, "valid"),
    "vgg16": Stack((_CONV, _CONV, _POOL) * 2 + (*[_CONV] * 3, _POOL), 224, "same"),
    "strides": Stack(_convolutions(3, 3, 3, 3, stride=2), 64, "same"),
    "dilations": Stack(
        tuple(Window("convolution", 3, 1, dilation) for dilation in (1, 2, 4, 8)), 64, "same"
    ),
}
DEFAULT = "three_3x3"


def to_link(layers: Sequence[Window]) -> str:
    """ "c3-c3-p2s2"."""
    return "-".join(layer.to_word() for layer in layers)


def from_link(words: str) -> tuple[Window, ...] | None:
    """The layers that a link names; None where it names none that we offer."""
    layers = []
    for word in words.split("-")[: MOST + 1]:
        match = WORD.fullmatch(word)
        if not match or not word.isascii():
            return None
        kind, kernel, stride, dilation = match.groups()
        layer = Window(
            "convolution" if kind == "c" else "pooling",
            int(kernel),
            int(stride or 1),
            int(dilation or 1),
        )
        fits = layer.kernel in KERNELS and layer.stride in STRIDES and layer.dilation in DILATIONS
        if not fits or (kind == "p" and layer.dilation > 1):
            return None
        layers.append(layer)
    return tuple(layers) if len(layers) <= MOST else None


def paths(layers: Sequence[Window]) -> list[int]:
    """Along one side: how many ways lead from each pixel of the field to the unit.

    In two dimensions the numbers of a row and a column are multiplied. With all weights alike they
    are the weights of the pixels; many layers bring them near a Gaussian (central limit theorem).

    >>> paths([Window("convolution", 3)] * 2)
    [1, 2, 3, 2, 1]
    """
    counts, jump = [1], 1
    for layer in layers:
        spread = [0] * (len(counts) + layer.dilation * (layer.kernel - 1) * jump)
        for tap in range(layer.kernel):
            for at, count in enumerate(counts):
                spread[at + tap * layer.dilation * jump] += count
        counts, jump = spread, jump * layer.stride
    return counts
