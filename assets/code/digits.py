import base64
import zlib

import keras
import numpy as np

np.set_printoptions(precision=4, suppress=True)

# The digit on the page: 784 grey levels, packed into one line.
packed = "__DIGIT__"
levels = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
digit = np.frombuffer(levels, "uint8").reshape(1, 28, 28, 1).astype("float32") / 255

for name in ("mnist_cnn", "mnist_dense"):
    network = keras.saving.load_model(f"models/{name}.keras")
    logits = network(digit, training=False)
    probabilities = keras.ops.convert_to_numpy(keras.ops.softmax(logits))[0]
    print(name, network.count_params(), probabilities.argmax(), probabilities)
