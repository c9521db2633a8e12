import keras
import numpy as np

# Window, stride, shift to the right, shift down
for_maps, for_picture = __FOR_MAPS__, __FOR_PICTURE__

# The two maps on the page, each (4, 4); Keras wants (1, height, width, channels).
map_1, map_2 = np.array(__MAPS__, "float32")[:, np.newaxis, :, :, np.newaxis]

# The photograph, at the size of the page: every new pixel is the mean of its area.
picture = keras.utils.load_img(
    "assets/images/pictures/__PICTURE__.jpg",
    target_size=__TARGET__,
    interpolation="box",
)
picture = keras.utils.img_to_array(picture)[np.newaxis]
if __GREY__:  # brightness in whole levels (ITU-R BT.601)
    picture = (picture @ [[299], [587], [114]] + 500) // 1000


def shifted(images, right, down):
    """Moved by whole cells; what comes in repeats the border."""
    _, height, width, _ = images.shape
    rows = np.clip(np.arange(height) - down, 0, height - 1)
    columns = np.clip(np.arange(width) - right, 0, width - 1)
    return images[:, rows][:, :, columns]


settings = {
    "map 1": (map_1, *for_maps),
    "map 2": (map_2, *for_maps),
    "picture": (picture, *for_picture),
}
for name, (images, size, stride, right, down) in settings.items():
    layers = {
        "max": keras.layers.MaxPooling2D(size, stride),
        "average": keras.layers.AveragePooling2D(size, stride),
    }
    for kind, layer in layers.items():
        before = keras.ops.convert_to_numpy(layer(images))
        after = keras.ops.convert_to_numpy(layer(shifted(images, right, down)))
        unchanged, change = (after == before).mean(), np.abs(after - before).mean()
        print(f"{name}, {kind} pooling: {before.shape[1:]}, {layer.count_params()} parameters;")
        print(f"  shifted: {unchanged:.1%} unchanged, mean |change| {change:.3f}")
        if name != "picture":
            print(" ", before[0, :, :, 0].tolist())
    mean = keras.ops.convert_to_numpy(keras.layers.GlobalAveragePooling2D()(images))
    print(f"{name}, global average pooling: {mean[0].round(3).tolist()}")
