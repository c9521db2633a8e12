"""The building blocks: counts of the lecture, and small examples against Keras."""

import doctest
import json
import re

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnnviz import blocks, normalisation
from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.keras_layers import LocalResponseNormalization, PaddedShortcut
from cnnviz.architectures.published import MISPRINTS
from cnnviz.convolution import convolve
from cnnviz.kernels import KERNELS
from cnnviz.lecture_example import FILTERS, IMAGE
from cnnviz.ui import block_lab
from tests.test_code import filled_in, output_of
from tools import train_degradation

numbers = st.integers(-20, 20).map(float)


def test_examples_in_the_docstrings():
    assert doctest.testmod(normalisation).failed == 0


# 1×1 convolution


def test_the_lectures_maps_added_and_subtracted():
    """3 + (−1) = 2 and 3 − (−1) = 4 at row 0, column 0."""
    mixed = blocks.mix(blocks.SOURCES["maps"], *blocks.WEIGHTS["maps"])
    assert mixed[0, 0].tolist() == [2, 4]
    assert mixed.shape == (4, 4, 2)


@pytest.mark.parametrize("source", list(blocks.SOURCES))
def test_mixing_is_the_1x1_convolution_of_keras(source):
    maps = blocks.SOURCES[source]
    weights, bias = (np.array(part, "float32") for part in blocks.WEIGHTS[source])
    layer = keras.layers.Conv2D(len(weights), 1)
    layer.build((None, *maps.shape))
    layer.set_weights([weights.T.reshape(1, 1, maps.shape[2], -1), bias])
    expected = keras.ops.convert_to_numpy(layer(maps[np.newaxis].astype("float32")))[0]
    np.testing.assert_allclose(blocks.mix(maps, weights, bias), expected, atol=1e-5)
    assert layer.count_params() == (maps.shape[2] + 1) * len(weights)


# Bottleneck and inception


def test_the_bottleneck_of_the_lecture():
    """28×28×256 → 96 filters of 5×5: 4.8e8 and 6.1e5; through 32 of 1×1: 6.7e7 and 8.5e4."""
    given = blocks.Bottleneck()
    assert given.direct.multiply_adds == 28 * 28 * 96 * 5 * 5 * 256 == 481_689_600
    assert given.direct.parameters == 614_400
    assert given.through.multiply_adds == 6_422_528 + 60_211_200 == 66_633_728
    assert given.through.parameters == 8_192 + 76_800
    printed = [(481_689_600, "4.8e+08"), (614_400, "6.1e+05")]
    printed += [(66_633_728, "6.7e+07"), (84_992, "8.5e+04")]
    assert all(f"{computed:.1e}" == shown for computed, shown in printed)


@given(
    st.builds(
        blocks.Bottleneck,
        st.sampled_from([7, 14]),
        st.integers(1, 64),
        st.sampled_from([1, 3, 5]),
        st.integers(1, 64),
        st.integers(1, 64),
    )
)
def test_a_neck_saves_exactly_where_it_is_narrower_than_told(bottleneck):
    saves = bottleneck.through.parameters < bottleneck.direct.parameters
    assert saves == (bottleneck.neck < bottleneck.break_even - 1e-9)


@pytest.mark.parametrize(
    ("key", "products", "channels"),
    [("inception_naive", 854_196_224, 672), ("inception_reduced", 271_351_808, 480)],
)
def test_branches_add_up_to_the_module(key, products, channels):
    branches = blocks.inception(key)
    assert sum(row["multiply_adds"] for branch in branches for row in branch) == products
    assert ARCHITECTURES[key].multiply_adds == products
    assert sum(branch[-1]["shape"][2] for branch in branches) == channels
    assert ARCHITECTURES[key]["concatenate"].output_shape == (28, 28, channels)


def test_the_misprints_that_are_told():
    printed = block_lab._constants()["printed"]
    assert printed == {"values": "529k", "products": "358 M"}
    assert MISPRINTS["inception_values"].computed == 28 * 28 * 672 == 526_848


# Factorised kernels


