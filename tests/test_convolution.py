"""The lecture's 6×6 example (facts by hand), and every other case against Keras."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import arithmetic
from cnnviz.convolution import convolve, windows
from cnnviz.kernels import KERNELS
from cnnviz.pooling import average_pool, flatten, max_pool, relu

IMAGE = np.array([[int(pixel) for pixel in row] for row in (
    "100001", "010010", "001100", "100010", "010010", "001010",
)])  # fmt: skip
FILTER_1 = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
FILTER_2 = np.array([[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]])
MAP_1 = [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
MAP_2 = [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]]


@pytest.mark.parametrize(("kernel", "expected"), [(FILTER_1, MAP_1), (FILTER_2, MAP_2)])
def test_the_lectures_filters_give_the_lectures_maps(kernel, expected):
    np.testing.assert_array_equal(convolve(IMAGE, kernel)[..., 0], expected)


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [(FILTER_1, [[3, -3], [-3, 0]]), (FILTER_2, [[-1, -1], [-1, -2]])],
)
def test_stride_two_leaves_the_last_column_out(kernel, expected):
    np.testing.assert_array_equal(convolve(IMAGE, kernel, stride=2)[..., 0], expected)
    assert arithmetic.left_out(6, 3, stride=2) == 1


def test_two_filters_give_two_channels_and_pooling_a_smaller_image():
    maps = convolve(IMAGE, np.stack([FILTER_1, FILTER_2], axis=-1)[:, :, np.newaxis])
    assert maps.shape == (4, 4, 2)
    pooled = max_pool(maps)
    np.testing.assert_array_equal(pooled[..., 0], [[3, 0], [3, 1]])
    np.testing.assert_array_equal(pooled[..., 1], [[-1, 1], [0, 3]])
    # average of the upper left window of map 1: (3 - 1 - 3 + 1) / 4
    assert average_pool(maps)[0, 0, 0] == 0
    np.testing.assert_array_equal(flatten(relu(pooled)), [3, 0, 0, 1, 3, 0, 1, 3])


def test_every_window_writes_its_sum_out():
    steps = list(windows(IMAGE, FILTER_1))
    assert [(step.row, step.column) for step in steps[:5]] == [
        (0, 0),
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 0),
    ]
    np.testing.assert_array_equal(steps[0].patch, [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    # 1·1 + 0·(−1) + 0·(−1) + 0·(−1) + 1·1 + 0·(−1) + 0·(−1) + 0·(−1) + 1·1 = 3
    np.testing.assert_array_equal(steps[0].products, [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert [step.total for step in steps] == [value for row in MAP_1 for value in row]


def test_a_filter_spans_the_full_depth():
    """5×5×3: a dot product of 75 terms, plus the bias."""
    random = np.random.default_rng(0)
    image, kernel = random.normal(size=(32, 32, 3)), random.normal(size=(5, 5, 3))
    result = convolve(image, kernel, bias=0.5)
    assert result.shape == (28, 28, 1)
    assert result[3, 4, 0] == pytest.approx((image[3:8, 4:9] * kernel).sum() + 0.5)
    first = next(windows(image, kernel))
    assert first.products.size == 75
    with pytest.raises(ValueError, match="full depth"):
        convolve(image, kernel[:, :, :2])


@pytest.mark.parametrize(
    ("image", "kernel", "settings", "message"),
    [
        (np.ones((3, 3)), np.ones((5, 5)), {}, "spans 5 does not fit on an input of 3"),
        (np.ones((3, 3)), np.ones((3, 3)), {"dilation": 2}, "spans 5"),
        (np.ones((0, 3)), np.ones((1, 1)), {}, "Expected an image"),
        (np.ones((3, 3)), np.ones((2, 3)), {}, "square kernels"),
        (np.ones((3, 3)), np.ones((1, 1)), {"stride": 0}, "at least 1"),
        (np.full((3, 3), np.nan), np.ones((1, 1)), {}, "finite"),
    ],
)
def test_what_cannot_be_convolved_is_told(image, kernel, settings, message):
    with pytest.raises(ValueError, match=message):
        convolve(image, kernel, **settings)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    padding=st.one_of(st.integers(0, 3), st.just("same")),
    seed=st.integers(0, 1000),
)
def test_any_convolution_equals_keras(
    height, width, channels, filters, kernel, stride, dilation, padding, seed
):
    random = np.random.default_rng(seed)
    image = random.normal(size=(height, width, channels))
    weights = random.normal(size=(kernel, kernel, channels, filters))
    if padding != "same" and arithmetic.effective_kernel(kernel, dilation) > 2 * padding + min(
        height, width
    ):
        with pytest.raises(ValueError, match="does not fit"):
            convolve(image, weights, stride, padding, dilation=dilation)
        return
    if (
        stride > 1 and dilation > 1
    ):  # Keras has no such layer; a law instead: every s-th of stride 1
        if padding == "same":
            return
        dense = convolve(image, weights, 1, padding, dilation=dilation)
        ours = convolve(image, weights, stride, padding, dilation=dilation)
        np.testing.assert_allclose(ours, dense[::stride, ::stride])
        return
    border = 0 if padding == "same" else padding
    batch = np.pad(image, ((border, border), (border, border), (0, 0)))[np.newaxis]
    mode = "same" if padding == "same" else "valid"
    theirs = keras.ops.conv(
        batch.astype("float32"), weights.astype("float32"), stride, mode, dilation_rate=dilation
    )
    ours = convolve(image, weights, stride, padding, dilation=dilation)
    np.testing.assert_allclose(ours, keras.ops.convert_to_numpy(theirs)[0], atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    size=st.integers(1, 4),
    stride=st.integers(1, 4),
    seed=st.integers(0, 1000),
)
def test_any_pooling_equals_keras(height, width, size, stride, seed):
    maps = np.random.default_rng(seed).normal(size=(height, width, 2))
    if size > min(height, width):
        with pytest.raises(ValueError, match="does not fit"):
            max_pool(maps, size, stride)
        return
    batch = maps[np.newaxis].astype("float32")
    for ours, theirs in ((max_pool, keras.ops.max_pool), (average_pool, keras.ops.average_pool)):
        expected = keras.ops.convert_to_numpy(theirs(batch, size, stride, "valid"))[0]
        np.testing.assert_allclose(ours(maps, size, stride), expected, atol=1e-5)


def test_edges_have_the_sign_that_the_lecture_gives_them():
    """A step from dark (left, top) to bright: Sobel answers −4 times the step, in its direction."""
    step = np.repeat([[0, 0, 1, 1]], 4, axis=0)
    np.testing.assert_array_equal(convolve(step, KERNELS["sobel_x"].values)[..., 0], [[-4, -4]] * 2)
    np.testing.assert_array_equal(convolve(step, KERNELS["sobel_y"].values)[..., 0], [[0, 0]] * 2)
    np.testing.assert_array_equal(
        convolve(step.T, KERNELS["sobel_y"].values)[..., 0], [[-4, -4]] * 2
    )


@pytest.mark.parametrize(
    ("key", "total"),
    [
        *((key, 1) for key in ("blur", "mean", "blur_5", "sharpen", "identity", "emboss")),
        *((key, 0) for key in ("edge", "laplace", "sobel_x", "sobel_y")),
    ],
)
def test_kernels_keep_brightness_or_answer_nothing_on_even_ground(key, total):
    assert KERNELS[key].values.sum() == pytest.approx(total)


def test_one_cell_by_hand_for_every_classic_kernel_on_a_single_bright_pixel():
    """A bright pixel in the middle makes the result the kernel turned by 180 degrees."""
    for kernel in KERNELS.values():
        size = len(kernel.values)
        image = np.zeros((2 * size - 1, 2 * size - 1))
        image[size - 1, size - 1] = 1
        np.testing.assert_allclose(
            convolve(image, kernel.values)[..., 0], kernel.values[::-1, ::-1]
        )
