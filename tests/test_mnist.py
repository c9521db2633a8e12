"""The bundled digits: 9,000 to train on, 1,000 that no network has seen."""

import numpy as np
import pytest

from cnnviz import mnist

SPLITS = [mnist.training, mnist.unseen]


def test_every_tenth_digit_is_left_out():
    with np.load(mnist.PATH) as file:
        images, labels = file["x"], file["y"]
    assert len(mnist.training()) == 9_000
    assert len(mnist.unseen()) == 1_000
    # positions 9, 19, 29 … are unseen; 0 to 8, 10 to 18 … are trained on
    np.testing.assert_array_equal(mnist.unseen().images[[0, 1, 999]], images[[9, 19, 9_999]])
    np.testing.assert_array_equal(mnist.unseen().labels, labels[9::10])
    np.testing.assert_array_equal(mnist.training().images[:10], images[[*range(9), 10]])
    np.testing.assert_array_equal(mnist.training().labels[:10], labels[[*range(9), 10]])


def test_no_unseen_picture_was_trained_on():
    """Not at another position either: the pictures themselves differ."""
    trained, unseen = (
        {image.tobytes() for image in split().images} for split in (mnist.training, mnist.unseen)
    )
    assert len(unseen) == 1_000
    assert not trained & unseen


def test_every_class_is_there():
    """About 100 of each of the ten, as in MNIST: ones are most frequent, fives least."""
    counts = np.bincount(mnist.unseen().labels, minlength=10)
    assert counts.tolist() == [100, 112, 99, 104, 98, 86, 101, 107, 95, 98]
    shares = np.bincount(mnist.training().labels, minlength=10) / 9_000
    np.testing.assert_allclose(shares, counts / 1_000, atol=0.001)


@pytest.mark.parametrize("split", SPLITS)
def test_ink_is_bright_on_dark_paper(split):
    digits = split()
    assert digits.images.shape == (len(digits), 28, 28)
    assert digits.images.dtype == np.uint8
    assert digits.images.max() == 255
    assert not digits.images[:, [0, 0, -1, -1], [0, -1, 0, -1]].any()  # the four corners
    assert 30 < digits.images.mean() < 36  # mostly paper


@pytest.mark.parametrize("split", SPLITS)
def test_nobody_can_change_the_digits(split):
    """The arrays are shared by every visitor."""
    with pytest.raises(ValueError, match="read-only"):
        split().images[0, 0, 0] = 0
    with pytest.raises(ValueError, match="read-only"):
        split().labels[0] = 0
