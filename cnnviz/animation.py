"""Pictures one after the other as an animated GIF; Pillow writes it."""

from collections.abc import Iterable
from io import BytesIO

import numpy as np
from PIL import Image

COLOURS = 128  # of each frame; GIF knows 256


def gif(frames: Iterable[np.ndarray], milliseconds: int) -> bytes:
    """An animation that repeats for ever.

    Args:
        frames: (H, W, 3) uint8, all of one size, at least one.
        milliseconds: How long each is shown, a multiple of 10; the last one three times as long.
    """
    pictures = [
        Image.fromarray(frame).quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
        for frame in frames
    ]
    durations = [milliseconds] * (len(pictures) - 1) + [3 * milliseconds]
    written = BytesIO()
    pictures[0].save(
        written, "GIF", save_all=True, append_images=pictures[1:], duration=durations, loop=0
    )
    return written.getvalue()
