"""The receptive field: by the formula, by trying it out, and measured on a network."""

import ast
import doctest
import re

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz import arithmetic, effective_field, receptive_field
from cnnviz.architectures import ARCHITECTURES
from cnnviz.convolution import convolve
from cnnviz.pooling import max_pool
from cnnviz.receptive_field import PRESETS, Window, from_link, paths, stages, to_link
from cnnviz.ui import field_lab
from tests.test_code import filled_in, output_of

CONV, POOL = Window("convolution", 3), Window("pooling", 2, 2)

windows = st.builds(
    lambda kind, kernel, stride, dilation: Window(
        kind, kernel, stride, dilation if kind == "convolution" and stride == 1 else 1
    ),
    st.sampled_from(receptive_field.KINDS),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(1, 3),
)
stacks = st.lists(windows, min_size=1, max_size=4)
paddings = st.sampled_from(receptive_field.PADDINGS)


def test_examples_in_the_docstrings():
    assert doctest.testmod(receptive_field).failed == 0


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("two_3x3", [1, 3, 5]),
        ("three_3x3", [1, 3, 5, 7]),
        ("one_7x7", [1, 7]),
        ("mnist_cnn", [1, 3, 4, 8, 10, 18]),  # 10 + 2·4
        ("strides", [1, 3, 7, 15, 31]),  # the jump doubles
        ("dilations", [1, 3, 7, 15, 31]),  # Yu and Koltun 2015, table 1
    ],
)
def test_fields_of_the_presets(name, fields):
    assert [stage.field for stage in PRESETS[name].stages()] == fields


@given(stacks)
def test_the_field_is_that_of_the_formula(layers):
    """Of cnnviz.arithmetic, where a dilated kernel is a larger one."""
    spans = [(arithmetic.effective_kernel(w.kernel, w.dilation), w.stride) for w in layers]
    assert stages(layers, 999)[-1].field == arithmetic.receptive_field(spans)


@pytest.mark.parametrize(("key", "preset"), [("mnist_cnn", "mnist_cnn"), ("vgg16", "vgg16")])
def test_fields_are_those_of_the_architectures(key, preset):
    """Counted from rows of another module; VGG16 has more stages than are shown."""
    rows = [row for row in ARCHITECTURES[key].rows if row.layer.kind in receptive_field.KINDS]
    found = PRESETS[preset].stages()[1:]
    assert [row.receptive_field[0] for row in rows][: len(found)] == [s.field for s in found]
    assert [row.jump for row in rows][: len(found)] == [stage.jump for stage in found]
    assert [row.output_shape[0] for row in rows][: len(found)] == [stage.size for stage in found]


def reached_by_trying(layers, side, padding):
    """For every unit the pixels that move it: ones everywhere, one bright pixel at a time."""
    x = inputs = keras.Input((side, 1))
    for layer in layers:
        if layer.kind == "pooling":
            x = keras.layers.AveragePooling1D(layer.kernel, layer.stride)(x)
        else:
            options = {"strides": layer.stride, "dilation_rate": layer.dilation}
            x = keras.layers.Conv1D(
                1, layer.kernel, padding=padding, kernel_initializer="ones", **options
            )(x)
    outputs = keras.Model(inputs, x)(np.eye(side, dtype="float32")[..., np.newaxis])
    return keras.ops.convert_to_numpy(outputs)[..., 0] > 0  # (pixel, unit)


@pytest.mark.parametrize("padding", receptive_field.PADDINGS)
@pytest.mark.parametrize(
    "layers",
    [
        [CONV, CONV],
        [CONV, POOL, CONV, POOL, CONV],
        [Window("convolution", 5, 2), Window("convolution", 4, 2)],  # "same" is lopsided here
        [Window("convolution", 3, 1, 2), Window("pooling", 3, 2), CONV],
        [Window("convolution", 2), Window("convolution", 3, 3)],
    ],
    ids=to_link,
)
def test_keras_reaches_exactly_the_pixels_that_are_told(layers, padding):
    side = 29
    reached = reached_by_trying(layers, side, padding)
    stage = stages(layers, side, padding)[-1]
    assert reached.shape[1] == stage.size
    for unit in range(stage.size):
        first, last = stage.sees(unit)
        pixels = np.flatnonzero(reached[:, unit])
        assert (pixels[0], pixels[-1]) == (max(first, 0), min(last, side - 1))
        assert stage.nearest(stage.centre(unit)) == unit


