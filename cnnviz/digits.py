"""A drawing or a photograph becomes a digit as MNIST makes it, step by step.

MNIST's recipe (LeCun et al. 1998, section III-A, http://yann.lecun.com/exdb/mnist/): scale the ink
into a 20×20 box keeping its proportions, then move its centre of mass to the centre of 28×28.
Both constants below that the recipe leaves open were measured on the 9,000 training digits.
Pictures of ink are (h, w) float32 from 0 (paper) to 1 (ink).
"""

import base64
import binascii
import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from cnnviz import network
from cnnviz.disturbance import Disturbance
from cnnviz.text import Refusal

SIZE = 28  # side of an MNIST picture
BOX = 20  # longest side of the ink inside it
CENTRE = 14.5  # where MNIST's centre of mass lies: the middle of pixel 14, not of the field (14.0)
STROKE_WIDTH = 2.36  # mean stroke width of the training digits, in pixels of the box
WORKING = 80  # longest side, in pixels, at which the stroke width is measured and changed
LONGEST_CODE = 2000  # characters; the worst noise needs fewer
FAINT = 0.1  # ink below this is noise of the picture, not of the pen

# The steps that can be switched off, in the order in which they are taken.
SWITCHES = ("polarity", "thickness", "scale", "centre")


@dataclass(frozen=True)
class Step:
    """One picture on the way from the drawing to the network."""

    name: str  # "drawing", "crop" or one of SWITCHES
    picture: np.ndarray  # (h, w) float32 in 0…1, as the network would see it: bright is large


@dataclass(frozen=True)
class Box:
    """Rows and columns of the ink, end not included."""

    top: int
    left: int
    bottom: int
    right: int


def ink_of(rgba: np.ndarray) -> np.ndarray:
    """Tell ink from paper: (H, W, 4) uint8 → (H, W) float32, 0 paper, 1 ink.

    On a see-through canvas the ink is what is opaque. On an opaque one the paper has the brightness
    most common along the border, and ink is how far a pixel is from it.
    """
    if rgba.ndim != 3 or rgba.shape[2] != 4 or rgba.dtype != np.uint8:
        raise ValueError(
            f"Expected a picture (H, W, 4) of uint8, got {rgba.shape} of {rgba.dtype}. "
            "Convert it with cnnviz.images.decode_rgba."
        )
    alpha = rgba[..., 3].astype("float32") / 255
    border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
    if np.median(border) < 0.5:
        return alpha
    grey = cv2.cvtColor(rgba[..., :3], cv2.COLOR_RGB2GRAY).astype("float32") / 255
    grey = grey * alpha + (1 - alpha)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(border))
    return np.abs(grey - paper) / max(paper, 1 - paper)


def bounding_box(ink: np.ndarray) -> Box | None:
    """The smallest box around all ink, None where there is none."""
    rows = np.flatnonzero((ink > FAINT).any(axis=1))
    columns = np.flatnonzero((ink > FAINT).any(axis=0))
    if not len(rows):
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def resized(ink: np.ndarray, scale: float) -> np.ndarray:
    """Scaled by a factor, each side at least one pixel; averages areas when it shrinks."""
    height, width = ink.shape
    size_wh = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(ink, size_wh, interpolation=method)


def stroke_width(ink: np.ndarray) -> float:
    """Mean width of the pen's line in pixels, 0 without ink.

    On the skeleton half the width is the distance to the nearest paper, less half a pixel.
    """
    mask = np.pad((ink > 0.5).astype("uint8"), 1)
    skeleton = cv2.ximgproc.thinning(mask * 255) > 0
    if not skeleton.any():
        return 0.0
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return 2 * float(distance[skeleton].mean()) - 1


def with_stroke_width(ink: np.ndarray, width: float) -> np.ndarray:
    """Thicken or thin the line to a mean width in pixels; the picture grows by a margin."""
    change = width - stroke_width(ink)
    radius = round(abs(change) / 2)
    ink = np.pad(ink, radius)
    if radius == 0:
        return ink
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    changed = cv2.dilate(ink, disc) if change > 0 else cv2.erode(ink, disc)
    # A line thinner in places than the disc would vanish there: keep its skeleton.
    if change < 0:
        skeleton = cv2.ximgproc.thinning((ink > 0.5).astype("uint8") * 255)
        line = cv2.dilate(skeleton, np.ones((3, 3), "uint8")).astype("float32") / 255
        changed = np.maximum(changed, np.minimum(line, ink))
    return changed


def centre_of_mass(ink: np.ndarray) -> tuple[float, float]:
    """(row, column), where 0 is the upper and left edge of the picture, not a pixel's centre."""
    total = float(ink.sum())
    rows, columns = np.arange(ink.shape[0]) + 0.5, np.arange(ink.shape[1]) + 0.5
    return float(ink.sum(1) @ rows) / total, float(ink.sum(0) @ columns) / total


def _place(ink: np.ndarray, row: float, column: float) -> np.ndarray:
    """Put ink on an empty 28×28 field by whole pixels; what would fall outside is pushed back."""
    height, width = ink.shape
    top = int(np.clip(round(row), 0, SIZE - height))
    left = int(np.clip(round(column), 0, SIZE - width))
    field = np.zeros((SIZE, SIZE), "float32")
    field[top : top + height, left : left + width] = ink
    return field


