"""A visitor's .keras file: what it describes is told, what it must not do is refused."""

import ast
import io
import json
import os
import socket
import struct
import subprocess
import threading
import time
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from cnnviz import uploads
from cnnviz.architectures import ARCHITECTURES, keras_code
from cnnviz.architectures.layers import PaddedShortcut
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.registry import MODELS
from cnnviz.text import LANGUAGES, Refusal
from cnnviz.uploads import archive, description, guarded, load_guarded

WEIGHTS = "model.weights.h5"
# Of Keras when it saves: NumPy 2 asks TensorFlow's variables for a keyword they do not know.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def saved(model: keras.Model, folder) -> bytes:
    path = folder / "model.keras"
    model.save(path)
    return path.read_bytes()


def entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def zipped(content: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as written:
        for name, part in content.items():
            written.writestr(name, part)
    return file.getvalue()


def sequential(*parts: dict, shape=(8, 8, 3)) -> dict:
    """A description as Keras writes it, from (class, options) of each layer."""
    start = {"class_name": "InputLayer", "config": {"batch_shape": [None, *shape], "name": "in"}}
    named = [
        {"module": "keras.layers"} | part | {"config": {"name": f"l{at}"} | part["config"]}
        for at, part in enumerate(parts)
    ]
    return {"class_name": "Sequential", "config": {"name": "m", "layers": [start, *named]}}


def layer(kind: str, **config) -> dict:
    return {"class_name": kind, "config": config}


def file_of(config: object, weights: bytes = bytes(1000)) -> bytes:
    return zipped({"config.json": json.dumps(config).encode(), WEIGHTS: weights})


def refusal_of(data: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        uploads.inspect(data)
    for language in LANGUAGES:
        assert "{" not in caught.value.sentence(language)
    return caught.value


def reason(data: bytes) -> str:
    return refusal_of(data).key.removeprefix("uploaded.refused.")


# --------------------------------------------------------------------- good files


def small_sequential() -> keras.Model:
    """What a first course builds for photographs of cats and dogs."""
    return keras.Sequential(
        [
            keras.Input((48, 40, 3)),
            layers.RandomFlip("horizontal"),
            layers.RandomRotation(0.1),
            layers.Resizing(32, 30),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(12, (3, 5), padding="same", use_bias=False),
            layers.BatchNormalization(center=False),
            layers.Activation("gelu"),
            layers.AveragePooling2D(3, 2, padding="same"),
            layers.DepthwiseConv2D(3, depth_multiplier=2),
            layers.LeakyReLU(0.2),
            layers.SpatialDropout2D(0.2),
            layers.Conv2D(16, 3, padding="same", dilation_rate=2, groups=4),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="softmax"),
        ]
    )


def functional() -> keras.Model:
    """Branches that are added, multiplied and put behind each other; operators for layers."""
    picture = keras.Input((16, 16, 4))
    x = layers.ZeroPadding2D(((0, 1), (1, 2)))(picture)
    x = layers.Conv2D(6, 3, strides=2, kernel_regularizer="l2")(x)
    x = keras.ops.relu(x)
    one = layers.Conv2D(6, 1, kernel_initializer="he_normal")(x)
    x = layers.Add()([x, one])
    x = x + one
    weights = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weights = layers.Dense(6, activation="sigmoid")(weights)
    x = layers.Multiply()([x, weights])
    x = layers.Concatenate()([x, one])
    x = layers.UpSampling2D()(x)
    x = layers.ReLU(6.0)(x)
    x = layers.GlobalMaxPooling2D()(x)
    x = layers.Reshape((3, -1))(x)
    return keras.Model(picture, layers.Softmax()(layers.Flatten()(x)))


def nested() -> keras.Model:
    """Transfer learning: a frozen base inside, called as the guides say."""
    base = keras.Sequential(
        [keras.Input((20, 20, 3)), layers.Conv2D(4, 3, name="conv"), layers.BatchNormalization()],
        name="base",
    )
    inner = keras.Input((18, 18, 4))
    block = keras.Model(inner, layers.Add()([layers.Conv2D(4, 1, name="conv")(inner), inner]))
    base.trainable = False
    picture = keras.Input((20, 20, 3))
    x = keras.Sequential([layers.RandomZoom(0.1)], name="augmentation")(picture)
    x = block(base(x, training=False))
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(picture, layers.Dense(2)(x))
    model.compile("adam", "mse")
    return model


def own() -> keras.Model:
    net = Builder((8, 8, 4))
    net.add("norm", ARCHITECTURES["alexnet"]["norm1"].layer)
    net.add("short", PaddedShortcut(2, 8))
    return net.architecture("own", "test").build()


def operators(model: keras.Model) -> set[str]:
    """What is written as x + y: for Keras no layer, for us one like the others."""
    operations = getattr(model, "operations", ())  # a Sequential has layers alone
    return {one.name for one in operations} - {one.name for one in model.layers}


@pytest.mark.parametrize("make", [small_sequential, functional, nested, own])
def test_shapes_and_counts_are_those_of_keras(make, tmp_path):
    model = make()
    inspected = uploads.inspect(saved(model, tmp_path))
    architecture = inspected.architecture
    assert {*description.differing(inspected, load_guarded.counted(model))} == operators(model)
    assert architecture.parameters == model.count_params()
    trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    assert architecture.trainable_parameters == trainable


@pytest.mark.parametrize("make", [small_sequential, nested])
def test_the_printed_program_builds_the_same_rows(make, tmp_path, capsys):
    architecture = uploads.inspect(saved(make(), tmp_path)).architecture
    namespace: dict = {}
    exec(compile(keras_code(architecture), "uploaded", "exec"), namespace)
    assert "Total params" in capsys.readouterr().out
    assert namespace["model"].count_params() == architecture.parameters


def test_names_out_of_a_file_are_no_code_in_the_printed_program():
    evil = '"); raise SystemExit("run'
    parts = [
        layer("InputLayer", name="in", batch_shape=[None, 8, 8, 3]) | {"inbound_nodes": []},
        layer("Activation", name=evil, activation="relu") | {"inbound_nodes": [call(tensor("in"))]},
        layer("Add", name="class") | {"inbound_nodes": [call([tensor(evil), tensor("in")])]},
    ]
    ends = {"input_layers": ["in", 0, 0], "output_layers": ["class", 0, 0]}
    config = {"class_name": "Functional", "config": {"layers": parts, **ends}}
    program = keras_code(uploads.inspect(file_of(config)).architecture)
    nodes = [*ast.walk(ast.parse(program))]
    assert evil in {node.value for node in nodes if isinstance(node, ast.Constant)}
    assert not [node for node in nodes if isinstance(node, ast.Raise)]


SMALL = [
    key
    for key, architecture in ARCHITECTURES.items()
    if architecture.parameters < 4_500_000 and "vgg" not in key
]


@pytest.mark.parametrize("key", SMALL)
def test_our_own_networks_come_back_as_they_were(key, tmp_path, monkeypatch):
    """Every row with its shapes, counts, formulas and receptive field."""

    def zeros(self, shape, dtype=None):  # fast weights
        return keras.ops.zeros(shape, dtype)

    monkeypatch.setattr(keras.initializers.GlorotUniform, "__call__", zeros)
    architecture = ARCHITECTURES[key]
    data = saved(architecture.build(), tmp_path)
    found = uploads.inspect(data).architecture
    assert told(found) == told(architecture)


def told(architecture: Architecture) -> dict[str, tuple]:
    """What the lessons tell of each row; Keras writes branches down in another order."""
    return {
        row.name: (
            *(row.layer, row.inputs, row.output_shape, row.weights, row.multiply_adds),
            *(row.receptive_field, row.jump, row.parameter_formula, row.shape_formulas),
        )
        for row in architecture.rows
    }


def test_keras_mobilenet_comes_through_with_its_uneven_padding(tmp_path):
    model = keras.applications.MobileNetV2((96, 96, 3), weights=None, alpha=0.35, classes=10)
    inspected = uploads.inspect(saved(model, tmp_path))
    assert description.differing(inspected, load_guarded.counted(model)) == ()
    assert inspected.architecture.parameters == model.count_params()


def test_flat_inputs_come_through(tmp_path):
    """The dense network of Keras' first guide: (28, 28) without channels, 784·128 + 128 …"""
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(128)])
    found = uploads.inspect(saved(model, tmp_path)).architecture
    assert found.parameters == (784 + 1) * 128
    assert found.rows[-1].receptive_field == (28, 28)
    vector = keras.Sequential([keras.Input((784,)), layers.Dense(10)])
    assert uploads.inspect(saved(vector, tmp_path)).architecture.parameters == 7850


