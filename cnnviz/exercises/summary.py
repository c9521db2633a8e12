"""Exercises on a whole network: fill in its table, shape and parameters of every layer.

The table is the one that Keras' `model.summary()` prints. Every cell is marked by itself; a wrong
one is followed up in the cells that are calculated from it.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from cnnviz import architectures, arithmetic
from cnnviz.architectures import layers
from cnnviz.architectures.network import Architecture, Builder, Row
from cnnviz.exercises.draws import Draws
from cnnviz.exercises.exercise import (
    Answer,
    Exercise,
    Part,
    Sentence,
    Shape,
    Slip,
    say,
    show,
    show_shape,
    slips,
)
from cnnviz.exercises.parameters import dense_part, layer_part
from cnnviz.exercises.sizes import (
    Convolution,
    Pooling,
    flatten_part,
    rule_of,
    slips_of_shape,
    steps_to_shape,
)

COLUMNS = ("shape", "parameters")


def can_be_asked(architecture: Architecture) -> bool:
    """Whether it is a stack of layers that the lecture calculates by hand."""
    return architecture.is_stack and all(map(_is_plain, architecture.rows[1:]))


def _is_plain(row: Row) -> bool:
    layer = row.layer
    if isinstance(layer, layers.Convolution) and isinstance(layer.kernel, int):
        # What lies evenly around the map is padding as the lecture calculates with it.
        even = layer.padding == "valid" or (layer.stride == 1 and layer.kernel % 2 == 1)
        return layer.bias and layer.groups == layer.dilation == 1 and even
    if isinstance(layer, layers.Pooling):
        return layer.padding == "valid"
    return isinstance(layer, layers.Flatten) or (isinstance(layer, layers.Dense) and layer.bias)


def summary_exercise(kind: str, architecture: Architecture) -> Exercise:
    """The table of a network, two cells a layer, and the sum of all parameters.

    Raises:
        ValueError: If it is none that `can_be_asked`.
    """
    if not can_be_asked(architecture):
        raise ValueError(
            f"{architecture.key!r} is no plain stack of convolutions, poolings, flatten and dense "
            "layers with biases. Ask for one that is."
        )
    parts: list[Part] = []
    explained: set[type] = set()
    for row in architecture.rows[1:]:
        before = len(parts) - len(COLUMNS)  # where the cells of the layer before it begin
        shape, parameters = _cells(row, architecture.input_shape[2], before)
        if type(row.layer) not in explained:
            explained.add(type(row.layer))
            shape = replace(shape, steps=(*_rule(row), *shape.steps))
        for part, column in zip((shape, parameters), COLUMNS, strict=True):
            label = say(f"exercises.ask.{column}_of", layer=row.name)
            follow = part.follow if before >= 0 else None
            parts.append(replace(part, label=label, follow=follow))
    return Exercise(
        kind,
        say("exercises.question.table", shape=show_shape(architecture.input_shape)),
        (*parts, _total(parts, architecture)),
        tuple(_described(row) for row in architecture.rows[1:]),
        tuple(say(f"exercises.column.{column}") for column in COLUMNS),
    )


# --------------------------------------------------------------------- the cells of a layer


def _window(row: Row) -> Convolution | Pooling:
    layer = row.layer
    if isinstance(layer, layers.Pooling):
        return Pooling(layer.size, layer.stride)
    padding = (layer.kernel - 1) // 2 if layer.padding == "same" else 0
    return Convolution(layer.filters, layer.kernel, layer.stride, padding)


def _described(row: Row) -> Sentence:
    if isinstance(row.layer, layers.Dense):
        described = say("exercises.layer.dense", units=row.layer.units)
    elif isinstance(row.layer, layers.Flatten):
        described = say("exercises.layer.flatten")
    else:
        described = _window(row).described()
    return say("exercises.layer.named", name=row.name, layer=described)


def _rule(row: Row) -> tuple[Sentence, ...]:
    windowed = isinstance(row.layer, layers.Convolution | layers.Pooling)
    return (rule_of(_window(row)),) if windowed else ()


def _cells(row: Row, channels: int, before: int) -> tuple[Part, Part]:
    """Shape and parameters of a layer; `before` is where the cells of the layer before it begin."""
    (given,) = row.input_shapes
    label = say("exercises.ask.shape")
    if isinstance(row.layer, layers.Dense):
        inputs, units = given[0], row.layer.units
        slip = slips((units,), ((inputs,), say("exercises.slip.unchanged")))
        step = say("exercises.step.units", shape=show(units))
        parameters = dense_part(inputs, units, label, partial(_dense_parameters, units, before))
        return Part(label, (units,), slip, (step,)), parameters
    if isinstance(row.layer, layers.Flatten):
        return _in_one_row(flatten_part(given, partial(_flattened, before))), _nothing(row)
    window = _window(row)
    shape = Part(
        label,
        window.shape(given),
        slips_of_shape(given, window),
        tuple(steps_to_shape(given, window)),
        follow=partial(_shape, window, before),
    )
    if isinstance(window, Pooling):
        return shape, _nothing(row)
    follow = partial(_convolution_parameters, window, before)
    earlier = channels if channels != given[2] else None
    return shape, layer_part(given, window, label, follow, earlier)


def _in_one_row(part: Part) -> Part:
    """A number as the shape that Keras prints, (6272,)."""
    found = tuple(Slip((slip.answer,), slip.reasons) for slip in part.slips)
    step = say("exercises.step.in_one_row", shape=show(part.answer))
    return replace(part, answer=(part.answer,), slips=found, steps=(*part.steps, step))


def _nothing(row: Row) -> Part:
    """Poolings and flatten learn nothing; the slip is to give a pooling weights."""
    candidates = []
    if isinstance(row.layer, layers.Pooling):
        weights, depth = row.layer.size**2, row.input_shapes[0][2]
        reason = say("exercises.slip.pooling_learns")
        candidates = [(weights, reason), (weights * depth, reason)]
    step = say("exercises.step.nothing_learned", formula="0")
    return Part(say("exercises.ask.shape"), 0, slips(0, *candidates), (step,))


def _total(parts: Sequence[Part], architecture: Architecture) -> Part:
    counts = [part.answer for part in parts[1::2] if part.answer]
    total = architecture.parameters
    biases = sum(row.weights.biases for row in architecture.rows)
    of_convolutions = sum(row.parameters for row in architecture.rows if row.kind == "convolution")
    return Part(
        say("exercises.ask.total_of_all"),
        total,
        slips(
            total,
            (total - biases, say("exercises.slip.no_biases")),
            (of_convolutions or None, say("exercises.slip.total_without_dense")),
            (total - of_convolutions, say("exercises.slip.total_without_convolutions")),
        ),
        (say("exercises.step.total", formula=f"{' + '.join(map(show, counts))} = {show(total)}"),),
        follow=_sum,
    )


# --------------------------------------------------------------------- what follows from a cell


def _shape(layer: Convolution | Pooling, before: int, typed: Sequence[Answer | None]) -> Shape:
    return layer.shape(typed[before])


def _flattened(before: int, typed: Sequence[Answer | None]) -> Shape:
    height, width, depth = typed[before]
    return (height * width * depth,)


def _convolution_parameters(
    layer: Convolution, before: int, typed: Sequence[Answer | None]
) -> Answer:
    return arithmetic.conv_parameters(typed[before][2], layer.filters, layer.kernel)


def _dense_parameters(units: int, before: int, typed: Sequence[Answer | None]) -> Answer:
    return arithmetic.dense_parameters(typed[before][0], units)


def _sum(typed: Sequence[Answer | None]) -> Answer:
    return sum(typed[1::2])


# --------------------------------------------------------------------- the lecture's, and new ones


def cats_and_dogs() -> Exercise:
    """Part 3 of the lecture: the CNN for 150×150 pictures of cats and dogs."""
    return summary_exercise("lecture", architectures.ARCHITECTURES["cats_and_dogs"])


def make_table(draws: Draws, level: str) -> Exercise:
    repeats = {"easy": 1, "medium": 2, "hard": 3}[level]
    sides = {"easy": (12, 16, 20, 28), "medium": (28, 32, 40), "hard": (32, 40, 48)}
    side = draws.pick(sides[level])
    net = Builder((side, side, draws.pick((1, 3))))
    for number in range(1, repeats + 1):
        filters = draws.pick((4, 6, 8, 10)) * number
        kernel = draws.pick((3, 5)) if number == 1 else 3
        padding = draws.pick(("valid", "same")) if level == "hard" else "valid"
        layer = layers.Convolution(filters, kernel, padding=padding, activation="relu")
        net.add(f"conv{number}", layer)
        net.add(f"pool{number}", layers.Pooling(2, 2))
    net.add("flatten", layers.Flatten())
    if level != "easy":
        net.add("dense1", layers.Dense(draws.pick((20, 50, 64, 100)), activation="relu"))
    net.add("logits", layers.Dense(draws.pick((2, 5, 10))))
    return summary_exercise("table", net.architecture("table", "exercise"))
