"""Charts: arrays in, `go.Figure` out. Texts come from the page, in its language."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnnviz.figures.colours import FONT, LAYER_KINDS, NETWORKS, POSITIVE, SEQUENTIAL

DASHES = {"mnist_cnn": "solid", "mnist_dense": "dash"}  # told apart without colour, too
SYMBOLS = {"mnist_cnn": "circle", "mnist_dense": "diamond"}
KIND_DASHES = {"convolution": "solid", "dense": "dash"}
# Of Plotly's buttons, those that move an axis; what is left saves the picture.
MOVING = ("zoom", "pan", "select", "lasso", "zoomIn", "zoomOut", "autoScale", "resetScale")


def lay_out(figure: go.Figure, height: int, below: float = 0.22, larger: float = 1) -> None:
    """What all charts share: room above for the buttons, the legend below, and fixed axes.

    A drag or a pinch that moves an axis helps nobody whose finger wants to scroll the page.

    Args:
        figure: With all its traces.
        height: Pixels.
        below: Where the legend begins, as a share of the plot's height.
        larger: How many times the usual size everything has.
    """
    small, usual = {"size": 13 * larger}, {"size": 14 * larger}
    figure.update_layout(
        height=height * larger,
        margin={"l": 10, "r": 10, "t": 44 * larger, "b": 10},
        font=usual | {"family": FONT},
        legend={"orientation": "h", "x": 0, "y": -below, "yanchor": "top", "font": small},
        hoverlabel={"font": usual},
        modebar={"remove": MOVING},
        dragmode=False,
    )
    for axis in (figure.update_xaxes, figure.update_yaxes):
        axis(fixedrange=True, automargin=True, tickfont=small, title={"font": small})


def accuracy_by_shift(
    shifts: Sequence[int],
    accuracies: Mapping[str, Sequence[float]],
    names: Mapping[str, str],
    axes: tuple[str, str],
) -> go.Figure:
    """One line per network: accuracy (0…1, drawn in %) against the shift in pixels."""
    figure = go.Figure()
    for key, values in accuracies.items():
        figure.add_scatter(
            x=list(shifts),
            y=[100 * value for value in values],
            name=names[key],
            mode="lines+markers",
            line={"color": NETWORKS[key], "dash": DASHES[key], "width": 2.5},
            marker={"symbol": SYMBOLS[key], "size": 8},
            hovertemplate="%{x} px: %{y:.1f} %<extra>" + names[key] + "</extra>",
        )
    lay_out(figure, 370)
    figure.update_xaxes(title=axes[0], dtick=2, zeroline=True)
    figure.update_yaxes(title=axes[1], range=[0, 102])
    return figure


def confusion(matrix: np.ndarray, labels: Sequence[str], axes: tuple[str, str]) -> go.Figure:
    """Counts (written, read) as a table of numbers; colour shows the mistakes only."""
    mistakes = matrix.astype(float)
    np.fill_diagonal(mistakes, 0)
    figure = go.Figure(
        go.Heatmap(
            z=mistakes,
            x=list(labels),
            y=list(labels),
            zmin=0,
            zmax=max(1.0, mistakes.max()),
            colorscale=[[0, "rgba(127,127,127,0.06)"], [1, SEQUENTIAL["light"][4]]],
            showscale=False,
            text=np.where(matrix > 0, matrix, "").tolist(),
            texttemplate="%{text}",
            hovertemplate=f"{axes[0]} %{{y}}, {axes[1]} %{{x}}: %{{text}}<extra></extra>",
            xgap=1,
            ygap=1,
        )
    )
    lay_out(figure, 414)
    figure.update_xaxes(title=axes[1], type="category", side="bottom", constrain="domain")
    figure.update_yaxes(title=axes[0], type="category", autorange="reversed", scaleanchor="x")
    return figure


def parameters_by_side(
    sides: Sequence[int],
    parameters: Mapping[str, Sequence[int]],
    current: int,
    names: Mapping[str, str],
    axes: tuple[str, str],
) -> go.Figure:
    """One line per kind of layer, both axes logarithmic; the current side is marked and told."""
    figure = go.Figure()
    for kind, values in parameters.items():
        colour = LAYER_KINDS[kind]
        figure.add_scatter(
            x=list(sides),
            y=list(values),
            name=names[kind],
            mode="lines",
            line={"color": colour, "width": 3, "dash": KIND_DASHES[kind]},
            hovertemplate="%{x}×%{x}: %{y:,}<extra>" + names[kind] + "</extra>",
        )
        value = values[list(sides).index(current)]
        figure.add_scatter(
            x=[current],
            y=[value],
            mode="markers+text",
            marker={"color": colour, "size": 13, "line": {"color": "white", "width": 2}},
            text=[f"{value:,}"],
            textposition="top left",
            showlegend=False,
            hoverinfo="skip",
        )
    lay_out(figure, 360)
    most = max(max(values) for values in parameters.values())
    figure.update_xaxes(
        title=axes[0], type="log", range=[-0.05, 3.1], tickvals=[1, 4, 16, 64, 256, 1024]
    )
    figure.update_yaxes(
        title=axes[1],
        type="log",
        range=[0, np.log10(30 * most)],
        dtick=2,
        exponentformat="power",
    )
    return figure


def accuracy_by_count(
    counts: Sequence[int],
    accuracies: Mapping[str, Sequence[float]],
    names: Mapping[str, str],
    axes: tuple[str, str],
) -> go.Figure:
    """One line per kind of network: accuracy (0…1, drawn in %) against training pictures."""
    figure = go.Figure()
    for kind, values in accuracies.items():
        figure.add_scatter(
            x=list(counts),
            y=[100 * value for value in values],
            name=names[kind],
            mode="lines+markers",
            line={"color": LAYER_KINDS[kind], "dash": KIND_DASHES[kind], "width": 2.5},
            marker={"size": 9},
            hovertemplate="%{x:,}: %{y:.1f} %<extra>" + names[kind] + "</extra>",
        )
    lay_out(figure, 360)
    figure.update_xaxes(title=axes[0], type="log", tickvals=list(counts), tickformat=",d")
    figure.update_yaxes(title=axes[1], range=[40, 102])
    return figure


def error_by_epoch(
    errors: Mapping[str, Sequence[Sequence[float]]],
    names: Mapping[str, str],
    axes: tuple[str, str],
) -> go.Figure:
    """One line per network and run: error in per cent after each epoch.

    Networks of 56 layers are solid with circles, others dashed with diamonds; plain ones are
    orange, residual ones green. All runs of a network look alike.
    """
    figure = go.Figure()
    for key, runs in errors.items():
        for number, values in enumerate(runs):
            figure.add_scatter(
                x=list(range(1, len(values) + 1)),
                y=list(values),
                name=names[key],
                legendgroup=key,
                showlegend=number == 0,
                mode="lines+markers",
                line={
                    "color": POSITIVE if key.startswith("plain") else LAYER_KINDS["convolution"],
                    "dash": "solid" if key.endswith("56") else "dash",
                    "width": 2.5,
                },
                marker={"symbol": "circle" if key.endswith("56") else "diamond", "size": 6},
                hovertemplate="%{x}: %{y:.1f} %<extra>" + names[key] + "</extra>",
            )
    lay_out(figure, 430)
    figure.update_xaxes(title=axes[0], dtick=2, tick0=1)
    figure.update_yaxes(title=axes[1], rangemode="tozero")
    return figure
