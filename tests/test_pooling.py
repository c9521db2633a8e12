"""What pooling keeps and loses, on the lecture's maps; against Keras, OpenCV and laws."""

import json
import re

import cv2
import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import images, pictures, text
from cnnviz.edges import levels
from cnnviz.pooling import average_pool, max_pool, relu, shift
from cnnviz.ui import pooling_lab
from tests.test_code import output_of
from tests.test_convolution import MAP_1, MAP_2
from tests.test_pages import again, shown_by, visit

POOLS = (max_pool, average_pool)
ROW = np.array([[1, 2, 3], [4, 5, 6]])
sides, sizes, seeds = st.integers(4, 12), st.integers(1, 4), st.integers(0, 1000)


def random_maps(seed: int, height: int, width: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-9, 10, (height, width, 2)).astype("float64")


# --------------------------------------------------------------------- what is kept


def test_averages_of_the_lectures_maps():
    # (3−1−3+1)/4, (−3−1+0−3)/4 / (−3−3+3−2)/4, (0+1−2−1)/4
    np.testing.assert_array_equal(average_pool(MAP_1), [[0, -1.75], [-1.25, -0.5]])
    np.testing.assert_array_equal(average_pool(MAP_2), [[-1, -0.75], [-0.75, -0.5]])


def test_a_window_as_large_as_the_map_is_global_pooling():
    """The sums are −14 and −12 of 16 values."""
    maps = np.stack([MAP_1, MAP_2], axis=-1)
    np.testing.assert_array_equal(average_pool(maps, 4), [[[-0.875, -0.75]]])
    batch = maps[np.newaxis].astype("float32")
    layers = keras.layers.GlobalMaxPooling2D(), keras.layers.GlobalAveragePooling2D()
    for pool, layer in zip(POOLS, layers, strict=True):
        expected = keras.ops.convert_to_numpy(layer(batch))
        np.testing.assert_allclose(pool(maps, 4)[0], expected, rtol=1e-6)


def test_relu_and_max_pooling_may_change_places_but_not_relu_and_the_mean():
    np.testing.assert_array_equal(relu(max_pool(MAP_1)), max_pool(relu(MAP_1)))
    # max(0, (3−1−3+1)/4) = 0, but (3+0+0+1)/4 = 1
    assert relu(average_pool(MAP_1))[0, 0] == 0
    assert average_pool(relu(MAP_1))[0, 0] == 1


# --------------------------------------------------------------------- what is lost


@settings(max_examples=40, deadline=None)
@given(height=sides, width=sides, size=sizes, seed=seeds)
def test_where_a_value_stands_in_its_window_is_lost(height, width, size, seed):
    maps = random_maps(seed, height, width)
    shuffled, random = maps.copy(), np.random.default_rng(seed)
    for top in range(0, height - size + 1, size):
        for left in range(0, width - size + 1, size):
            window = shuffled[top : top + size, left : left + size]
            window[:] = random.permutation(window.reshape(-1, 2)).reshape(window.shape)
    for pool in POOLS:
        np.testing.assert_array_equal(pool(shuffled, size), pool(maps, size))


# --------------------------------------------------------------------- what a shift changes


def test_shift_repeats_the_border():
    np.testing.assert_array_equal(shift(ROW, right=1), [[1, 1, 2], [4, 4, 5]])
    np.testing.assert_array_equal(shift(ROW, right=-1, down=1), [[2, 3, 3], [2, 3, 3]])
    np.testing.assert_array_equal(shift(ROW, right=9, down=-9), [[4, 4, 4], [4, 4, 4]])
    np.testing.assert_array_equal(ROW, [[1, 2, 3], [4, 5, 6]])


def test_one_cell_to_the_right_changes_two_of_four_maxima():
    # 3  3 −1 −3        max(3, 3, −3, −3) = 3   max(−1, −3, 1, 0) = 1, was 0
    # −3 −3  1  0       max(−3, −3, 3, 3) = 3   max(−3, 0, −2, −2) = 0, was 1
    # −3 −3 −3  0
    # 3  3 −2 −2
    moved = max_pool(shift(np.array(MAP_1), right=1))
    np.testing.assert_array_equal(moved, [[3, 1], [3, 0]])
    np.testing.assert_array_equal(max_pool(MAP_1), [[3, 0], [3, 1]])


