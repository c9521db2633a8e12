"""Subsampling keeps the object: a photograph and the unseen digits with ever fewer pixels."""

import base64

import numpy as np
import streamlit as st

from cnnviz import mnist, subsampling
from cnnviz.arithmetic import dense_parameters
from cnnviz.digits import softmax
from cnnviz.ui import components, lesson, picture_inputs, state
from cnnviz.ui.language import language, t, texts
from cnnviz.ui.warmup import warm_up
from cnnviz.ui.why_lab import encoded, labelled_choice

METHODS = ("mean", "max", "pick")  # of subsampling, as their buttons are ordered
DENSE_UNITS = 512  # of the dense layer that is counted
DIGIT = 7  # the unseen digit that is shown first
LEVEL, LEVEL_START = "level", 3  # which size is shown large: its place in FACTORS


@st.cache_data(max_entries=32, show_spinner=False)
def levels(image: np.ndarray, method: str) -> list[dict]:
    """The picture at every size, as a file, with what a dense layer on it would need."""
    found = []
    for factor in subsampling.FACTORS:
        small = np.round(subsampling.subsample(image, factor, method)).astype("uint8")
        height, width = small.shape[:2]
        kind = ".jpg" if factor < 4 else ".png"  # small ones are seen pixel by pixel
        found.append(
            {
                "factor": factor,
                "height": height,
                "width": width,
                "parameters": dense_parameters(height * width * 3, DENSE_UNITS),
                "address": f"data:image/{'jpeg' if factor < 4 else 'png'};base64,"
                + encoded(small, kind),
            }
        )
    return found


@st.cache_data(max_entries=32, show_spinner=False)
def neighbour_reads(factor: int, method: str) -> np.ndarray:
    return subsampling.neighbour_reads(factor, method)


@st.cache_data(max_entries=32, show_spinner=False)
def network_reads(factor: int, method: str) -> np.ndarray:
    return subsampling.network_reads(factor, method)


def choose_method() -> tuple[str, int]:
    """How one pixel comes from many, and which digit is shown."""
    method = labelled_choice(
        t("why.shrink_controls.method"),
        METHODS,
        lambda name: t(f"why.shrink_controls.{name}"),
        key="why_method",
    )
    st.caption(t(f"why.shrink_controls.{method}_help"))
    number = st.number_input(
        t("why.shrink_controls.digit"),
        0,
        len(mnist.unseen()) - 1,
        DIGIT,
        key="why_digit",
        bind="query-params",
    )
    return method, number


def digit_data(factor: int, method: str, number: int, ready: bool) -> dict:
    """One digit at one size: what is read in it, and how often all unseen digits are read right.

    Without the network, where that is not ready yet.
    """
    small = subsampling.small_digits(factor, method)[number]
    neighbours = neighbour_reads(factor, method)
    data = {
        "factor": factor,
        "side": len(small),
        "pixels": base64.b64encode(np.round(255 * small).astype("uint8").tobytes()).decode(),
        "parameters": dense_parameters(small.size, DENSE_UNITS),
        "neighbour": {
            "read": int(neighbours[number]),
            "accuracy": subsampling.accuracy(neighbours),
        },
        "network": None,
    }
    if ready:
        logits = network_reads(factor, method)
        data["network"] = {
            "read": int(logits[number].argmax()),
            "share": float(softmax(logits[number]).max()),
            "accuracy": subsampling.accuracy(logits.argmax(axis=1)),
        }
    return data


def _take_level() -> None:
    level = st.session_state["why_shrink"].get(LEVEL)
    if isinstance(level, int) and 0 <= level < len(subsampling.FACTORS):
        state.keep("why", {LEVEL: "" if level == LEVEL_START else str(level)})


def shrinking(given: picture_inputs.GivenPicture, method: str, number: int) -> None:
    """The picture and a digit at five sizes each."""
    level = state.kept("why", [LEVEL])[LEVEL]
    ready = warm_up.has(["mnist_cnn"])  # asked once: it may change while this runs
    known = [str(index) for index in range(len(subsampling.FACTORS))]
    components.mount(
        "why_shrink",
        key="why_shrink",
        data={
            "name": given.name,
            "levels": levels(given.image, method),
            "level": int(level) if level in known else LEVEL_START,
            "units": DENSE_UNITS,
            "digits": [
                digit_data(factor, method, number, ready) for factor in subsampling.DIGIT_FACTORS
            ],
            "truth": int(mnist.unseen().labels[number]),
            "tested": len(mnist.unseen()),
            "known": len(mnist.training()),
            "locale": language(),
            "text": texts("why.shrink"),
        },
        on_level_change=_take_level,
    )
    if ready:
        return
    if warm_up.failure:
        lesson.loading_failed()
    else:
        lesson.loading(["mnist_cnn"])  # the page runs again when it is there


def question_digits(method: str) -> None:
    """What is still read at 7×7 when the pixels are made in another way?"""
    other = METHODS[(METHODS.index(method) + 1) % len(METHODS)]
    factor = 4

    def right(factor: int, method: str) -> int:
        return round(len(mnist.unseen()) * subsampling.accuracy(neighbour_reads(factor, method)))

    options = sorted({right(size, name) for size in (factor, 7) for name in METHODS})

    def solve() -> tuple[str, str]:
        answer = right(factor, other)
        rows = [
            [t("why.shrink_question.method"), *(f"{28 // size}×{28 // size}" for size in (4, 7))],
            ["---"] * 3,
            *(
                [t(f"why.shrink_controls.{name}"), *(str(right(size, name)) for size in (4, 7))]
                for name in METHODS
            ),
        ]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return str(answer), f"{t('why.shrink_question.calculation')}\n\n{table}"

    lesson.predict_first(
        t("why.shrink_question.text", method=t(f"why.shrink_controls.{other}_help")),
        [str(option) for option in options],
        solve,
        depends_on=method,
    )