@pytest.mark.parametrize(
    ("key", "row", "column"),
    [
        ("sobel_x", [1, 0, -1], [1, 2, 1]),
        ("sobel_y", [1, 2, 1], [1, 0, -1]),
        ("vertical_line", [-1, 1, -1], [1, 1, 1]),
        ("blur", [1, 2, 1], [1 / 16, 2 / 16, 1 / 16]),
    ],
)
def test_kernels_of_rank_1_are_a_column_times_a_row(key, row, column):
    parts = blocks.separate(KERNELS[key].values)
    assert parts.rank == 1
    np.testing.assert_allclose(parts.row, row, atol=1e-9)
    np.testing.assert_allclose(parts.column, column, atol=1e-9)


@pytest.mark.parametrize("key", list(blocks.separations()))
def test_row_then_column_is_the_same_map_where_the_rank_is_1(key):
    found = blocks.separations()[key]
    assert found["rank"] == np.linalg.matrix_rank(np.array(found["kernel"]))
    np.testing.assert_allclose(found["directly"], convolve(IMAGE, KERNELS[key].values)[..., 0])
    product = np.outer(found["column"], found["row"])
    np.testing.assert_allclose(found["both"], convolve(IMAGE, product)[..., 0], atol=1e-9)
    assert (found["difference"] < 1e-9) == (found["rank"] == 1)


def test_the_lectures_diagonal_has_no_row_and_column():
    assert blocks.separate(FILTERS[0]).rank == 3


@given(arrays("float64", (3, 3), elements=numbers))
def test_no_column_times_a_row_is_nearer(kernel):
    """Eckart and Young: the error is the root of the other singular values' squares."""
    if not kernel.any():
        return
    nearest = blocks.separate(kernel)
    error = np.linalg.norm(kernel - np.outer(nearest.column, nearest.row))
    others = np.linalg.svd(kernel)[1][1:]
    assert error == pytest.approx(np.sqrt((others**2).sum()), abs=1e-6)


# Residual block


def in_keras(image: np.ndarray, shortcut: str, function: str) -> np.ndarray:
    first, second = blocks.residual_kernels(shortcut, function)
    filters, stride = first.shape[3], 1 if shortcut == "identity" else 2
    options = {"padding": "same", "use_bias": False}
    inputs = keras.Input((*image.shape, 1))
    conv1 = keras.layers.Conv2D(filters, 3, stride, activation="relu", **options)
    conv2 = keras.layers.Conv2D(filters, 3, **options)
    across = inputs
    if shortcut == "zero_pad":
        across = PaddedShortcut(2, 2)(inputs)
    elif shortcut == "projection":
        projection = keras.layers.Conv2D(2, 1, 2, use_bias=False)
        across = projection(inputs)
        projection.set_weights([blocks.PROJECTION[np.newaxis, np.newaxis]])
    total = keras.layers.Add()([conv2(conv1(inputs)), across])
    model = keras.Model(inputs, keras.layers.ReLU()(total))
    conv1.set_weights([first])
    conv2.set_weights([second])
    batch = image[np.newaxis, ..., np.newaxis].astype("float32")
    return keras.ops.convert_to_numpy(model(batch))[0]


@pytest.mark.parametrize("function", blocks.FUNCTIONS)
@pytest.mark.parametrize("shortcut", blocks.SHORTCUTS)
def test_the_residual_block_is_that_of_keras(shortcut, function):
    random = np.random.default_rng(0)
    for image in (blocks.RESIDUAL_INPUT, random.integers(-9, 9, (4, 4)).astype("float64")):
        steps = blocks.residual(image, shortcut, function)
        np.testing.assert_allclose(steps["output"], in_keras(image, shortcut, function), atol=1e-5)


def test_with_f_0_the_identity_passes_what_is_not_negative():
    steps = blocks.residual(blocks.RESIDUAL_INPUT, "identity", "zero")
    np.testing.assert_array_equal(steps["output"][..., 0], blocks.RESIDUAL_INPUT)
    negative = blocks.residual(-blocks.RESIDUAL_INPUT, "identity", "zero")
    assert not negative["output"].any()  # the ReLU stands behind the sum


# Normalisation


