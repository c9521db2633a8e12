"""The options of one Keras layer, out of a visitor's file: each one is checked as it is read.

What was read is noted in `taken`, in Keras' words: only that goes on into the description that
Keras gets to see.
"""

from typing import Any

from cnnviz.text import Refusal
from cnnviz.uploads.archive import shown

ACTIVATIONS = (
    *("linear", "relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "swish", "mish"),
    *("sigmoid", "tanh", "softmax", "log_softmax", "softplus", "softsign", "exponential"),
    *("hard_sigmoid", "hard_silu", "hard_swish"),
)
FLOATS = ("float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16")
MOST = 1_000_000  # of any whole number: units, filters, sides

# Of training alone, or of drawing the first weights; they are left out.
OF_TRAINING = ("_initializer", "_regularizer", "_constraint")
IGNORED = {"name", "trainable", "dtype", "seed", "synchronized", "renorm_momentum", "optional"}
IGNORED |= {"batch_input_shape", "batch_shape", "sparse", "ragged", "data_format"}


class Options:
    """What a layer's config says."""

    def __init__(self, layer: str, given: dict[str, Any]):
        self.layer = layer
        self.given = given
        self.taken: dict[str, Any] = {}
        self.word("data_format", ("channels_last",), "channels_last")
        del self.taken["data_format"]  # the default everywhere, and not known to every layer

    def refusal(self, name: str) -> Refusal:
        value = shown(self.given.get(name))
        return Refusal("uploaded.refused.option", layer=shown(self.layer), option=name, value=value)

    def _value(self, name: str, default: Any) -> Any:
        value = self.given.get(name)
        return default if value is None else value

    def _take(self, name: str, value: Any) -> Any:
        self.taken[name] = value
        return value

    def whole(self, name: str, default: int | None = None, low: int = 1) -> int:
        value = self._value(name, default)
        if not _is_whole(value, low):
            raise self.refusal(name)
        return self._take(name, value)

    def number(self, name: str, default: float) -> float:
        value = self._value(name, default)
        if not _is_number(value):
            raise self.refusal(name)
        return self._take(name, value)

    def numbers(self, name: str, default: float) -> float | tuple[float, ...]:
        """One number, or one for each channel."""
        value = self._value(name, default)
        if isinstance(value, list) and 0 < len(value) <= 16 and all(map(_is_number, value)):
            return tuple(self._take(name, value))
        return self.number(name, default)

    def flag(self, name: str, default: bool) -> bool:
        value = self._value(name, default)
        if not isinstance(value, bool):
            raise self.refusal(name)
        return self._take(name, value)

    def word(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self._value(name, default)
        if value not in allowed:
            raise self.refusal(name)
        return self._take(name, value)

    def pair(self, name: str, default: int | None = None) -> tuple[int, int]:
        """For rows and columns; one number stands for both."""
        value = self._value(name, default)
        both = [value] * 2 if isinstance(value, int) else value
        if not (isinstance(both, list) and len(both) == 2 and all(map(_is_whole, both))):
            raise self.refusal(name)
        self._take(name, both)
        return both[0], both[1]

    def same(self, name: str, default: int | None = None) -> int:
        """A pair of which we know equal ones alone: a stride, the side of a pooling window."""
        rows, columns = self.pair(name, default)
        if rows != columns:
            raise self.refusal(name)
        return rows

    def padding(self) -> str:
        return self.word("padding", ("valid", "same"), "valid")

    def activation(self, name: str = "activation") -> str | None:
        """The function, None where values pass as they are."""
        value = self._value(name, "linear")
        if value not in ACTIVATIONS:
            found = (
                value.get("registered_name") or value.get("config") if _is_dict(value) else value
            )
            raise Refusal(
                "uploaded.refused.activation", layer=shown(self.layer), function=shown(found)
            )
        self._take(name, value)
        return None if value == "linear" else value

    def finish(self) -> dict[str, Any]:
        """All that was read, once it is sure that nothing that matters was overlooked.

        Raises:
            Refusal: If an option that we do not know is set.
        """
        self._check_type()
        for name, value in self.given.items():
            known = name in self.taken or name in IGNORED or name.endswith(OF_TRAINING)
            if not known and value is not None and value is not False:
                raise self.refusal(shown(name))
        return self.taken

    def _check_type(self) -> None:
        """Floating point of any width; nothing quantised."""
        value = self.given.get("dtype", "float32")
        if _is_dict(value):
            value = value["config"]["name"]
        if value not in FLOATS:
            raise self.refusal("dtype")


def _is_dict(value: object) -> bool:
    return isinstance(value, dict)


def _is_whole(value: object, low: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= MOST


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1e9  # neither infinite nor "not a number"
