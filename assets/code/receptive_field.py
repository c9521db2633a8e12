import keras
import numpy as np

# The stack on the page: kind, kernel, stride, dilation; convolutions are padded as the page says.
stack = __LAYERS__
side, padding = __SIDE__, "__PADDING__"

# 1. By the formula: r = r + d·(k − 1)·j, then j = j·s
field, jump = 1, 1
for kind, kernel, stride, dilation in stack:
    field += dilation * (kernel - 1) * jump
    jump *= stride
    print(f"{kind} {kernel}x{kernel}, stride {stride}: field {field}, jump {jump}")

# 2. By trying it out, along one side: one bright pixel after the other, all weights 1.
x = inputs = keras.Input((side, 1))
for kind, kernel, stride, dilation in stack:
    if kind == "pooling":
        x = keras.layers.AveragePooling1D(kernel, stride)(x)
    else:
        options = {"strides": stride} if stride > 1 else {"dilation_rate": dilation}
        if stride > 1 and dilation > 1:  # Keras has only one of both: the same taps, zeros between
            taps = np.zeros(dilation * (kernel - 1) + 1)
            taps[::dilation] = 1
            options["kernel_initializer"] = keras.initializers.Constant(taps.reshape(-1, 1, 1))
            kernel = len(taps)
        options = {"kernel_initializer": "ones"} | options
        x = keras.layers.Conv1D(1, kernel, padding=padding, use_bias=False, **options)(x)
network = keras.Model(inputs, x)
bright = np.eye(side, dtype="float32")[..., np.newaxis]
middle = x.shape[1] // 2
reached = np.flatnonzero(keras.ops.convert_to_numpy(network(bright))[:, middle, 0])
if reached.size:  # gaps inside are counted; what lies in the padding is not
    print(f"unit {middle} sees pixels {reached[0]} to {reached[-1]}")

# 3. The effective field of the MNIST CNN: unit (1, 1) of conv3, the energy of its gradient,
#    by differences: each pixel of one unseen digit is raised a little.
model = keras.saving.load_model("models/mnist_cnn.keras", compile=False)
part = keras.Model(model.inputs[0], model.get_layer("conv3").output)
with np.load("assets/data/mnist_10k.npz") as file:
    digit = file["x"][9::10][500] / 255
# On blank paper the values of a pooling window are equal; a little noise says which is the largest.
digit = (digit + np.random.default_rng(0).uniform(0, 0.01, (28, 28))).astype("float32")
step = np.float32(0.0005)
raised = digit.ravel() + step * np.eye(784, dtype="float32")
lowered = digit.ravel() - step * np.eye(784, dtype="float32")


def unit(pictures):
    outputs = part(pictures.reshape(-1, 28, 28, 1), training=False)
    return keras.ops.convert_to_numpy(outputs)[:, 1, 1]  # (784, 64)


energy = (((unit(raised) - unit(lowered)) / (2 * step)) ** 2).mean(1).reshape(28, 28)
rows, columns = np.nonzero(energy)
print(f"effective field: rows {rows.min()} to {rows.max()}, columns {columns.min()} to", end=" ")
print(f"{columns.max()}; {energy[8:18, 8:18].sum() / energy.sum():.1%} in the middle 10x10")