def test_batch_normalisation_on_paper():
    """2 4 4 4 5 5 7 9: mean 5, squares 9 1 1 1 0 0 4 16, variance 32/8 = 4, (2 − 5)/2 = −1.5."""
    found = normalisation.batch_normalise(block_lab.LISTS["batch"], 2, 1, epsilon=0)
    assert (found.mean, found.variance) == (5, 4)
    assert found.standard[0] == -1.5
    assert found.output[0] == 2 * -1.5 + 1


@pytest.mark.parametrize("momentum", [0.9, 0.99])
@pytest.mark.parametrize("batches", [0, 1, 5])
def test_training_and_use_are_those_of_keras(momentum, batches):
    values = np.array(block_lab.LISTS["batch"], "float32")
    layer = keras.layers.BatchNormalization(
        momentum=momentum,
        epsilon=0.01,
        gamma_initializer=keras.initializers.Constant(1.5),
        beta_initializer=keras.initializers.Constant(-0.5),
    )
    layer.build((None, 1))
    found = normalisation.batch_normalise(values, 1.5, -0.5, 0.01)
    for _ in range(batches):
        trained = keras.ops.convert_to_numpy(layer(values[:, np.newaxis], training=True))
        np.testing.assert_allclose(found.output, trained[:, 0], atol=1e-5)
    mean = normalisation.moving_average(0, found.mean, momentum, batches)
    variance = normalisation.moving_average(1, found.variance, momentum, batches)
    used = keras.ops.convert_to_numpy(layer(values[:, np.newaxis], training=False))
    expected = normalisation.normalise_with(values, mean, variance, 1.5, -0.5, 0.01)
    np.testing.assert_allclose(expected, used[:, 0], atol=1e-4)


@given(arrays("float64", 6, elements=numbers), st.floats(-2, 2), st.floats(-3, 3))
def test_outputs_have_the_mean_beta_and_the_deviation_gamma(values, gamma, beta):
    found = normalisation.batch_normalise(values, gamma, beta, epsilon=1e-12)
    assert found.output.mean() == pytest.approx(beta, abs=1e-6)
    if found.variance > 0:
        assert found.output.std() == pytest.approx(abs(gamma), abs=1e-6)


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_local_response_is_that_of_tensorflow(size):
    import tensorflow as tf

    values = np.array(block_lab.LISTS["channels_at"], "float32").reshape(1, 1, 1, -1)
    expected = tf.nn.local_response_normalization(values, size // 2, 2.0, 1e-2, 0.75).numpy()
    found = normalisation.local_response(values, size, 2.0, 1e-2, 0.75)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    ours = LocalResponseNormalization(size, 2.0, 1e-2, 0.75)(values)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(ours), rtol=1e-5)


def test_krizhevskys_numbers_are_those_of_the_architectures():
    layer = next(
        row.layer
        for row in ARCHITECTURES["alexnet"].rows
        if type(row.layer).__name__ == "LocalResponseNormalisation"
    )
    given = block_lab.KRIZHEVSKY
    assert list(given.values()) == [layer.size, layer.bias, layer.alpha, layer.beta]


# Depth


def test_the_curves_are_those_of_the_networks_of_the_course():
    measured = block_lab.degradation()
    assert measured["epochs"] == train_degradation.EPOCHS
    for facts in measured["networks"].values():
        network = train_degradation.network(facts["depth"], facts["residual"])
        assert network.depth == facts["depth"]
        assert network.parameters == facts["parameters"]
        assert network.multiply_adds == facts["multiply_adds"]
        assert [run["seed"] for run in facts["runs"]] == list(train_degradation.SEEDS)
        for run in facts["runs"]:
            for part in ("training", "unseen"):
                assert len(run[f"{part}_error"]) == measured["epochs"]
                assert all(0 <= error <= 100 for error in run[f"{part}_error"])


def test_shortcuts_without_parameters_cost_nothing():
    """Plain and residual networks of one depth have the same parameters and multiply-adds."""
    networks = block_lab.degradation()["networks"]
    for depth in (20, 56):
        plain, residual = networks[f"plain{depth}"], networks[f"resnet{depth}"]
        assert plain["parameters"] == residual["parameters"]
        assert plain["multiply_adds"] == residual["multiply_adds"]


