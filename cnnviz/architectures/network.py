"""Rows, the networks they make, and the builder that writes them down one by one."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from cnnviz.architectures.layers import (
    Call,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Input,
    Layer,
    Resizing,
    Shape,
    UpSampling,
    Weights,
    times,
)
from cnnviz.text import Refusal

if TYPE_CHECKING:
    import keras

FLOAT32 = 4  # bytes


@dataclass(frozen=True)
class Enlarged:
    """Values that are repeated: windows behind them grow by whole values, not by copies."""

    field: tuple[int, int]  # of one value
    step: int  # pixels from a value to its neighbour
    added: tuple[Fraction | int, Fraction | int] = (0, 0)  # by the windows behind, in pixels

    def seen(self) -> tuple[int, int]:
        """From the place where copies of the most values meet."""
        (rows, columns), (more_rows, more_columns) = self.field, self.added
        return (
            rows + self.step * math.ceil(more_rows / self.step),
            columns + self.step * math.ceil(more_columns / self.step),
        )


@dataclass(frozen=True)
class Row:
    """One layer at its place in a network. All counts are for one picture."""

    name: str  # of the Keras layer as well
    layer: Layer
    inputs: tuple[str, ...]  # names of earlier rows
    input_shapes: tuple[Shape, ...]
    output_shape: Shape  # (height, width, channels), or (units,)
    block: str  # rows of one block stand together in a diagram; the row's own name without one
    role: str  # "main", "shortcut" or "auxiliary"
    # Pixels of the picture (behind a resizing, of the resized one), (rows, columns). They can be
    # more than the picture has: a unit also sees the padding around it.
    receptive_field: tuple[int, int]  # what one unit sees, the largest over all paths
    extent: tuple[int, int]  # what all units together see
    # Pixels from a unit to its neighbour, a fraction behind an enlargement; None where the
    # neighbours lie anywhere.
    jump: Fraction | int | None
    enlarged: "Enlarged | None" = None  # what lies before the first enlargement
    frozen: bool = False  # training leaves its parameters alone

    @property
    def kind(self) -> str:
        return self.layer.kind

    @property
    def weights(self) -> Weights:
        """Multipliers, biases, and what is kept without being learned."""
        return self.layer.weights(*self.input_shapes)

    @property
    def parameters(self) -> int:
        """All values that the layer holds, as Keras' count_params."""
        return sum(self.weights)

    @property
    def without_biases(self) -> int:
        return self.parameters - self.weights.biases

    @property
    def as_dense(self) -> int:
        """Parameters of a dense layer with biases from the same inputs to the same outputs."""
        return (sum(map(math.prod, self.input_shapes)) + 1) * self.values

    @property
    def trainable_parameters(self) -> int:
        return 0 if self.frozen else self.weights.multipliers + self.weights.biases

    @property
    def non_trainable_parameters(self) -> int:
        return self.parameters - self.trainable_parameters

    @property
    def multiply_adds(self) -> int:
        return self.layer.multiply_adds(*self.input_shapes)

    @property
    def values(self) -> int:
        """How many values go out."""
        return math.prod(self.output_shape)

    @property
    def activations(self) -> int:
        """The values that need memory of their own.

        What works element by element (activation, batch normalisation, dropout) or only arranges
        what is there (flatten, concatenation, padding) needs none.
        """
        return self.values if self.layer.stores else 0

    @property
    def activation_bytes(self) -> int:
        """In float32."""
        return FLOAT32 * self.activations

    # Formulas with the numbers of this row, as "(3·3·64 + 1)·128 = 73,856"; the same in every
    # language, empty where there is nothing to compute.

    @property
    def shape_formulas(self) -> tuple[str, ...]:
        """Of the sizes that change: one for height and width together, or one for each."""
        formulas = self.layer.shape_formulas(*self.input_shapes)
        return tuple(_equation(formula, size) for formula, size in formulas.items())

    @property
    def parameter_formula(self) -> str:
        return _equation(self.layer.parameter_formula(*self.input_shapes), self.parameters)

    @property
    def multiply_add_formula(self) -> str:
        return _equation(self.layer.multiply_add_formula(*self.input_shapes), self.multiply_adds)

    @property
    def value_formula(self) -> str:
        return _equation(times(*self.output_shape), self.values)

    @property
    def as_dense_formula(self) -> str:
        inputs = sum(map(math.prod, self.input_shapes))
        return _equation(times(f"({inputs:,} + 1)", self.values), self.as_dense)

    @property
    def call(self) -> Call:
        """The Keras layer that does this."""
        call = self.layer.call()
        frozen = {"trainable": False} if self.frozen and self.parameters else {}
        return replace(call, options=call.options | {"name": self.name} | frozen)