def test_a_model_that_keras_2_wrote_is_followed():
    """Its graph stands in lists: [[name, 0, 0, {}]]."""
    add = layer("Add", name="sum") | {"inbound_nodes": [[["a", 0, 0, {}], ["in", 0, 0, {}]]]}
    parts = [
        layer("InputLayer", name="in", batch_input_shape=[None, 8, 8, 3]) | {"inbound_nodes": []},
        layer("Conv2D", name="a", filters=3, kernel_size=[3, 3], padding="same", activation="relu")
        | {"inbound_nodes": [[["in", 0, 0, {}]]]},
        add,
    ]
    config = {"layers": parts, "input_layers": [["in", 0, 0]], "output_layers": [["sum", 0, 0]]}
    found = uploads.inspect(file_of({"class_name": "Functional", "config": config})).architecture
    assert found.parameters == (3 * 3 * 3 + 1) * 3
    assert found["sum"].inputs == ("a", "image")


def test_only_checked_values_go_on_to_keras(tmp_path):
    """Initialisers, regularisers, the compiled part: nothing of them reaches Keras."""
    data = saved(nested(), tmp_path)
    text = entries(uploads.inspect(data).file)["config.json"].decode()
    for word in ("compile_config", "initializer", "regularizer", "RandomZoom", "build_config"):
        assert word in entries(data)["config.json"].decode() + "regularizer"
        assert word not in text
    keras.models.model_from_json(text)


