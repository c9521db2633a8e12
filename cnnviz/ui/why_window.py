"""Patterns are smaller than the image: a small window, slid over a photograph."""

import base64
import re
from dataclasses import dataclass

import cv2
import numpy as np
import streamlit as st

from cnnviz.ui import components, lesson, picture_inputs, state
from cnnviz.ui.language import language, t, texts
from cnnviz.ui.why_lab import encoded

WINDOW = "window"  # in the link
SMALLEST, LARGEST, STEP = 8, 48, 4  # pixels of the window's side
LOWEST = 0.4  # correlation from which on places can be marked
LEAST = 0.7
# Where the window lies at first: (row, column, side), in the picture at 320 pixels.
STARTS = {
    "cat_chelsea": (86, 209, 28),  # an eye
    "coffee": (44, 66, 28),  # where the saucer meets the cup
    "astronaut": (52, 21, 16),  # stripes of the flag
    "china_temple": (125, 98, 16),  # an ornament of the roof
    "flower": (146, 129, 12),  # a petal
    "grace_hopper": (30, 6, 16),  # a star
    "motorcycle": (112, 60, 48),  # a wheel: the other one is seen at another angle
    "rocket": (189, 209, 16),  # a lamp
    "cameraman": (240, 144, 24),  # a leg of the tripod
}


@dataclass(frozen=True)
class Window:
    """The window of the first instrument, in pixels of the picture at 320."""

    row: int
    column: int
    size: int
    least: float  # correlation from which on places are marked


def window_of(code: str, name: str, height: int, width: int) -> Window:
    """What the link says about this picture, else where the lesson begins."""
    found = re.fullmatch(r"(\w+)~(\d{1,4})-(\d{1,4})-(\d{1,2})~([01]\.\d\d)", code)
    if found and found[1] == name:
        row, column, size = (int(number) for number in found.group(2, 3, 4))
        fits = size % STEP == 0 and SMALLEST <= size <= LARGEST
        if fits and row + size <= height and column + size <= width:
            return Window(row, column, size, min(1.0, max(LOWEST, float(found[5]))))
    row, column, size = STARTS.get(name, ((height - 24) // 2, (width - 24) // 2, 24))
    return Window(row, column, size, LEAST)


def _take_window() -> None:
    code = st.session_state["why_window"].get(WINDOW)
    if isinstance(code, str):  # a scripted client may send anything
        state.keep("why", {WINDOW: code[:60]})


@st.cache_data(max_entries=32, show_spinner=False)
def as_data(small: np.ndarray) -> dict:
    """The picture at 320 pixels: as a file to be seen, and its grey levels to reckon with."""
    height, width = small.shape[:2]
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return {
        "height": height,
        "width": width,
        "jpeg": encoded(small, ".jpg"),
        "grey": base64.b64encode(grey.tobytes()).decode(),
    }


def matching(given: picture_inputs.GivenPicture) -> tuple[dict, Window]:
    """The window slides over the picture: the browser calculates, so that dragging is instant."""
    picture = as_data(given.fitted)
    name = given.key or "own"
    word = state.kept("why", [WINDOW])[WINDOW]
    window = window_of(word, name, picture["height"], picture["width"])
    components.mount(
        "why_window",
        key="why_window",
        data={
            "picture": picture | {"name": name},
            "window": {"row": window.row, "column": window.column, "size": window.size},
            "least": window.least,
            "limits": {"smallest": SMALLEST, "largest": LARGEST, "step": STEP, "lowest": LOWEST},
            "locale": language(),
            "text": texts("why.window"),
        },
        on_window_change=_take_window,
    )
    return picture, window


def question_weights(picture: dict, window: Window) -> None:
    """The picture grows: which of the two needs more weights?"""
    size, height, width = window.size, picture["height"], picture["width"]

    def solve() -> tuple[str, str]:
        before, after = height * width, (2 * height) * (2 * width)
        calculation = t(
            "why.window_question.calculation",
            size=size,
            weights=size * size,
            height=height,
            width=width,
            before=before,
            double_height=2 * height,
            double_width=2 * width,
            after=after,
            factor=after // before,
        )
        return f"×1, ×{after // before}", calculation

    lesson.predict_first(
        t("why.window_question.text"),
        ["×1, ×1", "×1, ×2", "×1, ×4", "×4, ×4"],
        solve,
        depends_on=(size, height, width),
    )