def _equation(formula: str, value: int) -> str:
    return f"{formula} = {value:,}" if formula else ""


@dataclass(frozen=True)
class Architecture:
    """A network as rows, from which its table, its diagram and its Keras model come.

    It ends in logits: a softmax or sigmoid has no parameters and is applied where probabilities
    are shown.
    """

    key: str
    family: str  # networks of one family are told together
    rows: tuple[Row, ...]

    def __getitem__(self, name: str) -> Row:
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        return {row.name: row for row in self.rows}

    @property
    def input_shape(self) -> Shape:
        return self.rows[0].output_shape

    @property
    def outputs(self) -> tuple[Row, ...]:
        """The rows that no other row takes as its input."""
        taken = {name for row in self.rows for name in row.inputs}
        return tuple(row for row in self.rows if row.name not in taken)

    @property
    def blocks(self) -> dict[str, tuple[Row, ...]]:
        blocks: dict[str, tuple[Row, ...]] = {}
        for row in self.rows:
            blocks[row.block] = (*blocks.get(row.block, ()), row)
        return blocks

    @property
    def is_stack(self) -> bool:
        """Every row takes the row before it, and nothing else."""
        names = [row.name for row in self.rows]
        return all(
            row.inputs == (before,) for row, before in zip(self.rows[1:], names, strict=False)
        )

    @cached_property
    def depth(self) -> int:
        """Layers with weights (convolutions, dense layers) on the longest way from the picture."""
        weighted = Convolution | DepthwiseConvolution | Dense
        depths: dict[str, int] = {}
        for row in self.rows:
            before = max((depths[name] for name in row.inputs), default=0)
            depths[row.name] = before + isinstance(row.layer, weighted)
        return max(depths.values())

    @cached_property
    def parameters(self) -> int:
        return sum(row.parameters for row in self.rows)

    @cached_property
    def trainable_parameters(self) -> int:
        return sum(row.trainable_parameters for row in self.rows)

    @property
    def non_trainable_parameters(self) -> int:
        return self.parameters - self.trainable_parameters

    @cached_property
    def multiply_adds(self) -> int:
        return sum(row.multiply_adds for row in self.rows)

    @cached_property
    def activations(self) -> int:
        """Values that a forward pass computes for one picture, the picture itself included."""
        return sum(row.activations for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Memory for these values in float32, all kept, as training needs them; times the batch.

        Training needs as much again for their gradients.
        """
        return FLOAT32 * self.activations

    def receptive_field_formulas(self, row: Row) -> tuple[str, ...]:
        """Of a row with a window: "99 + (3 − 1)·16 = 131", once or for rows and columns."""
        spans, _ = row.layer.window()
        if spans == (1, 1):
            return ()
        (before,) = (self[name] for name in row.inputs)
        if before.jump is None:
            return ()
        sides = list(zip(before.receptive_field, spans, row.receptive_field, strict=True))
        if any(old + (span - 1) * before.jump != new for old, span, new in sides):
            return ()  # behind an enlargement, where the sum is rounded up to whole values
        formulas = [f"{old:,} + ({span} − 1)·{before.jump} = {new:,}" for old, span, new in sides]
        return tuple(dict.fromkeys(formulas))

    def frozen_before(self, name: str) -> "Architecture":
        """The same network with all rows before one frozen, as transfer learning does it."""
        end = [row.name for row in self.rows].index(name)
        frozen = [replace(row, frozen=index < end) for index, row in enumerate(self.rows)]
        return replace(self, rows=tuple(frozen))

    def build(self) -> "keras.Model":
        """The network with fresh weights: a Sequential where it is a stack."""
        from cnnviz.architectures.keras_layers import build  # TensorFlow takes seconds

        return build(self)


class Builder:
    """Writes a network down. Each row takes the row before it, unless others are named.

    >>> net = Builder((28, 28, 1))
    >>> net.add("conv1", Convolution(32, 3, activation="relu"))
    'conv1'
    >>> net.architecture("example", "lecture")["conv1"].parameter_formula
    '(3·3·1 + 1)·32 = 320'
    """

    def __init__(self, input_shape: Shape):
        self._rows: dict[str, Row] = {}
        self._block: str | None = None
        self._role = "main"
        self._rows["image"] = Row(
            name="image",
            layer=Input(input_shape),
            inputs=(),
            input_shapes=(),
            output_shape=input_shape,
            block="image",
            role="main",
            receptive_field=(1, 1),
            extent=input_shape[:2] if len(input_shape) > 1 else (1, *input_shape),
            jump=1 if len(input_shape) > 1 else None,
        )

    @property
    def last(self) -> str:
        return next(reversed(self._rows))

    def shape(self, name: str) -> Shape:
        return self._rows[name].output_shape

    @contextmanager
    def block(self, name: str, role: str = "main") -> Iterator[None]:
        """The rows added inside belong to one block."""
        before = self._block, self._role
        self._block, self._role = name, role
        yield
        self._block, self._role = before

    def add(self, name: str, layer: Layer, *inputs: str) -> str:
        """Put a layer behind the rows named, or behind the last one; returns its name.

        Raises:
            Refusal: If the map has become too small for the layer's window.
            ValueError: If the name is taken, or the layer cannot take these shapes.
        """
        if name in self._rows:
            raise ValueError(f"There is a row {name!r} already: every name stands for one layer.")
        inputs = inputs or (self.last,)
        sources = [self._rows[source] for source in inputs]
        shapes = tuple(source.output_shape for source in sources)
        try:
            output_shape = layer.output_shape(*shapes) if layer.fits(*shapes) else None
        except ValueError as error:
            raise ValueError(f"Layer {name!r}: {error}") from error
        if output_shape is None:
            raise Refusal(
                "architectures.refused.too_small",
                layer=name,
                window="×".join(map(str, layer.window()[0])),
                size="×".join(map(str, shapes[0][:2])),
            )
        field, extent, jump, enlarged = _sight(layer, sources, output_shape)
        self._rows[name] = Row(
            name=name,
            layer=layer,
            inputs=inputs,
            input_shapes=shapes,
            output_shape=output_shape,
            block=self._block or name,
            role=self._role,
            receptive_field=field,
            extent=extent,
            jump=jump,
            enlarged=enlarged,
        )
        return name

    def architecture(self, key: str, family: str) -> Architecture:
        return Architecture(key, family, tuple(self._rows.values()))


def _largest(pairs: Iterator[tuple[int, int]]) -> tuple[int, int]:
    rows, columns = zip(*pairs, strict=True)
    return max(rows), max(columns)


def _sight(
    layer: Layer, sources: list[Row], shape: Shape
) -> tuple[tuple[int, int], tuple[int, int], Fraction | int | None, Enlarged | None]:
    """Receptive field, extent and jump behind a layer, and the first enlargement before it.

    Source: Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields. A window adds
    (span − 1) · jump, the stride multiplies the jump; where paths meet the largest counts.
    """
    field = _largest(source.receptive_field for source in sources)
    extent = _largest(source.extent for source in sources)
    # A map of 1×1 has no neighbours; one without a jump has them anywhere.
    anywhere = any(source.jump is None and source.output_shape[:2] != (1, 1) for source in sources)
    jump = next((source.jump for source in sources if source.jump is not None), None)
    if isinstance(layer, Resizing):
        return (1, 1), shape[:2], 1, None
    if layer.gathers:
        return extent, extent, None, None
    (rows, columns), stride = layer.window()
    if layer.reorders or anywhere or jump is None:
        return extent if (rows, columns) != (1, 1) else field, extent, None, None
    enlarged = max(sources, key=lambda source: source.receptive_field).enlarged
    if isinstance(layer, UpSampling):
        enlarged = enlarged or Enlarged(field, jump)
        return field, extent, Fraction(jump, layer.factor), enlarged
    field, enlarged = _grown(field, enlarged, (rows - 1) * jump, (columns - 1) * jump)
    jump *= stride
    height, width = shape[:2]
    extent, _ = _grown(field, enlarged, (height - 1) * jump, (width - 1) * jump)
    return field, extent, jump, enlarged


def _grown(
    field: tuple[int, int], enlarged: Enlarged | None, rows: Fraction | int, columns: Fraction | int
) -> tuple[tuple[int, int], Enlarged | None]:
    """What is seen with more pixels beside it."""
    if enlarged is None:
        return (field[0] + rows, field[1] + columns), None
    before = enlarged.added
    enlarged = replace(enlarged, added=(before[0] + rows, before[1] + columns))
    return enlarged.seen(), enlarged