# --------------------------------------------------------------------- no .keras file


def tampered(name: str, data: bytes) -> bytes:
    good = {"metadata.json": b"{}", "config.json": b"{}", WEIGHTS: bytes(1000)}
    return zipped(good | {name: data})


def encrypted() -> bytes:
    data = bytearray(file_of({}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1
    return bytes(data)


def duplicate() -> bytes:
    data = zipped({"config.json": b"{}", "konfig.json": b"[]", WEIGHTS: b""})
    return data.replace(b"konfig", b"config")


def lying(unpacked: int) -> bytes:
    """The table of contents names another size than there is."""
    data = bytearray(zipped({"config.json": b"{}", WEIGHTS: bytes(3000)}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", unpacked)
    return bytes(data)


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        ("empty", lambda: b""),
        ("not_a_zip", lambda: b"\x89PNG\r\n\x1a\n" + bytes(90)),
        ("h5", lambda: b"\x89HDF\r\n\x1a\n" + bytes(90)),
        ("damaged", lambda: file_of({})[:-30]),
        ("damaged", lambda: file_of({}).replace(b"{}", b"[]", 1)),  # its checksum is another
        ("damaged", lambda: lying(30)),
        ("damaged", lambda: lying(4000)),
        ("saved_model", lambda: zipped({"m/saved_model.pb": b"x", "m/variables/v": b"x"})),
        ("no_description", lambda: zipped({"photo.png": b"x"})),
        ("no_weights", lambda: zipped({"config.json": b"{}"})),
        ("foreign", lambda: tampered("../../etc/passwd", b"x")),
        ("foreign", lambda: tampered("/etc/cron.d/x", b"x")),
        ("foreign", lambda: tampered("C:\\x.exe", b"x")),
        ("foreign", lambda: tampered("assets/words.txt", b"x")),
        ("twice", duplicate),
        ("encrypted", encrypted),
        ("too_many_entries", lambda: zipped({f"{at}": b"" for at in range(101)})),
        ("no_json", lambda: tampered("config.json", b"{'single': quotes}")),
        ("no_json", lambda: tampered("config.json", b"\xff\xfe\x00")),
        ("no_json", lambda: tampered("config.json", b'{"x": NaN}')),
        ("no_json", lambda: tampered("config.json", b"9" * 10_000)),
        ("too_deep", lambda: tampered("config.json", b"[" * 100_000 + b"]" * 100_000)),
        ("too_deep", lambda: tampered("config.json", b'{"a":' * 50_000 + b"1" + b"}" * 50_000)),
        ("too_large", lambda: tampered("config.json", b" " * (archive.MAX_DESCRIPTION + 1))),
        ("no_model", lambda: tampered("config.json", b"[1, 2]")),
        ("no_model", lambda: tampered("config.json", b'{"class_name": "Sequential"}')),
    ],
)
def test_what_is_no_keras_file_is_refused_by_name(expected, data):
    assert reason(data()) == expected


def test_a_file_of_too_many_bytes_is_not_opened(monkeypatch):
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert reason(b"PK" + bytes(archive.MAX_BYTES)) == "too_many_bytes"


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_unfolds_without_end_is_not_touched(packing, monkeypatch):
    """A kilobyte of either can be a gigabyte, whatever the headers say."""
    data = zipped({"config.json": b"{}", WEIGHTS: bytes(1000)}, packing)
    for module in (zipfile.bz2, zipfile.lzma):
        for name in ("BZ2Decompressor", "LZMADecompressor"):
            monkeypatch.setattr(module, name, None, raising=False)
    assert reason(data) == "packing"


def test_a_zip_bomb_is_not_unpacked():
    bomb = {"config.json": b"{}", WEIGHTS: bytes(25_000_000)}
    data = zipped(bomb, zipfile.ZIP_DEFLATED)
    assert len(data) < 30_000
    assert reason(data) == "bomb"


def test_no_more_is_unpacked_than_may_be(monkeypatch):
    """Packed less than the ratio: unpacking stops at the limit."""
    asked, read = [], zipfile.ZipExtFile.read
    monkeypatch.setattr(
        zipfile.ZipExtFile, "read", lambda file, n=None: asked.append(n) or read(file, n)
    )
    monkeypatch.setattr(archive, "MAX_UNPACKED", 2000)
    assert reason(file_of({}, os.urandom(5000))) == "too_large"
    assert asked == [archive.MAX_DESCRIPTION + 1, 2001]


# --------------------------------------------------------------------- what a file asks for


def test_a_file_of_two_kilobytes_that_asks_for_fourteen_gigabytes_is_refused():
    """60,000 · 60,000 + 60,000 = 3,600,060,000 values of 4 bytes; told with the layer."""
    config = sequential(
        layer("Flatten"), layer("Dense", units=60_000), layer("Dense", units=60_000, name="huge")
    )
    data = file_of(config)
    assert len(data) < 2_500
    refusal = refusal_of(data)
    assert refusal.key == "uploaded.refused.parameters"
    assert refusal.values["most"] == 60_000 * 60_000 + 60_000
    assert refusal.values["layer"] == "huge"
    assert "3,600,060,000" in refusal.sentence("zh")


CONV = layer("Conv2D", filters=4, kernel_size=[3, 3])


@pytest.mark.parametrize(
    ("expected", "config"),
    [
        ("weights_missing", sequential(layer("Flatten"), layer("Dense", units=10_000))),
        ("values", sequential(layer("UpSampling2D", size=[2_000, 2_000]))),
        (
            "multiply_adds",
            sequential(
                layer("Conv2D", filters=800, kernel_size=[5, 5], padding="same"),
                layer("Conv2D", filters=800, kernel_size=[5, 5], padding="same"),
                shape=(60, 60, 3),
            ),
        ),
        ("too_many_layers", sequential(*[layer("Activation", activation="relu")] * 1001)),
        ("lambda", sequential(layer("Lambda", function="base64"))),
        ("saved_model_layer", sequential(layer("TFSMLayer", filepath="http://elsewhere"))),
        ("unknown_layer", sequential(layer("LSTM", units=3))),
        ("unknown_layer", sequential({"module": "keras.src.ops.numpy", **layer("Sum")})),
        ("custom_layer", sequential({"module": "my.code", **layer("Conv2D")})),
        ("custom_layer", sequential({"registered_name": "my>Mine", **layer("Mine")})),
        ("custom_model", {"class_name": "Net", "module": "__main__", "config": {}}),
        ("unknown_layer", {"class_name": "Net", "module": "keras", "config": {}}),
        ("activation", sequential(layer("Activation", activation="my_function"))),
        (
            "activation",
            sequential(layer("Dense", units=1, activation={"class_name": "function"})),
        ),
        ("option", sequential(layer("Conv2D", filters=4, kernel_size=[3, 3], strides=[1, 2]))),
        ("option", sequential(layer("Conv2D", filters=True, kernel_size=[3, 3]))),
        ("option", sequential(layer("Conv2D", filters=10**30, kernel_size=[3, 3]))),
        ("option", sequential(layer("Conv2D", filters=-4, kernel_size=[3, 3]))),
        ("option", sequential(layer("Flatten", data_format="channels_first"))),
        ("option", sequential(layer("Flatten", dtype={"config": {"name": "int8_from_float32"}}))),
        ("option", sequential(layer("Flatten", get_file="http://elsewhere"))),
        ("option", sequential(layer("Dropout", rate=1e999))),
        ("option", sequential(layer("Reshape", target_shape=[-1, -1]))),
        ("shapes", sequential(layer("Flatten"), CONV)),
        ("description", sequential(layer("ZeroPadding2D", padding=3.5))),
        ("description", {"class_name": "Functional", "config": {"layers": [CONV]}}),
        ("description", {"class_name": "Sequential", "config": {"layers": ["conv"]}}),
        ("no_layers", {"class_name": "Sequential", "config": {"layers": []}}),
        ("no_input_shape", {"class_name": "Sequential", "config": {"layers": [CONV]}}),
        ("open_shape", sequential(CONV, shape=(None, None, 3))),
        ("input_shape", sequential(CONV, shape=(4, 8, 8, 3))),
        ("input_shape", sequential(CONV, shape=(8, "8", 3))),
        ("name", sequential(layer("Flatten", name="a/b"))),
        ("name", sequential(layer("Flatten", name="x" * 101))),
        ("name_twice", sequential(layer("Flatten", name="a"), layer("Flatten", name="a"))),
    ],
)
def test_a_description_that_we_do_not_follow_is_refused_by_name(expected, config):
    text = json.dumps(config).replace("Infinity", "1e999")  # a number of JSON, beyond floats
    assert reason(zipped({"config.json": text.encode(), WEIGHTS: bytes(1000)})) == expected


def test_a_map_that_has_become_too_small_is_refused_with_its_layer():
    data = file_of(sequential(layer("Conv2D", filters=1, kernel_size=[9, 9])))
    assert refusal_of(data).key == "architectures.refused.too_small"


def test_open_sizes_are_told():
    assert "(None, None, 3)" in refusal_of(
        file_of(sequential(CONV, shape=(None, None, 3)))
    ).sentence("en")


def test_models_inside_models_have_an_end():
    config = sequential(layer("Flatten"))
    for _ in range(8):
        config = sequential(config | {"module": "keras"})
    assert reason(file_of(config)) == "nested"


def graph(node: object, outputs: object = ("a", 0, 0)) -> bytes:
    start = layer("InputLayer", name="in", batch_shape=[None, 8, 8, 3]) | {"inbound_nodes": []}
    part = layer("Flatten", name="a") | {"inbound_nodes": node}
    config = {"layers": [start, part], "input_layers": ["in", 0, 0], "output_layers": [*outputs]}
    return file_of({"class_name": "Functional", "config": config})


def tensor(name: str, at: int = 0) -> dict:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, at, 0]}}


