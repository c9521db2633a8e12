import keras
from keras import layers


def dense_net():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(512, activation="relu"),
            layers.Dense(10),
        ],
        name="mnist_dense",
    )


def convolutional_net():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ],
        name="mnist_cnn",
    )


def multiply_adds(layer):
    """Every weight of a kernel is used once at each place of the output map."""
    if not hasattr(layer, "kernel"):
        return 0
    places = 1
    for side in layer.output.shape[1:-1]:  # height and width; none behind a flatten
        places *= side
    return places * int(keras.ops.size(layer.kernel))


for network in (dense_net(), convolutional_net()):
    values = 28 * 28  # the picture is kept, too
    operations = 0
    for layer in network.layers:
        shape = layer.output.shape[1:]
        kept = 1
        for side in shape:
            kept *= side
        if not isinstance(layer, layers.Flatten):  # a flatten only rearranges
            values += kept
        operations += multiply_adds(layer)
        counts = f"{layer.count_params():>9,} {multiply_adds(layer):>11,}"
        print(f"  {'×'.join(map(str, shape)):<10} {counts}")
    print(
        f"{network.name}: {network.count_params():,} parameters, {operations:,} multiply-adds, "
        f"{values:,} values, {4 * values / 1e6:.2f} MB in float32"
    )
