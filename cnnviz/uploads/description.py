"""config.json of a visitor's file as rows: shapes and counts by our own arithmetic, then caps.

Nothing is built here. Beside the rows a second description is written, from the checked values
alone, for Keras to build later: no class, function, path or link of the visitor's gets into it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any

from cnnviz.architectures.layers import LocalResponseNormalisation, Shape
from cnnviz.architectures.network import Architecture, Builder, Row
from cnnviz.text import Refusal
from cnnviz.uploads import archive
from cnnviz.uploads.archive import shown
from cnnviz.uploads.known_layers import JOINING, LAYERS, OPERATIONS, OWN, Steps, written_as
from cnnviz.uploads.options import MOST, Options

KEY = "uploaded"
MAX_PARAMETERS = 60_000_000  # 240 MB
MAX_VALUES = 50_000_000  # that one picture makes: 200 MB
MAX_MULTIPLY_ADDS = 30_000_000_000  # for one picture; VGG-19 needs 19.6 billion
MAX_LAYERS = 1_000  # ResNet-152 has 515
MAX_INPUTS = 64  # of one layer
MAX_CONNECTIONS = 5_000  # of all; ResNet-152 has 566
MAX_DEPTH = 6  # of models inside models
MAX_NAME = 100  # characters
SMALLEST_TYPE = 2  # bytes a parameter, as float16

MODELS = ("Sequential", "Functional", "Model")
# Layers that run what a file brings with it, or fetch from elsewhere.
RUNS_CODE = {"Lambda": "lambda", "TFSMLayer": "saved_model_layer"}


@dataclass(frozen=True)
class Inspected:
    """A visitor's model: rows, and the file that Keras may read."""

    architecture: Architecture
    rows_of: dict[str, tuple[str, ...]]  # Keras layer → its rows; nested ones as "base.conv1"
    file: bytes = field(repr=False)  # a .keras file with the description that we wrote


def read(config: object, weights: bytes) -> Inspected:
    """The rows of a description, within the caps.

    Raises:
        Refusal: If it asks for something unknown, too large, or not possible.
    """
    reader = _Reader()
    try:
        written = reader.model(config)
    except Refusal:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Refusal("uploaded.refused.description", layer=shown(reader.at)) from error
    architecture = reader.architecture()
    _check_caps(architecture)
    needed = SMALLEST_TYPE * architecture.parameters
    if len(weights) < needed:
        raise Refusal(
            "uploaded.refused.weights_missing",
            parameters=architecture.parameters,
            needed=needed,
            found=len(weights),
        )
    return Inspected(architecture, reader.rows_of, archive.pack(written, weights))


def _check_caps(architecture: Architecture) -> None:
    caps = (
        ("parameters", attrgetter("parameters"), MAX_PARAMETERS),
        ("values", attrgetter("values"), MAX_VALUES),
        ("multiply_adds", attrgetter("multiply_adds"), MAX_MULTIPLY_ADDS),
        ("looks", _looks, MAX_MULTIPLY_ADDS),
    )
    for name, count, limit in caps:
        counts = {row.name: count(row) for row in architecture.rows}
        most = max(counts, key=counts.__getitem__)
        found = sum(counts.values())
        if found > limit:
            raise Refusal(
                f"uploaded.refused.{name}",
                found=found,
                limit=limit,
                layer=shown(most),
                most=counts[most],
            )


def _looks(row: Row) -> int:
    """Values that are looked at by windows that multiply nothing: poolings, and LRN's channels."""
    rows, columns = row.layer.window()[0]
    channels = row.layer.size if isinstance(row.layer, LocalResponseNormalisation) else 1
    return row.values * rows * columns * channels


