"""The bundled models: each file is the one its entry names, its card tells what was measured."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import keras
import numpy as np
import pytest

from cnnviz import ASSETS, registry
from cnnviz.architectures import ARCHITECTURES
from cnnviz.registry import MODELS, load, verify

MEASURED = json.loads((ASSETS / "data" / "mnist_measured.json").read_text())["models"]

# The lecture, part 1: name, output (height, width, channels), parameters.
CNN = [
    ("conv1", (26, 26, 32), 320),  # (3·3·1 + 1) · 32
    ("pool1", (13, 13, 32), 0),
    ("conv2", (11, 11, 64), 18_496),  # (3·3·32 + 1) · 64
    ("pool2", (5, 5, 64), 0),  # the eleventh row and column do not fill a window
    ("conv3", (3, 3, 64), 36_928),  # (3·3·64 + 1) · 64
    ("flatten", (576,), 0),  # 3·3·64
    ("dense1", (64,), 36_928),  # (576 + 1) · 64
    ("logits", (10,), 650),  # (64 + 1) · 10
]
DENSE = [
    ("flatten", (784,), 0),  # 28·28
    ("dense1", (512,), 401_920),  # (784 + 1) · 512
    ("logits", (10,), 5_130),  # (512 + 1) · 10
]


@pytest.fixture(params=MODELS)
def spec(request) -> registry.ModelSpec:
    return MODELS[request.param]


# --------------------------------------------------------------------- files


def test_file_is_the_one_that_the_entry_names(spec):
    verify(spec)


def test_changed_byte_is_refused(spec, tmp_path, monkeypatch):
    original = spec.weights_path.read_bytes()
    changed = bytearray(original)
    changed[len(changed) // 2] ^= 1
    monkeypatch.setattr(registry, "MODELS_DIR", tmp_path)
    copy = replace(spec, key="copy")
    copy.weights_path.write_bytes(original)
    verify(copy)  # the same bytes under another name are right
    copy.weights_path.write_bytes(changed)
    with pytest.raises(ValueError, match=rf"copy\.keras has the checksum \w{{64}}.*{spec.sha256}"):
        verify(copy)


def test_load_refuses_a_changed_file(tmp_path, monkeypatch):
    """A file of the right form whose bytes are others: verified before Keras opens it."""
    other = MODELS["mnist_dense"].weights_path.read_bytes()
    monkeypatch.setattr(registry, "MODELS_DIR", tmp_path)
    monkeypatch.setattr(registry, "_loaded", {})
    copy = replace(MODELS["mnist_cnn"], key="copy")
    copy.weights_path.write_bytes(other)
    monkeypatch.setitem(MODELS, "copy", copy)
    with pytest.raises(ValueError, match=r"Restore the file from the repository"):
        load("copy")
    assert registry._loaded == {}


def test_no_file_without_an_entry():
    names = {path.name for path in registry.MODELS_DIR.iterdir()}
    assert names == {f"{key}.{suffix}" for key in MODELS for suffix in ("keras", "md")}


# --------------------------------------------------------------------- cards


def rows(card: str) -> dict[str, str]:
    """The card's table as {first cell: second cell}, without emphasis."""
    lines = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", card, re.MULTILINE)
    return {name.strip("*` "): value.strip() for name, value in lines}


def test_card_tells_what_the_entry_and_the_measurement_say(spec):
    card = spec.card_path.read_text(encoding="utf-8")
    facts, measured = rows(card), MEASURED[spec.key]
    assert card.startswith(f"# {spec.key}\n")
    assert facts["parameters"] == f"{spec.parameters:,}"
    assert facts["SHA-256"] == f"`{spec.sha256}`"
    assert facts["licence"].startswith(f"weights {spec.licence};")
    assert f"**{measured['accuracy']:.1%}**" in facts["accuracy"]
    assert f"({len(measured['wrong'])} wrong)" in facts["accuracy"]
    # the standard error of a share p of n: √(p (1 − p) / n)
    share = measured["accuracy"]
    error = 100 * (share * (1 - share) / 1_000) ** 0.5
    assert f"about {error:.1f} percentage points" in card