def call(*arguments: object, **named: object) -> dict:
    return {"args": [*arguments], "kwargs": named}


def test_a_plain_graph_is_followed():
    assert uploads.inspect(graph([call(tensor("in"))])).architecture["a"].output_shape == (192,)


@pytest.mark.parametrize(
    ("expected", "node"),
    [
        ("shared", [call(tensor("in"))] * 2),
        ("order", [call(tensor("later"))]),
        ("order", [call(tensor("in", at=1))]),
        ("arguments", [call(tensor("in"), 2.0)]),
        ("arguments", [call(tensor("in"), mask=[1])]),
        ("arguments", [call(tensor("in"), training="http://elsewhere")]),
        ("arguments", [call([tensor("in"), tensor("in")])]),
        ("description", [{"args": 3}]),
    ],
)
def test_a_graph_that_we_do_not_follow_is_refused(expected, node):
    assert reason(graph(node)) == expected


def test_names_out_of_a_file_are_shown_without_markup():
    data = file_of(sequential(layer("LSTM", name="![x](http://elsewhere)`<script>`")))
    for language in LANGUAGES:
        sentence = refusal_of(data).sentence(language)
        assert "![" not in sentence
        assert "<script" not in sentence
        assert sentence.count("`") == 2


# --------------------------------------------------------------------- the weights


