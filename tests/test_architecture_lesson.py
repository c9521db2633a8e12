"""The architectures lesson: what is read off the rows, what is told beside it, and its program."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import ROOT
from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.layers import Activation, Add, Convolution
from cnnviz.architectures.network import Builder
from cnnviz.architectures.published import (
    BN_STEPS,
    GOOGLENET_TABLE,
    HUMAN_TOP5,
    ILSVRC,
    MISPRINTS,
    PUBLISHED,
    Printed,
)
from cnnviz.architectures.structure import shortcuts, traits
from cnnviz.figures import architecture_charts
from cnnviz.text import LANGUAGES, group, text
from cnnviz.ui import architecture_lab, diagrams
from tests.test_code import filled_in, output_of


def kinds(key: str) -> list[str]:
    return [kind for _, kind in shortcuts(ARCHITECTURES[key]).values()]


# --------------------------------------------------------------------- read off the rows


def test_shortcuts_of_the_resnets():
    """A projection where a stage changes shape, else the identity (He et al. 2015, table 1)."""
    assert kinds("resnet18").count("projection") == 3  # the first stage keeps its 64 channels
    assert kinds("resnet50").count("projection") == 4  # 64 to 256 channels, too
    assert kinds("resnet50").count("identity") == 3 + 4 + 6 + 3 - 4
    assert kinds("resnet20") == ["identity"] * 3 + ["zero_pad", *["identity"] * 2] * 2
    assert kinds("plain34") == []
    assert set(kinds("mobilenet_v2")) == {"identity"}


def test_shortcuts_are_found_in_a_net_with_countless_ways():
    """Two hundred diamonds: 2²⁰⁰ ways from the picture to the end, each place looked at once."""
    net = Builder((8, 8, 3))
    net.add("side", Activation("relu"))
    last = "image"
    for number in range(200):
        net.add(f"left{number}", Activation("relu"), last)
        net.add(f"right{number}", Activation("relu"), last)
        last = net.add(f"join{number}", Add(), f"left{number}", f"right{number}")
    net.add("end", Add(), last, "side")
    assert "end" not in shortcuts(net.architecture("diamonds", "test"))


def test_a_sum_of_two_equal_ways_is_no_shortcut():
    net = Builder((8, 8, 4))
    left = net.add("left", Convolution(4, 3, padding="same"), "image")
    right = net.add("right", Convolution(4, 3, padding="same"), "image")
    net.add("add", Add(), left, right)
    assert shortcuts(net.architecture("fork", "test")) == {}


def test_a_one_by_one_convolution_beside_a_longer_way_is_a_projection():
    net = Builder((8, 8, 4))
    across = net.add("across", Convolution(8, 1), "image")
    net.add("first", Convolution(8, 3, padding="same"), "image")
    second = net.add("second", Convolution(8, 3, padding="same"))
    net.add("add", Add(), across, second)
    assert shortcuts(net.architecture("block", "test")) == {"add": ("across", "projection")}


@pytest.mark.parametrize(
    ("key", "kernels", "poolings", "normalisations"),
    [
        ("lenet5", ("5×5",), ("average",), ()),
        ("alexnet", ("11×11", "5×5", "3×3"), ("max",), ("lrn",)),
        ("vgg16", ("3×3",), ("max",), ()),
        ("vgg16_c", ("3×3", "1×1"), ("max",), ()),
        ("googlenet", ("7×7", "5×5", "3×3", "1×1"), ("max", "global"), ("lrn",)),
        ("resnet50", ("7×7", "3×3", "1×1"), ("max", "global"), ("batch",)),
        ("mnist_dense", (), (), ()),
    ],
)
def test_what_a_network_is_made_of(key, kernels, poolings, normalisations):
    found = traits(ARCHITECTURES[key])
    assert (found.kernels, found.poolings, found.normalisations) == (
        kernels,
        poolings,
        normalisations,
    )


def test_questions_find_the_networks_of_the_lecture():
    def found(facet: str, option: str) -> set[str]:
        return {key for key in ARCHITECTURES if option in architecture_lab.properties(key)[facet]}

    assert found("kernels", "11x11") == {"alexnet", "alexnet_two_towers"}
    assert found("kernels", "only3x3") >= {"vgg11", "vgg16", "vgg19"}
    assert "vgg16_c" not in found("kernels", "only3x3")
    assert found("year", "1998") == {"lenet5"}
    assert found("shortcuts", "zero_pad") == {"resnet20", "resnet56"}
    assert found("depth", "d26") >= {"resnet152", "inception_v3"}
    for key in ARCHITECTURES:  # every network answers every question
        assert all(architecture_lab.properties(key).values())


# --------------------------------------------------------------------- the diagram's data


@pytest.mark.parametrize("key", ARCHITECTURES)
def test_the_diagram_gets_every_row_with_its_numbers(key):
    architecture = ARCHITECTURES[key]
    data = json.loads(json.dumps(diagrams.as_data(architecture)))
    assert [row["name"] for row in data["rows"]] == [row.name for row in architecture.rows]
    for quantity, name in (("parameters", "parameters"), ("multiplyAdds", "multiply_adds")):
        total = sum(data["layers"][row["layer"]][quantity] for row in data["rows"])
        assert total == getattr(architecture, name) == data[quantity]
    for at, (sent, row) in enumerate(zip(data["rows"], architecture.rows, strict=True)):
        layer = data["layers"][sent["layer"]]
        assert tuple(layer["shape"]) == row.output_shape
        assert layer["parameterFormula"] == row.parameter_formula
        assert [data["rows"][source]["name"] for source in sent["inputs"]] == list(row.inputs)
        assert all(source < at for source in sent["inputs"])
        assert data["blocks"][sent["block"]] == row.block


def test_a_deep_network_is_sent_once_for_each_different_layer():
    data = diagrams.as_data(ARCHITECTURES["resnet152"])
    assert len(data["rows"]) == 517
    assert len(data["layers"]) == 48
    assert len(json.dumps(data, ensure_ascii=False).encode()) < 100_000
    assert diagrams.as_data(ARCHITECTURES["resnet152"]) is data  # put together once


def test_frozen_rows_are_told_apart():
    head = ARCHITECTURES["vgg16_base_head"].frozen_before("flatten")
    data = diagrams.as_data(head)
    frozen = {row["name"] for row in data["rows"] if data["layers"][row["layer"]]["frozen"]}
    assert "block1_conv1" in frozen
    assert "dense1" not in frozen


# --------------------------------------------------------------------- what is told


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_new_is_told_and_nothing_else(language):
    news = {name for told in PUBLISHED.values() for name in told.new}
    assert set(group(language, "architectures.new")) == news
    assert set(group(language, "architectures.misprint")) == set(MISPRINTS)
    assert set(ARCHITECTURES) - set(PUBLISHED) <= set(group(language, "architectures.names"))
    assert {a.family for a in ARCHITECTURES.values()} == set(
        group(language, "architectures.families")
    )
    errors = [one for told in PUBLISHED.values() for one in told.errors]
    assert {one.protocol for one in errors} <= set(group(language, "architectures.protocols"))
    assert {one.data for one in errors} == set(group(language, "architectures.datasets"))
    words = group(language, "architectures.diagram")
    for architecture in ARCHITECTURES.values():
        for row in architecture.rows:
            assert f"type_{type(row.layer).__name__}" in words
            function = getattr(row.layer, "activation", None) or getattr(row.layer, "function", "")
            assert not function or f"activation_{function}" in words


def test_every_number_that_differs_is_explained():
    differing = {
        key
        for key, told in PUBLISHED.items()
        for name in ("parameters", "multiply_adds")
        if (number := getattr(told, name)) and not number.agrees(getattr(ARCHITECTURES[key], name))
    }
    # And the network whose printed error is that of a variant.
    assert set(group("en", "architectures.differs")) == differing | {"resnet18"}


def test_numbers_in_the_sentences_are_those_of_the_rows():
    def parameters(key: str, *blocks: str) -> int:
        return sum(
            row.parameters for row in ARCHITECTURES[key].rows if not blocks or row.block in blocks
        )

    mobile = ARCHITECTURES["mobilenet_v2"]
    weights = sum(row.parameters for row in mobile.rows if row.kind != "normalisation")
    assert f"{weights:,}" in text("en", "architectures.differs.mobilenet_v2")
    # "1.0 million parameters where VGG's have 124 million"
    assert round(parameters("googlenet", "logits") / 1e6, 1) == 1.0
    assert round(parameters("vgg16", "fc1", "fc2", "logits") / 1e6) == 124
    # "The paper's table adds up to 6.96 million": K is 1,024.
    total = sum(thousands for thousands, _ in GOOGLENET_TABLE.values()) * 1024
    assert round(total / 1e6, 2) == 6.96
    # "9 times fewer, not 12"
    assert round(parameters("alexnet") / parameters("googlenet")) == 9
    # "A seventh", "less than a third"
    direct, neck = ARCHITECTURES["direct_5x5"], ARCHITECTURES["bottleneck_5x5"]
    assert round(direct.multiply_adds / neck.multiply_adds) == 7
    assert round(direct.parameters / neck.parameters) == 7
    naive, reduced = ARCHITECTURES["inception_naive"], ARCHITECTURES["inception_reduced"]
    assert reduced.multiply_adds < naive.multiply_adds / 3
    # "Fewer multiply-adds than VGG-16 with more than nine times its layers"
    deep, vgg = ARCHITECTURES["resnet152"], ARCHITECTURES["vgg16"]
    assert deep.multiply_adds < vgg.multiply_adds
    assert deep.depth > 9 * vgg.depth
    # "A fifth of VGG-16's parameters and more values"
    middle = ARCHITECTURES["resnet50"]
    assert middle.parameters < vgg.parameters / 5
    assert middle.activations > vgg.activations
    assert parameters("mnist_cnn") < parameters("mnist_dense") / 4
    # Batch normalisation: 14.8 times fewer, and fewer than half with it alone.
    steps = {name: count for name, count, _ in BN_STEPS}
    assert round(steps["Inception"] / steps["BN-x5"], 1) == 14.8
    assert steps["BN-Baseline"] < steps["Inception"] / 2


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (Printed(138e6, 1e6), "138 · 10⁶"),
        (Printed(1.5e9, 0.1e9), "1.5 · 10⁹"),
        (Printed(13.6e6, 0.1e6), "13.6 · 10⁶"),
        (Printed(0.27e6, 0.01e6), "0.27 · 10⁶"),
        (Printed(5e9, 1e9), "5 · 10⁹"),
        (Printed(60_000, 1_000), "60,000"),
    ],
)
def test_a_printed_number_keeps_its_digits(number, shown):
    assert architecture_lab.printed(number) == shown


# --------------------------------------------------------------------- the papers' tables


def test_the_layers_that_begin_with_as_weights_have_as_shapes():
    first = ARCHITECTURES["vgg11"]
    convolutions = [row.name for row in first.rows if row.kind == "convolution"]
    assert list(architecture_lab.FROM_A[:4]) == convolutions[:4]  # "the first four"
    for key in architecture_lab.VGG:
        for name in architecture_lab.FROM_A:
            assert ARCHITECTURES[key][name].weights == first[name].weights


def test_vggs_table_is_table_1():
    cells = [architecture_lab.vgg_cell("vgg16_c", f"block{number}") for number in (1, 3)]
    assert cells == ["**conv3-64**, conv3-64", "**conv3-256**, **conv3-256**, conv1-256"]
    assert architecture_lab.vgg_cell("vgg11_lrn", "block1") == "conv3-64, LRN"


def test_googlenets_table_says_where_it_differs():
    rows = architecture_lab.googlenet_rows()
    assert {row[0] for row in rows if row[4] == "≠"} == {"conv1", "inception_4c", "inception_5a"}
    assert {row[0] for row in rows if row[7] == "≠"} == {"conv1", "inception_5a"}


def test_the_cost_chart_shows_single_networks_on_one_set():
    points = architecture_lab.costs("multiply_adds", "top5")
    assert min(point.error for point in points) == 4.49  # no ensemble's 3.57
    figure = architecture_charts.accuracy_by_cost(
        points, group("en", "architectures.protocols"), ("x", "y")
    )
    legend = [trace for trace in figure.data if trace.showlegend is not False]
    marks = [trace for trace in figure.data if trace.showlegend is False]
    assert len({trace.marker.symbol for trace in legend}) == len(legend) == len(marks)
    shown = {
        (name, x, y)
        for one in marks
        for name, x, y in zip(one.customdata, one.x, one.y, strict=True)
    }
    assert shown == {(point.name, point.cost, 100 - point.error) for point in points}


@pytest.mark.parametrize("measure", ["top1", "top5"])
@pytest.mark.parametrize("against", ["multiply_adds", "parameters"])
def test_labels_of_the_cost_chart_cover_nothing_on_a_phone(against, measure):
    """ResNet-101's label ran under the mark of ResNet-152."""
    points = architecture_lab.costs(against, measure)
    wide = 270  # pixels
    x, y = np.log10([one.cost for one in points]), np.array([-one.error for one in points])
    x, y = (x - x.min()) / np.ptp(x) * wide, (y - y.min()) / np.ptp(y) * 300
    marks = [(left - 7, left + 7, low - 7, low + 7) for left, low in zip(x, y, strict=True)]
    sides = architecture_charts._positions(points, 1)
    labels = [
        architecture_charts._box(side, point, left, low)
        for side, point, left, low in zip(sides, points, x, y, strict=True)
        if side
    ]
    assert len(labels) >= 0.7 * len(points)
    for at, (left, right, low, high) in enumerate(labels):
        assert -40 < left < right < wide + 40  # what is left of a phone
        for other in marks + labels[:at]:
            assert right <= other[0] or other[1] <= left or high <= other[2] or other[3] <= low


