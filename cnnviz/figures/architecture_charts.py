"""Charts of the networks' history and of what their accuracy costs. Texts come from the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from cnnviz.figures.charts import lay_out
from cnnviz.figures.colours import FAMILIES, LAYER_KINDS, SELECTED, SHALLOW

# How a network was asked, told apart without colour, too.
SYMBOLS = {
    "single_crop": "circle",
    "ten_crop": "square",
    "dense": "diamond",
    "dense_scales": "diamond-open",
    "many_crops": "cross",
}


@dataclass(frozen=True)
class Cost:
    """One published error beside the computed cost of its network."""

    name: str
    family: str
    protocol: str
    cost: int
    error: float  # per cent


def winners(
    labels: Sequence[str],
    errors: Sequence[float],
    first: int,
    human: float,
    words: Mapping[str, str],
    larger: float = 1,
) -> go.Figure:
    """A row a result, convolutional networks in their colour; the human error as a line.

    Args:
        labels: What stands before each bar, in two lines.
        errors: Top-5, per cent.
        first: Which is the first of a convolutional network.
        human: Top-5, per cent.
        words: "axis", "human", "shallow", "network".
        larger: How many times the usual size the text has.
    """
    figure = go.Figure()
    for name, colour, shape, low, high in (
        (words["shallow"], SHALLOW, "/", 0, first),
        (words["network"], LAYER_KINDS["convolution"], "", first, len(labels)),
    ):
        figure.add_bar(
            x=list(errors[low:high]),
            y=list(labels[low:high]),
            orientation="h",
            name=name,
            marker={"color": colour, "pattern": {"shape": shape}},
            hovertemplate="%{y}: %{x} %<extra></extra>",
        )
    figure.add_scatter(
        x=[human, human],
        y=[labels[0], labels[-1]],
        mode="lines",
        name=f"{words['human']}: {human:g} %",
        line={"color": SELECTED["light"], "dash": "dash", "width": 2},
        hoverinfo="skip",
    )
    figure.add_scatter(  # right of the bar, and of the human error where a bar ends before it
        x=[max(error, human) for error in errors],
        y=list(labels),
        mode="text",
        text=[f" {error:g} %" for error in errors],
        textposition="middle right",
        textfont={"size": 14 * larger},
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
    )
    lay_out(figure, 110 + 46 * len(labels), 0.14, larger)
    figure.update_layout(bargap=0.3)
    figure.update_xaxes(title=words["axis"], range=[0, 1.36 * max(errors)], side="bottom")
    figure.update_yaxes(
        type="category", autorange="reversed", ticks="outside", ticklen=6, tickcolor="rgba(0,0,0,0)"
    )
    return figure


def accuracy_by_cost(
    points: Sequence[Cost],
    protocols: Mapping[str, str],
    axes: tuple[str, str],
    larger: float = 1,
) -> go.Figure:
    """Accuracy in per cent against multiply-adds or parameters, a mark for each protocol.

    A mark's full name is told when it is touched; what stands beside it is short, as the colour
    already says the family, and left out where even on a phone it would run over others.
    """
    figure = go.Figure()
    sides = dict(zip(points, _positions(points, larger), strict=True))
    for protocol, name in protocols.items():
        chosen = [point for point in points if point.protocol == protocol]
        if not chosen:
            continue
        figure.add_scatter(  # its entry in the legend, in the colour of no family
            x=[None],
            y=[None],
            name=name,
            legendgroup=protocol,
            mode="markers",
            marker={"symbol": SYMBOLS[protocol], "size": 12 * larger, "color": SHALLOW},
        )
        figure.add_scatter(
            x=[point.cost for point in chosen],
            y=[100 - point.error for point in chosen],
            name=name,
            legendgroup=protocol,
            showlegend=False,
            mode="markers+text",
            marker={
                "symbol": SYMBOLS[protocol],
                "size": 12 * larger,
                "color": [FAMILIES[point.family] for point in chosen],
                "line": {"width": 1.5},
            },
            text=[_short(point.name) if sides[point] else "" for point in chosen],
            textposition=[sides[point] or "middle right" for point in chosen],
            textfont={"size": 13 * larger},
            cliponaxis=False,
            customdata=[point.name for point in chosen],
            hovertemplate="%{customdata}: %{y:.2f} %, %{x:,}<extra>" + name + "</extra>",
        )
    costs = [point.cost for point in points]
    low, high = min(costs) / 1.8, max(costs) * 1.8
    ticks = [
        digit * 10**power
        for power in range(5, 12)
        for digit in (1, 2, 5)
        if low <= digit * 10**power <= high
    ]
    lay_out(figure, 480, 0.18, larger)
    figure.update_layout(
        # The title of the upright axis lies above it, where it is never cut.
        title={"text": axes[1], "font": {"size": 14 * larger}, "x": 0, "y": 0.98, "yanchor": "top"},
    )
    figure.update_xaxes(
        title=axes[0],
        type="log",
        range=[np.log10(low), np.log10(high)],
        tickvals=ticks,
        ticktext=[_rounded(tick) for tick in ticks],
        tickangle=0 if larger == 1 else None,
    )
    return figure


def _rounded(value: int) -> str:
    """ "200 M", "2 G"."""
    return f"{value // 10**9} G" if value >= 10**9 else f"{value / 10**6:g} M"


def _short(name: str) -> str:
    """What the colour does not say: the depth of a ResNet, the letter of a VGG, "v3"."""
    if name.startswith("VGG"):
        return name[name.index("(") + 1 : -1]
    for family in ("ResNet-", "Inception ", "-Inception", "-Lite0"):
        name = name.replace(family, "")
    return name


SIDES = {  # of a label: where its middle lies from the mark, in its own widths and heights
    "middle right": (0.5, 0, 12, 0),
    "middle left": (-0.5, 0, -12, 0),
    "top center": (0, 0.5, 0, 10),
    "bottom center": (0, -0.5, 0, -10),
    "top right": (0.5, 0.5, 4, 6),
    "top left": (-0.5, 0.5, -4, 6),
    "bottom right": (0.5, -0.5, 4, -6),
    "bottom left": (-0.5, -0.5, -4, -6),
}
# Pixels: widths of the chart (a desktop's, a phone's), its height, a letter, a line.
WIDTHS, HIGH, LETTER, LINE = (1000, 270), 300, 7, 14


def _positions(points: Sequence[Cost], larger: float) -> list[str | None]:
    """A side for each label on which it covers no mark and no label placed before it, if any.

    That is asked for both widths, but in the large mode, which is no phone's, for the wide one.
    """
    widths = WIDTHS if larger == 1 else WIDTHS[:1]
    x = np.log10([point.cost for point in points])
    y = np.array([-point.error for point in points])
    x = (x - x.min()) / (np.ptp(x) or 1) / larger
    y = (y - y.min()) / (np.ptp(y) or 1) * HIGH / larger
    taken = {wide: [(at * wide, level) for at, level in zip(x, y, strict=True)] for wide in widths}
    taken = {
        wide: [(left - 7, left + 7, low - 7, low + 7) for left, low in marks]
        for wide, marks in taken.items()
    }
    chosen: list[str | None] = []
    for number, point in enumerate(points):
        chosen.append(None)
        for side in SIDES:
            boxes = {wide: _box(side, point, x[number] * wide, y[number]) for wide in widths}
            inside = all(box[0] > -40 and box[1] < wide + 40 for wide, box in boxes.items())
            free = not any(_shared(boxes[wide], one) > 0 for wide in widths for one in taken[wide])
            if inside and free:
                chosen[-1] = side
                for wide in widths:
                    taken[wide].append(boxes[wide])
                break
    return chosen


def _box(side: str, point: Cost, left: float, low: float) -> tuple[float, float, float, float]:
    """Where a label lies: left, right, low, high."""
    across, along, right, up = SIDES[side]
    width = LETTER * len(_short(point.name))
    middle, level = left + across * width + right, low + along * LINE + up
    return middle - width / 2, middle + width / 2, level - LINE / 2, level + LINE / 2


def _shared(one: tuple, other: tuple) -> float:
    """Area that two boxes (left, right, low, high) have in common."""
    across = min(one[1], other[1]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[2], other[2])
    return max(0, across) * max(0, along)