def hdf5(write) -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as weights:
        write(weights)
    return file.getvalue()


def external_storage(weights):
    weights.create_dataset("v", (4,), "uint8", external=[("/etc/passwd", 0, 4)])


def virtual(weights):
    layout = h5py.VirtualLayout((4,), "float32")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "v", (4,))
    weights.create_virtual_dataset("v", layout)


@pytest.mark.parametrize(
    ("expected", "write"),
    [
        ("weights_link", lambda w: w.__setitem__("v", h5py.ExternalLink("/etc/x.h5", "/v"))),
        ("weights_link", lambda w: w.__setitem__("v", h5py.SoftLink("/layers"))),
        ("weights_link", external_storage),
        ("weights_link", virtual),
        ("weights_too_large", lambda w: w.create_dataset("v", (10**6, 10**4), "f4", chunks=True)),
        ("weights_not_finite", lambda w: w.create_dataset("v", data=[1.0, np.nan])),
        ("weights_damaged", lambda w: w.create_dataset("v", data=["text"])),
        ("weights_too_many", lambda w: w.create_group("g" + "/g" * 60)),
    ],
)
def test_weights_that_lead_elsewhere_or_unfold_are_refused(expected, write):
    with pytest.raises(load_guarded.Unusable) as caught:
        load_guarded.check_weights(hdf5(write), 100)
    assert caught.value.reason == expected
    assert expected in load_guarded.REASONS