def test_the_axis_of_cost_says_200_million_and_2_billion():
    figure = architecture_charts.accuracy_by_cost(
        architecture_lab.costs("multiply_adds", "top1"), {"dense": "dense"}, ("x", "y"), 1.5
    )
    assert figure.layout.xaxis.ticktext[:4] == ("200 M", "500 M", "1 G", "2 G")
    assert figure.layout.xaxis.tickvals[3] == 2e9
    assert figure.layout.xaxis.tickfont.size == 1.5 * 13  # the large mode


def test_a_winner_is_told_with_its_network():
    """Teams' names say little: AlexNet came from SuperVision, ResNet from MSRA."""
    told = [architecture_lab._winner(winner) for winner in ILSVRC]
    assert told[0] == "<b>2010</b> NEC-UIUC"
    assert told[2] == "<b>2012</b> SuperVision<br>AlexNet, 8 layers"
    assert told[5] == "<b>2014</b> GoogLeNet<br>22 layers"
    assert told[6] == "<b>2015</b> MSRA<br>ResNet-152, 152 layers"
    assert told[8] == "<b>2017</b> WMW<br>SENet"
    errors = [winner.top5 for winner in ILSVRC]
    words = group("en", "architectures.winners")
    figure = architecture_charts.winners(told, errors, 2, HUMAN_TOP5, words)
    shallow, network, human, numbers = figure.data
    assert [*shallow.x, *network.x] == errors
    assert set(human.x) == {5.1}
    assert numbers.x[-1] == 5.1  # 2.25 % is written right of the line, not on it


