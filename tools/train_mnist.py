"""Train the two MNIST networks of the lecture: models/mnist_*.keras, and how they were trained.

    python -m tools.train_mnist            9,000 bundled digits (some minutes on two cores)
    python -m tools.train_mnist --full     the 60,000 of keras.datasets.mnist (needs internet)

Both networks get the same recipe: random turns, shifts, zooms and shears, dropout while training,
AdamW with a cosine schedule. Nothing is chosen by looking at the 1,000 unseen digits: the weights
after the last epoch are kept. Put the checksums that it prints into cnnviz/registry.py, then run
`python -m tools.measure_mnist` for the cards.
"""

import argparse
import hashlib
import json
import time

import keras
import numpy as np
from keras import layers

from cnnviz import ASSETS, ROOT, mnist
from cnnviz.architectures import ARCHITECTURES

TRAINING = ASSETS / "data" / "mnist_training.json"  # what the cards say about it
EPOCHS = 80
BATCH = 64
SEED = 7


def training_network(network: keras.Model, seed: int) -> keras.Model:
    """The network's own layers with augmentation in front and dropout around its hidden layer."""
    augmentation = [
        layers.RandomRotation(0.05, fill_mode="constant", seed=seed),
        layers.RandomTranslation(0.1, 0.1, fill_mode="constant", seed=seed + 1),
        layers.RandomZoom(0.15, 0.15, fill_mode="constant", seed=seed + 2),
        layers.RandomShear(0.15, 0.15, fill_mode="constant", seed=seed + 3),
    ]
    inputs = keras.Input(network.input_shape[1:])
    x = inputs
    for layer in augmentation:
        x = layer(x)
    for layer in network.layers:
        x = layer(x)
        if layer.name == "flatten" and network.name == "mnist_cnn":
            x = layers.Dropout(0.3, seed=seed + 4)(x)
        if layer.name == "dense1":
            x = layers.Dropout(0.2, seed=seed + 5)(x)
    return keras.Model(inputs, x)


def train(build, images: np.ndarray, labels: np.ndarray, epochs: int) -> keras.Model:
    """Images (n, 28, 28, 1) float32 in 0…1, labels (n,); returns the network without the extras."""
    keras.utils.set_random_seed(SEED)
    network = build()
    trained = training_network(network, SEED)
    steps = epochs * -(-len(images) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    trained.compile(
        keras.optimizers.AdamW(schedule, weight_decay=1e-4),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    trained.fit(images, labels, batch_size=BATCH, epochs=epochs, verbose=2)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help="train on keras.datasets.mnist")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()

    if arguments.full:
        (images, labels), _ = keras.datasets.mnist.load_data()
        unseen = {image.tobytes() for image in mnist.unseen().images}  # they are among the 60,000
        seen = np.array([image.tobytes() not in unseen for image in images])
        images, labels = images[seen], labels[seen]
    else:
        digits = mnist.training()
        images, labels = digits.images, digits.labels
    images = images[..., np.newaxis].astype("float32") / 255
    unseen = mnist.unseen()
    for key in ("mnist_cnn", "mnist_dense"):
        started = time.perf_counter()
        network = train(ARCHITECTURES[key].build, images, labels.astype("int32"), arguments.epochs)
        seconds = time.perf_counter() - started
        logits = network.predict(unseen.images[..., np.newaxis].astype("float32") / 255, verbose=0)
        accuracy = (logits.argmax(1) == unseen.labels).mean()
        path = ROOT / "models" / f"{network.name}.keras"
        network.save(path)
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{network.name}: {accuracy:.1%} of the unseen digits, {seconds:.0f} s, {checksum}")
    facts = {"digits": len(images), "epochs": arguments.epochs}
    TRAINING.write_text(json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