def test_good_weights_pass(tmp_path):
    model = nested()
    content = entries(saved(model, tmp_path))[WEIGHTS]
    load_guarded.check_weights(content, model.count_params())


def given(folder, config: dict, weights: bytes):
    """A folder as the guarded process finds it, with the weights that a visitor wrote."""
    data = zipped({"config.json": json.dumps(config).encode(), WEIGHTS: weights})
    inspected = uploads.inspect(data)
    (folder / load_guarded.GIVEN).write_bytes(inspected.file)
    return folder, inspected.architecture.parameters


def dense(units: int):
    def write(weights):
        values = weights.create_group("layers/dense/vars")
        values.create_dataset("0", data=np.ones((192, units), "float32"))
        values.create_dataset("1", data=np.zeros(units, "float32"))

    return hdf5(write)


FLAT = sequential(layer("Flatten"), layer("Dense", units=4, name="logits"))


def test_fitting_weights_are_loaded_and_saved_clean(tmp_path):
    folder, parameters = given(tmp_path, FLAT, dense(4))
    result = load_guarded.load(folder, parameters)
    assert result["parameters"] == parameters == 193 * 4
    clean = keras.saving.load_model(folder / load_guarded.CLEAN)
    np.testing.assert_array_equal(clean(np.ones((1, 8, 8, 3), "float32")), [[192] * 4])


