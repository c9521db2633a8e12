"""Move, turn, scale, thicken a digit or add noise, to see what a network can bear."""

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Disturbance:
    """What is done to a digit, about the centre of the field; the defaults leave it as it is."""

    right: float = 0  # pixels
    down: float = 0  # pixels
    turn: float = 0  # degrees, anticlockwise
    scale: float = 1  # factor
    thicken: float = 0  # pixels added to the width of the line; negative makes it thinner
    noise: float = 0  # standard deviation of added Gaussian noise, in units of full ink

    def apply(self, image28: np.ndarray, seed: int = 0, dark_ink: bool = False) -> np.ndarray:
        """The disturbed digit.

        Args:
            image28: (28, 28) float32 in 0…1.
            seed: The noise is drawn from it.
            dark_ink: The digit is dark on bright paper: paper, not ink, moves in at the edges.

        Returns:
            A picture of the same kind, in 256 grey levels; the given one where nothing is done.
        """
        if self == Disturbance():
            return image28
        if dark_ink:
            return np.float32(1) - self.apply(np.float32(1) - image28, seed)
        result = image28
        if self.thicken:
            result = thickened(result, self.thicken)
        height, width = image28.shape
        centre_xy = ((width - 1) / 2, (height - 1) / 2)
        matrix = cv2.getRotationMatrix2D(centre_xy, self.turn, self.scale)
        matrix[:, 2] += self.right, self.down
        if self.turn or self.scale != 1 or self.right or self.down:
            result = cv2.warpAffine(result, matrix, (width, height), flags=cv2.INTER_LINEAR)
        if self.noise:
            noise = np.random.default_rng(seed).normal(0, self.noise, image28.shape)
            result = result + noise
        levels = np.round(np.clip(result, 0, 1) * 255).astype("float32")
        return levels / np.float32(255)


def thickened(image28: np.ndarray, pixels: float) -> np.ndarray:
    """A line wider by some pixels, by maxima (or minima) over a disc at eight times the size."""
    finer = 8
    height, width = image28.shape
    large = cv2.resize(image28, None, fx=finer, fy=finer, interpolation=cv2.INTER_LINEAR)
    diameter = 2 * round(abs(pixels) * finer / 2) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter))
    large = cv2.dilate(large, disc) if pixels > 0 else cv2.erode(large, disc)
    return cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
