import keras
import numpy as np

np.set_printoptions(precision=4, suppress=True)

# The picture of the page, shrunk to the same size, one number a pixel.
photo = keras.utils.load_img(
    "assets/images/pictures/__PICTURE__.jpg",
    target_size=(__HEIGHT__, __WIDTH__),
    interpolation="box",
)
parts = __PARTS__  # of red, green and blue, in 1000
picture = (np.array(photo, int) @ parts + 500) // 1000


def convolve(picture, kernel):
    """Keras does not turn the kernel, and without padding lays it only where it fits."""
    size = len(kernel)
    result = keras.ops.conv(
        picture.reshape(1, *picture.shape, 1).astype("float32"),
        kernel.reshape(size, size, 1, 1).astype("float32"),
        padding="valid",
    )
    return keras.ops.convert_to_numpy(result)[0, :, :, 0]


# The kernel of the page, once or several times.
kernel = np.array(__KERNEL__) / __DIVISOR__
size = len(kernel)
times = __TIMES__
row, column = __ROW__, __COLUMN__

result = picture
for _ in range(times):
    result = convolve(result, kernel)
rim = times * (size // 2)
print("sum of the weights", kernel.sum())
print("result", result.shape, "from", result.min(), "to", result.max())
print("outside 0 to 255:", (result < 0).sum(), "below,", (result > 255).sum(), "above")
print("at the pixel", result[row - rim, column - rim])

# Sobel's two kernels: size and direction of the change of brightness. "0 - gx", as arctan2 takes
# -0.0 for the left; where nothing changes there is no direction (nan).
sobel_x = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
gx, gy = convolve(picture, sobel_x), convolve(picture, sobel_x.T)
magnitude = np.hypot(gx, gy)
direction = np.where(magnitude > 0, np.degrees(np.arctan2(gy, 0 - gx)), np.nan)
print("gradient at the pixel", magnitude[row - 1, column - 1], direction[row - 1, column - 1])

# A blur's standard deviation grows with the square root of the passes.
if kernel.min() >= 0 and kernel.any():
    shares = kernel.sum(axis=0) / kernel.sum()
    places = np.arange(size)
    variance = shares @ (places - shares @ places) ** 2
    print("standard deviation", np.sqrt(times * variance))

# Learned, not hard-coded: which first-layer kernel is most like this one?
learned = keras.saving.load_model("models/mnist_cnn.keras").layers[0].get_weights()[0][:, :, 0]
rim = (size - 3) // 2
learned = np.pad(learned, [(rim, rim), (rim, rim), (0, 0)]).reshape(size * size, -1)
norms = np.linalg.norm(learned, axis=0) * np.linalg.norm(kernel) + 1e-12
cosines = kernel.ravel() @ learned / norms
print("most alike: learned kernel", abs(cosines).argmax(), cosines[abs(cosines).argmax()])
