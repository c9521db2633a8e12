"""The building blocks of part 6 in numbers: what they cost, and examples to follow by hand."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.layers import Convolution
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.convolution import convolve
from cnnviz.kernels import KERNELS
from cnnviz.lecture_example import COLOUR_IMAGE, FILTERS, IMAGE

# --------------------------------------------------------------------- 1×1 convolution

SOURCES = {
    "maps": convolve(IMAGE, np.moveaxis(FILTERS, 0, -1)[:, :, np.newaxis]),  # (4, 4, 2)
    "image": IMAGE[..., np.newaxis],  # (6, 6, 1)
    "colour": COLOUR_IMAGE,  # (6, 6, 3)
}
WEIGHTS = {  # (filters, channels) and biases that show something at the start
    "maps": (((1, 1), (1, -1)), (0, 0)),
    "image": (((2,), (-1,)), (0, 1)),
    "colour": (((1, 1, 1), (1, 0, -1)), (0, 0)),
}


def mix(maps: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A 1×1 convolution: at every pixel the same weighted sums of its channels.

    Args:
        maps: (H, W, channels).
        weights: (filters, channels).
        bias: (filters,).

    Returns:
        (H, W, filters).
    """
    return maps @ np.asarray(weights, "float64").T + np.asarray(bias, "float64")


# --------------------------------------------------------------------- bottleneck


@dataclass(frozen=True)
class Bottleneck:
    """A k×k convolution, directly or behind a 1×1 convolution to fewer channels."""

    size: int = 28  # of the map, one side
    channels: int = 256
    kernel: int = 5
    filters: int = 96
    neck: int = 32

    def _network(self, *layers: Convolution) -> Architecture:
        net = Builder((self.size, self.size, self.channels))
        for number, layer in enumerate(layers, start=1):
            net.add(f"conv{number}", layer)
        return net.architecture("bottleneck", "module")

    @property
    def direct(self) -> Architecture:
        return self._network(self._large)

    @property
    def through(self) -> Architecture:
        return self._network(Convolution(self.neck, 1, bias=False), self._large)

    @property
    def _large(self) -> Convolution:
        return Convolution(self.filters, self.kernel, padding="same", bias=False)

    @property
    def break_even(self) -> float:
        """The neck from which on the way through it costs more: k²·C·K / (C + k²·K)."""
        window = self.kernel**2
        return window * self.channels * self.filters / (self.channels + window * self.filters)


# --------------------------------------------------------------------- inception


BRANCHES = {  # rows of the two modules, from the input down
    "inception_naive": (("conv_1x1",), ("conv_3x3",), ("conv_5x5",), ("pool",)),
    "inception_reduced": (
        ("conv_1x1",),
        ("conv_3x3_reduce", "conv_3x3"),
        ("conv_5x5_reduce", "conv_5x5"),
        ("pool", "pool_project"),
    ),
}


def inception(key: str) -> list[list[dict]]:
    """The branches of a module, row by row, with their formulas."""
    network = ARCHITECTURES[key]
    return [
        [
            {
                "name": name,
                "shape": list(network[name].output_shape),
                "multiply_adds": network[name].multiply_adds,
                "formula": network[name].multiply_add_formula,
                "weights": network[name].weights.multipliers,
            }
            for name in branch
        ]
        for branch in BRANCHES[key]
    ]


# --------------------------------------------------------------------- factorisations


@dataclass(frozen=True)
class Separation:
    """A kernel as a column times a row: exactly for rank 1, else the nearest such."""

    rank: int
    column: np.ndarray  # (k,)
    row: np.ndarray  # (k,)


def separate(kernel: np.ndarray) -> Separation:
    """By the singular value decomposition K = Σ σ·u·vᵀ; the first term is the nearest of rank 1.

    Eckart and Young 1936. How a factor is shared by the two is free: where the rank is 1 the row
    gets whole numbers such as [1, 2, 1], else its largest number is 1.
    """
    kernel = np.asarray(kernel, "float64")
    left, values, right = np.linalg.svd(kernel)
    rank = int((values > 1e-9 * values[0]).sum())
    column, row = left[:, 0] * values[0], right[0]
    sizes = np.abs(row)[np.abs(row) > 1e-9]
    scale = sizes.min() if rank == 1 else sizes.max()
    if column[np.abs(column) > 1e-9][0] < 0:
        scale = -scale
    return Separation(rank, (column * scale).round(12) + 0.0, (row / scale).round(12) + 0.0)


