"""A pattern learned in one place: a convolution knows it everywhere, a dense layer there alone."""

import dataclasses
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz import translation
from cnnviz.arithmetic import conv_parameters, dense_parameters
from cnnviz.translation import EVERYWHERE, Network, Task
from cnnviz.ui.why_places import PATTERNS
from tests.test_code import filled_in, output_of

BEAK, CROSS, RING, STAIRS = (
    tuple(2 * int(cell) - 1 for cell in pattern) for pattern in PATTERNS.values()
)
TASK = Task(BEAK, places=((2, 2),), noise=0.5, count=400, seed=7)
KINDS = ("dense", "convolution")


@pytest.fixture(scope="module")
def compared() -> translation.Comparison:
    return translation.compare(TASK)


def some_network(kind: str, seed: int = 0) -> Network:
    """Random, with biases that are not zero."""
    rng = np.random.default_rng(seed)
    network = Network(kind, rng)
    for parameter in network.parameters:
        parameter[...] = rng.standard_normal(parameter.shape) / 4
    return network


def some_pictures(count: int = 12, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    return translation.training_pictures(
        dataclasses.replace(TASK, count=count), np.random.default_rng(seed)
    )


# --------------------------------------------------------------------- the pictures


def test_every_second_picture_holds_the_pattern_and_nothing_else_without_noise():
    task = dataclasses.replace(TASK, noise=0.0, count=6)
    pictures, labels = translation.training_pictures(task, np.random.default_rng(0))
    assert labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert not pictures[::2].any()
    for picture in pictures[1::2]:
        np.testing.assert_array_equal(picture[2:7, 2:7].ravel(), BEAK)
        assert np.abs(picture).sum() == 25


def test_the_pattern_lies_in_all_the_places_of_training_and_in_no_other():
    places = ((0, 0), (4, 7), (11, 11))
    task = dataclasses.replace(TASK, noise=0.0, count=60, places=places)
    pictures, _ = translation.training_pictures(task, np.random.default_rng(0))
    found = {tuple(np.argwhere(picture)[0].tolist()) for picture in pictures[1::2]}
    assert found == set(places)


# --------------------------------------------------------------------- the networks


def test_a_window_sees_zeros_outside_the_picture():
    picture = np.arange(256, dtype="float32").reshape(1, 16, 16)
    seen = translation.windows(picture)[0]
    np.testing.assert_array_equal(seen[:, 0].reshape(5, 5)[:2], 0)  # above the first row
    np.testing.assert_array_equal(seen[:, 0].reshape(5, 5)[2:, 2:], picture[0, :3, :3])
    middle = 8 * 16 + 8
    np.testing.assert_array_equal(seen[:, middle].reshape(5, 5), picture[0, 6:11, 6:11])


@pytest.mark.parametrize("kind", KINDS)
def test_number_of_parameters_is_the_lectures_formula(kind, compared):
    expected = {
        "dense": dense_parameters(16 * 16, 32) + dense_parameters(32, 1),  # 8,224 + 33
        "convolution": conv_parameters(1, 4, 5) + dense_parameters(4, 1),  # 104 + 5
    }
    assert expected == {"dense": 8257, "convolution": 109}
    assert getattr(compared, kind).parameters == expected[kind]


def keras_twin(kind: str, network: Network) -> keras.Model:
    """The same network of Keras layers."""
    inputs = keras.Input((16, 16, 1))
    if kind == "dense":
        first = keras.layers.Dense(32, activation="relu")
        hidden = first(keras.layers.Flatten()(inputs))
        weights = network.weights
    else:
        first = keras.layers.Conv2D(4, 5, padding="same", activation="relu")
        hidden = keras.layers.GlobalMaxPooling2D()(first(inputs))
        weights = network.weights.reshape(5, 5, 1, 4)
    last = keras.layers.Dense(1)
    model = keras.Model(inputs, last(hidden))
    first.set_weights([weights, network.biases])
    last.set_weights([network.votes[:, np.newaxis], network.threshold])
    return model


@pytest.mark.parametrize("kind", KINDS)
def test_network_and_its_gradients_are_those_of_keras(kind):
    network = some_network(kind)
    pictures, labels = some_pictures()
    model = keras_twin(kind, network)
    with tf.GradientTape() as tape:
        logits = model(pictures[..., np.newaxis])[:, 0]
        loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
    ours = network.logits(network.responses(pictures))
    np.testing.assert_allclose(ours, logits, atol=1e-5)
    expected = tape.gradient(loss, model.trainable_weights)
    for gradient, of_keras in zip(network.gradients(pictures, labels), expected, strict=True):
        np.testing.assert_allclose(gradient.ravel(), np.ravel(of_keras), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_finite_differences_of_the_cross_entropy(kind):
    network = some_network(kind)
    for name in ("weights", "biases", "votes", "threshold"):
        setattr(network, name, getattr(network, name).astype("float64"))
    pictures, labels = some_pictures()

    def loss() -> float:
        right = np.where(labels > 0, 1, -1) * network.logits(network.responses(pictures))
        return float(np.log1p(np.exp(-right)).mean())

    rng, step = np.random.default_rng(3), 1e-6
    gradients = network.gradients(pictures, labels)
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        for at in rng.integers(parameter.size, size=5):
            value = parameter.flat[at]
            parameter.flat[at] = value + step
            above = loss()
            parameter.flat[at] = value - step
            below = loss()
            parameter.flat[at] = value
            assert gradient.flat[at] == pytest.approx((above - below) / (2 * step), abs=1e-7)


def test_adam_steps_like_keras_adam(monkeypatch):
    monkeypatch.setattr(translation, "DECAY", 0)
    start, rng = np.array([0.5, -2.0, 3.0], "float32"), np.random.default_rng(0)
    ours, theirs = start.copy(), keras.Variable(start)
    adam = translation.Adam([ours])
    optimizer = keras.optimizers.Adam(translation.LEARNING_RATE, epsilon=1e-8)
    for _ in range(20):
        gradient = rng.standard_normal(3).astype("float32")
        adam.step([gradient])
        optimizer.apply([keras.ops.convert_to_tensor(gradient)], [theirs])
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-5)


def test_decay_draws_parameters_to_zero():
    parameter = np.array([1.0, -1.0], "float32")
    adam = translation.Adam([parameter])
    for _ in range(10):
        adam.step([np.zeros(2, "float32")])
    assert 0 < parameter[0] < 1
    assert -1 < parameter[1] < 0


# --------------------------------------------------------------------- tested at every place


@pytest.mark.parametrize("kind", KINDS)
def test_accuracy_at_a_place_is_counted_picture_by_picture(kind):
    """The quick way adds the first layer's answers to noise and to the pattern; here nothing is."""
    network = some_network(kind, seed=4)
    backgrounds = np.random.default_rng(2).standard_normal((10, 16, 16)).astype("float32")
    quick = translation.accuracy_by_place(network, BEAK, backgrounds)
    for row, column in ((0, 0), (3, 8), (11, 11), (11, 0)):
        right = 0
        for background in backgrounds:
            marked = background.copy()
            marked[row : row + 5, column : column + 5] += np.reshape(BEAK, (5, 5))
            for picture, holds in ((background, False), (marked, True)):
                says = network.logits(network.responses(picture[np.newaxis]))[0] > 0
                right += says == holds
        assert quick[row, column] == pytest.approx(right / 20)


def test_dense_network_knows_only_the_place_it_was_trained_on(compared):
    last = compared.dense.accuracies[-1]
    elsewhere = np.array([last[place] for place in EVERYWHERE if place != (2, 2)])
    assert last[2, 2] > 0.95
    assert np.median(elsewhere) == pytest.approx(0.5, abs=0.02)


def test_convolution_knows_every_place(compared):
    assert compared.convolution.accuracies[-1].min() > 0.95


@pytest.mark.parametrize(
    ("pattern", "place", "seed"),
    [(CROSS, (0, 0), 0), (RING, (11, 11), 1), (STAIRS, (0, 11), 2), (BEAK, (6, 5), 3)],
)
def test_the_same_holds_for_other_patterns_places_and_seeds(pattern, place, seed):
    task = dataclasses.replace(TASK, pattern=pattern, places=(place,), seed=seed)
    comparison = translation.compare(task)
    dense, convolution = comparison.dense.accuracies[-1], comparison.convolution.accuracies[-1]
    assert dense[place] > 0.9
    assert np.median(dense) < 0.6
    assert convolution.mean() > 0.95


def test_before_training_both_guess(compared):
    for trained in (compared.dense, compared.convolution):
        assert np.median(trained.accuracies[0]) == pytest.approx(0.5, abs=0.1)
        assert len(trained.accuracies) == len(translation.PAUSES) + 1


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(compared):
    again = translation.compare(TASK)
    np.testing.assert_array_equal(again.examples, compared.examples)
    np.testing.assert_array_equal(again.convolution.weights, compared.convolution.weights)
    np.testing.assert_array_equal(again.dense.accuracies, compared.dense.accuracies)
    other = translation.compare(dataclasses.replace(TASK, seed=8))
    assert not np.array_equal(other.convolution.weights, compared.convolution.weights)


def test_probability_shown_for_a_place_is_that_of_the_picture_shown(compared):
    """Above one half exactly where the picture with the pattern there is judged right."""
    for trained in (compared.dense, compared.convolution):
        assert trained.sure.shape == (12, 12)
        assert ((trained.sure > 0) & (trained.sure < 1)).all()
    assert compared.dense.sure[2, 2] > 0.5 > compared.dense.sure[9, 8]
    assert compared.convolution.sure.min() > 0.5


def test_dense_network_needs_many_more_pictures(monkeypatch):
    monkeypatch.setattr(translation, "COUNTS", (40, 2560))
    curve = translation.learning_curve(BEAK, 0.5, seed=0)
    assert curve["convolution"][0] > 0.95
    assert curve["dense"][0] < 0.6 < curve["dense"][1] < curve["convolution"][0]


# --------------------------------------------------------------------- what was learned


def test_likeness_finds_a_moved_pattern():
    square = np.reshape(RING, (5, 5)).astype(float)
    assert translation.likeness(square.ravel(), RING) == (pytest.approx(1), 0, 0)
    assert translation.likeness(-3 * square.ravel(), RING) == (pytest.approx(-1), 0, 0)
    moved = np.zeros((5, 5))
    moved[1:, :4] = square[:4, 1:]  # one down, one to the left
    cosine, down, right = translation.likeness(moved.ravel(), RING)
    assert (down, right) == (1, -1)
    assert cosine == pytest.approx(16 / np.sqrt(16 * 25))  # 16 cells left of 25, all equal
    assert translation.likeness(np.zeros(25), RING)[0] == 0


def test_filters_look_like_the_pattern(compared):
    found = [translation.likeness(column, BEAK)[0] for column in compared.convolution.weights.T]
    assert max(found) > 0.9


# --------------------------------------------------------------------- the lesson's program


@pytest.mark.parametrize(
    ("task", "region"),
    [
        (TASK, "2, 2, 2, 2"),
        (
            dataclasses.replace(
                TASK,
                pattern=RING,
                places=tuple((row, column) for row in range(12) for column in range(6)),
                noise=0.7,
                count=200,
                seed=3,
            ),
            "0, 11, 0, 5",
        ),
    ],
    ids=["one place", "left half"],
)
def test_program_gives_the_numbers_of_the_page(task, region):
    program = filled_in(
        "why",
        pattern="".join("1" if cell > 0 else "0" for cell in task.pattern),
        region=region,
        noise=str(task.noise),
        count=str(task.count),
        seed=str(task.seed),
    )
    assert not re.search(r"__[A-Z]+__", program)
    printed = output_of(program)
    comparison = translation.compare(task)
    for kind in KINDS:
        trained = getattr(comparison, kind)
        assert f"{kind} parameters: {trained.parameters}\n" in printed
    maps = re.findall(r"\[\[.*?\]\]", printed, re.DOTALL)
    for text, kind in zip(maps, KINDS, strict=True):
        numbers = np.array(re.findall(r"\d+", text), float).reshape(12, 12)
        expected = 100 * getattr(comparison, kind).accuracies[-1]
        np.testing.assert_allclose(numbers, expected, atol=1.01)  # one picture of 100