class _Reader:
    """Walks a description once, from the picture on."""

    def __init__(self) -> None:
        self.at = ""  # the layer that is read, for sentences
        self.rows_of: dict[str, tuple[str, ...]] = {}
        self._net: Builder | None = None
        self._names = {"image"}  # of rows
        self._frozen: set[str] = set()  # rows
        self._num_layers = 0
        self._num_connections = 0

    def architecture(self) -> Architecture:
        whole = self._net.architecture(KEY, KEY)
        rows = [replace(row, frozen=row.name in self._frozen) for row in whole.rows]
        return replace(whole, rows=tuple(rows))

    def model(self, entry: Any) -> dict:
        """Read the whole model; returns its description, written anew."""
        if not isinstance(entry, dict) or not isinstance(entry.get("config"), dict):
            raise Refusal("uploaded.refused.no_model")
        if _class_of(entry) not in MODELS:
            raise self._unknown(entry, "model")
        return self._nested(entry, "", None, frozen=False, depth=1)[0]

    # ------------------------------------------------------------- models

    def _nested(
        self, entry: dict, path: str, source: str | None, frozen: bool, depth: int
    ) -> tuple[dict, str]:
        """A model behind a row; returns its description and the row that it ends in.

        Args:
            entry: What the file says.
            path: Put before the names of its layers.
            source: The row that goes in; None for the whole model, whose input is the picture.
            frozen: Whether a model around it is.
            depth: Of models inside models.
        """
        config = entry["config"]
        if depth > MAX_DEPTH:
            raise Refusal("uploaded.refused.nested", limit=MAX_DEPTH)
        name = self._name(config.get("name", "model"))
        frozen = frozen or config.get("trainable") is False
        layers = config["layers"]
        if not isinstance(layers, list) or not layers:
            raise Refusal("uploaded.refused.no_layers")
        walk = self._stack if _class_of(entry) == "Sequential" else self._graph
        written, last = walk(entry, path, source, frozen, depth)
        own = {"name": name, "trainable": config.get("trainable") is not False}
        kind = "Sequential" if walk == self._stack else "Functional"
        module = "keras" if kind == "Sequential" else "keras.src.models.functional"
        return _written(kind, own | written, module, kind), last

    def _stack(
        self, entry: dict, path: str, source: str | None, frozen: bool, depth: int
    ) -> tuple[dict, str]:
        layers = entry["config"]["layers"]
        first = layers[0]
        begins = _class_of(first) == "InputLayer"
        given = _input_shape(first) or entry["config"].get("build_input_shape")
        given = given or (entry.get("build_config") or {}).get("input_shape")
        source = self._input(given, source)
        written = [_input_layer("cnnviz_input", self._net.shape(source))]
        for layer in layers[begins:]:
            made, source = self._layer(layer, path, [source], frozen, depth)
            written.append(made)
        return {"layers": written}, source

    def _graph(
        self, entry: dict, path: str, source: str | None, frozen: bool, depth: int
    ) -> tuple[dict, str]:
        config = entry["config"]
        (start,) = self._ends(config["input_layers"], "inputs")
        written: list[dict] = []
        rows: dict[str, str] = {}  # layer → the row that it ends in
        for layer in config["layers"]:
            self.at = name = self._name(layer.get("name") or _name_of(layer))
            if name in rows:
                raise Refusal("uploaded.refused.name_twice", layer=shown(name))
            if _class_of(layer) == "InputLayer":
                if name != start:
                    raise Refusal("uploaded.refused.inputs", found=2)
                rows[name] = self._input(_input_shape(layer), source)
                made = _input_layer(name, self._net.shape(rows[name])) | {"inbound_nodes": []}
            else:
                sources, arguments = self._sources(layer, rows)
                before = [rows[one] for one in sources]
                made, rows[name] = self._layer(layer, path, before, frozen, depth)
                joins = made["class_name"] in JOINING
                made["inbound_nodes"] = [self._node(sources, before, arguments, joins)]
            written.append(made | {"name": name})
        outputs = self._ends(config["output_layers"], "outputs")
        if path and len(outputs) > 1:
            raise Refusal("uploaded.refused.outputs", layer=shown(path))
        ends = [[name, 0, 0] for name in outputs]
        whole = {
            "layers": written,
            "input_layers": [start, 0, 0],  # in no list: else Keras wants pictures in a list
            "output_layers": ends if len(ends) > 1 else ends[0],
        }
        return whole, rows[outputs[0]]

    def _ends(self, given: list, key: str) -> list[str]:
        """The layers in which a graph begins or ends: [name, 0, 0], or a list of such."""
        several = [given] if isinstance(given[0], str) else given
        if key == "inputs" and len(several) != 1:
            raise Refusal("uploaded.refused.inputs", found=len(several))
        return [name for name, *_ in several]

    def _input(self, given: Any, source: str | None) -> str:
        """The row of a model's input: the picture, or what comes from the model around it."""
        if source is not None:
            return source
        self._net = Builder(_picture_shape(given))
        return "image"

    # ------------------------------------------------------------- layers

    def _layer(
        self, entry: dict, path: str, sources: list[str], frozen: bool, depth: int
    ) -> tuple[dict, str]:
        """One layer, or a model in its place; returns its description and its last row."""
        config, kind = entry["config"], _class_of(entry)
        name = self._name(config.get("name"))
        self.at = whole = f"{path}{name}"
        if kind in MODELS:
            if len(sources) != 1:
                raise Refusal("uploaded.refused.inputs", found=len(sources))
            return self._nested(entry, f"{whole}.", sources[0], frozen, depth + 1)
        self._num_layers += 1
        if self._num_layers > MAX_LAYERS:
            raise Refusal("uploaded.refused.too_many_layers", limit=MAX_LAYERS)
        if whole in self.rows_of:
            raise Refusal("uploaded.refused.name_twice", layer=shown(whole))
        kind, steps_of, extras = self._known(entry)
        if len(sources) > 1 and kind not in JOINING:
            raise Refusal("uploaded.refused.arguments", layer=shown(whole))
        options = Options(whole, config)
        steps = steps_of(options, *(self._net.shape(source) for source in sources))
        taken = options.finish()
        names = self.rows_of[whole] = self._add(whole, steps, sources, path[:-1] or whole)
        trainable = config.get("trainable") is not False
        if frozen or not trainable:
            self._frozen.update(names)
        own = {"name": name, "trainable": trainable}
        return _written(written_as(kind), own | taken, **extras), names[-1]

    def _known(self, entry: dict) -> tuple[str, Callable[..., Steps], dict]:
        """Name, reader, and where Keras finds it."""
        kind, module = _class_of(entry), str(entry.get("module") or "keras.layers")
        registered = str(entry.get("registered_name") or "")
        if registered.startswith("cnnviz>") and kind in OWN:
            own = {"module": None, "registered": f"cnnviz>{kind}"}
            return kind, OWN[kind], own
        if kind in RUNS_CODE:
            raise Refusal(f"uploaded.refused.{RUNS_CODE[kind]}", layer=shown(self.at))
        if module.startswith("keras.src.ops") and kind in OPERATIONS:
            return *OPERATIONS[kind], {}
        if not _is_of_keras(entry) or kind not in LAYERS or module.startswith("keras.src.ops"):
            raise self._unknown(entry, "layer")
        return kind, LAYERS[kind], {}

    def _unknown(self, entry: dict, what: str) -> Refusal:
        kind = shown(_class_of(entry))
        if not _is_of_keras(entry):
            return Refusal(f"uploaded.refused.custom_{what}", layer=shown(self.at), kind=kind)
        return Refusal("uploaded.refused.unknown_layer", layer=shown(self.at), kind=kind)

    def _add(self, name: str, steps: Steps, sources: list[str], block: str) -> tuple[str, ...]:
        """Rows of one layer; those of an inner model, or of one layer, stand in one block."""
        added = []
        for suffix, layer in steps:
            row = f"{name}{suffix}"
            while row in self._names:
                row += "_"  # our own row "image", or the step of another layer
            self._names.add(row)
            try:
                with self._net.block(block):
                    self._net.add(row, layer, *(added[-1:] or sources))
            except Refusal:
                raise
            except ValueError as error:
                shapes = " + ".join(str(self._net.shape(source)) for source in sources)
                raise Refusal(
                    "uploaded.refused.shapes", layer=shown(name), shapes=shapes
                ) from error
            added.append(row)
        return tuple(added)

    def _name(self, name: Any) -> str:
        fits = isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable()
        # A table of names goes to spreadsheets, which would calculate "=…".
        if not fits or "/" in name or name[0] in "=+-@":
            raise Refusal("uploaded.refused.name", name=shown(name), limit=MAX_NAME)
        return name

    # ------------------------------------------------------------- how layers are joined

    def _sources(self, layer: dict, rows: dict[str, str]) -> tuple[list[str], dict]:
        """The layers whose values one takes, and what else it is called with."""
        nodes = layer["inbound_nodes"]
        if len(nodes) != 1:
            raise Refusal("uploaded.refused.shared", layer=shown(self.at), found=len(nodes))
        node = nodes[0]
        if isinstance(node, list):  # Keras 2: [[name, 0, 0, {}], …]
            tensors = [tensor[:3] for tensor in node]
            arguments = node[0][3] if len(node[0]) > 3 else {}
        else:
            given = node["args"]
            given = given[0] if len(given) == 1 and isinstance(given[0], list) else given
            if not all(_is_tensor(argument) for argument in given):
                raise Refusal("uploaded.refused.arguments", layer=shown(self.at))
            tensors = [argument["config"]["keras_history"] for argument in given]
            arguments = node["kwargs"]
        self._num_connections += len(tensors)
        if len(tensors) > MAX_INPUTS or self._num_connections > MAX_CONNECTIONS:
            raise Refusal(
                "uploaded.refused.too_many_inputs",
                layer=shown(self.at),
                found=len(tensors),
                limit=MAX_INPUTS,
                all=MAX_CONNECTIONS,
            )
        training = arguments.get("training")
        others = {key for key, value in arguments.items() if value is not None} - {"training"}
        if others or not tensors or training not in (None, True, False):
            raise Refusal("uploaded.refused.arguments", layer=shown(self.at))
        for source, node_index, tensor_index in tensors:
            if source not in rows or node_index or tensor_index:
                raise Refusal("uploaded.refused.order", layer=shown(self.at), source=shown(source))
        return [name for name, *_ in tensors], {} if training is None else {"training": training}

    def _node(self, sources: list[str], rows: list[str], arguments: dict, joins: bool) -> dict:
        tensors = [
            {
                "class_name": "__keras_tensor__",
                "config": {
                    "shape": [None, *self._net.shape(row)],
                    "dtype": "float32",
                    "keras_history": [source, 0, 0],
                },
            }
            for source, row in zip(sources, rows, strict=True)
        ]
        return {"args": [tensors] if joins else tensors, "kwargs": arguments}


