"""The bundled models, as data. A new model is an entry here, a weights file and a card."""

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz import ROOT

if TYPE_CHECKING:
    import keras

MODELS_DIR = ROOT / "models"


@dataclass(frozen=True)
class ModelSpec:
    """What a lesson must know about a bundled model, and where each fact comes from."""

    key: str  # also the file names: models/<key>.keras and models/<key>.md
    title: str  # a name; the same in every language
    input_shape: tuple[int, int, int]  # (height, width, channels)
    input_range: tuple[float, float]  # values the model was trained on
    labels: tuple[str, ...]  # class names, in output order
    parameters: int  # weights and biases
    accuracy: float  # share of the test data read right; the card says which data
    last_conv: str | None  # default layer of class activation maps; None without convolutions
    source: str  # where architecture and training data come from
    licence: str  # SPDX expression
    sha256: str  # of the weights file

    @property
    def weights_path(self) -> Path:
        return MODELS_DIR / f"{self.key}.keras"

    @property
    def card_path(self) -> Path:
        return MODELS_DIR / f"{self.key}.md"


DIGITS = tuple("0123456789")

MODELS = {
    spec.key: spec
    for spec in (
        ModelSpec(
            key="mnist_cnn",
            title="MNIST CNN",
            input_shape=(28, 28, 1),
            input_range=(0.0, 1.0),
            labels=DIGITS,
            parameters=93_322,
            accuracy=0.996,
            last_conv="conv3",
            source="tools/train_mnist.py on 9,000 digits of MNIST",
            licence="Apache-2.0",
            sha256="2c1807e5c56a013bda623e364832040b5d3417f9364ff1666681c14f21f0820e",
        ),
        ModelSpec(
            key="mnist_dense",
            title="MNIST dense",
            input_shape=(28, 28, 1),
            input_range=(0.0, 1.0),
            labels=DIGITS,
            parameters=407_050,
            accuracy=0.985,
            last_conv=None,
            source="tools/train_mnist.py on 9,000 digits of MNIST",
            licence="Apache-2.0",
            sha256="6124fab799a918e15522ad8dcd5416f8cbc4e58a923ddd63d791d22027c41b33",
        ),
    )
}

_loaded: dict[str, "keras.Model"] = {}
_lock = threading.RLock()


def verify(spec: ModelSpec) -> None:
    """Raise ValueError where the weights file is not the one the entry names."""
    found = hashlib.sha256(spec.weights_path.read_bytes()).hexdigest()
    if found != spec.sha256:
        raise ValueError(
            f"models/{spec.weights_path.name} has the checksum {found}, expected {spec.sha256}. "
            "Restore the file from the repository, or run the tool that its card names."
        )


def load(key: str) -> "keras.Model":
    """The model of a key, verified, loaded once per process and shared: never train it."""
    if key not in MODELS:
        raise ValueError(f"Expected a model among {', '.join(MODELS)}, got {key!r}.")
    if key in _loaded:  # readers do not wait while another model is loaded
        return _loaded[key]
    with _lock:
        if key not in _loaded:
            import keras  # 4 s with TensorFlow: only when the first model is needed

            verify(MODELS[key])
            _loaded[key] = keras.saving.load_model(MODELS[key].weights_path, compile=False)
        return _loaded[key]
