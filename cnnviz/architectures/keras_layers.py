"""Networks as Keras models. This module alone imports Keras, so ask for it only when building."""

import keras
from keras import layers, ops

from cnnviz.architectures.layers import Call
from cnnviz.architectures.network import Architecture


@keras.saving.register_keras_serializable(package="cnnviz")
class LocalResponseNormalization(layers.Layer):
    """Each value by (bias + alpha · Σ of the squares of `size` channels around it) ^ beta."""

    def __init__(self, size=5, bias=2.0, alpha=1e-4, beta=0.75, **options):
        super().__init__(**options)
        self.size, self.bias, self.alpha, self.beta = size, bias, alpha, beta

    def call(self, maps):
        around, channels = self.size // 2, maps.shape[-1]
        squares = ops.pad(ops.square(maps), [[0, 0], [0, 0], [0, 0], [around, around]])
        total = sum(squares[..., start : start + channels] for start in range(self.size))
        return maps / (self.bias + self.alpha * total) ** self.beta

    def get_config(self):
        own = {"size": self.size, "bias": self.bias, "alpha": self.alpha, "beta": self.beta}
        return super().get_config() | own


@keras.saving.register_keras_serializable(package="cnnviz")
class PaddedShortcut(layers.Layer):
    """Every stride-th row and column, and zeros in the channels that the input does not have."""

    def __init__(self, stride, channels, **options):
        super().__init__(**options)
        self.stride, self.channels = stride, channels

    def call(self, maps):
        missing = self.channels - maps.shape[-1]
        kept = maps[:, :: self.stride, :: self.stride]
        return ops.pad(kept, [[0, 0], [0, 0], [0, 0], [0, missing]])

    def get_config(self):
        return super().get_config() | {"stride": self.stride, "channels": self.channels}


OWN = {layer.__name__: layer for layer in (LocalResponseNormalization, PaddedShortcut)}


def made(call: Call) -> layers.Layer:
    layer = OWN.get(call.layer) or getattr(layers, call.layer)
    return layer(*call.arguments, **call.options)


def build(architecture: Architecture) -> keras.Model:
    """A Sequential where the network is a stack, else a Model with one output or a list of them."""
    if architecture.is_stack:
        stack = [made(row.call) for row in architecture.rows]
        return keras.Sequential(stack, name=architecture.key)
    picture, *rows = architecture.rows
    values = {picture.name: made(picture.call)}
    for row in rows:
        inputs = [values[name] for name in row.inputs]
        values[row.name] = made(row.call)(inputs if len(inputs) > 1 else inputs[0])
    outputs = [values[row.name] for row in architecture.outputs]
    return keras.Model(
        values[picture.name], outputs if len(outputs) > 1 else outputs[0], name=architecture.key
    )