@settings(max_examples=40, deadline=None)
@given(height=sides, width=sides, right=st.integers(-5, 5), down=st.integers(-5, 5), seed=seeds)
def test_any_shift_equals_opencv(height, width, right, down, seed):
    maps = random_maps(seed, height, width)
    matrix = np.array([[1, 0, right], [0, 1, down]], "float64")
    expected = cv2.warpAffine(maps, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    np.testing.assert_array_equal(shift(maps, right, down), expected)


@settings(max_examples=40, deadline=None)
@given(height=sides, width=sides, size=sizes, stride=sizes, seed=seeds)
def test_a_shift_by_the_stride_moves_every_output_by_one_cell(height, width, size, stride, seed):
    maps = random_maps(seed, height, width)
    for pool in POOLS:
        before, after = pool(maps, size, stride), pool(shift(maps, stride, stride), size, stride)
        np.testing.assert_array_equal(after[1:, 1:], before[:-1, :-1])


@settings(max_examples=40, deadline=None)
@given(height=sides, width=sides, size=sizes, right=st.integers(-3, 3), seed=seeds)
def test_a_mean_changes_by_no_more_than_its_values_do_on_average(height, width, size, right, seed):
    """The triangle inequality, window by window."""
    maps = random_maps(seed, height, width)
    moved = shift(maps, right)
    change = np.abs(average_pool(moved, size) - average_pool(maps, size))
    assert (change <= average_pool(np.abs(moved - maps), size) + 1e-12).all()


# --------------------------------------------------------------------- the page


@pytest.fixture(scope="module")
def usual() -> dict:
    """What the component gets where the link says nothing."""
    return shown_by(visit("pooling"), "pooling")


def test_default_state_is_the_lectures_example(usual):
    assert usual["start"]["settings"]["maps_size"] == 2
    maps = np.array(usual["start"]["values"]).reshape(4, 4, 2)
    np.testing.assert_array_equal(maps, np.stack([MAP_1, MAP_2], axis=-1))
    assert usual["picture"] is None


def test_link_carries_the_whole_state():
    values = "_".join(["-1.5", *["2"] * 31])
    app = visit("pooling", maps_size=3, maps_stride=1, maps_values=values, pool_view="shift")
    start = shown_by(app, "pooling")["start"]
    assert start["values"] == [-1.5] + [2] * 31
    for name, value in {"maps_size": 3, "maps_stride": 1, "view": "shift"}.items():
        assert start["settings"][name] == value
    kept = {"maps_size": "3", "maps_stride": "1", "maps_values": values, "pool_view": "shift"}
    assert {name: app.query_params[name] for name in kept} == kept


@pytest.mark.parametrize(
    "link",
    [
        {"maps_size": 1, "maps_stride": "far", "maps_right": 99},
        {"maps_values": "1_2_3"},
        {"maps_values": "_".join(["nan"] * 32)},
        {"maps_values": "_".join(["100"] * 32)},
        {"maps_values": "_".join(["<b>"] * 32)},
        {"pool_on": "nonsense", "pool_view": "nonsense"},
        {"pool_on": "picture", "picture": "nonsense", "picture_size": 1000, "picture_grey": "x"},
    ],
    ids=str,
)
def test_nonsense_in_a_link_falls_back(link, usual):
    assert shown_by(visit("pooling", **link), "pooling")["start"] == usual["start"]


@pytest.mark.parametrize("values", [None, 3, ["a"] * 32, [None] * 32, [[1]] * 32, [1e9] * 32])
def test_what_is_no_map_is_not_taken(values):
    assert pooling_lab.maps_of(values) is None


@pytest.mark.parametrize("link", [{}, {"maps_right": 0, "maps_channel": 1}, {"maps_size": 3}])
def test_question_on_the_maps_counts_outputs_that_change(link):
    """It asks for the shift that is not on the screen: down where the page shows right."""
    app = visit("pooling", **link)
    maps = np.array([MAP_1, MAP_2][link.get("maps_channel", 0)])
    size = link.get("maps_size", 2)
    direction = {"right": 1} if link.get("maps_right") == 0 else {"down": 1}
    changed = (max_pool(shift(maps, **direction), size) != max_pool(maps, size)).sum()
    app.pills[0].set_value(str(changed))
    (told,) = again(app).success
    assert told.value == text.text("en", "lessons.right", answer=changed)


@pytest.mark.parametrize("grey", [0, 1])
def test_question_on_a_photograph_tells_the_share(grey):
    app = visit("pooling", pool_on="picture", picture="coffee", picture_grey=grey)
    image = images.fit(pictures.load("coffee"), 384)
    before = levels(image) if grey else image
    after = shift(before, down=1)
    share = (max_pool(after, 4) != max_pool(before, 4)).mean()
    app.pills[0].set_value("25–50 %")
    again(app)
    assert len(app.success if 0.25 <= share < 0.5 else app.warning) == 1
    assert any(f"{100 * share:.1f} %" in markdown.value for markdown in app.markdown)


def test_program_gives_the_numbers_of_the_page():
    app = visit("pooling", maps_size=3, maps_stride=1, picture_size=8, picture_grey=1)
    app.session_state["code-pooling"] = True
    program = again(app).code[-1].value
    assert not re.search(r"__[A-Z]+__", program)
    printed = output_of(program)
    picture = levels(images.fit(pictures.load(pooling_lab.DEFAULT_PICTURE), 384))[..., np.newaxis]
    for name, values, size, stride in (
        ("map 1", np.array(MAP_1), 3, 1),
        ("map 2", np.array(MAP_2), 3, 1),
        ("picture", picture, 8, 8),
    ):
        for kind, pool in zip(("max", "average"), POOLS, strict=True):
            before, after = pool(values, size, stride), pool(shift(values, 1), size, stride)
            shape = (*before.shape[:2], 1)
            assert f"{name}, {kind} pooling: {shape}, 0 parameters;\n" in printed
            line = printed.split(f"{name}, {kind} pooling")[1].split("\n")[1]
            share, change = re.search(
                r"([\d.]+)% unchanged, mean \|change\| ([\d.]+)", line
            ).groups()
            assert float(share) == pytest.approx(100 * (after == before).mean(), abs=0.06)
            assert float(change) == pytest.approx(np.abs(after - before).mean(), abs=6e-4)
    assert json.loads(printed.split("map 1, max pooling")[1].split("\n")[2]) == [[3, 1], [3, 1]]
    assert "map 2, global average pooling: [-0.75]" in printed
