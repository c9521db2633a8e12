"""The MNIST CNN for the browser: what its layers are, and its weights as one row of float32.

A component repeats the network's arithmetic where the visitor changes weights and points at units
(assets/components/cnn.js); a browser test compares every unit with Keras.
"""

from functools import cache

import numpy as np

from cnnviz import registry

KEYS = ("mnist_cnn",)
VARIANTS = ("trained", "random")
SEED = 7  # of the random weights: everybody in the room sees the same


@cache
def layers(key: str) -> list[dict]:
    """Each layer's kind, shapes, activation and parameters, in order; as JSON for the browser."""
    described = []
    for layer in registry.load(key).layers:
        config = layer.get_config()
        entry = {
            "name": layer.name,
            "kind": type(layer).__name__,
            "input": list(layer.input.shape[1:]),
            "output": list(layer.output.shape[1:]),
            "parameters": layer.count_params(),
        }
        if entry["kind"] in ("Conv2D", "MaxPooling2D"):
            size = config["kernel_size" if entry["kind"] == "Conv2D" else "pool_size"]
            strides = (1, 1) if entry["kind"] == "Conv2D" else size
            plain = config["padding"] == "valid" and config["strides"] == strides
            plain &= config.get("dilation_rate", (1, 1)) == (1, 1) and size[0] == size[1]
            if not plain or not config.get("use_bias", True):
                raise ValueError(
                    f"assets/components/cnn.js calculates square windows without padding or "
                    f"dilation and with a bias, stride 1 for convolutions; {layer.name} differs."
                )
            entry["size"] = size[0]
        if "activation" in config:
            entry["activation"] = config["activation"]
        described.append(entry)
    return described


def version(key: str) -> str:
    """Changes with the weights, trained or random, so that browsers may keep them for ever."""
    return f"{registry.MODELS[key].sha256[:16]}-{SEED}"


@cache
def weights(key: str, variant: str) -> bytes:
    """Kernels and biases, layer by layer, C order, little-endian float32.

    "random" is what Keras starts from before training: Glorot-uniform kernels, zero biases
    (Glorot and Bengio 2010, equation 16).
    """
    model = registry.load(key)
    arrays = model.get_weights()
    if variant == "random":
        import keras

        # A generator: a seed alone would give every layer the same row of numbers.
        initial = keras.initializers.GlorotUniform(keras.random.SeedGenerator(SEED))
        arrays = [
            keras.ops.convert_to_numpy(initial(array.shape)) if array.ndim > 1 else 0 * array
            for array in arrays
        ]
    return b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)
