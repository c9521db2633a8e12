"""Exercises on sizes: one convolution, layers in a row, the receptive field.

The formulas are those of `cnnviz.arithmetic`. A slip is a formula with a piece left out.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from cnnviz import arithmetic
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


@dataclass(frozen=True)
class Convolution:
    """A layer of filters, each kernel × kernel and as deep as its input."""

    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    @property
    def span(self) -> int:
        return arithmetic.effective_kernel(self.kernel, self.dilation)

    def free(self, size: int) -> int:
        """How many pixels the window can move along one side."""
        return size + 2 * self.padding - self.span

    def side(self, size: int) -> int:
        return arithmetic.output_size(size, self.kernel, self.stride, self.padding, self.dilation)

    def shape(self, given: Shape) -> Shape:
        return self.side(given[0]), self.side(given[1]), self.filters

    def described(self) -> Sentence:
        dilated = self.dilation > 1
        return say(
            "exercises.layer.dilated" if dilated else "exercises.layer.convolution", **vars(self)
        )

    def formula(self, size: int) -> str:
        """The lecture's formula for one side, with the numbers put in."""
        return (
            f"⌊({size} + 2·{self.padding} − {self.span}) / {self.stride}⌋ + 1 "
            f"= ⌊{self.free(size)} / {self.stride}⌋ + 1 = {self.side(size)}"
        )

    def slips_of_side(self, size: int) -> dict[str, int | None]:
        """What comes out where a piece of the formula is left out; None where it is not there."""
        free = self.free(size)
        undilated = free + self.span - self.kernel
        found = {
            "no_padding": (free - 2 * self.padding) // self.stride + 1 if self.padding else None,
            "padding_once": (free - self.padding) // self.stride + 1 if self.padding else None,
            "no_stride": free + 1 if self.stride > 1 else None,
            "rounded_up": -(-free // self.stride) + 1 if free % self.stride else None,
            "no_one": free // self.stride,
            "no_dilation": undilated // self.stride + 1 if self.dilation > 1 else None,
            "unchanged": size,
        }
        return {name: side if side and side > 0 else None for name, side in found.items()}


@dataclass(frozen=True)
class Pooling:
    """A layer that takes every window of every map together into one number."""

    size: int
    stride: int

    @property
    def span(self) -> int:
        return self.size

    def free(self, size: int) -> int:
        return size - self.size

    def side(self, size: int) -> int:
        return arithmetic.output_size(size, self.size, self.stride)

    def shape(self, given: Shape) -> Shape:
        return self.side(given[0]), self.side(given[1]), given[2]

    def described(self) -> Sentence:
        return say("exercises.layer.pooling", **vars(self))

    def formula(self, size: int) -> str:
        return (
            f"⌊({size} − {self.size}) / {self.stride}⌋ + 1 "
            f"= ⌊{self.free(size)} / {self.stride}⌋ + 1 = {self.side(size)}"
        )

    def slips_of_side(self, size: int) -> dict[str, int | None]:
        free = self.free(size)
        return {
            "no_stride": free + 1 if self.stride > 1 else None,
            "rounded_up": -(-free // self.stride) + 1 if free % self.stride else None,
            "no_one": free // self.stride or None,
            "unchanged": size,
        }


Layer = Convolution | Pooling


def slips_of_sides(given: Shape, layer: Layer) -> Iterator[tuple[int, int, tuple[Sentence, ...]]]:
    """Heights and widths that a layer's usual slips lead to, first those without any."""
    right = layer.shape(given)[:2]
    yield *right, ()
    by_side = [layer.slips_of_side(size) for size in given[:2]]
    for name in by_side[0]:
        sides = [found[name] for found in by_side]
        if sides != [None, None]:  # rounding, for one, may concern one side alone
            height, width = (side or at for side, at in zip(sides, right, strict=True))
            if (height, width) != right:
                yield height, width, (say(f"exercises.slip.{name}"),)


def slips_of_shape(given: Shape, layer: Layer) -> tuple[Slip, ...]:
    """Wrong sides, wrong depths, both, and the right numbers in another order."""
    answer = layer.shape(given)
    if isinstance(layer, Convolution):
        depths = {"depth_of_input": given[2], "depth_multiplied": given[2] * layer.filters}
    else:
        depths = {"pooling_of_depth": given[2] // layer.stride, "one_map": 1}
    found = []
    for height, width, reasons in slips_of_sides(given, layer):
        found.append(Slip((height, width, answer[2]), reasons))
        for name, depth in depths.items():
            if depth != answer[2]:
                both = (*reasons, say(f"exercises.slip.{name}"))
                found.append(Slip((height, width, depth), both))
    height, width, depth = answer
    found.append(Slip((depth, height, width), (say("exercises.slip.depth_first"),)))
    found.append(Slip((width, height, depth), (say("exercises.slip.width_first"),)))
    return tuple(slip for slip in found if slip.answer != answer and min(slip.answer) > 0)


def steps_to_shape(given: Shape, layer: Layer) -> list[Sentence]:
    """How the layer's output comes about, without the general formula."""
    steps = []
    if isinstance(layer, Convolution) and layer.dilation > 1:
        formula = f"{layer.dilation}·({layer.kernel} − 1) + 1 = {layer.span}"
        steps.append(say("exercises.step.span", kernel=layer.kernel, formula=formula))
    height, width, depth = given
    if height == width:
        steps.append(say("exercises.step.sides", formula=layer.formula(height)))
    else:
        steps.append(say("exercises.step.height", formula=layer.formula(height)))
        steps.append(say("exercises.step.width", formula=layer.formula(width)))
    if any(layer.free(size) % layer.stride for size in (height, width)):
        steps.append(say("exercises.step.floor"))
    shape = show_shape(layer.shape(given))
    if isinstance(layer, Convolution):
        steps.append(say("exercises.step.depth", filters=layer.filters, shape=shape))
    else:
        steps.append(say("exercises.step.depth_kept", depth=depth, shape=shape))
    return steps


def rule_of(layer: Layer) -> Sentence:
    """The general formula, with what its letters mean."""
    return say(f"exercises.step.{'rule' if isinstance(layer, Convolution) else 'rule_pooling'}")


# --------------------------------------------------------------------- one convolution


def shape_part(given: Shape, layer: Convolution) -> Part:
    return Part(
        say("exercises.ask.shape"),
        layer.shape(given),
        slips_of_shape(given, layer),
        (rule_of(layer), *steps_to_shape(given, layer)),
    )


def products_part(given: Shape, layer: Convolution) -> Part:
    """How many products are added up for one value: the filter spans the full depth."""
    kernel, depth = layer.kernel, given[2]
    products = kernel * kernel * depth
    return Part(
        say("exercises.ask.products"),
        products,
        slips(
            products,
            (kernel * kernel, say("exercises.slip.no_depth")),
            (kernel * depth, say("exercises.slip.one_side")),
            (products + 1, say("exercises.slip.bias_is_no_product")),
            (products * layer.filters, say("exercises.slip.all_filters")),
            (kernel * kernel * layer.filters, say("exercises.slip.filters_for_depth")),
        ),
        (say("exercises.step.products", formula=f"{kernel}·{kernel}·{depth} = {show(products)}"),),
    )


def question_on(given: Shape, layer: Convolution) -> Sentence:
    return say(
        "exercises.question.dilated" if layer.dilation > 1 else "exercises.question.convolution",
        shape=show_shape(given),
        layer=layer.described(),
        dilation=layer.dilation,
    )


def make_size(draws: Draws, level: str) -> Exercise:
    while True:
        if level == "easy":
            side, kernel = draws.between(5, 32), draws.pick((3, 5, 7))
            given = (side, side, draws.pick((1, 3)))
            layer = Convolution(draws.between(2, 16), kernel, padding=draws.between(0, 3))
        elif level == "medium":
            side, kernel = draws.between(7, 64), draws.pick((2, 3, 5, 7))
            given = (side, side, draws.pick((1, 3, 6, 8, 16)))
            stride, padding = draws.pick((2, 2, 3)), draws.between(0, 2)
            layer = Convolution(draws.between(2, 32), kernel, stride, padding)
        else:
            given = (draws.between(9, 40), draws.between(9, 40), draws.pick((3, 6, 8, 16)))
            kernel, stride, padding = draws.pick((3, 5)), draws.between(1, 3), draws.between(0, 3)
            layer = Convolution(draws.between(4, 32), kernel, stride, padding, draws.pick((2, 3)))
        fits = layer.padding < layer.span <= min(given[:2])
        if fits and layer.side(min(given[:2])) > 1 and (level != "hard" or given[0] != given[1]):
            break
    parts = [shape_part(given, layer)]
    if level != "easy":
        parts.append(products_part(given, layer))
    return Exercise("size", question_on(given, layer), tuple(parts))


# --------------------------------------------------------------------- layers in a row


def _after(layer: Layer, typed: Sequence[Answer | None]) -> Answer:
    return layer.shape(typed[-1])


def _flattened(typed: Sequence[Answer | None]) -> Answer:
    return math.prod(typed[-1])


def flatten_part(given: Shape, follow: Callable | None = None) -> Part:
    height, width, depth = given
    answer = math.prod(given)
    return Part(
        say("exercises.ask.flatten"),
        answer,
        slips(
            answer,
            (height * width, say("exercises.slip.flat_without_depth")),
            (height + width + depth, say("exercises.slip.flat_sum")),
            (height * depth, say("exercises.slip.flat_one_side")),
        ),
        (say("exercises.step.flatten", formula=f"{height}·{width}·{depth} = {show(answer)}"),),
        follow=follow,
    )


def stack_exercise(
    kind: str, given: Shape, layers: Sequence[Layer], flattened: bool = False
) -> Exercise:
    """The output of every layer; a wrong one is followed up in those behind it."""
    question = say("exercises.question.stack", shape=show_shape(given))
    parts, explained = [], set()
    for number, layer in enumerate(layers):
        rule = () if type(layer) in explained else (rule_of(layer),)
        explained.add(type(layer))
        parts.append(
            Part(
                layer.described(),
                layer.shape(given),
                slips_of_shape(given, layer),
                (*rule, *steps_to_shape(given, layer)),
                follow=partial(_after, layer) if number else None,
            )
        )
        given = layer.shape(given)
    if flattened:
        parts.append(flatten_part(given, _flattened))
    return Exercise(kind, question, tuple(parts))


def make_stack(draws: Draws, level: str) -> Exercise:
    while True:
        side = draws.between(*{"easy": (8, 32), "medium": (16, 40), "hard": (28, 64)}[level])
        given = (side, side, draws.pick((1, 3)))
        filters, more = draws.pick((4, 6, 8, 10)), draws.pick((12, 16, 20))
        kernels = draws.pick((3, 5)), draws.pick((3, 5))
        if level == "easy":
            layers = [Convolution(filters, kernels[0]), Pooling(2, 2)]
        elif level == "medium":
            layers = [
                Convolution(filters, kernels[0], padding=draws.between(0, 1)),
                Pooling(2, 2),
                Convolution(more, kernels[1], padding=draws.between(0, 1)),
                Pooling(2, 2),
            ]
        else:
            layers = [
                Convolution(filters, draws.pick((5, 7)), draws.pick((1, 2)), draws.between(0, 3)),
                Pooling(3, 2),
                Convolution(more, kernels[1], draws.pick((1, 2)), draws.between(0, 2)),
                Pooling(*draws.pick(((2, 2), (3, 2)))),
            ]
        sides = [side]
        for layer in layers:
            fits = layer.span <= sides[-1]
            sides.append(layer.side(sides[-1]) if fits else 0)
        if 2 <= sides[-1] <= 16:
            return stack_exercise("stack", given, layers, flattened=level != "easy")


# --------------------------------------------------------------------- the receptive field


def field_exercise(layers: Sequence[Layer]) -> Exercise:
    sizes = [(layer.span, layer.stride) for layer in layers]
    answer = arithmetic.receptive_field(sizes)
    steps, field, jump = [say("exercises.step.rule_field")], 1, 1
    jump_first = 1  # the slip: a layer's own stride already counts for its own kernel
    after = 1
    for number, (kernel, stride) in enumerate(sizes, start=1):
        grown = field + (kernel - 1) * jump
        formula = f"{field} + ({kernel} − 1)·{jump} = {grown}"
        steps.append(
            say("exercises.step.field", number=number, formula=formula, jump=jump * stride)
        )
        field, jump = grown, jump * stride
        jump_first *= stride
        after += (kernel - 1) * jump_first
    kernels = [kernel for kernel, _ in sizes]
    unstrided = arithmetic.receptive_field((kernel, 1) for kernel in kernels)
    before_last = arithmetic.receptive_field(sizes[:-1])
    part = Part(
        say("exercises.ask.field"),
        answer,
        slips(
            answer,
            (unstrided, say("exercises.slip.field_no_stride")),
            (after, say("exercises.slip.field_own_stride")),
            (sum(kernels), say("exercises.slip.field_sum")),
            (math.prod(kernels), say("exercises.slip.field_product")),
            (kernels[-1], say("exercises.slip.field_last_kernel")),
            (before_last, say("exercises.slip.field_without_last")),
            (answer * answer, say("exercises.slip.field_area")),
        ),
        tuple(steps),
    )
    return Exercise(
        "field",
        say("exercises.question.field"),
        (part,),
        tuple(
            say(
                "exercises.layer.field_convolution"
                if isinstance(layer, Convolution)
                else "exercises.layer.pooling",
                size=layer.span,
                stride=layer.stride,
            )
            for layer in layers
        ),
    )


def make_field(draws: Draws, level: str) -> Exercise:
    """Three or four layers, at least one of them with a stride before the last."""
    while True:
        layers: list[Layer] = []
        for _ in range(draws.between(3, 4)):
            if layers and isinstance(layers[-1], Convolution) and draws.below(2):
                layers.append(Pooling(*draws.pick(((2, 2), (3, 2)))))
            else:
                layers.append(Convolution(1, draws.pick((3, 3, 5)), draws.pick((1, 1, 2))))
        strided = any(layer.stride > 1 for layer in layers[:-1])
        exercise = field_exercise(layers)
        if strided and exercise.parts[0].answer <= 60:
            return exercise
