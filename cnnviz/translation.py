"""Does a network find in one place what it learned in another? Two small networks, NumPy alone.

Pictures are noise; half of them also hold a small pattern. A dense network and a convolutional one
are trained on pictures that hold it in some places, and tested at every place (lecture, part 1,
second property of images). Everything follows from the seed.

Sources: Fukushima 1980, https://doi.org/10.1007/BF00344251 (shared weights over places); LeCun et
al. 1989, https://doi.org/10.1162/neco.1989.1.4.541 (learned by gradients); training by Kingma and
Ba 2015, https://arxiv.org/abs/1412.6980, algorithm 1, with weight decay added to the gradient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SIZE = 16  # pixels of a picture's side
KERNEL = 5  # cells of the pattern's side, and of a filter's
PLACES = SIZE - KERNEL + 1  # places along one side where the pattern can lie
PADDING = KERNEL // 2  # zeros around, so that a filter also sees what lies at the border
HIDDEN = 32  # units of the dense network's hidden layer
FILTERS = 4
STEPS, BATCH, LEARNING_RATE, DECAY = 400, 50, 0.01, 0.003
PAUSES = (0, 5, 10, 20, 40, 80, 160)  # training steps before which the places are tested, too
COUNTS = (10, 40, 160, 640, 2560, 10240)  # training pictures of the learning curve
EXAMPLES = 4  # training pictures that are kept to be shown
BACKGROUNDS = 50  # each tested with and without the pattern: 100 pictures a place
START = 0.1  # first weights, as a share of He's: small, so that learned ones stand out

# Pixels of a padded picture, flat, that each of the 16·16 windows of a filter sees: (25, 256).
WINDOWS = np.lib.stride_tricks.sliding_window_view(
    np.arange((SIZE + 2 * PADDING) ** 2).reshape(SIZE + 2 * PADDING, -1), (SIZE, SIZE)
).reshape(KERNEL * KERNEL, SIZE * SIZE)

EVERYWHERE = tuple(np.ndindex(PLACES, PLACES))


@dataclass(frozen=True)
class Task:
    """What both networks are to learn."""

    pattern: tuple[int, ...]  # 25 cells, row by row: 1 bright, −1 dark
    places: tuple[tuple[int, int], ...]  # (row, column) of its upper left cell in training
    noise: float  # standard deviation; the pattern's cells are 1 and −1
    count: int  # training pictures, every second with the pattern
    seed: int


@dataclass(frozen=True)
class Trained:
    """A network on its way and at its end."""

    accuracies: np.ndarray  # (pauses + 1, 12, 12): share of 100 pictures judged right, by place
    sure: np.ndarray  # (12, 12), probability of "pattern" for the first background with it there
    weights: np.ndarray  # of the first layer: dense (256, 32), convolution (25, 4)
    votes: np.ndarray  # the output's weight for each unit or filter
    parameters: int


@dataclass(frozen=True)
class Comparison:
    """Both networks, trained on the same pictures."""

    examples: np.ndarray  # (4, 16, 16) float32, the first training pictures
    background: np.ndarray  # (16, 16), the first test background
    dense: Trained
    convolution: Trained


def as_square(pattern: Sequence[int]) -> np.ndarray:
    return np.array(pattern, "float32").reshape(KERNEL, KERNEL)


def training_pictures(task: Task, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(count, 16, 16) float32 pictures, and (count,) labels: 0 noise alone, 1 with the pattern."""
    pictures = task.noise * rng.standard_normal((task.count, SIZE, SIZE), "float32")
    labels = (np.arange(task.count) % 2).astype("float32")
    drawn = rng.integers(len(task.places), size=task.count // 2)
    for picture, place in zip(pictures[1::2], drawn, strict=True):
        row, column = task.places[place]
        picture[row : row + KERNEL, column : column + KERNEL] += as_square(task.pattern)
    return pictures, labels


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def pixels(pictures: np.ndarray) -> np.ndarray:
    """(n, 16, 16) → (n, 256, 1): a unit that has one place sees the whole picture from it."""
    return pictures.reshape(len(pictures), -1, 1)


def windows(pictures: np.ndarray) -> np.ndarray:
    """(n, 16, 16) → (n, 25, 256): what a filter sees at each of its places, zeros outside."""
    padded = np.pad(pictures, ((0, 0), (PADDING, PADDING), (PADDING, PADDING)))
    return np.take(padded.reshape(len(pictures), -1), WINDOWS, axis=1)


class Network:
    """Units that look from every place they have; of each the largest response counts:

    logit = c + Σ_u v_u · max(0, b_u + max over places of Σ_p W_pu · x_p).

    With windows this is a convolution and global max pooling. A dense layer is the same with a
    window as large as the picture: one place, and the maximum has nothing to choose.
    """

    def __init__(self, kind: str, rng: np.random.Generator):
        self.see, inputs, units = {
            "dense": (pixels, SIZE * SIZE, HIDDEN),
            "convolution": (windows, KERNEL * KERNEL, FILTERS),
        }[kind]
        size = START * (2 / inputs) ** 0.5
        self.weights = size * rng.standard_normal((inputs, units), "float32")
        self.biases = np.zeros(units, "float32")
        self.votes = rng.standard_normal(units, "float32") / units**0.5
        if kind == "convolution":  # few filters: all begin as votes for the pattern
            self.votes = np.abs(self.votes)
        self.threshold = np.zeros(1, "float32")

    @property
    def parameters(self) -> list[np.ndarray]:
        return [self.weights, self.biases, self.votes, self.threshold]

    def responses(self, pictures: np.ndarray) -> np.ndarray:
        """(n, 16, 16) → (n, units, places): the part that is linear in the picture."""
        return self.weights.T @ self.see(pictures)

    def logits(self, responses: np.ndarray) -> np.ndarray:
        """(n, units, places) → (n,) logits of "with the pattern"."""
        return np.maximum(responses.max(axis=2) + self.biases, 0) @ self.votes + self.threshold

    def gradients(self, pictures: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        """Of the mean cross-entropy, in the order of `parameters`."""
        seen = self.see(pictures)
        responses = self.weights.T @ seen
        winners = responses.argmax(axis=2)[:, :, np.newaxis]  # (n, units, 1)
        best = np.take_along_axis(responses, winners, axis=2)[:, :, 0]
        hidden = np.maximum(best + self.biases, 0)
        errors = (sigmoid(hidden @ self.votes + self.threshold) - labels) / len(labels)
        back = errors[:, np.newaxis] * self.votes * (hidden > 0)  # (n, units)
        # A maximum hands all of its share to the one place that won.
        shares = np.zeros_like(responses)
        np.put_along_axis(shares, winners, back[:, :, np.newaxis], axis=2)
        by_weights = (seen @ shares.transpose(0, 2, 1)).sum(axis=0)
        return [by_weights, back.sum(0), errors @ hidden, errors.sum(keepdims=True)]


class Adam:
    """Kingma and Ba's algorithm 1, with their constants."""

    def __init__(self, parameters: list[np.ndarray]):
        self.parameters = parameters
        self.means = [np.zeros_like(parameter) for parameter in parameters]
        self.squares = [np.zeros_like(parameter) for parameter in parameters]
        self.steps = 0

    def step(self, gradients: list[np.ndarray]) -> None:
        self.steps += 1
        for parameter, gradient, mean, square in zip(
            self.parameters, gradients, self.means, self.squares, strict=True
        ):
            gradient = gradient + DECAY * parameter
            mean += (1 - 0.9) * (gradient - mean)
            square += (1 - 0.999) * (gradient**2 - square)
            slope = mean / (1 - 0.9**self.steps)
            size = np.sqrt(square / (1 - 0.999**self.steps)) + 1e-8
            parameter -= LEARNING_RATE * slope / size


def accuracy_by_place(
    network: Network, pattern: Sequence[int], backgrounds: np.ndarray
) -> np.ndarray:
    """The share judged right of all backgrounds with the pattern at a place, and without it.

    The first layer is linear: its answer to noise + pattern is the sum of its answers to both, so
    that 144 places cost little more than one.

    Returns:
        (12, 12) float64, 0.5 where nothing is known.
    """
    noise = network.responses(backgrounds)
    marks = network.responses(pattern_everywhere(pattern))
    found = [(network.logits(noise + mark) > 0).mean() for mark in marks]
    rejected = (network.logits(noise) <= 0).mean()
    return (np.array(found).reshape(PLACES, PLACES) + rejected) / 2


def pattern_everywhere(pattern: Sequence[int]) -> np.ndarray:
    """(144, 16, 16) float32: the pattern alone, once at each place."""
    pictures = np.zeros((len(EVERYWHERE), SIZE, SIZE), "float32")
    for picture, (row, column) in zip(pictures, EVERYWHERE, strict=True):
        picture[row : row + KERNEL, column : column + KERNEL] = as_square(pattern)
    return pictures


def train(
    network: Network,
    pictures: np.ndarray,
    labels: np.ndarray,
    rng: np.random.Generator,
    pauses: Sequence[int] = (),
) -> Iterator[int]:
    """Train a network in place; yields the steps taken so far at each pause, and at the end."""
    adam = Adam(network.parameters)
    for steps in range(STEPS):
        if steps in pauses:
            yield steps
        chosen = rng.integers(len(labels), size=BATCH)
        adam.step(network.gradients(pictures[chosen], labels[chosen]))
    yield STEPS


def drawn(
    task: Task,
) -> tuple[np.random.Generator, np.ndarray, np.ndarray, np.ndarray]:
    """The task's random numbers, its pictures, their labels and the test backgrounds."""
    rng = np.random.default_rng(task.seed)
    pictures, labels = training_pictures(task, rng)
    backgrounds = task.noise * rng.standard_normal((BACKGROUNDS, SIZE, SIZE), "float32")
    return rng, pictures, labels, backgrounds


def compare(task: Task) -> Comparison:
    """Train both networks on the same pictures and test them at every place, also on the way."""
    rng, pictures, labels, backgrounds = drawn(task)

    def trained(network: Network) -> Trained:
        accuracies = [
            accuracy_by_place(network, task.pattern, backgrounds)
            for _ in train(network, pictures, labels, rng, PAUSES)
        ]
        first = network.responses(backgrounds[:1])
        marks = network.responses(pattern_everywhere(task.pattern))
        return Trained(
            accuracies=np.array(accuracies),
            sure=sigmoid(network.logits(first + marks)).reshape(PLACES, PLACES),
            weights=network.weights,
            votes=network.votes,
            parameters=sum(parameter.size for parameter in network.parameters),
        )

    dense = trained(Network("dense", rng))
    convolution = trained(Network("convolution", rng))
    return Comparison(pictures[:EXAMPLES].copy(), backgrounds[0], dense, convolution)


def learning_curve(pattern: tuple[int, ...], noise: float, seed: int) -> dict[str, list[float]]:
    """How the accuracy, averaged over all places, grows with the number of training pictures.

    The pattern lies anywhere in them; the steps of training are the same for all numbers.

    Returns:
        {"dense": …, "convolution": …}, one share for each of COUNTS.
    """
    curve = {"dense": [], "convolution": []}
    for count in COUNTS:
        task = Task(pattern, EVERYWHERE, noise, count, seed)
        rng, pictures, labels, backgrounds = drawn(task)
        for name in curve:
            network = Network(name, rng)
            for _ in train(network, pictures, labels, rng):
                accuracy = accuracy_by_place(network, pattern, backgrounds)
            curve[name].append(float(accuracy.mean()))
    return curve


def likeness(weights: np.ndarray, pattern: Sequence[int]) -> tuple[float, int, int]:
    """How much a filter, (25,), looks like the pattern, moved to where it fits best.

    A filter may hold the pattern moved by some cells: the maximum over all places does not mind.

    Returns:
        The cosine Σ f·p / (‖f‖ ‖p‖), from −1 to 1, of the largest magnitude; and by how many cells
        down and to the right the pattern was moved. What leaves the 5×5 cells counts as zero.
    """
    reach = KERNEL - 1
    field = np.pad(as_square(pattern), reach)
    length = float(np.linalg.norm(weights) * np.linalg.norm(field)) or 1.0
    found = []
    for down, right in np.ndindex(2 * reach + 1, 2 * reach + 1):
        # A window that begins higher sees the pattern further down.
        seen = field[down : down + KERNEL, right : right + KERNEL]
        cosine = float(weights @ seen.ravel()) / length
        found.append((cosine, reach - down, reach - right))
    return max(found, key=lambda entry: abs(entry[0]))
