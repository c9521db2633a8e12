"""The lecture's 6×6 image and its two filters (part 2), and other small images to slide them over.

An image is drawn at every size that the convolution lesson offers; its pixels are the digits 0…9.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnviz.kernels import KERNELS

SIZES = range(3, 13)  # of an image's side, in pixels


def _rows(*rows: str) -> np.ndarray:
    """ "100001", … → (H, W) float64."""
    return np.array([[float(digit) for digit in row] for row in rows])


IMAGE = _rows("100001", "010010", "001100", "100010", "010010", "001010")
FILTERS = np.stack([KERNELS["diagonal"].values, KERNELS["vertical_line"].values])  # (2, 3, 3)

# The same strokes in colour: the V at the top green, the diagonal below it red, the line blue.
_RED = _rows("000000", "000000", "000000", "100000", "010000", "001000")
_BLUE = _rows("000000", "000000", "000000", "000010", "000010", "000010")
COLOUR_IMAGE = np.stack([_RED, IMAGE - _RED - _BLUE, _BLUE], axis=-1)  # (6, 6, 3)


def _of_one_colour(kernel: np.ndarray, channel: int) -> np.ndarray:
    """A filter (3, 3, 3) for a pattern in one colour: the others count against it."""
    slices = [np.where(kernel > 0, -kernel, 0.0)] * 3
    slices[channel] = kernel
    return np.stack(slices, axis=-1)


COLOUR_FILTERS = np.stack([_of_one_colour(FILTERS[0], 0), _of_one_colour(FILTERS[1], 2)])


@dataclass(frozen=True)
class SmallImage:
    """An image to choose. Its name is convolution.images.<key> in the texts."""

    key: str
    draw: Callable[[int], np.ndarray]  # size → (size, size) or (size, size, 3), digits 0…9

    @property
    def channels(self) -> int:
        drawn = self.draw(SIZES[0])
        return drawn.shape[2] if drawn.ndim == 3 else 1


def _cut_to(image: np.ndarray) -> Callable[[int], np.ndarray]:
    """The upper left part, or zeros to the right and below."""

    def draw(size: int) -> np.ndarray:
        canvas = np.zeros((size, size, *image.shape[2:]))
        side = min(size, len(image))
        canvas[:side, :side] = image[:side, :side]
        return canvas

    return draw


def _where(inside: Callable[[np.ndarray, np.ndarray, int], np.ndarray]) -> Callable:
    """Ones where a condition on (row, column, size) holds."""

    def draw(size: int) -> np.ndarray:
        row, column = np.indices((size, size))
        return inside(row, column, size).astype("float64")

    return draw


def _coloured_blocks(size: int) -> np.ndarray:
    """Red, green, blue and yellow quarters."""
    row, column = np.indices((size, size)) >= size // 2
    return np.stack([row == column, column > row, row > column], axis=-1) | np.stack(
        [row & column, row & column, np.zeros_like(row)], axis=-1
    )


IMAGES = {
    image.key: image
    for image in (
        SmallImage("lecture", _cut_to(IMAGE)),
        SmallImage("vertical_edge", _where(lambda row, column, size: column < size // 2)),
        SmallImage("horizontal_edge", _where(lambda row, column, size: row < size // 2)),
        SmallImage("diagonal_edge", _where(lambda row, column, size: column > row)),
        SmallImage(
            "cross",
            _where(
                lambda row, column, size: (row == (size - 1) // 2) | (column == (size - 1) // 2)
            ),
        ),
        SmallImage("checkerboard", _where(lambda row, column, size: (row + column) % 2 == 0)),
        # One bright pixel: the result is the filter itself, turned by 180°.
        SmallImage(
            "point",
            _where(
                lambda row, column, size: (row == (size - 1) // 2) & (column == (size - 1) // 2)
            ),
        ),
        SmallImage("ramp", lambda size: np.tile(np.arange(size) * 9 // (size - 1), (size, 1))),
        SmallImage("lecture_colour", _cut_to(COLOUR_IMAGE)),
        SmallImage("blocks_colour", lambda size: _coloured_blocks(size).astype("float64")),
    )
}
