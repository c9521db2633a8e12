"""The example photograph of the digits lesson: assets/images/digit_photo.jpg.

Drawn by us: a 5 in ink on a sheet with a cold shadow, grain and a slight turn, as a phone would
take it. No photograph of anybody, no licence to ask for.

    python -m tools.make_digit_photo
"""

import cv2
import numpy as np
from PIL import Image

from cnnviz import ASSETS

HEIGHT, WIDTH = 480, 640
STROKES = (
    ((382, 128), (300, 122), (290, 215)),
    ((290, 215), (330, 196), (372, 208), (396, 250), (384, 306), (340, 340), (282, 322)),
)


def main() -> None:
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype("float32")
    light = 0.86 - 0.25 * (columns / WIDTH) ** 2 - 0.12 * (rows / HEIGHT)
    light -= 0.18 / (1 + np.exp((rows - columns * 0.4 + 60) / 18))  # a soft shadow in the corner
    grain = cv2.GaussianBlur(random.normal(0, 1, (HEIGHT, WIDTH)).astype("float32"), (0, 0), 1.2)
    paper = (
        light[..., np.newaxis] * np.array([1.0, 0.985, 0.94], "float32") + 0.02 * grain[..., None]
    )
    ink = np.zeros((HEIGHT, WIDTH), "uint8")
    for stroke in STROKES:
        points = np.array(stroke, "float64")
        # A smooth line through the points: Chaikin's corner cutting, three times.
        for _ in range(3):
            near = 0.75 * points[:-1] + 0.25 * points[1:]
            far = 0.25 * points[:-1] + 0.75 * points[1:]
            middle = np.stack([near, far], axis=1).reshape(-1, 2)
            points = np.vstack([points[:1], middle, points[-1:]])
        cv2.polylines(ink, [points.round().astype("int32")], False, 255, 13, cv2.LINE_AA)
    soft = cv2.GaussianBlur(ink.astype("float32") / 255, (0, 0), 1.3)[..., np.newaxis]
    soft *= 0.9 + 0.1 * grain[..., np.newaxis].clip(-1, 1)
    photo = paper * (1 - soft) + np.array([0.10, 0.12, 0.25], "float32") * soft
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -6, 1.0)
    photo = cv2.warpAffine(photo, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    picture = (np.clip(photo, 0, 1) * 255).round().astype("uint8")
    Image.fromarray(picture).save(ASSETS / "images" / "digit_photo.jpg", quality=88)


if __name__ == "__main__":
    main()