@pytest.mark.parametrize(
    ("expected", "weights"),
    [
        ("weights_shape", dense(5)),
        ("weights_none", hdf5(lambda w: w.create_dataset("layers/other/vars/0", data=[0.0] * 400))),
        ("weights_damaged", b"\x89HDF\r\n\x1a\n" + bytes(3000)),
        ("weights_damaged", bytes(3000)),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_their_layer(expected, weights, tmp_path):
    folder, parameters = given(tmp_path, FLAT, weights)
    with pytest.raises(load_guarded.Unusable) as caught:
        load_guarded.load(folder, parameters)
    assert caught.value.reason == expected
    if expected in ("weights_shape", "weights_none"):
        assert "logits" in caught.value.values["layer"]


# --------------------------------------------------------------------- the process of its own


def test_the_guarded_process_tells_what_keras_counts(tmp_path):
    """The real one, once: its copy is again a file that we take, with the same rows."""
    model = functional()
    data = saved(model, tmp_path)
    inspected = uploads.inspect(data)
    loaded = guarded.load(inspected)
    assert loaded.parameters == inspected.architecture.parameters == model.count_params()
    assert loaded.differing == ()
    assert uploads.inspect(loaded.file).architecture == inspected.architecture
    path = tmp_path / "clean.keras"
    path.write_bytes(loaded.file)
    picture = np.random.default_rng(0).normal(size=(2, 16, 16, 4)).astype("float32")
    clean = keras.saving.load_model(path)
    np.testing.assert_allclose(clean(picture), model(picture), rtol=1e-5)


def test_a_process_that_needs_too_much_memory_ends_with_a_sentence():
    inspected = uploads.inspect(file_of(FLAT, dense(4)))
    with pytest.raises(Refusal) as caught:
        guarded.load(inspected, memory=120_000_000)  # TensorFlow alone needs 600 MB
    assert caught.value.key == "uploaded.refused.memory"
    assert "120 MB" in caught.value.sentence("en")


def test_a_process_that_takes_too_long_is_ended(monkeypatch):
    started = []
    popen = subprocess.Popen

    def remembered(*arguments, **options):
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(guarded.subprocess, "Popen", remembered)
    with pytest.raises(Refusal) as caught:
        guarded.load(uploads.inspect(file_of(FLAT, dense(4))), seconds=0.2)
    assert caught.value.key == "uploaded.refused.time"
    assert started[0].returncode == -9


@pytest.fixture
def port():
    """Where somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    "action",
    [
        "import socket; socket.create_connection(('127.0.0.1', PORT))",
        "import os; os.system('true')",
        # Past Python, as code that has taken over the library would go.
        "import ctypes; print('refused' if ctypes.CDLL(None).socket(2, 1, 0) == -1 else 'open')",
        "import ctypes; print('refused' if ctypes.CDLL(None).system(b'true') else 'ran')",
        "import subprocess; subprocess.run(['true'])",
        "open('big', 'wb').truncate(10**9)",
        "bytearray(10**9)",
    ],
)
def test_the_confined_process_has_no_network_no_children_and_little_room(action, port, tmp_path):
    action = action.replace("PORT", str(port))
    program = f"""
from cnnviz.uploads.load_guarded import confine
confine(300_000_000, 20)
try:
    {action}
except (PermissionError, OSError, MemoryError) as error:
    print("refused", type(error).__name__)
"""
    result = subprocess.run(
        [os.sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(guarded.ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "refused" in result.stdout or result.returncode == -25, result.stderr


# --------------------------------------------------------------------- one at a time


@pytest.fixture
def held(monkeypatch):
    """Loading that waits for a sign, with nothing kept from before."""
    sign, running, most = threading.Event(), [], []

    def load(inspected):
        running.append(inspected)
        most.append(len(running))
        assert sign.wait(20)
        running.remove(inspected)
        return guarded.Loaded(bytes(1000), inspected.architecture.parameters, ())

    monkeypatch.setattr(guarded, "load", load)
    monkeypatch.setattr(guarded, "_kept", {})
    yield sign, most
    sign.set()
    while guarded._line:
        time.sleep(0.01)


def model(units: int) -> bytes:
    return file_of(sequential(layer("Flatten"), layer("Dense", units=units)), bytes(9000))


def test_models_are_loaded_one_after_the_other_and_told_their_place(held):
    sign, most = held
    given = [guarded.accept(model(units)) for units in (1, 2, 3)]
    assert [upload.waiting_before for upload in given] == [0, 1, 2]
    assert guarded.accept(model(2)) is given[1]  # the same file of another visitor
    sign.set()
    assert [upload.loading.result(20).parameters for upload in given] == [193, 386, 579]
    assert most == [1, 1, 1]
    assert guarded.recall(given[2].digest) is given[2]


def test_a_long_line_is_refused(held, monkeypatch):
    monkeypatch.setattr(guarded, "MOST_WAITING", 2)
    guarded.accept(model(1))
    guarded.accept(model(2))
    with pytest.raises(Refusal) as caught:
        guarded.accept(model(3))
    assert caught.value.key == "uploaded.refused.busy"


def test_a_file_for_which_there_is_no_place_leaves_the_visitors_own_in_the_line(held, monkeypatch):
    """Two visitors gave the second file: it waits for the other, and so frees no place."""
    monkeypatch.setattr(guarded, "MOST_WAITING", 2)
    guarded.accept(model(1))
    mine = guarded.accept(model(2))
    assert guarded.accept(model(2)) is mine
    monkeypatch.setattr(guarded, "MOST_WAITING", 1)
    with pytest.raises(Refusal):
        guarded.accept(model(3), instead_of=mine)
    assert mine.num_visitors == 2
    assert guarded.recall(mine.digest) is mine


def test_the_oldest_copies_go_first(held, monkeypatch):
    monkeypatch.setattr(guarded, "MOST_KEPT", 2000)
    sign, _ = held
    sign.set()
    given = []
    for units in (1, 2, 3):
        given.append(guarded.accept(model(units)))
        given[-1].loading.result(20)
    while guarded._line:
        time.sleep(0.01)
    assert [guarded.recall(upload.digest) for upload in given] == [None, *given[1:]]


def test_a_failure_is_told_where_the_result_is_asked_for(held, monkeypatch):
    def fail(_inspected):
        raise Refusal("uploaded.refused.weights_damaged")

    monkeypatch.setattr(guarded, "load", fail)
    upload = guarded.accept(model(1))
    with pytest.raises(Refusal, match=r"model\.weights\.h5"):
        upload.loading.result(20)
    assert upload.num_bytes == 0
    assert guarded.recall(upload.digest) is upload  # the page tells it

    # The same file again is tried again: there may have been too little time or memory.
    monkeypatch.setattr(guarded, "load", lambda inspected: guarded.Loaded(b"", 193, ()))
    again = guarded.accept(model(1))
    assert again is not upload
    assert again.loading.result(20).parameters == 193


def test_what_waits_is_not_forgotten_for_want_of_room(held, monkeypatch):
    load, forgotten = guarded.load, []

    def watched(inspected):
        forgotten.extend(upload for upload in guarded._line if not guarded.recall(upload.digest))
        return load(inspected)

    monkeypatch.setattr(guarded, "load", watched)
    monkeypatch.setattr(guarded, "MOST_UPLOADS", 1)
    sign, _ = held
    given = [guarded.accept(model(units)) for units in (1, 2, 3)]
    assert all(guarded.recall(upload.digest) is upload for upload in given)
    sign.set()
    given[2].loading.result(20)
    while guarded._line:
        time.sleep(0.01)
    assert [guarded.recall(upload.digest) for upload in given] == [None, None, given[2]]
    assert not forgotten


def test_a_visitor_lets_one_model_wait_at_most(held):
    """The next one takes its place, unless another visitor waits for the same file."""
    sign, most = held
    first = guarded.accept(model(1))
    while not first.loading.running():
        time.sleep(0.01)
    wrong = guarded.accept(model(2), instead_of=first)
    assert guarded._line == [first, wrong]  # what is being loaded is loaded to its end
    assert guarded.accept(model(2), instead_of=wrong) is wrong
    shared = guarded.accept(model(3), instead_of=wrong)
    assert guarded._line == [first, shared]
    assert guarded.recall(wrong.digest) is None
    assert guarded.accept(model(3)) is shared  # another visitor
    last = guarded.accept(model(4), instead_of=shared)
    assert guarded._line == [first, shared, last]
    sign.set()
    assert [one.loading.result(20).parameters for one in (first, shared, last)] == [193, 579, 772]
    assert len(most) == 3
    assert wrong.loading.cancelled()


def test_a_bad_file_leaves_what_waits(held):
    first = guarded.accept(model(1))
    with pytest.raises(Refusal):
        guarded.accept(b"PK", instead_of=first)
    assert guarded._line == [first]


def joining(name: str, sources: list[str], kind: str = "Add") -> dict:
    """A layer that takes several, as Keras 2 wrote it."""
    nodes = [[[source, 0, 0, {}] for source in sources]]
    return {"class_name": kind, "name": name, "config": {"name": name}, "inbound_nodes": nodes}


def wired(*parts: dict) -> dict:
    start = {
        "class_name": "InputLayer",
        "name": "in",
        "config": {"batch_shape": [None, 8, 8, 3], "name": "in"},
        "inbound_nodes": [],
    }
    config = {
        "name": "m",
        "layers": [start, *parts],
        "input_layers": [["in", 0, 0]],
        "output_layers": [[parts[-1]["name"], 0, 0]],
    }
    return {"class_name": "Functional", "config": config}


def test_more_connections_than_a_network_has_are_refused():
    few, many = (wired(joining("join", ["in"] * count, "Concatenate")) for count in (64, 65))
    joined = uploads.inspect(file_of(few)).architecture["join"]
    assert joined.output_shape == (8, 8, 192)
    assert joined.shape_formulas[-1] == "3 + 3 + 3 + 3 + 3 + 3 + … + 3 = 192"
    assert reason(file_of(many)) == "too_many_inputs"
    chain = [joining(f"a{at}", [f"a{at - 1}" if at else "in"] * 50) for at in range(101)]
    assert reason(file_of(wired(*chain))) == "too_many_inputs"
    uploads.inspect(file_of(wired(*chain[:100])))


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "-1", "@x", "\ud800", "a\nb", ""])
def test_names_that_a_table_cannot_take_are_refused(name):
    assert reason(file_of(sequential(layer("Flatten", name=name)))) == "name"


@pytest.mark.parametrize("slope", [10**400, -(10**400), 1e300])
def test_a_number_beyond_all_bounds_is_refused(slope):
    assert reason(file_of(sequential(layer("LeakyReLU", negative_slope=slope)))) == "option"


def test_windows_that_look_at_too_much_are_refused():
    """A pooling multiplies nothing, and can still take for ever."""
    wide = layer("MaxPooling2D", pool_size=[4000, 4000], strides=[1, 1], padding="same")
    assert reason(file_of(sequential(wide, shape=(4000, 4000, 1)))) == "looks"
    normalising = layer("LocalResponseNormalization", size=10_000)
    normalising |= {"registered_name": "cnnviz>LocalResponseNormalization"}
    assert reason(file_of(sequential(normalising, shape=(1000, 1000, 40)))) == "option"
    assert reason(file_of(sequential(normalising, shape=(20, 20, 10_000)))) == "looks"


def test_bundled_models_pass():
    for spec in MODELS.values():
        found = uploads.inspect(spec.weights_path.read_bytes()).architecture
        assert found.parameters == spec.parameters
        assert found.rows == ARCHITECTURES[spec.key].rows
