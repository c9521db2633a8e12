"""Strokes for the browser tests: tests/data/strokes.json, ten digits by four hands.

Two hands are written down here point by point, a plain one and a European one (1 with a serif and
a foot, 7 with a bar, open 4). Two are real writers of MNIST: the pen's way is recovered from unseen
digits by walking along their skeletons.

    python -m tools.record_strokes
"""

import json

import cv2
import numpy as np

from cnnviz import ROOT, digits, mnist

SHEET = 240  # the strokes' own units: a sheet of 240×240
WRITERS = ((11, 23), (61, 77))  # for each class, the n-th unseen digit of it, for the two writers


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> list[list[int]]:
    """Points of an ellipse; degrees run clockwise from the right, as on a screen."""
    count = max(6, round(abs(end - start) / 15))
    angles = np.radians(np.linspace(start, end, count))
    return [[round(x + rx * np.cos(a)), round(y + ry * np.sin(a))] for a in angles]


PLAIN = {
    "0": [arc(120, 120, 52, 78, -90, 270)],
    "1": [[[122, 40], [121, 90], [120, 140], [119, 200]]],
    "2": [[*arc(118, 88, 48, 46, -170, 40), [120, 160], [70, 198], [175, 198]]],
    "3": [[*arc(112, 80, 46, 40, -150, 90), *arc(112, 160, 54, 42, -90, 150)]],
    "4": [[[140, 40], [70, 140], [180, 140]], [[140, 40], [140, 205]]],
    "5": [[[172, 46], [88, 46], [84, 108], *arc(116, 150, 54, 48, -110, 140)]],
    "6": [[[150, 38], [108, 84], [80, 140], *arc(120, 152, 44, 46, 180, -180)]],
    "7": [[[62, 52], [178, 52], [140, 120], [104, 204]]],
    "8": [[*arc(120, 82, 38, 38, 60, -270), *arc(120, 160, 48, 42, -90, 270)]],
    "9": [[*arc(116, 88, 42, 44, 0, -360), [160, 90], [156, 150], [140, 205]]],
}
EUROPEAN = {
    "0": [arc(124, 122, 40, 84, -70, 300)],
    "1": [[[84, 92], [128, 42], [128, 200]], [[88, 200], [166, 200]]],
    "2": [
        [[78, 82], *arc(120, 82, 42, 40, -160, 30), [96, 176], [72, 200], [120, 188], [178, 200]]
    ],
    "3": [[[76, 44], [168, 44], [118, 104], *arc(116, 154, 54, 50, -80, 150)]],
    "4": [[[96, 40], [72, 132], [176, 128]], [[146, 84], [134, 206]]],
    "5": [[[92, 48], [84, 112], *arc(112, 152, 56, 46, -110, 150)], [[92, 48], [170, 42]]],
    "6": [[*arc(128, 110, 60, 78, -60, -190), *arc(118, 156, 48, 42, 190, -170)]],
    "7": [[[66, 54], [176, 50], [110, 206]], [[88, 128], [164, 124]]],
    "8": [
        [*arc(122, 84, 34, 40, -30, -250), [96, 132], *arc(118, 162, 46, 40, 200, -130), [150, 108]]
    ],
    "9": [[*arc(120, 86, 44, 40, -20, -380), [160, 80], *arc(110, 150, 50, 54, -30, 110)]],
}


def skeleton_paths(image28: np.ndarray) -> list[list[list[int]]]:
    """The pen's way over a digit (28, 28) uint8: walks along the skeleton, straight on at forks."""
    ink = cv2.resize(image28, None, fx=8, fy=8, interpolation=cv2.INTER_CUBIC)
    skeleton = cv2.ximgproc.thinning((ink > 110).astype("uint8") * 255) > 0
    left = {(int(y), int(x)) for y, x in np.argwhere(skeleton)}

    def neighbours(point):
        y, x = point
        around = [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        return [other for other in around if other in left]

    paths = []
    while left:
        start = min(left, key=lambda point: (len(neighbours(point)) != 1, point))
        path = [start]
        left.discard(start)
        while options := neighbours(path[-1]):
            back = path[max(0, len(path) - 8)]
            heading = np.subtract(path[-1], back)
            step = max(
                options, key=lambda option: float(np.dot(np.subtract(option, back), heading))
            )
            path.append(step)
            left.discard(step)
        if len(path) > 14:
            scale = SHEET / ink.shape[0]
            kept = [*path[:-1:6], path[-1]]
            paths.append([[round((x + 0.5) * scale), round((y + 0.5) * scale)] for y, x in kept])
    return paths


def main() -> None:
    unseen = mnist.unseen()
    hands = {"plain": PLAIN, "european": EUROPEAN}
    for number, choice in enumerate(WRITERS, start=1):
        hands[f"mnist writer {number}"] = {
            label: skeleton_paths(
                unseen.images[np.flatnonzero(unseen.labels == int(label))[choice[int(label) % 2]]]
            )
            for label in map(str, range(10))
        }
    path = ROOT / "tests" / "data" / "strokes.json"
    path.write_text(json.dumps({"sheet": SHEET, "hands": hands}, separators=(",", ":")) + "\n")
    for name, hand in hands.items():
        read = []
        for strokes in hand.values():
            sheet = np.full((SHEET, SHEET, 4), 255, "uint8")
            for stroke in strokes:
                points = np.array(stroke, "int32")
                cv2.polylines(sheet, [points], False, (0, 0, 0, 255), 18, cv2.LINE_AA)
            read.append(int(digits.predict(digits.to_mnist(sheet)).argmax()))
        print(name, read)


if __name__ == "__main__":
    main()