def _quantised(ink: np.ndarray) -> np.ndarray:
    """256 grey levels as in MNIST, so that a link and the downloaded code carry the exact digit."""
    return np.round(np.clip(ink, 0, 1) * 255).astype("float32") / np.float32(255)


def prepare(ink: np.ndarray, switches: frozenset[str] = frozenset(SWITCHES)) -> list[Step]:
    """Every picture from the ink (H, W) to what the network sees; the last is (28, 28).

    Args:
        ink: As `ink_of` or `cnnviz.photograph.find_digit` gives it.
        switches: The steps to take. Without "polarity" the network sees dark ink on bright paper,
            as drawn; without "thickness" the pen's own width; without "scale" the whole sheet
            squeezed into 28×28; without "centre" the digit where it was drawn.

    Returns:
        Steps in order; an empty list where there is no ink.
    """
    box = bounding_box(ink)
    if box is None:
        return []
    height, width = ink.shape
    centre = ((box.top + box.bottom) / 2 / height, (box.left + box.right) / 2 / width)
    steps = [Step("drawing", 1 - ink)]

    def step(name: str, picture: np.ndarray) -> None:
        steps.append(Step(name, picture if "polarity" in switches else 1 - picture))

    step("polarity", ink)
    digit = ink[box.top : box.bottom, box.left : box.right]
    step("crop", digit)
    longest = max(digit.shape)
    if "thickness" in switches:
        scale = WORKING / longest
        target = STROKE_WIDTH * WORKING / BOX
        working = with_stroke_width(resized(digit, scale), target)
        inner = bounding_box(working) or Box(0, 0, *working.shape)
        digit = working[inner.top : inner.bottom, inner.left : inner.right]
        step("thickness", digit)
        if "scale" not in switches:  # back onto the sheet it was drawn on
            digit = resized(digit, longest / max(digit.shape))
    if "scale" in switches:
        digit = resized(digit, BOX / max(digit.shape))
    else:
        digit = resized(digit, SIZE / max(height, width))
    step("scale", digit)
    if "centre" in switches:
        row, column = centre_of_mass(digit)
        field = _place(digit, CENTRE - row, CENTRE - column)
    else:
        rows, columns = digit.shape
        field = _place(digit, centre[0] * SIZE - rows / 2, centre[1] * SIZE - columns / 2)
    step("centre", field)
    steps[-1] = Step("centre", _quantised(steps[-1].picture))
    return steps


def to_mnist(rgba: np.ndarray) -> np.ndarray:
    """A drawing (H, W, 4) uint8 as MNIST would hold it: (28, 28) float32 in 0…1, ink bright.

    An empty sheet gives an empty field.
    """
    steps = prepare(ink_of(rgba))
    return steps[-1].picture if steps else np.zeros((SIZE, SIZE), "float32")


def logits(image: np.ndarray, model: str = "mnist_cnn") -> np.ndarray:
    """The network's ten scores before the softmax: (28, 28) in 0…1 → (10,) float32."""
    return network.logits(model, image[np.newaxis, :, :, np.newaxis])[0]


def softmax(scores: np.ndarray) -> np.ndarray:
    """exp(z) / Σ exp(z) over the last axis, without overflow."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def predict(image28: np.ndarray, model: str = "mnist_cnn") -> np.ndarray:
    """Probabilities (10,) that sum to 1 for a picture (28, 28) in 0…1."""
    if image28.shape != (SIZE, SIZE):
        raise ValueError(
            f"Expected a picture (28, 28), got {image28.shape}. Prepare it with digits.to_mnist."
        )
    return softmax(logits(np.asarray(image28, "float32"), model))


def to_code(image28: np.ndarray) -> str:
    """The digit as text for a link: 784 grey levels, deflated, URL-safe base64."""
    levels = np.round(image28 * 255).astype("uint8").tobytes()
    return base64.urlsafe_b64encode(zlib.compress(levels, 9)).decode().rstrip("=")


def from_code(code: str) -> np.ndarray:
    """The digit of a link, (28, 28) float32 in 0…1.

    Raises:
        Refusal: If the text is not one that `to_code` wrote.
    """
    try:
        padded = code[:LONGEST_CODE] + "=" * (-len(code) % 4)
        packed = base64.b64decode(padded, altchars=b"-_", validate=True)
        inflated = zlib.decompressobj()
        levels = inflated.decompress(packed, SIZE * SIZE + 1)
        whole = inflated.eof and not inflated.unused_data
    except (ValueError, binascii.Error, zlib.error):
        levels, whole = b"", False
    if not whole or len(levels) != SIZE * SIZE:
        raise Refusal("digits.refused.code", length=len(code))
    return np.frombuffer(levels, "uint8").reshape(SIZE, SIZE).astype("float32") / np.float32(255)


def readings_while_moving(
    image28: np.ndarray, shifts: range, dark_ink: bool = False
) -> dict[str, np.ndarray]:
    """What both networks read while a digit moves right: {model: (shifts, 10) probabilities}."""
    moved = np.stack(
        [Disturbance(right=shift).apply(image28, dark_ink=dark_ink) for shift in shifts]
    )
    return {
        model: softmax(network.logits(model, moved[..., np.newaxis]))
        for model in ("mnist_cnn", "mnist_dense")
    }
