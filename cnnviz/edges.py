"""Brightness of a picture, and where it changes: Sobel's gradient, its size and its direction.

Source: Sobel and Feldman 1968, as told in Sobel 2014, "History and Definition of the Sobel
Operator"; Gx and Gy with the signs of the lecture (part 2).
"""

from dataclasses import dataclass

import numpy as np

from cnnviz.convolution import convolve
from cnnviz.kernels import KERNELS

# Parts in 1000 of red, green and blue: brightness by ITU-R BT.601, or one channel by itself.
CHANNELS = {
    "grey": (299, 587, 114),
    "red": (1000, 0, 0),
    "green": (0, 1000, 0),
    "blue": (0, 0, 1000),
}


def levels(image: np.ndarray, channel: str = "grey") -> np.ndarray:
    """One number a pixel: 0.299 R + 0.587 G + 0.114 B, rounded to a whole grey level, or a channel.

    Args:
        image: (H, W, 3) uint8 RGB.
        channel: A key of CHANNELS.

    Returns:
        (H, W) uint8, halves rounded up.

    >>> levels(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], "uint8"))
    array([[ 76, 150,  29]], dtype=uint8)
    """
    parts = np.array(CHANNELS[channel], "int32")
    return ((image @ parts + 500) // 1000).astype("uint8")


@dataclass(frozen=True)
class Gradient:
    """What Sobel's two kernels tell of every inner pixel; all (H - 2, W - 2) float64."""

    x: np.ndarray  # left minus right
    y: np.ndarray  # top minus bottom
    magnitude: np.ndarray  # √(Gx² + Gy²)
    direction: np.ndarray  # degrees, -180 < direction <= 180; NaN where nothing changes


def gradient(picture: np.ndarray) -> Gradient:
    """Size and direction of the change of brightness.

    The direction is the one in which it becomes brighter, anticlockwise from the right as in a
    diagram: 0° brighter to the right, 90° brighter upwards. The lecture's Gx is positive where the
    left is brighter, hence atan2(Gy, -Gx).

    Args:
        picture: (H, W) grey levels, at least 3 a side.
    """
    x = convolve(picture, KERNELS["sobel_x"].values)[..., 0]
    y = convolve(picture, KERNELS["sobel_y"].values)[..., 0]
    magnitude = np.hypot(x, y)
    direction = np.degrees(np.arctan2(y, 0.0 - x))  # not -x: atan2 would take -0.0 for the left
    return Gradient(x, y, magnitude, np.where(magnitude > 0, direction, np.nan))


def steepest(picture: np.ndarray) -> tuple[int, int]:
    """Row and column, in the picture, of the pixel whose gradient is largest; the first of equals.

    >>> steepest(np.array([[0, 0, 9, 9], [0, 0, 9, 9], [0, 0, 0, 0]]))
    (1, 2)
    """
    magnitude = gradient(picture).magnitude
    row, column = np.unravel_index(magnitude.argmax(), magnitude.shape)
    return int(row) + 1, int(column) + 1
