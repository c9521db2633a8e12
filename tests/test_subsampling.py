"""Fewer pixels: sizes and values on paper, and what is still read against slow twins."""

import json

import numpy as np
import pytest

from cnnviz import ASSETS, mnist, network, subsampling

SQUARE = np.array([[1, 2, 3, 9], [5, 8, 7, 5], [0, 0, 4, 4], [0, 4, 4, 4]], float)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("mean", [[4, 6], [1, 4]]),  # (1 + 2 + 5 + 8) / 4 = 4 …
        ("max", [[8, 9], [4, 4]]),
        ("pick", [[1, 3], [0, 4]]),
    ],
)
def test_one_pixel_comes_from_four(method, expected):
    np.testing.assert_array_equal(subsampling.subsample(SQUARE, 2, method), expected)


@pytest.mark.parametrize("method", subsampling.METHODS)
def test_what_does_not_fill_a_square_is_left_out(method):
    image = np.arange(5 * 7 * 3, dtype=float).reshape(5, 7, 3)
    small = subsampling.subsample(image, 2, method)
    assert small.shape == (2, 3, 3)
    np.testing.assert_array_equal(small, subsampling.subsample(image[:4, :6], 2, method))


@pytest.mark.parametrize("method", subsampling.METHODS)
def test_factor_one_changes_nothing(method):
    np.testing.assert_array_equal(subsampling.subsample(SQUARE, 1, method), SQUARE)


def test_digits_have_every_size_that_divides_28():
    sides = [subsampling.small_digits(f, "mean").shape[1] for f in subsampling.DIGIT_FACTORS]
    assert sides == [28, 14, 7, 4, 2]


def test_nearest_neighbour_is_the_closest_of_all_known_digits():
    found = subsampling.neighbour_reads(4, "mean")
    known = mnist.training().images.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)) / 255
    for number in (0, 7, 417, 999):
        asked = mnist.unseen().images[number].reshape(7, 4, 7, 4).mean(axis=(1, 3)) / 255
        nearest = ((known - asked) ** 2).sum(axis=(1, 2)).argmin()
        assert found[number] == mnist.training().labels[nearest]


def test_the_object_is_still_in_a_sixteenth_of_the_pixels():
    """But not in what is left when single pixels are picked, and hardly in four pixels."""
    share = {
        (factor, method): subsampling.accuracy(subsampling.neighbour_reads(factor, method))
        for factor, method in ((1, "mean"), (4, "mean"), (4, "pick"), (14, "mean"))
    }
    assert share[4, "mean"] > share[1, "mean"] - 0.03 > 0.9
    assert share[4, "pick"] < share[4, "mean"] - 0.1
    assert share[14, "mean"] < 0.5


def test_network_on_whole_digits_has_its_measured_accuracy():
    measured = json.loads((ASSETS / "data" / "mnist_measured.json").read_text())["models"]
    logits = subsampling.network_reads(1, "mean")
    assert logits.shape == (1000, 10)
    right = subsampling.accuracy(logits.argmax(axis=1))
    assert right == pytest.approx(measured["mnist_cnn"]["accuracy"])


@pytest.mark.parametrize("method", subsampling.METHODS)
def test_network_reads_every_pixel_enlarged_to_a_square(method):
    number = 417
    small = subsampling.small_digits(2, method)[number]
    seen = np.kron(small, np.ones((2, 2), "float32"))
    expected = network.logits("mnist_cnn", seen.reshape(1, 28, 28, 1))[0]
    np.testing.assert_allclose(
        subsampling.network_reads(2, method)[number], expected, rtol=1e-4, atol=1e-4
    )


def test_half_the_side_hurts_the_network_little_a_quarter_much():
    right = [
        subsampling.accuracy(subsampling.network_reads(factor, "mean").argmax(axis=1))
        for factor in (1, 2, 4)
    ]
    assert right[0] - right[1] < 0.02
    assert right[2] < 0.6