def convolve_separately(image: np.ndarray, separation: Separation) -> np.ndarray:
    """First the row, then the column: (H, W) → (H − k + 1, W − k + 1)."""
    windows = np.lib.stride_tricks.sliding_window_view
    size = len(separation.row)
    along = windows(np.asarray(image, "float64"), size, axis=1) @ separation.row
    return windows(along, size, axis=0) @ separation.column


@cache
def separations() -> dict[str, dict]:
    """All classic 3×3 kernels on the lecture's image: both ways, and how far they differ."""
    found = {}
    for key, kernel in KERNELS.items():
        if len(kernel.rows) != 3:
            continue
        parts = separate(kernel.values)
        both = convolve_separately(IMAGE, parts)
        directly = convolve(IMAGE, kernel.values)[..., 0]
        found[key] = {
            "kernel": kernel.values.tolist(),
            "rank": parts.rank,
            "row": parts.row.tolist(),
            "column": parts.column.tolist(),
            "both": both.tolist(),
            "directly": directly.tolist(),
            "difference": float(np.abs(both - directly).max()),
        }
    return found


# --------------------------------------------------------------------- residual block


# Small whole numbers, so that every sum can be followed by hand.
RESIDUAL_INPUT = np.array([[1, 2, 0, 1], [0, 3, 1, 0], [2, 1, 0, 2], [1, 0, 1, 3]], "float64")
_FIRST = np.array([[0, 1, 0], [1, -2, 1], [0, 1, 0]], "float64")
_SECOND = np.array([[0, 0, 0], [0, 1, -1], [0, 0, 0]], "float64")
_OTHER = np.array([[1, 0, 0], [0, -1, 0], [0, 0, 1]], "float64")
PROJECTION = np.array([[1.0, -1.0]])  # (channels in, channels out) of the 1×1 projection
SHORTCUTS = ("identity", "zero_pad", "projection")
FUNCTIONS = ("example", "zero")


def residual_kernels(shortcut: str, function: str) -> tuple[np.ndarray, np.ndarray]:
    """The two kernels (3, 3, in, out) of F; where the shape changes F has two channels."""
    if shortcut == "identity":
        first, second = _FIRST[..., None, None], _SECOND[..., None, None]
    else:
        first = np.stack([_FIRST, _OTHER], -1)[:, :, None]
        second = np.zeros((3, 3, 2, 2))
        second[..., 0, 0], second[..., 1, 1] = _SECOND, _OTHER
    if function == "zero":
        first, second = 0 * first, 0 * second
    return first, second


def residual(image: np.ndarray, shortcut: str, function: str) -> dict[str, np.ndarray]:
    """y = ReLU(F(x) + shortcut(x)) with F(x) = conv(ReLU(conv(x))), all maps (h, w, channels).

    Source: He et al. 2015, https://arxiv.org/abs/1512.03385, equations 1 and 2, options A and B;
    without batch normalisation, so that the numbers stay small. Across a change of shape the first
    convolution and the shortcut have stride 2.
    """
    image = np.asarray(image, "float64")[..., np.newaxis]
    first, second = residual_kernels(shortcut, function)
    stride = 1 if shortcut == "identity" else 2
    convolved = convolve(image, first, stride, "same")
    active = np.maximum(convolved, 0)
    function_of_x = convolve(active, second, 1, "same")
    across = {
        "identity": image,
        "zero_pad": np.concatenate([image[::2, ::2], 0 * image[::2, ::2]], -1),
        "projection": image[::2, ::2] @ PROJECTION,
    }[shortcut]
    total = function_of_x + across
    return {
        "first": convolved,
        "relu": active,
        "function": function_of_x,
        "shortcut": across,
        "sum": total,
        "output": np.maximum(total, 0),
    }
