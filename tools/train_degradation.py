"""Train plain and residual networks of 20 and 56 layers: assets/data/degradation.json.

    python -m tools.train_degradation      about ten minutes on one core

The experiment of He et al. 2015, section 4.2, made small enough for a laptop: the same networks
(6n + 2 layers, batch normalisation, shortcuts without parameters) with half the filters, on 3,000
pictures of Fashion-MNIST at 14×14 instead of 45,000 of CIFAR-10, for 15 epochs instead of 164, and
without augmentation and weight decay. After every epoch the error is measured on all pictures
trained on and on 1,000 others, as the network would be used: with its moving averages. Nothing is
chosen by looking at these errors. Everything that was run is in the file.
"""

import json
import os
import time

os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")  # before TensorFlow is imported
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

import keras
import numpy as np

from cnnviz import ASSETS
from cnnviz.architectures.network import Architecture
from cnnviz.architectures.resnet import cifar_resnet

PICTURES = ASSETS / "data" / "fashion_mnist_4k.npz"
CURVES = ASSETS / "data" / "degradation.json"
TRAINED_ON = 3_000
SIDE = 14
FIRST_FILTERS = 8
DEPTHS = (20, 56)
EPOCHS = 15
BATCH = 64
RATE = 0.05  # falls to 0 as a cosine
MOMENTUM = 0.9
MOVING = 0.9  # of the moving averages: with 0.99 they would lag behind 47 steps an epoch
SEEDS = (7, 8)


def pictures() -> tuple[np.ndarray, np.ndarray]:
    """(4000, 14, 14, 1) float32, mean 0 and standard deviation 1 over those trained on; labels."""
    with np.load(PICTURES, allow_pickle=False) as file:
        images, labels = file["x"].astype("float32"), file["y"].astype("int32")
    halves = images.reshape(-1, SIDE, 2, SIDE, 2).mean((2, 4))[..., np.newaxis]
    return (halves - halves[:TRAINED_ON].mean()) / halves[:TRAINED_ON].std(), labels


def network(depth: int, residual: bool) -> Architecture:
    return cifar_resnet(depth, residual, (SIDE, SIDE, 1), FIRST_FILTERS)


def train(architecture: Architecture, seed: int, images: np.ndarray, labels: np.ndarray) -> dict:
    """Error in per cent and loss on both parts after each epoch."""
    keras.utils.set_random_seed(seed)
    model = architecture.build()
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = MOVING
    steps = EPOCHS * -(-TRAINED_ON // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(
        keras.optimizers.SGD(schedule, momentum=MOMENTUM),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    parts = {"training": slice(None, TRAINED_ON), "unseen": slice(TRAINED_ON, None)}
    curves: dict[str, list[float]] = {}
    started = time.process_time()
    for epoch in range(EPOCHS):
        model.fit(images[:TRAINED_ON], labels[:TRAINED_ON], BATCH, epochs=1, verbose=0)
        for name, part in parts.items():
            loss, accuracy = model.evaluate(images[part], labels[part], 500, verbose=0)
            curves.setdefault(f"{name}_error", []).append(round(100 * (1 - accuracy), 2))
            curves.setdefault(f"{name}_loss", []).append(round(loss, 4))
        shown = {name: values[-1] for name, values in curves.items()}
        print(architecture.key, seed, epoch + 1, shown, flush=True)
    seconds = round(time.process_time() - started)
    return {"seed": seed, "cpu_seconds": seconds, **curves}


def main() -> None:
    images, labels = pictures()
    result = {
        "data": "Fashion-MNIST",
        "trained_on": TRAINED_ON,
        "unseen": len(labels) - TRAINED_ON,
        "side": SIDE,
        "first_filters": FIRST_FILTERS,
        "epochs": EPOCHS,
        "batch": BATCH,
        "rate": RATE,
        "momentum": MOMENTUM,
        "moving": MOVING,
        "networks": {},
    }
    for residual in (False, True):
        for depth in DEPTHS:
            architecture = network(depth, residual)
            result["networks"][architecture.key] = {
                "depth": depth,
                "residual": residual,
                "parameters": architecture.parameters,
                "multiply_adds": architecture.multiply_adds,
                "runs": [],
            }
    for seed in SEEDS:
        for facts in result["networks"].values():
            architecture = network(facts["depth"], facts["residual"])
            facts["runs"].append(train(architecture, seed, images, labels))
        CURVES.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
