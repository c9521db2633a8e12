"""Exercises on parameters: of a convolution, of dense layers, of layers in a row.

The lecture counts the biases: each filter has kernel · kernel · channels weights and one bias,
each dense unit a weight for every input and one bias.
"""

from collections.abc import Callable, Sequence
from functools import partial

from cnnviz import arithmetic
from cnnviz.exercises.draws import Draws
from cnnviz.exercises.exercise import (
    Answer,
    Exercise,
    Part,
    Sentence,
    Shape,
    say,
    show,
    show_shape,
    slips,
)
from cnnviz.exercises.sizes import Convolution, flatten_part, question_on

Follow = Callable[[Sequence[Answer | None]], Answer]


# --------------------------------------------------------------------- convolutions


def filter_part(depth: int, layer: Convolution, label: Sentence) -> Part:
    """Parameters of a single filter."""
    kernel = layer.kernel
    weights = kernel * kernel * depth
    return Part(
        label,
        weights + 1,
        slips(
            weights + 1,
            (weights, say("exercises.slip.no_bias")),
            (kernel * kernel + 1, say("exercises.slip.no_depth")),
            (kernel * depth + 1, say("exercises.slip.one_side")),
            (weights + depth, say("exercises.slip.bias_each_channel")),
            ((weights + 1) * layer.filters, say("exercises.slip.all_filters")),
        ),
        (
            say(
                "exercises.step.filter",
                formula=f"{kernel}·{kernel}·{depth} + 1 = {show(weights + 1)}",
            ),
        ),
    )


def _filters_times(filters: int, typed: Sequence[Answer | None]) -> Answer:
    return filters * typed[-1]


def layer_part(
    given: Shape,
    layer: Convolution,
    label: Sentence,
    follow: Follow | None = None,
    earlier_depth: int | None = None,
) -> Part:
    """Parameters of all filters.

    Args:
        given: The layer's input; only its depth counts.
        layer: Filters of a kernel.
        label: What the part is called.
        follow: What follows from the parts before.
        earlier_depth: Channels of the image, where `given` is another layer's output.
    """
    kernel, filters, depth = layer.kernel, layer.filters, given[2]
    weights = kernel * kernel * depth
    answer = arithmetic.conv_parameters(depth, filters, kernel)
    outputs = layer.side(given[0]) * layer.side(given[1])
    return Part(
        label,
        answer,
        slips(
            answer,
            (weights * filters, say("exercises.slip.no_biases")),
            (
                arithmetic.conv_parameters(earlier_depth, filters, kernel)
                if earlier_depth
                else None,
                say("exercises.slip.depth_of_image"),
            ),
            (arithmetic.conv_parameters(1, filters, kernel), say("exercises.slip.no_depth")),
            (kernel * depth * filters + filters, say("exercises.slip.one_side")),
            (weights * filters + 1, say("exercises.slip.one_bias")),
            ((weights + depth) * filters, say("exercises.slip.bias_each_channel")),
            (weights + 1, say("exercises.slip.one_filter")),
            (weights, say("exercises.slip.one_filter_no_bias")),
            (answer * outputs, say("exercises.slip.each_place")),
            (
                kernel * kernel * filters if depth > 1 else None,  # one channel: nothing forgotten
                say("exercises.slip.no_depth_no_biases"),
            ),
        ),
        (
            say(
                "exercises.step.layer",
                formula=f"({kernel}·{kernel}·{depth} + 1)·{filters} = "
                f"{show(weights + 1)}·{filters} = {show(answer)}",
            ),
        ),
        follow=follow,
    )


def both_parts(given: Shape, layer: Convolution) -> tuple[Part, Part]:
    """One filter, then the whole layer."""
    return (
        filter_part(given[2], layer, say("exercises.ask.filter_parameters")),
        layer_part(
            given,
            layer,
            say("exercises.ask.layer_parameters"),
            partial(_filters_times, layer.filters),
        ),
    )


def _sum(count: int, typed: Sequence[Answer | None]) -> Answer:
    return sum(typed[-count:])


