"""Exercises on values: one output value, a whole map, pooling.

Right answers and slips are both calculated by `cnnviz.convolution` and `cnnviz.pooling`: a slip is
the same calculation with the kernel flipped, the stride forgotten, the bias left out.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from cnnviz import arithmetic, convolution, pooling
from cnnviz.exercises.draws import Draws
from cnnviz.exercises.exercise import (
    Exercise,
    Grid,
    Matrix,
    Part,
    Sentence,
    Window,
    factor,
    say,
    show,
    slips,
)

LARGEST = 60  # of a convolution's results, on paper


def as_grid(numbers: np.ndarray) -> Grid:
    """(h, w) → rows of whole numbers, or of fractions where they are none."""
    return tuple(
        tuple(
            int(number) if number == int(number) else Fraction(number).limit_denominator(100)
            for number in map(float, row)
        )
        for row in numbers
    )


def as_array(matrices: list[tuple[tuple[int, ...], ...]]) -> np.ndarray:
    """One matrix for each channel → (H, W, C)."""
    return np.stack([np.array(matrix) for matrix in matrices], axis=-1)


@dataclass(frozen=True)
class Filtering:
    """A small convolution with one filter, and what follows it."""

    image: np.ndarray  # (H, W, C)
    kernel: np.ndarray  # (k, k, C)
    stride: int = 1
    padding: int = 0
    bias: int = 0
    relu: bool = False

    def result(self, **changed: object) -> np.ndarray:
        """(h, w); with changes, what comes out where something is done otherwise."""
        one = replace(self, **changed)
        found = convolution.convolve(one.image, one.kernel, one.stride, one.padding, one.bias)
        found = found[..., 0].round().astype(int)
        return np.maximum(found, 0) if one.relu else found

    def slips_of_map(self) -> dict[str, np.ndarray]:
        """The usual slips and the map, or the beginning of one, that each leads to."""
        kernel, depth = self.kernel, self.kernel.shape[2]
        found = {
            "flipped": self.result(kernel=kernel[::-1, ::-1]),
            "transposed": self.result(kernel=kernel.transpose(1, 0, 2)),
            "window_sum": self.result(kernel=np.ones_like(kernel)),
        }
        if self.stride > 1:
            found["window_moved_by_one"] = self.result(stride=1)
        if self.padding:
            found["window_without_padding"] = self.result(padding=0)
        if self.bias:
            found["value_no_bias"] = self.result(bias=0)
        if self.relu:
            found["no_relu"] = self.result(relu=False)
        if depth > 1:
            first = {"image": self.image[..., :1], "kernel": kernel[..., :1]}
            found["one_channel"] = self.result(**first)
            found["bias_each_slice"] = self.result(bias=depth * self.bias)
        return found

    def window(self, row: int, column: int) -> Window:
        return Window(
            row * self.stride - self.padding,
            column * self.stride - self.padding,
            self.kernel.shape[0],
        )

    def terms(self, row: int, column: int, channel: int, zeros: bool) -> str:
        """The products of one window and channel: 3·1 + 2·(−1); `zeros` keeps the zero ones."""
        padded = np.pad(self.image[..., channel], self.padding)
        top, left, size = row * self.stride, column * self.stride, self.kernel.shape[0]
        patch = padded[top : top + size, left : left + size].ravel().tolist()
        weights = self.kernel[..., channel].ravel().tolist()
        products = [
            f"{factor(pixel)}·{factor(weight)}"
            for pixel, weight in zip(patch, weights, strict=True)
            if zeros or pixel * weight
        ]
        return " + ".join(products) or "0"

    def whole_sum(self, row: int, column: int) -> str:
        """One value of the map written out, without the products that are zero."""
        channels = range(self.kernel.shape[2])
        terms = [self.terms(row, column, channel, zeros=False) for channel in channels]
        if self.bias:
            terms.append(factor(self.bias))
        total = self.result(relu=False)[row, column]
        line = f"{' + '.join(terms)} = {show(total)}"
        if self.relu:
            line += f" → max(0, {show(total)}) = {show(max(0, total))}"
        return line

    def matrices(self) -> tuple[Matrix, ...]:
        """Image ∗ kernel, channel by channel."""
        depth = self.kernel.shape[2]
        shown = []
        for operator, name, numbers in (("", "image", self.image), ("∗", "kernel", self.kernel)):
            for channel in range(depth):
                caption = (
                    say(f"exercises.matrix.{name}")
                    if depth == 1
                    else say(f"exercises.matrix.{name}_channel", channel=channel + 1)
                )
                shown.append(
                    Matrix(
                        caption,
                        as_grid(numbers[..., channel]),
                        "" if channel else operator,
                        windowed=name == "image",
                    )
                )
        return tuple(shown)

    def question(self, asked: Sentence) -> Sentence:
        """What is done, then what is asked."""
        return say(
            "exercises.question.with_bias" if self.bias else "exercises.question.filtering",
            stride=self.stride,
            padding=self.padding,
            asked=asked,
            **({"bias": show(self.bias)} if self.bias else {}),
        )


# --------------------------------------------------------------------- one value


def value_exercise(kind: str, filtering: Filtering, row: int, column: int) -> Exercise:
    """The value in one row and column (from 0) of the output."""
    right = filtering.result()
    answer = int(right[row, column])
    found = {
        name: int(wrong[row, column])
        for name, wrong in filtering.slips_of_map().items()
        if row < wrong.shape[0] and column < wrong.shape[1]
    }
    if row != column and max(row, column) < min(right.shape):
        found["row_and_column"] = int(right[column, row])
    window = filtering.window(row, column)
    starts = [
        f"{at}·{filtering.stride} − {filtering.padding} = {show(start)}"
        for at, start in ((row, window.top), (column, window.left))
    ]
    steps = [
        say("exercises.step.window_rule"),
        say("exercises.step.window", row_formula=starts[0], column_formula=starts[1]),
    ]
    inside = filtering.image.shape[0] - filtering.kernel.shape[0]
    if min(window.top, window.left) < 0 or max(window.top, window.left) > inside:
        steps.append(say("exercises.step.zeros_outside"))
    depth = filtering.kernel.shape[2]
    sums = []
    for channel in range(depth):
        one = replace(
            filtering,
            image=filtering.image[..., channel : channel + 1],
            kernel=filtering.kernel[..., channel : channel + 1],
        )
        sums.append(int(one.result(bias=0)[row, column]))
        formula = f"{filtering.terms(row, column, channel, zeros=True)} = {show(sums[-1])}"
        if depth > 1:
            steps.append(say("exercises.step.slice", channel=channel + 1, formula=formula))
        else:
            steps.append(say("exercises.step.sum", formula=formula))
    if filtering.bias:
        formula = f"{' + '.join(map(factor, (*sums, filtering.bias)))} = {show(answer)}"
        steps.append(say("exercises.step.with_bias", formula=formula))
    empty = tuple((None,) * right.shape[1] for _ in range(right.shape[0]))
    output = Matrix(say("exercises.matrix.output"), empty, "=", asked=(row, column))
    asked = say("exercises.ask.value", row=row, column=column)
    part = Part(
        asked,
        answer,
        slips(answer, *((wrong, say(f"exercises.slip.{name}")) for name, wrong in found.items())),
        tuple(steps),
        (*filtering.matrices(), output),
        (window,),
    )
    question = filtering.question(say("exercises.question.one_value"))
    return Exercise(kind, question, (part,))


def _lively(kernel: np.ndarray) -> bool:
    """Enough weights, of both signs, that are not zero."""
    return bool((kernel < 0).any() and (kernel > 0).any() and np.count_nonzero(kernel) >= 3)


def make_value(draws: Draws, level: str) -> Exercise:
    """A flipped kernel, or a forgotten stride, must lead to another value."""
    while True:
        if level == "easy":
            side, size, depth = draws.pick((4, 5)), 3, 1
            pixels, weights = range(4), (-1, 0, 1)
            stride, padding, bias = 1, 0, 0
        elif level == "medium":
            side, size, depth = draws.pick((5, 6, 7)), 3, 1
            pixels, weights = range(5), (-1, 0, 1, 2)
            stride, padding = draws.pick(((2, 0), (1, 1), (2, 1)))
            bias = 0
        else:
            side, size, depth = draws.pick((4, 5)), draws.pick((2, 3)), 2
            pixels, weights = range(4), (-2, -1, 0, 1, 2)
            stride, padding = draws.pick(((1, 0), (2, 0), (1, 1), (2, 1)))
            bias = draws.pick((-3, -2, -1, 1, 2, 3))
        image = as_array([draws.matrix(side, side, pixels) for _ in range(depth)])
        kernel = as_array([draws.matrix(size, size, weights) for _ in range(depth)])
        filtering = Filtering(image, kernel, stride, padding, bias)
        outputs = arithmetic.output_size(side, size, stride, padding)
        row, column = draws.below(outputs), draws.below(outputs)
        if padding:  # where the padding matters
            row = draws.pick((0, row))
        exercise = value_exercise("value", filtering, row, column)
        names = {slip.reasons[0].key.rpartition(".")[2] for slip in exercise.parts[0].slips}
        needed = {"flipped", "transposed"}
        if stride > 1 and max(row, column) > 0:
            needed.add("window_moved_by_one")
        if _lively(kernel) and needed <= names and 0 < abs(exercise.parts[0].answer) <= LARGEST:
            return exercise


# --------------------------------------------------------------------- a whole map


def map_exercise(kind: str, filtering: Filtering) -> Exercise:
    right = filtering.result()
    height, width = right.shape
    answer = as_grid(right)
    found = {
        name: as_grid(wrong[:height, :width])
        for name, wrong in filtering.slips_of_map().items()
        if wrong.shape[0] >= height and wrong.shape[1] >= width
    }
    cells = list(np.ndindex(height, width))
    steps = [say("exercises.step.windows")]
    steps += [
        say(
            "exercises.step.cell",
            row=row,
            column=column,
            formula=filtering.whole_sum(row, column),
        )
        for row, column in cells
    ]
    part = Part(
        say("exercises.ask.map", height=height, width=width),
        answer,
        slips(answer, *((wrong, say(f"exercises.slip.{name}")) for name, wrong in found.items())),
        tuple(steps),
        filtering.matrices(),
        tuple(filtering.window(row, column) for row, column in cells),
    )
    asked = say("exercises.question.map_relu" if filtering.relu else "exercises.question.map")
    return Exercise(kind, filtering.question(asked), (part,))


def make_map(draws: Draws, level: str) -> Exercise:
    while True:
        bias, padding = 0, 0
        if level == "easy":
            side, size, stride = 4, draws.pick((2, 3)), 1
            pixels, weights = (0, 1), (-1, 0, 1)
        elif level == "medium":
            side, stride = draws.pick(((5, 1), (5, 2), (6, 2)))
            size, pixels, weights = 3, range(3), (-1, 0, 1)
        else:
            side, size, stride, padding = draws.pick((5, 6)), 3, 2, 1
            pixels, weights = range(4), (-1, 0, 1, 2)
            bias = draws.pick((-3, -2, -1, 1, 2, 3))
        image = as_array([draws.matrix(side, side, pixels)])
        kernel = as_array([draws.matrix(size, size, weights)])
        filtering = Filtering(image, kernel, stride, padding, bias, relu=level == "hard")
        before = filtering.result(relu=False)
        if not _lively(kernel) or len(np.unique(before)) < 3 or np.abs(before).max() > LARGEST:
            continue
        if filtering.relu and not 1 <= (before < 0).sum() <= before.size // 2:
            continue
        exercise = map_exercise("map", filtering)
        names = {slip.reasons[0].key.rpartition(".")[2] for slip in exercise.parts[0].slips}
        if {"flipped", "transposed"} <= names:
            return exercise


# --------------------------------------------------------------------- pooling


def _largest_without_sign(numbers: np.ndarray, size: int, stride: int) -> np.ndarray:
    """Of every window the value farthest from zero: the sign was overlooked."""
    high = pooling.max_pool(numbers, size, stride)
    low = -pooling.max_pool(-numbers, size, stride)
    return np.where(-low > high, low, high)


def pooling_part(label: Sentence, numbers: np.ndarray, how: str, size: int, stride: int) -> Part:
    """One map pooled.

    Args:
        label: What the part is called.
        numbers: (H, W) whole numbers.
        how: "max" or "average".
        size: Side of the window.
        stride: Steps between windows.
    """
    pool = {"max": pooling.max_pool, "average": pooling.average_pool}[how]
    answer = as_grid(pool(numbers, size, stride))
    height, width = len(answer), len(answer[0])
    found = {
        "took_max": pooling.max_pool(numbers, size, stride),
        "took_average": pooling.average_pool(numbers, size, stride),
        "took_smallest": -pooling.max_pool(-numbers, size, stride),
        "took_without_sign": _largest_without_sign(numbers, size, stride),
        "took_sum": pooling.average_pool(numbers, size, stride) * size**2,
        "pooled_after_relu": pool(pooling.relu(numbers), size, stride),
        "window_moved_by_one": pool(numbers, size, 1),
    }
    if size > stride > 1:
        found["window_as_stride"] = pool(numbers, stride, stride)
    steps = [say(f"exercises.step.pool_{how}", size=size, stride=stride)]
    if any((side - size) % stride for side in numbers.shape):
        steps.append(say("exercises.step.pool_floor"))
    windows = []
    for row, column in np.ndindex(height, width):
        top, left = row * stride, column * stride
        windows.append(Window(top, left, size))
        patch = numbers[top : top + size, left : left + size].ravel().astype(int).tolist()
        result = show(answer[row][column])
        formula = (
            f"max({', '.join(map(show, patch))}) = {result}"
            if how == "max"
            else f"({' + '.join(map(factor, patch))}) / {size * size} = {result}"
        )
        steps.append(say("exercises.step.cell", row=row, column=column, formula=formula))
    return Part(
        label,
        answer,
        slips(
            answer,
            *(
                (as_grid(wrong[:height, :width]), say(f"exercises.slip.{name}"))
                for name, wrong in found.items()
            ),
        ),
        tuple(steps),
        (Matrix(say("exercises.matrix.map"), as_grid(numbers), windowed=True),),
        tuple(windows),
        sign="→",
    )


def pooling_question(how: str, size: int, stride: int) -> Sentence:
    return say(f"exercises.question.pool_{how}", size=size, stride=stride)


def _divisible(rows: np.ndarray) -> np.ndarray:
    """The last value of every 2×2 window lowered until the four have a whole mean."""
    rows = rows.copy()
    for top, left in np.ndindex(rows.shape[0] // 2, rows.shape[1] // 2):
        rest = rows[2 * top : 2 * top + 2, 2 * left : 2 * left + 2].sum() % 4
        rows[2 * top + 1, 2 * left + 1] -= rest
    return rows


def make_pooling(draws: Draws, level: str) -> Exercise:
    while True:
        if level == "easy":
            how, size, sides, pixels = "max", 2, (4, 4), range(10)
        elif level == "medium":
            how, size, pixels = draws.pick(("max", "average")), 2, range(-9, 10)
            sides = draws.pick(((4, 4), (4, 6), (6, 6)))
        else:
            how, size, sides = draws.pick(
                (
                    ("max", 3, (5, 5)),
                    ("max", 3, (7, 7)),
                    ("max", 2, (5, 7)),
                    ("average", 2, (4, 4)),
                    ("average", 2, (5, 5)),
                )
            )
            pixels = range(-9, 10)
        numbers = np.array(draws.matrix(*sides, pixels))
        if how == "average" and level == "medium":
            numbers = _divisible(numbers)
        part = pooling_part(say("exercises.ask.pooled"), numbers, how, size, 2)
        values = {value for row in part.answer for value in row}
        if len(values) > 2:
            return Exercise("pooling", pooling_question(how, size, 2), (part,))
