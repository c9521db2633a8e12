"""Drawings as the canvas of /digits sends them: what a student's hand does, without the hand."""

import base64
import json
import random

import cv2
import numpy as np

SIDE, PEN = 240, 18  # pixels, as in cnnviz/ui/digit_inputs.py
POINTS = 20  # of a stroke


def stroke(chance: random.Random) -> np.ndarray:
    """A bent line inside the sheet: (POINTS, 2) x, y in pixels."""
    start, bend, end = (np.array([chance.uniform(40, 200), chance.uniform(40, 200)]) for _ in "abc")
    t = np.linspace(0, 1, POINTS)[:, np.newaxis]
    return (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end


def canvas_state(seed: int) -> str:
    """The JSON value of the canvas widget after one to three strokes: a list and a picture."""
    chance = random.Random(seed)
    strokes = [stroke(chance) for _ in range(chance.randint(1, 3))]
    sheet = np.full((SIDE, SIDE, 4), 255, "uint8")
    cv2.polylines(sheet, [line.astype("int32") for line in strokes], False, (0, 0, 0, 255), PEN)
    png = base64.b64encode(cv2.imencode(".png", sheet)[1]).decode()
    objects = [
        {
            "type": "Path",
            "stroke": "#000000",
            "strokeWidth": PEN,
            "path": [["M" if index == 0 else "L", *xy] for index, xy in enumerate(line.tolist())],
        }
        for line in strokes
    ]
    raw = {"version": "7.4.0", "objects": objects, "background": "#ffffff"}
    return json.dumps({"drawing": {"raw": raw, "data": f"data:image/png;base64,{png}"}})
