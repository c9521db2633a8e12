"""Every layer against a slow twin in NumPy, and what the networks were measured to do."""

import json
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from cnnviz import ASSETS, network
from cnnviz.digits import softmax
from cnnviz.disturbance import Disturbance

MEASURED = json.loads((ASSETS / "data" / "mnist_measured.json").read_text())
KEYS = ("mnist_cnn", "mnist_dense")


# --------------------------------------------------------------------- the slow twin


def convolution(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """(H, W, C) and (f, f, C, K) → (H - f + 1, W - f + 1, K): each window times each kernel."""
    size = len(kernel)
    height, width = image.shape[0] - size + 1, image.shape[1] - size + 1
    maps = np.zeros((height, width, kernel.shape[3]))
    for row in range(height):
        for column in range(width):
            window = image[row : row + size, column : column + size]
            for channel in range(kernel.shape[3]):
                products = window * kernel[..., channel]
                maps[row, column, channel] = products.sum() + bias[channel]
    return maps


def max_pooling(maps: np.ndarray) -> np.ndarray:
    """The largest of each 2×2; a last row or column without a partner is dropped."""
    height, width = maps.shape[0] // 2, maps.shape[1] // 2
    smaller = np.zeros((height, width, maps.shape[2]))
    for row in range(height):
        for column in range(width):
            window = maps[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            smaller[row, column] = window.max(axis=(0, 1))
    return smaller


def dense_layer(values: np.ndarray, weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    return np.array(
        [
            sum(value * weight for value, weight in zip(values, column, strict=True)) + own
            for column, own in zip(weights.T, bias, strict=True)
        ]
    )


def relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0)


def test_the_twin_counts_as_the_lecture_does():
    """Part 2: a 6×6 picture, a filter that looks for a diagonal, 2×2 max pooling."""
    rows = ("100001", "010010", "001100", "100010", "010010", "001010")
    image = np.array([[float(digit) for digit in row] for row in rows])[..., np.newaxis]
    diagonal = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]).reshape(3, 3, 1, 1)
    maps = convolution(image, diagonal, np.zeros(1))
    np.testing.assert_array_equal(
        maps[..., 0], [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]]
    )
    np.testing.assert_array_equal(max_pooling(maps)[..., 0], [[3, 0], [3, 1]])
    # (1, 2) times [[1, 0, -1], [3, 1, 0]] plus (0, 10, 0): 1 + 6, 0 + 2 + 10, -1
    weights = np.array([[1, 0, -1], [3, 1, 0]])
    np.testing.assert_array_equal(
        dense_layer(np.array([1, 2]), weights, np.array([0, 10, 0])), [7, 12, -1]
    )


def test_every_layer_of_the_cnn_is_what_the_twin_calculates(cnn, unseen):
    image = unseen.images[417][..., np.newaxis]
    weights = {layer.name: layer.get_weights() for layer in cnn.layers}
    twin = {"conv1": relu(convolution(image, *weights["conv1"]))}
    twin["pool1"] = max_pooling(twin["conv1"])
    twin["conv2"] = relu(convolution(twin["pool1"], *weights["conv2"]))
    twin["pool2"] = max_pooling(twin["conv2"])
    twin["conv3"] = relu(convolution(twin["pool2"], *weights["conv3"]))
    twin["flatten"] = twin["conv3"].reshape(-1)  # row, column, channel
    twin["dense1"] = relu(dense_layer(twin["flatten"], *weights["dense1"]))
    twin["logits"] = dense_layer(twin["dense1"], *weights["logits"])

    outputs = network.layer_outputs("mnist_cnn", image[np.newaxis])
    assert list(outputs) == list(twin)
    for name, expected in twin.items():
        np.testing.assert_allclose(outputs[name][0], expected, atol=1e-4, err_msg=name)


def test_every_layer_of_the_dense_network_is_what_the_twin_calculates(dense, unseen):
    image = unseen.images[417][..., np.newaxis]
    weights = {layer.name: layer.get_weights() for layer in dense.layers}
    twin = {"flatten": image.reshape(-1)}
    twin["dense1"] = relu(dense_layer(twin["flatten"], *weights["dense1"]))
    twin["logits"] = dense_layer(twin["dense1"], *weights["logits"])

    outputs = network.layer_outputs("mnist_dense", image[np.newaxis])
    assert list(outputs) == list(twin)
    for name, expected in twin.items():
        np.testing.assert_allclose(outputs[name][0], expected, atol=1e-4, err_msg=name)


# --------------------------------------------------------------------- the traced function


@pytest.mark.parametrize("key", KEYS)
def test_traced_function_is_the_model(key, request, unseen):
    model = request.getfixturevalue(key.removeprefix("mnist_"))
    batch = unseen.images[:5, ..., np.newaxis]
    expected = model(batch, training=False).numpy()
    np.testing.assert_allclose(network.logits(key, batch), expected, atol=1e-5)


