"""Sizes and counts of the lecture, by its formulas."""

import doctest

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import arithmetic
from cnnviz.arithmetic import conv_parameters, dense_parameters, output_size, receptive_field


def test_examples_in_the_docstrings():
    assert doctest.testmod(arithmetic).failed == 0


def test_the_exercise_of_the_lecture():
    """32×32×3, ten 5×5 filters, stride 1, pad 2 → 32×32×10 and (5·5·3 + 1)·10 parameters."""
    assert output_size(32, kernel=5, padding=2) == 32
    assert conv_parameters(3, 10, 5) == 760


def test_six_filters_of_5x5_on_32x32x3_give_28x28x6():
    assert output_size(32, 5) == 28


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (conv_parameters(1, 32, 3), 320),
        (conv_parameters(32, 64, 3), 18_496),
        (conv_parameters(64, 64, 3), 36_928),
        (dense_parameters(576, 64), 36_928),
        (dense_parameters(64, 10), 650),
        (dense_parameters(784, 512), 401_920),
        (dense_parameters(512, 10), 5_130),
        (conv_parameters(1, 25, 3) // 25, 10),  # "10 parameters a filter with bias"
        (conv_parameters(25, 50, 3) // 50, 226),
        (conv_parameters(3, 96, 11, bias=False), 34_848),  # AlexNet's CONV1
    ],
)
def test_parameters_of_the_lecture(parameters, expected):
    assert parameters == expected


def test_the_first_layers_of_alexnet():
    assert output_size(227, 11, stride=4) == 55
    assert output_size(55, 3, stride=2) == 27


def test_stacked_3x3_see_as_far_as_one_large_kernel_with_fewer_parameters():
    assert receptive_field([(3, 1)] * 2) == 5
    assert receptive_field([(3, 1)] * 3) == 7
    # for C channels: 3 · 9C² against 49C²
    assert 3 * conv_parameters(64, 64, 3, bias=False) == 27 * 64**2
    assert conv_parameters(64, 64, 7, bias=False) == 49 * 64**2


def test_a_unit_of_the_mnist_cnns_last_convolution_sees_18_pixels():
    """conv 3, pool 2, conv 3, pool 2, conv 3: 1 + 2 + 1 + 4 + 2 + 8."""
    assert receptive_field([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)]) == 18


def test_a_kernel_that_does_not_fit_is_told_with_its_numbers():
    with pytest.raises(ValueError, match="spans 5 does not fit on an input of 3 with padding 0"):
        output_size(3, 5)
    with pytest.raises(ValueError, match="at least 1"):
        output_size(3, 0)


@given(
    size=st.integers(1, 40),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
)
def test_same_padding_gives_the_ceiling_and_no_window_sticks_out(size, kernel, stride, dilation):
    before, after = arithmetic.same_padding(size, kernel, stride, dilation)
    assert 0 <= after - before <= 1
    whole = size + before + after
    span = arithmetic.effective_kernel(kernel, dilation)
    assert (whole - span) // stride + 1 == -(-size // stride)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_sizes_equal_keras(padding):
    for size in range(5, 12):
        for kernel in (1, 2, 3, 5):
            for stride in (1, 2, 3):
                layer = keras.layers.Conv2D(1, kernel, stride, padding)
                expected = layer.compute_output_shape((1, size, size, 1))[1]
                if padding == "valid":
                    assert output_size(size, kernel, stride) == expected
                else:
                    assert -(-size // stride) == expected