def _class_of(entry: dict) -> str:
    return str(entry["class_name"])


def _name_of(entry: dict) -> str:
    return entry["config"].get("name") or "layer"


def _is_of_keras(entry: dict) -> bool:
    """By what it says of itself; only the sentence that refuses it depends on that."""
    module = str(entry.get("module") or "keras.layers")
    of_package = ">" in str(entry.get("registered_name") or "")
    return module.split(".")[0] in ("keras", "tf_keras", "tensorflow") and not of_package


def _is_tensor(argument: Any) -> bool:
    return isinstance(argument, dict) and argument.get("class_name") == "__keras_tensor__"


def _input_shape(layer: dict) -> Any:
    config = layer["config"]
    return config.get("batch_shape") or config.get("batch_input_shape")


def _picture_shape(given: Any) -> Shape:
    """(height, width, channels), or fewer sides; every one a number."""
    if not isinstance(given, list) or not 2 <= len(given) <= 4:
        found = "none" if given is None else shown(given)
        reason = "no_input_shape" if given is None else "input_shape"
        raise Refusal(f"uploaded.refused.{reason}", found=found)
    sides = given[1:]
    if None in sides:
        raise Refusal("uploaded.refused.open_shape", found=shown(", ".join(map(str, sides))))
    if not all(type(side) is int and 0 < side <= MOST for side in sides):
        raise Refusal("uploaded.refused.input_shape", found=shown(given))
    return tuple(sides)


def _written(
    kind: str, config: dict, module: str | None = "keras.layers", registered: str | None = None
) -> dict:
    return {"module": module, "class_name": kind, "config": config, "registered_name": registered}


def _input_layer(name: str, shape: Shape) -> dict:
    config = {"batch_shape": [None, *shape], "dtype": "float32", "name": name}
    return _written("InputLayer", config)


def differing(inspected: Inspected, counted: dict[str, tuple[list[int], int]]) -> tuple[str, ...]:
    """Layers for which Keras counts other values than we do, or that one side alone has.

    Args:
        counted: Keras layer → shape of its output, and its parameters.
    """
    architecture = inspected.architecture
    ours = {
        name: (
            architecture[rows[-1]].output_shape,
            sum(architecture[row].parameters for row in rows),
        )
        for name, rows in inspected.rows_of.items()
    }
    theirs = {name: (tuple(shape), parameters) for name, (shape, parameters) in counted.items()}
    every = dict.fromkeys([*ours, *theirs])
    return tuple(name for name in every if ours.get(name) != theirs.get(name))