def test_same_padding_moves_the_first_field_out_of_the_picture():
    """Two 3×3 with a zero on each side: unit 0 sees pixels −2 to 2, two of them padding."""
    assert stages([CONV, CONV], 16, "same")[-1].sees(0) == (-2, 2)
    assert stages([CONV, CONV], 16, "valid")[-1].sees(0) == (0, 4)


def test_ways_through_two_layers():
    """1 2 3 2 1 along a side: 3·3 = 9 ways from the centre, one from a corner."""
    assert paths([CONV, CONV]) == [1, 2, 3, 2, 1]
    assert paths([Window("convolution", 2, 2), Window("convolution", 2)]) == [1, 1, 1, 1]
    assert paths([Window("convolution", 2, 1, 3)]) == [1, 0, 0, 1]  # gaps


@given(stacks)
def test_ways_are_counted_over_the_whole_field(layers):
    counts = paths(layers)
    assert len(counts) == stages(layers, 999)[-1].field
    assert sum(counts) == np.prod([layer.kernel for layer in layers])


@given(stacks)
def test_links_name_the_same_stack(layers):
    assert from_link(to_link(layers)) == tuple(layers)


@pytest.mark.parametrize(
    "words", ["", "x3", "c3-", "c99", "c3s9", "p2d2", "c٣", "-".join(["c3"] * 21), "<script>"]
)
def test_nonsense_names_no_stack(words):
    assert from_link(words) is None


# Settings of the page


def test_the_link_needs_no_words_for_the_usual_settings():
    assert not any(field_lab.to_words(field_lab.read({})).values())


@pytest.mark.parametrize(
    "words",
    [
        {"layers": "c5-p2s2", "layer": "1", "row": "3.5", "padding": "same", "paths": "1"},
        {"view": "measured", "measured_layer": "conv2", "measured_row": "0"},
        {"view": "stacked", "count": "5", "channels": "512"},
        {"layers": "none", "side": "224"},
    ],
    ids=str,
)
def test_settings_survive_the_link(words):
    settings = field_lab.read(words)
    assert {name: word for name, word in field_lab.to_words(settings).items() if word} == words
    assert field_lab.read(field_lab.to_words(settings)) == settings


@pytest.mark.parametrize(
    "words",
    [
        {"layer": "99", "row": "nan", "side": "17", "measured_row": "3", "channels": "1e9"},
        {"layers": "c11-c11-c11-c11-c11-c11-c11", "side": "16"},  # does not fit
        {"layers": ["c3"], "layer": None, "row": {}, "count": "3.5"},
    ],
    ids=str,
)
def test_nonsense_in_a_link_falls_back_to_the_default(words):
    assert field_lab.read(words) == field_lab.read({})


# Measured on the network


@pytest.fixture(scope="module")
def one_digit():
    """Unit (1, 1) of conv3, averaged over one digit."""
    return effective_field.measured("trained", "conv3", 1, 1, 1)


