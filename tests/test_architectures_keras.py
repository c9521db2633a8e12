"""The rows against Keras: the models built from them, and keras.applications."""

import gc
import re
from collections import Counter

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz.architectures import ARCHITECTURES, keras_code, keras_layers, pattern
from cnnviz.architectures.layers import (
    Activation,
    Add,
    Concatenate,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Flatten,
    PaddedShortcut,
    Pooling,
    UpSampling,
    ZeroPadding,
)
from cnnviz.architectures.network import Architecture, Builder

APPLICATIONS = {
    "vgg16": keras.applications.VGG16,
    "vgg19": keras.applications.VGG19,
    "resnet50": keras.applications.ResNet50,
    "resnet101": keras.applications.ResNet101,
    "resnet152": keras.applications.ResNet152,
    "inception_v3": keras.applications.InceptionV3,
    "mobilenet_v2": keras.applications.MobileNetV2,
}


@pytest.fixture
def _fast_weights(monkeypatch):
    """Zeros: drawing 138 million random weights takes longer than all the rest."""

    def zeros(self, shape, dtype=None):
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.GlorotUniform, "__call__", zeros)


def counted_multiply_adds(model: keras.Model) -> int:
    """From the arrays that Keras made: one product for each weight and place it is used at."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            *_, filters = layer.kernel.shape
            places = np.prod(layer.output.shape[1:], dtype=int) // filters
            total += places * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.DepthwiseConv2D):
            _, height, width, _ = layer.output.shape
            total += height * width * int(np.prod(layer.kernel.shape))
    return int(total)


def learning_layers(model: keras.Model) -> Counter:
    """(shapes of the weights, shape of the output) of all layers that have weights."""
    return Counter(
        (tuple(tuple(weight.shape) for weight in layer.weights), tuple(layer.output.shape))
        for layer in model.layers
        if layer.weights
    )


@pytest.mark.usefixtures("_fast_weights")
@pytest.mark.parametrize("key", ARCHITECTURES)
def test_rows_are_the_layers_of_the_built_model(key):
    architecture = ARCHITECTURES[key]
    if architecture.parameters > 50_000_000:
        gc.collect()  # the one before may have left half a gigabyte
    model = architecture.build()
    found = {
        layer.name: (tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers
    }
    expected = {row.name: (row.output_shape, row.parameters) for row in architecture.rows}
    if isinstance(model, keras.Sequential):
        del expected["image"]  # a Sequential keeps its input apart
    assert found == expected
    assert model.name == key
    assert model.inputs[0].shape == (None, *architecture.input_shape)
    assert [tuple(output.shape[1:]) for output in model.outputs] == [
        row.output_shape for row in architecture.outputs
    ]
    assert model.count_params() == architecture.parameters
    learned = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert learned == architecture.trainable_parameters
    assert counted_multiply_adds(model) == architecture.multiply_adds

    if key in APPLICATIONS:
        application = APPLICATIONS[key](weights=None)
        assert model.count_params() == application.count_params()
        assert learning_layers(model) == learning_layers(application)


@pytest.mark.usefixtures("_fast_weights")
def test_frozen_rows_are_frozen_in_keras():
    architecture = ARCHITECTURES["vgg16_base_head"].frozen_before("block5_conv1")
    model = architecture.build()
    learned = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert learned == architecture.trainable_parameters == 9_177_089
    assert not model.get_layer("block4_conv3").trainable
    assert model.get_layer("block5_conv1").trainable


# --------------------------------------------------------------------- keras.applications


def by_name(ours: keras.Model, theirs: keras.Model) -> list[tuple]:
    names = {"predictions": "logits"}
    return [
        (ours.get_layer(names.get(layer.name, layer.name)), layer)
        for layer in theirs.layers
        if layer.weights
    ]


def in_order(ours: keras.Model, theirs: keras.Model) -> list[tuple]:
    """Of each kind, the n-th written down here is the n-th written down there."""

    def kinds(layers: list) -> list:
        learning = [layer for layer in layers if layer.weights]
        return sorted(learning, key=lambda layer: type(layer).__name__)

    def number(layer) -> int:  # conv2d_17 was written down after conv2d_9
        found = re.search(r"_(\d+)$", layer.name)
        return int(found[1]) if found else 0

    written = {row.name: at for at, row in enumerate(ARCHITECTURES[ours.name].rows)}
    mine = sorted(ours.layers, key=lambda layer: written[layer.name])
    named_by_number = any(re.fullmatch(r"conv2d(_\d+)?", layer.name) for layer in theirs.layers)
    other = sorted(theirs.layers, key=number) if named_by_number else theirs.layers
    return list(zip(kinds(mine), kinds(other), strict=True))


@pytest.mark.parametrize(
    ("key", "pairs"),
    [("resnet50", by_name), ("mobilenet_v2", in_order), ("inception_v3", in_order)],
)
def test_same_weights_give_the_same_logits_as_keras_applications(key, pairs):
    """So strides, padding, order and the constants of the normalisations are the same."""
    keras.utils.set_random_seed(1)
    theirs = APPLICATIONS[key](weights=None, classifier_activation=None)
    ours = ARCHITECTURES[key].build()
    random = np.random.default_rng(1)
    for mine, other in pairs(ours, theirs):
        weights = [weight.numpy() for weight in other.weights]
        if isinstance(other, keras.layers.BatchNormalization):
            weights = [random.uniform(0.5, 1.5, weight.shape) for weight in weights]
            other.set_weights(weights)
        mine.set_weights(weights)
    picture = random.uniform(-1, 1, (1, *ARCHITECTURES[key].input_shape)).astype("float32")
    expected = keras.ops.convert_to_numpy(theirs(picture, training=False))
    found = keras.ops.convert_to_numpy(ours(picture, training=False))
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


# --------------------------------------------------------------------- layers that Keras lacks


def test_local_response_normalisation_by_hand():
    """Channels 1, 2, 3 with 3 around: 2 / (2 + 0.5·(1 + 4 + 9)) = 2/9 in the middle."""
    layer = keras_layers.LocalResponseNormalization(size=3, bias=2.0, alpha=0.5, beta=1.0)
    found = keras.ops.convert_to_numpy(layer(np.array([[[[1.0, 2.0, 3.0]]]], "float32")))
    np.testing.assert_allclose(found, [[[[1 / 4.5, 2 / 9, 3 / 8.5]]]], rtol=1e-6)


def test_local_response_normalisation_is_tensorflows():
    maps = np.random.default_rng(0).normal(0, 30, (2, 3, 4, 16)).astype("float32")
    found = keras_layers.LocalResponseNormalization()(maps)
    expected = tf.nn.local_response_normalization(maps, 2, bias=2.0, alpha=1e-4, beta=0.75)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_padded_shortcut_takes_every_second_place_and_adds_empty_channels():
    maps = np.arange(16, dtype="float32").reshape(1, 4, 4, 1)
    found = keras.ops.convert_to_numpy(keras_layers.PaddedShortcut(2, 3)(maps))
    np.testing.assert_array_equal(found[0, :, :, 0], [[0, 2], [8, 10]])
    np.testing.assert_array_equal(found[..., 1:], 0)


def test_networks_with_own_layers_can_be_saved(tmp_path):
    net = Builder((8, 8, 4))
    net.add("norm", ARCHITECTURES["alexnet"]["norm1"].layer)
    net.add("short", PaddedShortcut(2, 8))
    model = net.architecture("own", "test").build()
    model.save(tmp_path / "own.keras")
    again = keras.saving.load_model(tmp_path / "own.keras")
    maps = np.random.default_rng(0).normal(size=(1, 8, 8, 4)).astype("float32")
    np.testing.assert_allclose(again(maps), model(maps))


def test_the_two_towers_do_not_see_each_other():
    """What the second half of the maps holds does not reach the first half of the filters."""
    net = Builder((5, 5, 4))
    net.add("conv", Convolution(6, 3, groups=2))
    model = net.architecture("towers", "test").build()
    maps = np.random.default_rng(0).normal(size=(1, 5, 5, 4)).astype("float32")
    changed = maps.copy()
    changed[..., 2:] += 1
    before, after = (keras.ops.convert_to_numpy(model(x)) for x in (maps, changed))
    np.testing.assert_allclose(before[..., :3], after[..., :3], rtol=1e-5)
    assert not np.allclose(before[..., 3:], after[..., 3:])


# --------------------------------------------------------------------- receptive fields, measured


def branching() -> Architecture:
    """Paths of several lengths, dilation, depthwise, halving, doubling: all that moves a field."""
    net = Builder((41, 41, 1))
    net.add("pad", ZeroPadding(2))
    net.add("stem", Convolution(2, 3, 2))
    source = net.add("relu", Activation("relu"))
    net.add("long1", DepthwiseConvolution(3, padding="same"), source)
    long = net.add("long2", Convolution(4, (1, 5), 2, "same"))
    short = net.add("short", PaddedShortcut(2, 4), source)
    net.add("sum", Add(), short, long)
    pooled = net.add("pool", Pooling(3, 1, "same", "average"), "sum")
    dilated = net.add("dilated", Convolution(2, 3, padding="same", dilation=2), "sum")
    net.add("both", Concatenate(), pooled, dilated)
    net.add("up", UpSampling(2))
    net.add("end", Convolution(1, 3, padding="same"))
    return net.architecture("branching", "test")


def decoding() -> Architecture:
    """A map twice halved and twice doubled, as autoencoders and U-Nets do it."""
    net = Builder((32, 32, 1))
    net.add("pool1", Pooling(2, 2))
    net.add("pool2", Pooling(2, 2))
    net.add("up1", UpSampling(2))
    net.add("conv1", Convolution(1, 3, padding="same"))
    net.add("up2", UpSampling(2))
    net.add("conv2", Convolution(1, 3, padding="same"))
    return net.architecture("decoding", "test")


def enlarging() -> Architecture:
    """A small picture at seven times its size, as for a network that was trained on larger ones."""
    net = Builder((6, 6, 1))
    net.add("up", UpSampling(7))
    for number in range(3):
        net.add(f"conv{number}", Convolution(1, 3, padding="same"))
    net.add("conv3", Convolution(1, 5, padding="same"))
    return net.architecture("enlarging", "test")


def seen_by(model: keras.Model, name: str, unit: tuple[int, ...]) -> tuple[int, int]:
    """(rows, columns) of the pixels that move a unit: raise each pixel by itself and look."""
    partial = keras.Model(model.inputs[0], model.get_layer(name).output)
    height, width, _ = model.inputs[0].shape[1:]
    pictures = np.ones((height * width + 1, height * width), "float32")
    pictures[np.arange(height * width), np.arange(height * width)] += 1000  # outshines a maximum
    pictures = pictures.reshape(-1, height, width, 1)
    values = keras.ops.convert_to_numpy(partial(pictures))[(slice(None), *unit)]
    moved = (values[:-1] != values[-1]).reshape(height, width)
    rows, columns = np.nonzero(moved.any(1))[0], np.nonzero(moved.any(0))[0]
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize(
    ("architecture", "row", "unit"),
    [
        (ARCHITECTURES["mnist_cnn"], "conv1", (13, 13, 0)),
        (ARCHITECTURES["mnist_cnn"], "pool2", (2, 2, 0)),
        (ARCHITECTURES["mnist_cnn"], "conv3", (1, 1, 0)),
        (ARCHITECTURES["mnist_cnn"], "flatten", (4 * 64,)),
        (ARCHITECTURES["mnist_cnn"], "logits", (0,)),
        (branching(), "long2", (5, 5, 0)),
        (branching(), "sum", (5, 5, 0)),
        (branching(), "both", (5, 5, 5)),  # the dilated path
        (branching(), "end", (10, 10, 0)),
        (decoding(), "conv1", (7, 7, 0)),
        (decoding(), "conv2", (17, 17, 0)),  # three values meet here, two at its neighbours
        (enlarging(), "conv2", (20, 20, 0)),  # 7 copies in a row, of 2 pixels at most
        (enlarging(), "conv3", (18, 18, 0)),  # 11 copies, of 3 pixels at most
    ],
    ids=lambda value: getattr(value, "key", None),
)
def test_receptive_field_is_what_moves_a_unit(architecture, row, unit):
    model = architecture.build()
    for weight in model.weights:  # positive: nothing cancels, no ReLU cuts
        weight.assign(np.full(weight.shape, 1 / np.prod(weight.shape[:-1]), "float32"))
    assert seen_by(model, row, unit) == architecture[row].receptive_field


# --------------------------------------------------------------------- the printed program


@pytest.mark.usefixtures("_fast_weights")
@pytest.mark.parametrize(
    "architecture",
    [
        ARCHITECTURES["mnist_cnn"],
        ARCHITECTURES["vgg16_base_head"].frozen_before("flatten"),
        ARCHITECTURES["plain20"],
        ARCHITECTURES["resnet20"],
        ARCHITECTURES["googlenet_auxiliary"],
        ARCHITECTURES["yolov3_tiny"],
        ARCHITECTURES["ssd_mobilenet_v2"],
        pattern((32, 32, 3), 2, 2, 2, padding="same", dropout=0.5),
        branching(),
    ],
    ids=lambda architecture: architecture.key,
)
def test_printed_program_builds_the_same_network(architecture, capsys):
    program = keras_code(architecture)
    namespace: dict = {}
    exec(compile(program, architecture.key, "exec"), namespace)
    assert "Total params" in capsys.readouterr().out
    expected = architecture.build()
    found = namespace["model"]
    assert type(found) is type(expected)
    assert [layer.get_config() for layer in found.layers] == [
        layer.get_config() for layer in expected.layers
    ]
    assert found.count_params() == architecture.parameters
    assert [layer.trainable for layer in found.layers] == [
        layer.trainable for layer in expected.layers
    ]


@pytest.mark.parametrize("key", ARCHITECTURES)
def test_every_printed_program_is_a_program(key):
    compile(keras_code(ARCHITECTURES[key]), key, "exec")


def test_the_builders_dense_layer_is_keras_dense():
    net = Builder((3, 3, 2))
    net.add("flatten", Flatten())
    net.add("dense", Dense(5, bias=False))
    assert net.architecture("small", "test").build().count_params() == 18 * 5
