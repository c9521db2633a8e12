"""Sizes, parameters, multiply-adds and receptive fields, by the lecture's formulas. Plain Python.

Sizes are those of one side, in pixels or units; "same" padding is Keras' and TensorFlow's.
"""

from collections.abc import Iterable


def effective_kernel(kernel: int, dilation: int = 1) -> int:
    """How many pixels a dilated kernel spans: dilation · (kernel − 1) + 1."""
    return dilation * (kernel - 1) + 1


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.

    The floor leaves out the last columns where the stride does not divide: no window starts there.

    Raises:
        ValueError: If a number is out of range, or the kernel is larger than the padded input.

    >>> output_size(6, 3), output_size(6, 3, stride=2), output_size(32, 5, padding=2)
    (4, 2, 32)
    """
    if min(size, kernel, stride, dilation) < 1 or padding < 0:
        raise ValueError(
            "Expected size, kernel, stride and dilation of at least 1 and padding of at least 0, "
            f"got size {size}, kernel {kernel}, stride {stride}, dilation {dilation}, "
            f"padding {padding}."
        )
    span = effective_kernel(kernel, dilation)
    if span > size + 2 * padding:
        raise ValueError(
            f"A kernel that spans {span} does not fit on an input of {size} with padding {padding} "
            f"on both sides ({size + 2 * padding} in all). Use a smaller kernel or more padding."
        )
    return (size + 2 * padding - span) // stride + 1


def left_out(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many of the last rows or columns of the padded input no window reaches.

    >>> left_out(6, 3, stride=2)
    1
    """
    steps = output_size(size, kernel, stride, padding, dilation) - 1
    return size + 2 * padding - effective_kernel(kernel, dilation) - steps * stride


def same_padding(size: int, kernel: int, stride: int = 1, dilation: int = 1) -> tuple[int, int]:
    """Zeros (before, after) one side so that the output has ⌈size / stride⌉ units.

    An odd number puts the extra zero after, as TensorFlow does.

    >>> same_padding(6, 3), same_padding(6, 3, stride=2), same_padding(6, 2)
    ((1, 1), (0, 1), (0, 1))
    """
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + effective_kernel(kernel, dilation) - size)
    return total // 2, total - total // 2


def conv_parameters(in_channels: int, filters: int, kernel: int, bias: bool = True) -> int:
    """(kernel · kernel · in_channels + 1) · filters; without the 1 where there is no bias.

    >>> conv_parameters(3, 10, 5)
    760
    """
    return (kernel * kernel * in_channels + bias) * filters


def dense_parameters(inputs: int, units: int, bias: bool = True) -> int:
    """(inputs + 1) · units; without the 1 where there is no bias.

    >>> dense_parameters(784, 512) + dense_parameters(512, 10)
    407050
    """
    return (inputs + bias) * units


def receptive_field(layers: Iterable[tuple[int, int]]) -> int:
    """Pixels of the input, along one side, that one unit behind all layers can see.

    Each layer (kernel, stride) adds (kernel − 1) · jump, where the jump is the product of the
    strides before it.

    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(3, 1), (3, 1), (3, 1)])
    (5, 7)
    """
    field = jump = 1
    for kernel, stride in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field
