"""Count the parameters: a dense layer against a convolution, and the lecture's two networks."""

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.layers import Convolution, Dense, Flatten, Pooling
from cnnviz.architectures.published import MISPRINTS
from cnnviz.arithmetic import conv_parameters, dense_parameters
from cnnviz.figures import charts
from cnnviz.ui import lesson, state
from cnnviz.ui.language import t

SIDES = sorted({round(2 ** (step / 2)) for step in range(21)})  # 1 … 1024


@dataclass(frozen=True)
class Layers:
    """A dense and a convolution layer on the same picture."""

    side: int
    channels: int
    units: int
    filters: int
    kernel: int

    def dense(self, side: int) -> int:
        return dense_parameters(side * side * self.channels, self.units)

    def convolution(self) -> int:
        return conv_parameters(self.channels, self.filters, self.kernel)


def choose_layers() -> Layers:
    side = state.slider(t("why.count.side"), 1, 1024, 224, 1, "why_side")
    channels = state.choice(
        t("why.count.channels"),
        ("1", "3"),
        "3",
        lambda name: t(f"why.count.channels_{name}"),
        key="why_channels",
    )
    units = state.slider(t("why.count.units"), 1, 4096, 512, 1, "why_units")
    filters = state.slider(t("why.count.filters"), 1, 512, 64, 1, "why_filters")
    kernel = state.slider(t("why.count.kernel"), 1, 11, 3, 1, "why_kernel")
    return Layers(side, int(channels), units, filters, kernel)


def counting(layers: Layers) -> None:
    """Both layers' parameters against the picture's side, and their formulas filled in."""
    sides = sorted({*SIDES, layers.side})
    dense, convolution = layers.dense(layers.side), layers.convolution()
    names = {kind: t(f"why.count.{kind}") for kind in ("dense", "convolution")}
    st.plotly_chart(
        charts.parameters_by_side(
            sides,
            {
                "dense": [layers.dense(side) for side in sides],
                "convolution": [convolution] * len(sides),
            },
            layers.side,
            names,
            (t("why.count.side"), t("why.count.parameters")),
        ),
        key="why_count_chart",
    )
    side, channels, kernel = layers.side, layers.channels, layers.kernel
    times = dense / convolution
    st.markdown(
        t(
            "why.count.formulas",
            side=side,
            channels=channels,
            units=layers.units,
            dense=dense,
            kernel=kernel,
            filters=layers.filters,
            convolution=convolution,
            times=f"{times:,.0f}" if times >= 100 else f"{times:.3g}",
            dense_work=side * side * channels * layers.units,
            convolution_work=side * side * layers.filters * kernel * kernel * channels,
        )
    )


def question_doubled(layers: Layers) -> None:
    """The side doubles: how many parameters has the dense layer then?"""
    now, after = layers.dense(layers.side), layers.dense(2 * layers.side)
    options = sorted({now, 2 * now, after, 8 * now})

    def solve() -> tuple[str, str]:
        calculation = t(
            "why.count.doubled_calculation",
            side=2 * layers.side,
            channels=layers.channels,
            units=layers.units,
            dense=after,
            factor=after / now,
            kernel=layers.kernel,
            filters=layers.filters,
            convolution=layers.convolution(),
        )
        return f"{after:,}", calculation

    lesson.predict_first(
        t("why.count.doubled", side=layers.side, double=2 * layers.side),
        [f"{option:,}" for option in options],
        solve,
        depends_on=layers,
    )


Line = tuple[str, str, str, int]  # layer, output, formula, parameters


def lines_of(network: str) -> Iterator[Line]:
    """One of the lecture's networks, layer by layer."""
    before, *rows = ARCHITECTURES[network].rows
    for row in rows:
        shape = "×".join(map(str, row.output_shape))
        formula = row.parameter_formula.split(" = ")[0]
        match row.layer:
            case Convolution(filters=filters, kernel=kernel):
                name = t("why.count.convolution_row", filters=filters, kernel=kernel)
            case Dense(units=units):
                name = t("why.count.dense_row", units=units)
            case Pooling():
                name = t("why.count.pooling_row")
            case Flatten():
                name = t("why.count.flatten_row")
                formula = "·".join(map(str, before.output_shape)) + f" = {shape}"
        yield name, shape, formula, row.parameters
        before = row


def table_of(rows: list[Line]) -> str:
    """The rows and their sum, in markdown."""
    head = [t(f"why.count.{name}") for name in ("layer", "output", "formula", "parameters")]
    total = sum(parameters for *_, parameters in rows)
    lines = [
        head,
        ["---", "---", "---", "---:"],
        *([*row[:3], f"{row[3]:,}"] for row in rows),
        [f"**{t('why.count.total')}**", "", "", f"**{total:,}**"],
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def lecture_networks() -> None:
    """The lecture's two networks, layer by layer, and its slip."""
    names = {"mnist_dense": "dense_network", "mnist_cnn": "cnn"}
    for column, (network, name) in zip(st.columns(2, gap="medium"), names.items(), strict=True):
        column.markdown(f"**{t(f'why.count.{name}')}**\n\n{table_of(list(lines_of(network)))}")
        if network == "mnist_dense":
            slip = MISPRINTS["dense_parameters"]
            column.caption(t("why.count.slip", total=slip.computed, printed=slip.printed))