def test_card_holds_the_measured_confusions(spec):
    card = spec.card_path.read_text(encoding="utf-8")
    lines = re.findall(r"^\| \*\*(\d)\*\* \| ([\d| ]+) \|$", card, re.MULTILINE)
    assert [int(digit) for digit, _ in lines] == list(range(10))
    matrix = [[int(count) for count in line.split(" | ")] for _, line in lines]
    assert matrix == MEASURED[spec.key]["confusion"]


def test_measurement_agrees_with_itself(spec):
    """1,000 digits in all; the diagonal is what was read right, the rest is wrong."""
    matrix = np.array(MEASURED[spec.key]["confusion"])
    assert matrix.sum() == 1_000
    assert np.trace(matrix) == 1_000 - len(MEASURED[spec.key]["wrong"])
    assert np.trace(matrix) / 1_000 == MEASURED[spec.key]["accuracy"]


# --------------------------------------------------------------------- the networks themselves


@pytest.mark.parametrize(
    ("key", "layers", "total"), [("mnist_cnn", CNN, 93_322), ("mnist_dense", DENSE, 407_050)]
)
def test_layers_and_parameters_are_the_lectures(key, layers, total):
    model = load(key)
    found = [(layer.name, layer.output.shape[1:], layer.count_params()) for layer in model.layers]
    assert found == layers
    assert sum(count for _, _, count in layers) == total
    assert model.count_params() == MODELS[key].parameters == total


def test_the_decks_own_expression_is_another_number():
    """It prints 28·28·3·512 + 512·10 + 10 = 407,050: a colour too many, 512 biases too few."""
    assert 28 * 28 * 3 * 512 + 512 * 10 + 10 == 1_209_354
    assert MODELS["mnist_dense"].parameters == 28 * 28 * 512 + 512 + 512 * 10 + 10


@pytest.mark.parametrize("key", MODELS)
def test_architecture_in_the_code_is_the_one_in_the_file(key):
    built = ARCHITECTURES[key].build()

    def described(model) -> list[tuple]:
        names = ("filters", "units", "kernel_size", "strides", "pool_size", "padding", "activation")
        configs = [layer.get_config() for layer in model.layers]
        return [(config["name"], *(str(config.get(name)) for name in names)) for config in configs]

    assert described(built) == described(load(key))
    assert built.name == key


def test_entry_agrees_with_the_network(spec):
    model = load(spec.key)
    assert model.inputs[0].shape == (None, *spec.input_shape)
    assert model.outputs[0].shape == (None, len(spec.labels))
    assert model.layers[-1].get_config()["activation"] == "linear"  # logits, no softmax


def test_last_convolution_is_named(spec):
    convolutions = [
        layer for layer in load(spec.key).layers if isinstance(layer, keras.layers.Conv2D)
    ]
    if spec.last_conv is None:
        assert convolutions == []
    else:
        assert convolutions[-1].name == spec.last_conv
        assert len(convolutions[-1].output.shape) == 4  # (batch, height, width, channels)


# --------------------------------------------------------------------- loading


@pytest.mark.parametrize("key", ["vgg16", "", "../models/mnist_cnn"])
def test_unknown_model_is_refused(key):
    with pytest.raises(ValueError, match="Expected a model among mnist_cnn, mnist_dense, got"):
        load(key)


def test_eight_threads_get_one_model(monkeypatch):
    loads = []

    def slow_load(path, **options):
        loads.append(path)
        time.sleep(0.05)  # long enough for the others to arrive
        return object()

    monkeypatch.setattr(registry, "_loaded", {})
    monkeypatch.setattr(keras.saving, "load_model", slow_load)
    with ThreadPoolExecutor(8) as threads:
        models = list(threads.map(load, ["mnist_cnn"] * 8))
    assert len(loads) == 1
    assert all(model is models[0] for model in models)
