"""Find one handwritten digit on a photograph of paper: the paper is bright, the ink is dark."""

from dataclasses import dataclass

import cv2
import numpy as np

from cnnviz import images
from cnnviz.digits import Box
from cnnviz.text import Refusal

LONGEST_SIDE = 640  # the search runs at this size: a pen's line stays wider than two pixels
CONTRAST = 0.22  # ink must take away at least this share of the paper's light
# Standard deviation over mean of the paper's light round the digit, and of the line's width along
# its skeleton. Measured on unseen digits put on paper: at most 0.09 and 0.34; on the bundled
# photographs, which hold no digit, at least 0.19 or 0.44 (tests/test_photograph.py).
MOST_UNEVEN = 0.14
MOST_STROKES = 4  # of one digit, broken lines allowed for
MOST_VARIED_LINE = 0.42


@dataclass(frozen=True)
class FoundDigit:
    """A digit cut from a photograph."""

    ink: np.ndarray  # (h, w) float32 in 0…1, the neighbourhood of the digit, 0 where paper
    box: Box  # of that neighbourhood, in pixels of `photograph`
    photograph: np.ndarray  # (H, W, 3) uint8, the picture at the size of the search
    figures: int  # dark figures of a similar size, of which this is the largest


def find_digit(picture: np.ndarray) -> FoundDigit:
    """The one dark figure that looks like a digit on bright paper.

    The paper's own brightness is what remains when dark details smaller than a sixth of the picture
    are closed (grey closing); ink is the share of that light which is missing. Figures that touch
    the border or are too small, too large or too solid to be a digit are left out, and of the rest
    the largest is taken together with the strokes that lie close to it.

    Args:
        picture: (H, W, 3) uint8 RGB.

    Raises:
        Refusal: Where there is no such figure: too faint, too many, or none.
    """
    photograph = images.fit(picture, LONGEST_SIDE)
    height, width = photograph.shape[:2]
    grey = cv2.GaussianBlur(cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY), (3, 3), 0)
    grey = grey.astype("float32") / 255
    reach = max(3, min(height, width) // 3 | 1)
    paper = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((reach, reach), "uint8"))
    paper = cv2.blur(paper, (reach, reach))
    missing = np.clip(1 - grey / np.maximum(paper, 0.05), 0, 1)
    darkest = float(np.percentile(missing, 99.8))
    if min(height, width) < 20 or darkest < CONTRAST:
        raise Refusal("digits.refused.faint", height=picture.shape[0], width=picture.shape[1])
    threshold = max(CONTRAST, darkest / 2)
    dark = (missing > threshold).astype("uint8")
    dark = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((2, 2), "uint8"))

    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    figures = []
    for index in range(1, count):
        left, top, box_width, box_height, area = (int(value) for value in stats[index])
        inside = left > 0 and top > 0 and left + box_width < width and top + box_height < height
        tall_enough = box_height >= height / 14 and max(box_width, box_height) >= 14
        plausible = box_height >= 0.6 * box_width and area < 0.75 * box_width * box_height
        upright_line = box_height >= 2.5 * box_width  # a 1 fills its box
        if inside and tall_enough and (plausible or upright_line):
            figures.append((area, index))
    if not figures:
        raise Refusal("digits.refused.no_digit", height=picture.shape[0], width=picture.shape[1])
    largest_area, chosen = max(figures)
    rivals = {index for area, index in figures if index != chosen and area > largest_area / 3}
    if len(rivals) > 4:  # a text, a pattern, a face: no single figure
        raise Refusal("digits.refused.many", count=len(rivals) + 1)

    # A 5 or a 4 may be written in two strokes: what lies close above, below or across belongs to
    # it; what stands beside it is another figure.
    left, top, box_width, box_height = (int(value) for value in stats[chosen][:4])
    margin = max(box_width, box_height) // 5
    kept, joined = labels == chosen, {chosen}
    for index in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[index])
        shared = min(x + w, left + box_width) - max(x, left)
        close = y < top + box_height + margin and y + h > top - margin
        if close and shared > 0.5 * min(w, box_width) and area > largest_area / 30:
            kept |= labels == index
            joined.add(index)
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    box = Box(
        max(0, int(rows[0]) - margin),
        max(0, int(columns[0]) - margin),
        min(height, int(rows[-1]) + 1 + margin),
        min(width, int(columns[-1]) + 1 + margin),
    )
    soft_edge = np.ones((5, 5), "uint8")
    around = cv2.dilate(kept.astype("uint8"), soft_edge).astype("float32")
    ink = np.clip((missing - threshold / 2) / (darkest - threshold / 2), 0, 1) * around
    cut = (slice(box.top, box.bottom), slice(box.left, box.right))
    # No digit has more than three strokes; grain and patterns join to many.
    if len(joined) > MOST_STROKES or not _is_pen_on_paper(ink[cut], grey[cut]):
        raise Refusal("digits.refused.no_digit", height=picture.shape[0], width=picture.shape[1])
    return FoundDigit(ink[cut], box, photograph, len(rivals - joined) + 1)


def _is_pen_on_paper(ink: np.ndarray, grey: np.ndarray) -> bool:
    """A line of nearly one width on a ground of nearly one brightness; an eye or a leaf is not."""
    mask = np.pad((ink > 0.5).astype("uint8"), 1)
    skeleton = cv2.ximgproc.thinning(mask * 255) > 0
    widths = cv2.distanceTransform(mask, cv2.DIST_L2, 5)[skeleton]
    paper = grey[cv2.dilate(mask, np.ones((9, 9), "uint8"))[1:-1, 1:-1] == 0]
    if not widths.size or not paper.size:
        return False
    even = paper.std() <= MOST_UNEVEN * paper.mean()
    return bool(even and widths.std() <= MOST_VARIED_LINE * widths.mean())
