"""Colours keep their meaning for every reader; charts show the numbers they were given."""

import numpy as np
import pytest

from cnnviz.figures import charts, colours
from cnnviz.figures.colours import LAYER_KINDS, NETWORKS, SEQUENTIAL, SIGNED
from cnnviz.registry import MODELS

BACKGROUNDS = {"light": "#ffffff", "dark": "#13191b"}  # .streamlit/config.toml
MODES = tuple(BACKGROUNDS)


def luminance(colour: str) -> float:
    """Relative luminance, 0 black to 1 white (WCAG 2.2, definition of "relative luminance")."""
    levels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [
        level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """1 for equal colours, 21 for black on white."""
    darker, brighter = sorted([luminance(one), luminance(other)])
    return (brighter + 0.05) / (darker + 0.05)


def test_contrast_by_hand():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)  # 1.05 / 0.05
    assert contrast("#777777", "#777777") == 1
    assert luminance("#00ff00") == pytest.approx(0.7152)


# --------------------------------------------------------------------- colours


def test_backgrounds_are_the_themes():
    import tomllib

    from cnnviz import ROOT

    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    assert {mode: theme[mode]["backgroundColor"] for mode in MODES} == BACKGROUNDS


@pytest.mark.parametrize("scale", [SIGNED, SEQUENTIAL, colours.GREY])
def test_both_modes_have_the_same_stops(scale):
    assert len(scale["light"]) == len(scale["dark"])


@pytest.mark.parametrize("mode", MODES)
def test_signed_scale_is_symmetric_around_zero(mode):
    """As many stops on either side, and equally far in lightness from the neutral one."""
    values = [luminance(colour) for colour in SIGNED[mode]]
    assert len(values) % 2 == 1
    neutral = len(values) // 2
    for step in range(1, neutral + 1):
        below, above = values[neutral - step], values[neutral + step]
        assert below == pytest.approx(above, abs=0.09)


@pytest.mark.parametrize("mode", MODES)
def test_neutral_colour_has_no_hue(mode):
    neutral = SIGNED[mode][len(SIGNED[mode]) // 2]
    levels = [int(neutral[at : at + 2], 16) for at in (1, 3, 5)]
    assert max(levels) - min(levels) <= 10


@pytest.mark.parametrize("mode", MODES)
def test_signed_scale_leaves_the_background_on_both_sides(mode):
    """Zero is closest to the page; larger values differ more and more, in one direction."""
    values = [contrast(colour, BACKGROUNDS[mode]) for colour in SIGNED[mode]]
    neutral = len(values) // 2
    assert values[: neutral + 1] == sorted(values[: neutral + 1], reverse=True)
    assert values[neutral:] == sorted(values[neutral:])
    assert values[neutral] < 1.3


@pytest.mark.parametrize("mode", MODES)
def test_sequential_scale_leaves_the_background(mode):
    values = [contrast(colour, BACKGROUNDS[mode]) for colour in SEQUENTIAL[mode]]
    assert values == sorted(values)
    assert values[0] < 1.1
    assert values[-1] > 12


def test_negative_and_positive_are_told_apart_by_hue():
    """Blue against orange, which every common colour-blindness leaves apart."""
    for mode in MODES:
        for blue, orange in zip(SIGNED[mode][:3], SIGNED[mode][:3:-1], strict=True):
            assert int(blue[5:], 16) > int(blue[1:3], 16)
            assert int(orange[1:3], 16) > int(orange[5:], 16)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [*NETWORKS, *LAYER_KINDS, "selected"])
def test_lines_are_seen_on_both_backgrounds(name, mode):
    """WCAG 2.2, 1.4.11: graphics need a contrast of 3 to 1."""
    colour = {**NETWORKS, **LAYER_KINDS, "selected": colours.SELECTED[mode]}[name]
    assert contrast(colour, BACKGROUNDS[mode]) >= 3


def test_every_network_has_its_colour_dash_and_symbol():
    assert set(NETWORKS) == set(charts.DASHES) == set(charts.SYMBOLS) == set(MODELS)
    for marks in (NETWORKS, charts.DASHES, charts.SYMBOLS):
        assert len(set(marks.values())) == len(marks)  # also told apart without colour


def test_browser_gets_the_same_colours():
    palette = colours.for_browser()
    assert palette["signed"] is SIGNED
    assert palette["sequential"] is SEQUENTIAL
    assert palette["networks"] is NETWORKS
    assert palette["layerKinds"] is LAYER_KINDS


# --------------------------------------------------------------------- charts


def test_curve_shows_the_numbers_it_was_given():
    figure = charts.accuracy_by_shift(
        range(-1, 2),
        {"mnist_cnn": [0.5, 0.996, 0.75], "mnist_dense": [0.25, 0.985, 0.125]},
        {"mnist_cnn": "CNN", "mnist_dense": "全连接网络"},
        ("pixels", "accuracy"),
    )
    cnn, dense = figure.to_plotly_json()["data"]
    assert list(cnn["x"]) == list(dense["x"]) == [-1, 0, 1]
    np.testing.assert_allclose(cnn["y"], [50, 99.6, 75])
    np.testing.assert_allclose(dense["y"], [25, 98.5, 12.5])
    assert (cnn["name"], dense["name"]) == ("CNN", "全连接网络")
    assert (cnn["line"]["color"], dense["line"]["color"]) == tuple(NETWORKS.values())
    assert cnn["line"]["dash"] != dense["line"]["dash"]
    assert figure.layout.xaxis.title.text == "pixels"
    assert figure.layout.yaxis.title.text == "accuracy"
    low, high = figure.layout.yaxis.range
    assert low == 0  # no cut axis makes a difference look larger than it is
    assert high >= 100


def test_confusions_are_coloured_without_the_diagonal():
    """97 right answers would drown 2 mistakes: they are written, not coloured."""
    matrix = np.array([[97, 2, 1], [0, 50, 0], [4, 0, 60]])
    before = matrix.copy()
    figure = charts.confusion(matrix, ("0", "1", "2"), ("written", "read"))
    (heatmap,) = figure.data
    np.testing.assert_array_equal(heatmap.z, [[0, 2, 1], [0, 0, 0], [4, 0, 0]])
    texts = [["97", "2", "1"], ["", "50", ""], ["4", "", "60"]]
    assert [list(row) for row in heatmap.text] == texts
    assert (heatmap.zmin, heatmap.zmax) == (0, 4)
    np.testing.assert_array_equal(matrix, before)


def test_a_row_is_what_was_written():
    matrix = np.array([[5, 3], [0, 7]])  # three zeros read as one
    figure = charts.confusion(matrix, ("zero", "one"), ("written", "read"))
    assert figure.layout.yaxis.title.text == "written"
    assert figure.layout.yaxis.autorange == "reversed"  # row 0 on top, as in the card
    assert figure.layout.xaxis.title.text == "read"
    assert "written %{y}, read %{x}" in figure.data[0].hovertemplate


def test_perfect_network_draws_too():
    figure = charts.confusion(np.eye(10, dtype=int), tuple("0123456789"), ("written", "read"))
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 1)


def test_chinese_is_drawn_in_a_chinese_font():
    figures = [
        charts.confusion(np.eye(2, dtype=int), ("0", "1"), ("写的是", "识别为")),
        charts.accuracy_by_shift([0], {"mnist_cnn": [1]}, {"mnist_cnn": "CNN"}, ("像素", "%")),
    ]
    for figure in figures:
        assert "Noto Sans SC" in figure.layout.font.family