def test_the_deeper_plain_network_is_worse_on_what_it_was_trained_on():
    """For every seed; the page says so only where it is measured."""
    errors = block_lab.last_errors("training")
    for plain20, plain56, resnet56 in zip(
        errors["plain20"], errors["plain56"], errors["resnet56"], strict=True
    ):
        assert plain56 > plain20
        assert resnet56 < plain56


def test_no_picture_is_trained_on_and_unseen():
    images, labels = train_degradation.pictures()
    assert images.shape == (4000, 14, 14, 1)
    flat = [image.tobytes() for image in images]
    assert not set(flat[: train_degradation.TRAINED_ON]) & set(flat[train_degradation.TRAINED_ON :])
    assert np.bincount(labels).tolist() == [400] * 10


# Settings of the page


def test_the_link_needs_no_words_for_the_usual_settings():
    assert not any(block_lab.to_words(block_lab.read({})).values())


@pytest.mark.parametrize(
    "words",
    [
        {"source": "colour", "weights": "1_0_-0.5_2", "relu": "True"},
        {"neck": "200", "kernel": "3"},
        {"x": "_".join(["-1.5"] * 16), "shortcut": "projection", "function": "zero"},
        {"gamma": "-0.3", "beta": "2", "epsilon": "0.0001", "batches": "100"},
        {"lrn_alpha": "1", "lrn_beta": "0.5", "normalisation": "local"},
    ],
    ids=str,
)
def test_settings_survive_the_link(words):
    settings = block_lab.read(words)
    assert {name: word for name, word in block_lab.to_words(settings).items() if word} == words
    # The component says the same as JSON.
    assert block_lab.read(json.loads(json.dumps(settings))) == settings


@pytest.mark.parametrize(
    "words",
    [
        {"neck": "0", "gamma": "nan", "weights": "1_2", "x": "1_2_3", "source": "<script>"},
        {"batch": "_".join(["1e9"] * 8), "channels_at": [None] * 8, "relu": []},
        {"weights": [1] * 12},  # four filters of two channels
        {"weights": "", "x": "nan_" * 15 + "nan"},
    ],
    ids=str,
)
def test_nonsense_in_a_link_falls_back_to_the_default(words):
    assert block_lab.read(words) == block_lab.read({})


@pytest.mark.parametrize("block", block_lab.BLOCKS)
def test_every_question_has_its_answer_among_the_options(block, monkeypatch):
    for name in ("t", "language"):
        monkeypatch.setattr(block_lab, name, lambda *given, **values: f"{given}{values}")
    for words in ({}, {"neck": "1", "x": "_".join(["-3"] * 16), "gamma": "0", "side": "11"}):
        _, options, answer, _ = block_lab.QUESTIONS[block](block_lab.read(words))
        assert answer in options
        assert len(set(options)) == len(options) > 1


# The program


def test_program_gives_the_numbers_of_the_page():
    settings = block_lab.read({"neck": "24", "epsilon": "0.01", "gamma": "2", "lrn_alpha": "0.1"})
    program = filled_in("blocks", **block_lab.as_program(settings))
    assert not re.search(r"__[A-Z_]+__", program)
    printed = dict(line.split(": ", 1) for line in output_of(program).splitlines())
    given = blocks.Bottleneck(neck=24)
    for name, network in {"direct": given.direct, "through the neck": given.through}.items():
        assert printed[name] == (
            f"{network.parameters:,} weights, {network.multiply_adds:,} multiply-adds"
        )
    assert printed["naive"] == "(28, 28, 672), 854,196,224 multiply-adds"
    assert printed["reduced"] == "(28, 28, 480), 271,351,808 multiply-adds"
    for name, function in {"F": "example", "F = 0": "zero"}.items():
        steps = blocks.residual(blocks.RESIDUAL_INPUT, "identity", function)
        assert json.loads(printed[name]) == steps["output"][..., 0].tolist()
    found = normalisation.batch_normalise(settings["batch"], 2, 0, 0.01)
    np.testing.assert_allclose(json.loads(printed["training"]), found.output, atol=1e-3)
    expected = normalisation.local_response(settings["channels_at"], 5, 2, 0.1, 0.75)
    np.testing.assert_allclose(json.loads(printed["local response"]), expected, atol=1e-4)
