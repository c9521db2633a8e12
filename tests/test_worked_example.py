"""The convolution lesson's example: the lecture's numbers, and what a link may say."""

import numpy as np
import pytest

from cnnviz import worked_example
from cnnviz.lecture_example import IMAGES, SIZES
from cnnviz.worked_example import DEFAULTS, EXPERIMENTS, from_link


def maps(example) -> list:
    return example.convolved().transpose(2, 0, 1).tolist()


def test_without_a_word_it_is_the_lectures_example():
    example, unread = from_link({})
    assert unread == []
    assert maps(example) == [
        [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]],
        [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]],
    ]
    assert example.pooled().transpose(2, 0, 1).tolist() == [[[3, 0], [3, 1]], [[-1, 1], [0, 3]]]


def test_with_stride_2_the_last_column_does_not_fit():
    example, _ = from_link({"stride": "2"})
    assert maps(example) == [[[3, -3], [-3, 0]], [[-1, -1], [-1, -2]]]
    assert example.output_size(2, 0) == 2


def test_relu_comes_before_pooling():
    example, _ = from_link({"relu": "1", "pool": "average"})
    # The upper right of filter 2's map, -1 -1 / -2 1: ReLU leaves the 1 alone, its mean is 1/4.
    assert example.pooled()[0, 1, 1] == 0.25


def test_a_coloured_stroke_is_found_in_its_own_colour_alone():
    """The red diagonal gives 3; the green one, just as bright, counts against it: −1 −1 −1."""
    red = maps(DEFAULTS[3])[0]
    assert red[3][0] == 3
    assert red[0][0] == -3
    assert maps(DEFAULTS[3])[1][3][3] == 3  # the blue line


def test_a_link_holds_any_numbers():
    image = "_".join(["0.5", "-2", *["1"] * 7])
    example, unread = from_link(
        {"image": image, "filters": "1_2_3_4~0_0_0_-1.25", "bias": "1_-1", "padding": "same"}
    )
    assert unread == []
    assert example.image[0, :2, 0].tolist() == [0.5, -2]
    # 0.5·1 − 2·2 + 1·3 + 1·4 + 1, and −1.25·1 − 1 for the second filter
    assert example.convolved()[0, 0].tolist() == [4.5, -2.25]
    assert example.convolved().shape == (3, 3, 2)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ({"stride": "0"}, ["stride"]),
        ({"stride": "two", "padding": "4"}, ["stride", "padding"]),
        ({"image": "11"}, ["image"]),  # two pixels are no square
        ({"image": "<script>"}, ["image"]),
        ({"image": "1e9_" * 8 + "1"}, ["image"]),
        ({"image": "nan_" * 8 + "1"}, ["image"]),
        ({"image": "_".join(["1"] * 4000)}, ["image"]),
        ({"filters": "~".join(["1"] * 4000)}, ["filters"]),
        ({"filters": "1_2"}, ["filters"]),
        ({"filters": "~".join(["1_1_1_1"] * 5)}, ["filters"]),  # four at most
        ({"filters": "1_1_1_1~1"}, ["filters"]),  # of one size
        ({"bias": "1"}, ["bias"]),  # one for each of the two filters
        ({"channels": "2"}, ["channels"]),
        ({"relu": "yes"}, ["relu"]),
        ({"pool": "min"}, ["pool"]),
    ],
)
def test_what_cannot_be_read_is_named_and_the_lecture_stands_in(words, names):
    example, unread = from_link(words)
    assert unread == names
    assert maps(example) == maps(DEFAULTS[1])


def test_words_that_do_not_go_together_are_all_named():
    # 3 weights with two zeros between span 7 pixels: more than the image's 3.
    words = {"image": "1" * 9, "dilation": "3"}
    example, unread = from_link(words)
    assert sorted(unread) == sorted(words)
    assert maps(example) == maps(DEFAULTS[1])


@pytest.mark.parametrize("image", IMAGES.values(), ids=lambda image: image.key)
@pytest.mark.parametrize("size", SIZES)
def test_every_image_is_drawn_in_digits_at_every_size(image, size):
    drawn = image.draw(size)
    assert drawn.shape[:2] == (size, size)
    assert set(np.unique(drawn)) <= set(range(10))
    assert drawn.std() > 0  # it shows something


@pytest.mark.parametrize("example", EXPERIMENTS.values(), ids=EXPERIMENTS)
def test_every_experiment_shows_something_and_goes_on_to_the_end(example):
    assert example.convolved().std() > 0
    assert example.pooled().size >= 2


def test_the_experiments_show_what_they_say():
    assert EXPERIMENTS["same"].convolved().shape[:2] == (6, 6)
    # A filter turned by 180° is what one bright pixel leaves behind; this one is not its own turn.
    filter_, turned = (EXPERIMENTS["point"].filters[0, ::step, ::step, 0] for step in (1, -1))
    np.testing.assert_array_equal(EXPERIMENTS["point"].convolved()[:3, :3, 0], turned)
    assert (filter_ != turned).any()
    # In the middle of a checkerboard every window of the mean holds four or five bright pixels.
    mean = EXPERIMENTS["blur"].convolved()[..., 1]
    assert sorted(np.unique(np.round(9 * mean))) == [4, 5]


@pytest.mark.parametrize("size", [3, 6, 12])
@pytest.mark.parametrize("kernel", worked_example.KERNEL_SIZES)
@pytest.mark.parametrize("dilation", worked_example.DILATIONS)
@pytest.mark.parametrize("padding", [*worked_example.PADDINGS, "same"])
def test_there_is_always_another_layout_to_ask_for(size, kernel, dilation, padding):
    """Also where the filter spans more than the image: a question must not fail on any example."""
    example = worked_example.Example(
        np.zeros((size, size, 1)),
        np.zeros((1, kernel, kernel, 1)),
        np.zeros(1),
        1,
        padding,
        dilation,
    )
    stride, other = example.elsewhere()
    assert (stride, other) != (1, padding)
    assert example.output_size(stride, other) >= 1