# --------------------------------------------------------------------- program and page


@pytest.mark.parametrize("key", ["lenet5", "resnet20", "inception_reduced"])
def test_the_program_builds_the_network_of_the_page(key):
    program = filled_in("architectures", **architecture_lab.program(key))
    assert not re.search(r"__[A-Z]+__", program)
    assert f"{key}: {ARCHITECTURES[key].parameters:,} parameters" in output_of(program)


def page(**link: str) -> AppTest:
    app = AppTest.from_file(ROOT / "cnnviz" / "ui" / "main.py", default_timeout=60)
    app.query_params.update(link)
    app.run()
    app.query_params.update(link)
    app.switch_page("../../pages/architectures.py").run()
    assert not app.exception
    return app


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("view", architecture_lab.VIEWS)
def test_every_view_opens_in_both_languages(view, language):
    page(show=view, lang=language)


@pytest.mark.parametrize("table", architecture_lab.TABLES)
def test_every_table_opens(table):
    assert any("|" in one.value for one in page(show="tables", table=table).markdown)


def test_nonsense_in_the_link_is_as_good_as_nothing():
    app = page(show="x", net="vgg99", open="no~such", layer="nothing", find="a.b~c", table="?")
    assert "net" not in app.query_params
    assert app.session_state["kept_architectures"]["net"] == ""  # the usual one


def test_the_question_is_marked_with_the_rows_numbers():
    app = page(net="vgg16")
    (pills,) = [one for one in app.pills if one.key.startswith("answer-")]
    assert "fc1" in pills.options
    pills.set_value("fc1").run()
    assert not app.exception
    told = " ".join(one.value for one in app.markdown)
    assert "102,764,544" in told  # (25,088 + 1)·4,096
    assert app.success


def test_the_page_asks_for_no_tensorflow():
    program = "import sys, cnnviz.ui.architecture_lab; print('tensorflow' in sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "False"