def test_energies_are_those_of_differences(one_digit):
    """The network once more in NumPy and float64: every pixel is raised and lowered a little."""
    weights = [
        weight.astype("float64") for weight in effective_field._network("trained").get_weights()
    ]
    step = 1e-6

    def units(picture: np.ndarray) -> np.ndarray:
        maps = picture
        for layer in range(3):
            maps = np.maximum(convolve(maps, weights[2 * layer], bias=weights[2 * layer + 1]), 0)
            maps = max_pool(maps) if layer < 2 else maps
        return maps[0, 0]

    seen = effective_field.digits(1)[0, 4:22, 4:22].astype("float64")  # of unit (1, 1)
    for row, column in [(9, 9), (4, 12), (0, 0), (17, 8), (8, 3), (12, 7)]:
        change = np.zeros_like(seen)
        change[row, column] = step
        slopes = (units(seen + change) - units(seen - change)) / (2 * step)
        expected = (slopes**2).mean()
        assert one_digit[4 + row, 4 + column] == pytest.approx(expected, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("variant", effective_field.VARIANTS)
@pytest.mark.parametrize(("layer", "row", "column"), [("conv3", 0, 2), ("conv2", 5, 5)])
def test_nothing_arrives_from_outside_the_theoretical_field(variant, layer, row, column):
    stage = PRESETS["mnist_cnn"].stages()[1 + effective_field.LAYERS.index(layer)]
    energy = effective_field.measured(variant, layer, row, column, 10)
    rows, columns = np.nonzero(energy)
    (top, bottom), (left, right) = stage.sees(row), stage.sees(column)
    assert rows.min() >= top
    assert rows.max() <= bottom
    assert columns.min() >= left
    assert columns.max() <= right
    # Nearly the whole field is reached by some channel on some digit.
    assert np.ptp(rows) + 1 >= stage.field - 2


def test_the_middle_counts_more_than_its_area():
    """Luo et al. 2016, with trained and with random weights: 10×10 of 18×18 are 30.9 %."""
    for variant in effective_field.VARIANTS:
        energy = effective_field.measured(variant, "conv3", 1, 1, 10)
        found = effective_field.summary(energy, (4, 4), 18)
        assert found.uniform == pytest.approx(100 / 324)
        assert found.central > 1.5 * found.uniform
        assert max(found.deviation) < np.sqrt((18**2 - 1) / 12)  # of a uniform field


def test_random_weights_are_those_of_the_other_lessons():
    from cnnviz import browser_network

    values = np.concatenate([w.ravel() for w in effective_field._network("random").get_weights()])
    expected = np.frombuffer(browser_network.weights("mnist_cnn", "random"), "<f4")
    np.testing.assert_array_equal(values, expected)


def test_summary_of_a_uniform_field():
    energy = np.zeros((10, 10))
    energy[2:6, 3:7] = 1
    found = effective_field.summary(energy, (2, 3), 4)
    assert found.central == found.uniform == 0.25  # 2×2 of 4×4
    assert found.mean == (3.5, 4.5)
    assert found.deviation == pytest.approx((np.sqrt(15 / 12),) * 2)
    assert found.profile == [0, 0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0, 0]
    # exp(−(x − 4.5)²/(2·1.25)) at the ten columns, as shares of their sum
    heights = [np.exp(-((column - 4.5) ** 2) / 2.5) for column in range(10)]
    assert found.gaussian == pytest.approx([height / sum(heights) for height in heights])
    assert found.overlap == pytest.approx(sum(map(min, found.profile, found.gaussian)))


def test_summary_of_a_gaussian_is_a_full_overlap():
    bell = effective_field.gaussian(41, 20, 4)
    found = effective_field.summary(np.outer(bell, bell), (0, 0), 41)
    assert found.overlap == pytest.approx(1, abs=1e-3)
    assert found.deviation == pytest.approx((4, 4), abs=0.01)


def test_the_middle_half_of_a_field():
    """A quarter is left on each side: 2 of 8 pixels; of 18 the even neighbour of 4.5, 4."""
    assert effective_field.central_half(0, 8) == (2, 5)
    assert effective_field.central_half(4, 18) == (8, 17)
    assert effective_field.central_half(0, 10) == (2, 7)


def test_where_no_energy_arrives_there_is_no_summary():
    assert effective_field.summary(np.zeros((28, 28)), (4, 4), 18) is None


def test_digits_are_unseen_and_of_all_classes():
    from cnnviz import mnist

    unseen = mnist.unseen()
    for count in effective_field.COUNTS:
        digits = effective_field.digits(count)
        assert digits.shape == (count, 28, 28, 1)
        labels = {
            int(unseen.labels[(np.abs(unseen.images - 255 * d[..., 0]) < 3).all((1, 2))][0])
            for d in digits
        }
        assert len(labels) == min(count, 10)


# The program


def test_program_gives_the_numbers_of_the_page(one_digit):
    settings = field_lab.read({"layers": "c3-p2s2-c3d2-c3s2", "side": "28", "padding": "same"})
    program = filled_in("receptive_field", **field_lab.as_program(settings))
    assert not re.search(r"__[A-Z]+__", program)
    ast.parse(program)
    printed = output_of(program)
    stack = field_lab.stack_of(settings)
    found = stack.stages()
    told = [(int(f), int(j)) for f, j in re.findall(r"field (\d+), jump (\d+)", printed)]
    assert told == [(stage.field, stage.jump) for stage in found[1:]]
    unit, first, last = map(
        int, re.search(r"unit (\d+) sees pixels (\d+) to (\d+)", printed).groups()
    )
    low, high = found[-1].sees(unit)
    assert (first, last) == (max(low, 0), min(high, 27))
    share = float(re.search(r"([\d.]+)% in the middle", printed)[1]) / 100
    assert share == pytest.approx(effective_field.summary(one_digit, (4, 4), 18).central, abs=0.03)
