import keras
import numpy as np
from keras import layers


def show(title, network):
    print(title)
    for layer in network.layers:
        shape = "×".join(map(str, layer.output.shape[1:]))
        print(f"  {layer.name}: {shape}, {layer.count_params()} parameters")


# Ten 5×5 filters, stride 1, padding 2, on 32×32×3; then six of them without padding.
ten = [layers.ZeroPadding2D(2, name="padding"), layers.Conv2D(10, 5, name="ten_filters")]
show("Exercise 7", keras.Sequential([keras.Input((32, 32, 3)), *ten]))
six = layers.Conv2D(6, 5, name="six_filters")
show("Exercise 6", keras.Sequential([keras.Input((32, 32, 3)), six]))
print(f"  {np.prod(six.kernel.shape[:3])} products for one output value")

# The Keras example: 10 and 226 parameters a filter, 1250 values behind Flatten.
stack = [
    layers.Conv2D(25, 3, name="conv_1"),
    layers.MaxPooling2D(2, name="pool_1"),
    layers.Conv2D(50, 3, name="conv_2"),
    layers.MaxPooling2D(2, name="pool_2"),
    layers.Flatten(name="flatten"),
    layers.Dense(100, name="dense_1"),
    layers.Dense(10, name="dense_2"),
]
show("Exercises 8 and 9", keras.Sequential([keras.Input((28, 28, 1)), *stack]))

# The 6×6 image under both filters at stride 1 and 2, and max pooling of the two maps.
rows = ["100001", "010010", "001100", "100010", "010010", "001010"]
image = np.array([[float(pixel) for pixel in row] for row in rows]).reshape(1, 6, 6, 1)
filters = np.array(
    [[[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], [[-1, 1, -1], [-1, 1, -1], [-1, 1, -1]]], "float32"
)
kernels = filters.transpose(1, 2, 0).reshape(3, 3, 1, 2)  # as Keras keeps them
print("Exercises 1 to 5")
for stride in (1, 2):
    maps = keras.ops.conv(image.astype("float32"), kernels, strides=stride)
    for number in range(2):
        values = keras.ops.convert_to_numpy(maps)[0, :, :, number].astype(int).tolist()
        print(f"  filter {number + 1}, stride {stride}: {values}")
    if stride == 1:
        pooled = keras.ops.convert_to_numpy(keras.ops.max_pool(maps, 2))[0].astype(int)
        print(f"  pooled: {pooled[..., 0].tolist()} and {pooled[..., 1].tolist()}")