def test_one_trace_serves_every_batch(unseen, monkeypatch):
    """A new trace would call the model's own Python code: 100 ms for the first of each size."""
    network.traced("mnist_cnn")

    def forbidden(*arguments, **options):
        raise AssertionError("traced again")

    monkeypatch.setattr(keras.Model, "__call__", forbidden)
    batch = unseen.images[..., np.newaxis]
    for size in (1, 2, 7, 21):
        assert network.logits("mnist_cnn", batch[:size]).shape == (size, 10)
        assert network.layer_outputs("mnist_cnn", batch[:size])["pool2"].shape == (size, 5, 5, 64)
    assert network.logits("mnist_cnn", batch[:1].astype("float64")).shape == (1, 10)


def test_eight_threads_get_one_trace(monkeypatch):
    monkeypatch.setattr(network, "_networks", {})
    with ThreadPoolExecutor(8) as threads:
        networks = list(threads.map(network.traced, ["mnist_dense"] * 8))
    assert all(one is networks[0] for one in networks)


def test_logits_are_the_last_layer(unseen):
    batch = unseen.images[:5, ..., np.newaxis]
    for key in KEYS:
        last = network.layer_outputs(key, batch)["logits"]
        np.testing.assert_allclose(network.logits(key, batch), last, atol=1e-5)


def test_unknown_network_is_refused():
    with pytest.raises(ValueError, match="Expected a model among"):
        network.traced("vgg16")


# --------------------------------------------------------------------- what was measured


@pytest.fixture(scope="module")
def read(unseen) -> dict[str, np.ndarray]:
    """What each network reads on the 1,000 unseen digits."""
    batch = unseen.images[..., np.newaxis]
    return {key: network.logits(key, batch).argmax(axis=1) for key in KEYS}


def test_cnn_reads_what_the_lecture_promises(read, unseen):
    """The lecture: 99.3 % from 60,000 digits; at least nearly as much from our 9,000."""
    assert (read["mnist_cnn"] == unseen.labels).mean() >= 0.992


def test_cnn_makes_fewer_mistakes_than_the_dense_network(read, unseen):
    cnn, dense = ((read[key] != unseen.labels).mean() for key in KEYS)
    assert cnn < dense / 2  # the lecture: 0.7 % against 2.2 %, down by 68 %


@pytest.mark.parametrize("key", KEYS)
def test_measured_figures_can_be_measured_again(key, read, unseen):
    measured = MEASURED["models"][key]
    confusion = [
        [int(((unseen.labels == written) & (read[key] == digit)).sum()) for digit in range(10)]
        for written in range(10)
    ]
    assert confusion == measured["confusion"]
    assert np.flatnonzero(read[key] != unseen.labels).tolist() == measured["wrong"]
    assert float((read[key] == unseen.labels).mean()) == measured["accuracy"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("shift", [-4, 6])
def test_accuracy_by_shift_can_be_measured_again(key, shift, unseen):
    moved = np.stack([Disturbance(right=shift).apply(image) for image in unseen.images])
    read = network.logits(key, moved[..., np.newaxis]).argmax(axis=1)
    measured = MEASURED["models"][key]["accuracy_by_shift"][MEASURED["shifts"].index(shift)]
    assert float((read == unseen.labels).mean()) == measured


@pytest.mark.parametrize("key", KEYS)
def test_unmoved_digits_are_the_middle_of_the_curve(key):
    curve = MEASURED["models"][key]["accuracy_by_shift"]
    assert MEASURED["shifts"] == list(range(-10, 11))
    assert curve[10] == MEASURED["models"][key]["accuracy"]


# --------------------------------------------------------------------- softmax


def test_softmax_by_hand():
    # e^0 = 1 and e^(ln 3) = 3: one quarter and three quarters
    np.testing.assert_allclose(softmax(np.array([0, np.log(3)])), [0.25, 0.75])
    np.testing.assert_allclose(
        softmax(np.array([[5.0, 5.0], [0, np.log(4)]])), [[0.5, 0.5], [0.2, 0.8]]
    )


def test_softmax_bears_large_scores():
    """e^1000 is no float: the largest score is taken away first, which changes no quotient."""
    np.testing.assert_allclose(softmax(np.array([1000.0, 1000.0, -1000.0])), [0.5, 0.5, 0])
    np.testing.assert_allclose(softmax(np.array([1000.0, 1000 + np.log(3)])), [0.25, 0.75])


@pytest.mark.parametrize("key", KEYS)
def test_probabilities_sum_to_one(key, unseen):
    probabilities = softmax(network.logits(key, unseen.images[:100, ..., np.newaxis]))
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(100), rtol=1e-6)
