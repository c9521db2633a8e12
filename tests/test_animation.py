"""Frames become an animated GIF."""

import io

import numpy as np
import pytest
from PIL import Image, ImageSequence

from cnnviz import animation


def frames(count: int) -> list[np.ndarray]:
    """A white square that moves to the right on black."""
    pictures = np.zeros((count, 20, 40, 3), "uint8")
    for at, picture in enumerate(pictures):
        picture[5:15, 3 * at : 3 * at + 10] = 255
    return list(pictures)


def test_every_frame_is_there_in_order_and_at_its_time():
    written = Image.open(io.BytesIO(animation.gif(frames(4), 300)))
    assert written.info["loop"] == 0  # for ever
    shown = [
        (frame.info["duration"], np.array(frame.convert("L")))
        for frame in ImageSequence.Iterator(written)
    ]
    assert [duration for duration, _ in shown] == [300, 300, 300, 900]
    for (_, pixels), drawn in zip(shown, frames(4), strict=True):
        assert np.abs(pixels.astype(int) - drawn[..., 0]).max() <= 2


def test_no_frame_is_no_animation():
    with pytest.raises(IndexError):
        animation.gif([], 100)
