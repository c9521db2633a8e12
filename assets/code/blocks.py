import keras
import numpy as np
from keras import layers

# 1. Bottleneck: side of the map, channels in, kernel, filters, neck
size, channels, kernel, filters, neck = __BOTTLENECK__
large = layers.Conv2D(filters, kernel, padding="same", use_bias=False)
ways = {
    "direct": [large],
    "through the neck": [
        layers.Conv2D(neck, 1, use_bias=False),
        layers.Conv2D(filters, kernel, padding="same", use_bias=False),
    ],
}
for name, stack in ways.items():
    model = keras.Sequential([keras.Input((size, size, channels)), *stack])
    weights = model.count_params()  # each is used once at every place of the map
    print(f"{name}: {weights:,} weights, {size * size * weights:,} multiply-adds")

# 2. Inception on 28×28×256, without and with 1×1 convolutions in front
inputs = keras.Input((28, 28, 256))
modules = {
    "naive": [
        [layers.Conv2D(128, 1)],
        [layers.Conv2D(192, 3, padding="same")],
        [layers.Conv2D(96, 5, padding="same")],
        [layers.MaxPooling2D(3, 1, "same")],
    ],
    "reduced": [
        [layers.Conv2D(128, 1)],
        [layers.Conv2D(64, 1), layers.Conv2D(192, 3, padding="same")],
        [layers.Conv2D(64, 1), layers.Conv2D(96, 5, padding="same")],
        [layers.MaxPooling2D(3, 1, "same"), layers.Conv2D(64, 1)],
    ],
}
for name, branches in modules.items():
    outputs = []
    for branch in branches:
        x = inputs
        for layer in branch:
            x = layer(x)
        outputs.append(x)
    module = keras.Model(inputs, layers.Concatenate()(outputs))
    kernels = [weight for weight in module.weights if len(weight.shape) == 4]
    products = 28 * 28 * sum(np.prod(weight.shape) for weight in kernels)
    print(f"{name}: {module.output.shape[1:]}, {products:,} multiply-adds")

# 3. A residual block with an identity shortcut: y = ReLU(F(x) + x)
x = np.array(__X__, "float32")[np.newaxis, :, :, np.newaxis]
first = np.array([[0, 1, 0], [1, -2, 1], [0, 1, 0]]).reshape(3, 3, 1, 1)
second = np.array([[0, 0, 0], [0, 1, -1], [0, 0, 0]]).reshape(3, 3, 1, 1)
for name, scale in {"F": 1, "F = 0": 0}.items():
    inputs = keras.Input((4, 4, 1))
    conv1 = layers.Conv2D(1, 3, padding="same", use_bias=False, activation="relu")
    conv2 = layers.Conv2D(1, 3, padding="same", use_bias=False)
    block = keras.Model(inputs, layers.ReLU()(layers.Add()([conv2(conv1(inputs)), inputs])))
    conv1.set_weights([scale * first])
    conv2.set_weights([scale * second])
    print(f"{name}: {keras.ops.convert_to_numpy(block(x))[0, :, :, 0].tolist()}")

# 4. Batch normalisation of one channel, in training and in use after this one batch
batch = np.array(__BATCH__, "float32").reshape(-1, 1)
normalisation = layers.BatchNormalization(
    momentum=0.99,
    epsilon=__EPSILON__,
    gamma_initializer=keras.initializers.Constant(__GAMMA__),
    beta_initializer=keras.initializers.Constant(__BETA__),
)
for name, training in {"training": True, "use": False}.items():
    y = keras.ops.convert_to_numpy(normalisation(batch, training=training))
    print(f"{name}: {y.ravel().round(4).tolist()}")

# 5. Local response normalisation of the channels at one pixel (Krizhevsky et al. 2012)
a = np.array(__CHANNELS_AT__, "float64")
n, k, alpha, beta = __LRN__
near = [a[max(0, i - n // 2) : i + n // 2 + 1] for i in range(len(a))]
b = [value / (k + alpha * (window**2).sum()) ** beta for value, window in zip(a, near, strict=True)]
print(f"local response: {np.round(b, 4).tolist()}")
