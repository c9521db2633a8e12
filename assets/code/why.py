import numpy as np

# Pictures of 16×16 pixels: noise; every second one also holds a 5×5 pattern.
pattern = np.array([2 * int(cell) - 1 for cell in "__PATTERN__"], "float32").reshape(5, 5)
# First and last row, first and last column of its upper left cell.
top, bottom, left, right = __REGION__
places = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
noise, count = __NOISE__, __COUNT__
random = np.random.default_rng(__SEED__)


def noises(number):
    return noise * random.standard_normal((number, 16, 16), "float32")


def put(pictures, row, column):
    pictures[..., row : row + 5, column : column + 5] += pattern


pictures, labels = noises(count), (np.arange(count) % 2).astype("float32")
drawn = random.integers(len(places), size=count // 2)
for picture, place in zip(pictures[1::2], drawn, strict=True):
    put(picture, *places[place])
test = noises(50)  # each is tested with the pattern at every place, and without it


def windows(pictures):  # what a 5×5 filter sees at its 256 places, zeros outside: (n, 25, 256)
    padded = np.pad(pictures, ((0, 0), (2, 2), (2, 2)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (16, 16), axis=(1, 2))
    return views.reshape(len(pictures), 25, 256)


def pixels(pictures):  # a dense unit has one place and sees all pixels from it: (n, 256, 1)
    return pictures.reshape(len(pictures), 256, 1)


# Both networks are one program: the largest response over the places, ReLU, one output. They
# differ in what a unit sees; the dense one has a single place, so its maximum chooses nothing.
def says_pattern(see, parameters, pictures):
    weights, biases, votes, threshold = parameters
    responses = weights.T @ see(pictures)  # (n, units, places)
    return np.maximum(responses.max(axis=2) + biases, 0) @ votes + threshold > 0


for name, see, inputs, units in (("dense", pixels, 256, 32), ("convolution", windows, 25, 4)):
    start = 0.1 * (2 / inputs) ** 0.5
    weights = start * random.standard_normal((inputs, units), "float32")
    votes = random.standard_normal(units, "float32") / units**0.5
    votes = np.abs(votes) if name == "convolution" else votes
    biases, threshold = np.zeros(units, "float32"), np.zeros(1, "float32")
    parameters = [weights, biases, votes, threshold]
    means = [np.zeros_like(parameter) for parameter in parameters]
    squares = [np.zeros_like(parameter) for parameter in parameters]

    for step in range(1, 401):
        chosen = random.integers(count, size=50)
        seen = see(pictures[chosen])
        responses = weights.T @ seen
        winners = responses.argmax(axis=2)[:, :, np.newaxis]
        hidden = np.maximum(np.take_along_axis(responses, winners, axis=2)[:, :, 0] + biases, 0)
        errors = (1 / (1 + np.exp(-(hidden @ votes + threshold))) - labels[chosen]) / 50
        back = errors[:, np.newaxis] * votes * (hidden > 0)
        shares = np.zeros_like(responses)  # a maximum hands all of its share to the winner
        np.put_along_axis(shares, winners, back[:, :, np.newaxis], axis=2)
        gradients = [(seen @ shares.transpose(0, 2, 1)).sum(axis=0), back.sum(axis=0)]
        gradients += [errors @ hidden, errors.sum(keepdims=True)]
        for parameter, slope, mean, square in zip(
            parameters, gradients, means, squares, strict=True
        ):
            slope = slope + 0.003 * parameter  # weight decay, then Adam
            mean += (1 - 0.9) * (slope - mean)
            square += (1 - 0.999) * (slope**2 - square)
            size = np.sqrt(square / (1 - 0.999**step)) + 1e-8
            parameter -= 0.01 * (mean / (1 - 0.9**step)) / size

    rejected = 1 - says_pattern(see, parameters, test).mean()
    right_at = np.zeros((12, 12))  # % of 100 test pictures, for every place of the pattern
    for row, column in np.ndindex(12, 12):
        marked = test.copy()
        put(marked, row, column)
        right_at[row, column] = 100 * (says_pattern(see, parameters, marked).mean() + rejected) / 2
    in_training = np.zeros((12, 12), bool)
    in_training[top : bottom + 1, left : right + 1] = True
    print(name, "parameters:", sum(parameter.size for parameter in parameters))
    print(name, f"% right in training's places: {right_at[in_training].mean():.1f}")
    if not in_training.all():
        print(name, f"% right in all others: {right_at[~in_training].mean():.1f}")
    print(right_at.round().astype(int))
