"""What the browser is told about the CNN is what Keras says."""

import numpy as np
import pytest

from cnnviz import browser_network
from cnnviz.browser_network import VARIANTS, layers, weights

# The lecture's CNN: kernels (height, width, in, out) and biases, layer by layer.
SHAPES = [
    (3, 3, 1, 32),
    (32,),
    (3, 3, 32, 64),
    (64,),
    (3, 3, 64, 64),
    (64,),
    (576, 64),
    (64,),
    (64, 10),
    (10,),
]


def arrays(variant: str) -> list[np.ndarray]:
    """The row of float32 cut into the arrays of SHAPES, as cnn.js does it."""
    row = np.frombuffer(weights("mnist_cnn", variant), "<f4")
    ends = np.cumsum([int(np.prod(shape)) for shape in SHAPES])
    assert len(row) == ends[-1] == 93_322
    parts = np.split(row, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, SHAPES, strict=True)]


def test_layers_are_those_of_keras(cnn):
    described = layers("mnist_cnn")
    assert len(described) == len(cnn.layers)
    for entry, layer in zip(described, cnn.layers, strict=True):
        assert entry["name"] == layer.name
        assert entry["kind"] == type(layer).__name__
        assert (None, *entry["input"]) == layer.input.shape
        assert (None, *entry["output"]) == layer.output.shape
        assert entry["parameters"] == layer.count_params()
        assert entry.get("activation") == layer.get_config().get("activation")


def test_first_layers_by_hand():
    convolution, pooling = layers("mnist_cnn")[:2]
    assert convolution == {
        "name": "conv1",
        "kind": "Conv2D",
        "input": [28, 28, 1],
        "output": [26, 26, 32],  # 28 - 3 + 1
        "parameters": 320,
        "size": 3,
        "activation": "relu",
    }
    assert pooling == {
        "name": "pool1",
        "kind": "MaxPooling2D",
        "input": [26, 26, 32],
        "output": [13, 13, 32],
        "parameters": 0,
        "size": 2,
    }


def test_trained_weights_are_those_of_keras(cnn):
    for ours, keras_array in zip(arrays("trained"), cnn.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, keras_array)


@pytest.mark.parametrize("at", [0, 2, 4, 6, 8])
def test_random_kernels_are_glorots(at):
    """Uniform within ±√(6 / (fan in + fan out)); a fan counts the weights at one unit.

    conv1: fan in 3·3·1 = 9, fan out 3·3·32 = 288, so ±√(6/297) = ±0.142.
    """
    shape = SHAPES[at]
    field = int(np.prod(shape[:-2]))
    limit = (6 / (field * shape[-2] + field * shape[-1])) ** 0.5
    kernel = arrays("random")[at]
    assert np.abs(kernel).max() <= limit
    assert np.abs(kernel).max() > 0.95 * limit
    assert kernel.std() == pytest.approx(limit / 3**0.5, rel=0.1)  # of a uniform distribution
    assert kernel.mean() == pytest.approx(0, abs=0.1 * limit)


@pytest.mark.parametrize("at", [1, 3, 5, 7, 9])
def test_random_biases_are_zero(at):
    assert not arrays("random")[at].any()


def test_random_is_not_trained():
    for trained, random in zip(arrays("trained"), arrays("random"), strict=True):
        assert (trained != random).mean() > 0.9


def test_every_layer_is_drawn_anew():
    """conv3 and dense1 both hold 36,928 weights: equal draws would be the same row twice."""
    conv3, dense1 = arrays("random")[4].ravel(), arrays("random")[6].ravel()
    assert abs(np.corrcoef(conv3, dense1)[0, 1]) < 0.05


@pytest.mark.parametrize("variant", VARIANTS)
def test_everybody_in_the_room_sees_the_same(variant):
    """Calculated again, not recalled."""
    again = browser_network.weights.__wrapped__("mnist_cnn", variant)
    assert again == weights("mnist_cnn", variant)