def total_part(parts: Sequence[Part]) -> Part:
    """All of the parts before it together."""
    counts = [part.answer for part in parts]
    total = sum(counts)
    formula = f"{' + '.join(map(show, counts))} = {show(total)}"
    return Part(
        say("exercises.ask.total"),
        total,
        (),
        (say("exercises.step.total", formula=formula),),
        follow=partial(_sum, len(counts)),
    )


def make_conv_parameters(draws: Draws, level: str) -> Exercise:
    """One layer; at the highest grade two, where the second is as deep as the first is wide."""
    side = draws.pick((16, 20, 28, 32))
    if level == "easy":
        given = (side, side, draws.pick((1, 3)))
        layer = Convolution(draws.between(2, 12), draws.pick((2, 3, 5)))
        return Exercise("conv_parameters", question_on(given, layer), both_parts(given, layer))
    given = (side, side, draws.pick((2, 3, 4, 6, 8, 10, 16)))
    layer = Convolution(
        draws.pick((5, 6, 8, 10, 12, 16, 20)),
        draws.pick((1, 3, 5)),
        draws.pick((1, 2)),
        draws.between(0, 2) if level == "hard" else 0,
    )
    if level == "medium":
        return Exercise("conv_parameters", question_on(given, layer), both_parts(given, layer))
    second = Convolution(draws.pick((5, 10, 12, 20)), draws.pick((1, 3)))
    first_part = layer_part(given, layer, say("exercises.ask.first_parameters"))
    second_part = layer_part(
        layer.shape(given),
        second,
        say("exercises.ask.second_parameters"),
        earlier_depth=given[2],
    )
    return Exercise(
        "conv_parameters",
        say("exercises.question.two_convolutions", shape=show_shape(given)),
        (first_part, second_part, total_part((first_part, second_part))),
        (layer.described(), second.described()),
    )


# --------------------------------------------------------------------- dense layers


def _dense(units: int, typed: Sequence[Answer | None]) -> Answer:
    return arithmetic.dense_parameters(typed[-1], units)


def dense_part(
    inputs: int, units: int, label: Sentence, follow: Follow | None = None, depth: int = 1
) -> Part:
    """Parameters of a dense layer; `depth` is that of the maps where they were flattened."""
    answer = arithmetic.dense_parameters(inputs, units)
    return Part(
        label,
        answer,
        slips(
            answer,
            (inputs * units, say("exercises.slip.no_biases")),
            (inputs * units + 1, say("exercises.slip.one_bias")),
            (inputs * units + inputs, say("exercises.slip.bias_each_input")),
            (
                arithmetic.dense_parameters(inputs // depth, units) if depth > 1 else None,
                say("exercises.slip.flat_without_depth"),
            ),
            (inputs + units, say("exercises.slip.dense_sum")),
            (inputs + 1, say("exercises.slip.one_unit")),
        ),
        (
            say(
                "exercises.step.dense",
                formula=f"({show(inputs)} + 1)·{show(units)} = {show(answer)}",
            ),
        ),
        follow=follow,
    )


def make_dense_parameters(draws: Draws, level: str) -> Exercise:
    if level == "easy":
        inputs, units = draws.between(4, 60), draws.between(2, 12)
        part = dense_part(inputs, units, say("exercises.ask.dense_parameters"))
        question = say("exercises.question.dense", inputs=inputs, units=units)
        return Exercise("dense_parameters", question, (part,))
    side, depth = draws.between(2, 7), draws.pick((2, 4, 5, 8, 10, 16, 20))
    given = (side, side, depth)
    flat = flatten_part(given)
    units = draws.pick((2, 5, 10, 20))
    if level == "medium":
        part = dense_part(
            flat.answer,
            units,
            say("exercises.ask.dense_parameters"),
            partial(_dense, units),
            depth,
        )
        question = say("exercises.question.flat_dense", shape=show_shape(given), units=units)
        return Exercise("dense_parameters", question, (flat, part))
    hidden = draws.pick((30, 40, 50, 100))
    first = dense_part(
        flat.answer, hidden, say("exercises.ask.first_parameters"), partial(_dense, hidden), depth
    )
    second = dense_part(hidden, units, say("exercises.ask.second_parameters"))
    question = say(
        "exercises.question.two_dense", shape=show_shape(given), hidden=hidden, units=units
    )
    return Exercise(
        "dense_parameters", question, (flat, first, second, total_part((first, second)))
    )
