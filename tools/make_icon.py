"""The page's icon: the lecture's filter 1, a diagonal in a 3×3 kernel (assets/images/icon.png).

python -m tools.make_icon
"""

import numpy as np
from PIL import Image

from cnnviz import ASSETS
from cnnviz.figures.colours import NEGATIVE, POSITIVE, rgb


def main() -> None:
    cell, gap = 18, 3
    icon = np.zeros((64, 64, 4), "uint8")
    for row in range(3):
        for column in range(3):
            top, left = 2 + row * (cell + gap), 2 + column * (cell + gap)
            colour = rgb(POSITIVE if row == column else NEGATIVE)
            icon[top : top + cell, left : left + cell] = (*colour, 255)
    Image.fromarray(icon).save(ASSETS / "images" / "icon.png", optimize=True)


if __name__ == "__main__":
    main()
