"""A digit moved, turned, scaled, thickened, with noise: by hand where it can be, else by law."""

import numpy as np
import pytest

from cnnviz.disturbance import Disturbance, thickened

KINDS = [
    Disturbance(right=2),
    Disturbance(down=-3),
    Disturbance(turn=30),
    Disturbance(scale=0.7),
    Disturbance(thicken=1),
    Disturbance(thicken=-1),
    Disturbance(noise=0.2),
    Disturbance(1.5, 2, 45, 1.2, 0.5, 0.1),
]


def dot(row: int, column: int) -> np.ndarray:
    image = np.zeros((28, 28), np.float32)
    image[row, column] = 1
    return image


def bar(width: int) -> np.ndarray:
    """An upright bar of 16 rows in the middle of the field."""
    image = np.zeros((28, 28), np.float32)
    image[6:22, 14 - width // 2 : 14 - width // 2 + width] = 1
    return image


def test_nothing_is_done_by_default():
    image = bar(4)
    assert Disturbance().apply(image) is image


@pytest.mark.parametrize(("right", "down"), [(3, 0), (-4, 0), (0, 5), (0, -6), (7, -2)])
def test_whole_pixels_move_exactly(right, down, unseen):
    image = unseen.images[417]
    moved = Disturbance(right=right, down=down).apply(image)
    padded = np.pad(image, 10)
    expected = padded[10 - down : 38 - down, 10 - right : 38 - right]
    np.testing.assert_array_equal(moved, expected)


def test_half_a_pixel_is_shared_by_two():
    moved = Disturbance(right=0.5).apply(dot(10, 10))
    # 0.5 of ink in each, as 128 of the 255 levels
    np.testing.assert_allclose(moved[10, 9:13], [0, 0.5, 0.5, 0], atol=0.5 / 255)
    assert moved.sum() == pytest.approx(1, abs=2 / 255)


def test_what_leaves_the_field_is_lost():
    assert not Disturbance(right=18).apply(dot(10, 10)).any()


def test_quarter_turn_by_hand():
    """Anticlockwise about the middle, between pixels 13 and 14: right of it becomes above it."""
    turned = Disturbance(turn=90).apply(dot(13, 20))
    # (row, column) = (13, 20) is 0.5 above and 6.5 right of the middle: then 6.5 above, 0.5 left
    np.testing.assert_allclose(turned, dot(7, 13), atol=1e-6)


def test_four_quarter_turns_change_nothing(unseen):
    image = result = unseen.images[417]
    for _ in range(4):
        result = Disturbance(turn=90).apply(result)
        np.testing.assert_allclose(result.sum(), image.sum(), rtol=1e-4)
    np.testing.assert_allclose(result, image, atol=2 / 255)


@pytest.mark.parametrize("turn", [-90, 90])
def test_quarter_turn_is_numpys(turn, unseen):
    image = unseen.images[417]
    expected = np.rot90(image, turn // 90)  # np.rot90 is anticlockwise, too
    np.testing.assert_allclose(Disturbance(turn=turn).apply(image), expected, atol=1 / 255)


@pytest.mark.parametrize("scale", [0.5, 1.5])
def test_area_grows_with_the_square_of_the_scale(scale):
    image = np.zeros((28, 28), np.float32)
    image[8:20, 8:20] = 1  # 12×12 in the middle: 144, then 36 or 324 pixels
    scaled = Disturbance(scale=scale).apply(image)
    assert scaled.sum() == pytest.approx(144 * scale**2, rel=0.05)
    np.testing.assert_allclose(scaled, scaled[::-1, ::-1], atol=1 / 255)  # about the middle


@pytest.mark.parametrize("pixels", [-2, -1, -0.5, 0.5, 1, 2, 4])
def test_line_grows_by_the_pixels_asked_for(pixels):
    """A bar of 4 becomes one of 4 + pixels; a row in its middle counts them."""
    width = thickened(bar(4), pixels)[14].sum()
    assert width == pytest.approx(4 + pixels, abs=0.3)


def test_thicker_is_more_ink_and_thinner_is_less(unseen):
    for image in unseen.images[::100]:
        areas = [
            Disturbance(thicken=pixels).apply(image).sum() for pixels in (-1, -0.25, 0, 0.25, 1, 2)
        ]
        assert areas == sorted(areas)
        assert areas[0] < areas[-1]


def test_noise_has_the_deviation_asked_for():
    """On half-grey nothing is cut off: mean 0.5, and 784 samples tell 0.1 to some 5 %."""
    grey = np.full((28, 28), 0.5, np.float32)
    noise = Disturbance(noise=0.1).apply(grey) - grey
    assert noise.mean() == pytest.approx(0, abs=0.015)
    assert noise.std() == pytest.approx(0.1, rel=0.1)


def test_noise_is_the_same_for_the_same_seed():
    noisy = Disturbance(noise=0.2)
    np.testing.assert_array_equal(noisy.apply(bar(4)), noisy.apply(bar(4)))
    np.testing.assert_array_equal(noisy.apply(bar(4), seed=3), noisy.apply(bar(4), seed=3))
    assert (noisy.apply(bar(4), seed=3) != noisy.apply(bar(4), seed=4)).mean() > 0.3


@pytest.mark.parametrize("disturbance", KINDS, ids=str)
def test_result_is_a_digit_and_the_argument_stays(disturbance, unseen):
    image = unseen.images[417].copy()
    result = disturbance.apply(image)
    np.testing.assert_array_equal(image, unseen.images[417])
    assert result is not image
    assert result.shape == (28, 28)
    assert result.dtype == np.float32
    levels = result * 255
    np.testing.assert_allclose(levels, levels.round(), atol=1e-4)  # 256 grey levels
    assert levels.min() >= 0
    assert levels.max() <= 255
