"""The lecture's two networks for MNIST (part 1, "why a CNN").

Both end in logits; the softmax is applied where probabilities are shown, so that class activation
maps and temperature can use the true scores. A softmax has no parameters: the counts are the
lecture's.
"""

import keras
from keras import layers


def mnist_cnn() -> keras.Model:
    """Three 3×3 convolutions and two dense layers: 93,322 parameters, (28, 28, 1) → 10 logits."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            layers.Conv2D(32, 3, activation="relu", name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(64, 3, activation="relu", name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Conv2D(64, 3, activation="relu", name="conv3"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="dense1"),
            layers.Dense(10, name="logits"),
        ],
        name="mnist_cnn",
    )


def mnist_dense() -> keras.Model:
    """One hidden layer of 512 units: 407,050 parameters, (28, 28, 1) → 10 logits."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            layers.Flatten(name="flatten"),
            layers.Dense(512, activation="relu", name="dense1"),
            layers.Dense(10, name="logits"),
        ],
        name="mnist_dense",
    )
