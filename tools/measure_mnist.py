"""Measure both MNIST networks on the 1,000 unseen digits: assets/data/mnist_measured.json, cards.

python -m tools.measure_mnist
"""

import json

import numpy as np

from cnnviz import ASSETS, mnist, network, registry
from cnnviz.disturbance import Disturbance

SHIFTS = range(-10, 11)  # pixels to the right
TRAINING = ASSETS / "data" / "mnist_training.json"
KEYS = ("mnist_cnn", "mnist_dense")
CARD = """\
# {name}

{description}

| | |
|---|---|
| task | read one handwritten digit: (28, 28, 1) from 0 (paper) to 1 (ink) → 10 logits |
| parameters | {parameters:,} |
| training data | {digits:,} digits of MNIST's training set; of the bundled file (assets/data/mnist_10k.npz) the positions that do not end in 9 |
| **accuracy** | **{accuracy:.1%}** of the 1,000 unseen digits ({errors} wrong); positions 9, 19, 29 … of the same file |
| training | {epochs} epochs, AdamW 2e-3 with cosine decay, batch 64, random turns (±18°), shifts (±10 %), zooms (±15 %), shears; dropout while training; the weights after the last epoch, nothing chosen by the unseen digits |
| remake | `python -m tools.train_mnist`, its checksums into cnnviz/registry.py, `python -m tools.measure_mnist` (seeded; figures can differ by a few digits between machines) |
| licence | weights Apache-2.0; the data set MNIST: LeCun, Cortes, Burges, CC BY-SA 3.0 |
| SHA-256 | `{sha256}` |

Confusion matrix: a row is what was written, a column what was read.

{confusion}

## What can mislead

- The unseen digits come from the same collection, and partly from the same writers, as the training
  digits. Your mouse, your pen and your photograph do not: expect less.
- With 1,000 digits the figure has a standard error of about {error:.1f} percentage points.
- The network always answers with one of ten digits, also for a letter or a scribble.
"""  # noqa: E501
DESCRIPTIONS = {
    "mnist_cnn": "The lecture's CNN: conv 32 3×3, pool, conv 64 3×3, pool, conv 64 3×3, "
    "dense 64, dense 10.",
    "mnist_dense": "The lecture's dense network: 784 – 512 – 10.",
}


def accuracy(key: str, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of images (n, 28, 28) in 0…1 that are read right."""
    return float((network.logits(key, images[..., np.newaxis]).argmax(1) == labels).mean())


def main() -> None:
    unseen = mnist.unseen()
    images = unseen.images.astype("float32") / np.float32(255)
    measured: dict = {"shifts": list(SHIFTS), "models": {}}
    for key in KEYS:
        read = network.logits(key, images[..., np.newaxis]).argmax(1)
        confusion = np.zeros((10, 10), int)
        np.add.at(confusion, (unseen.labels, read), 1)
        by_shift = [
            accuracy(key, np.stack([Disturbance(right=s).apply(i) for i in images]), unseen.labels)
            for s in SHIFTS
        ]
        share = float(np.trace(confusion) / len(unseen))
        measured["models"][key] = {
            "accuracy": share,
            "accuracy_by_shift": by_shift,
            "confusion": confusion.tolist(),
            "wrong": np.flatnonzero(read != unseen.labels).tolist(),
        }
        head = "| | " + " | ".join(map(str, range(10))) + " |\n" + "|---" * 11 + "|\n"
        rows = (
            f"| **{i}** | " + " | ".join(map(str, row)) + " |" for i, row in enumerate(confusion)
        )
        spec = registry.MODELS[key]
        spec.card_path.write_text(
            CARD.format(
                name=key,
                description=DESCRIPTIONS[key],
                parameters=registry.load(key).count_params(),
                accuracy=share,
                errors=len(unseen) - int(np.trace(confusion)),
                **json.loads(TRAINING.read_text()),
                confusion=head + "\n".join(rows),
                sha256=spec.sha256,
                error=100 * (share * (1 - share) / len(unseen)) ** 0.5,
            ),
            encoding="utf-8",
        )
        print(key, f"{share:.1%}", by_shift)
    mnist.MEASURED.write_text(json.dumps(measured, indent=1) + "\n")


if __name__ == "__main__":
    main()
