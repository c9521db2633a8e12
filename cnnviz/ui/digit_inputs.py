"""Where a digit comes from: drawn, picked from the unseen ones, photographed, or in the link."""

import random
from dataclasses import dataclass

import cv2
import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from cnnviz import ASSETS, digits, images, mnist, photograph
from cnnviz.disturbance import Disturbance
from cnnviz.figures import colours
from cnnviz.text import Refusal
from cnnviz.ui import frame, picture_inputs, state
from cnnviz.ui.language import refuse, t

SIDE = 240  # pixels of the sheet
SELECTED = colours.rgb(colours.SELECTED["light"])
CANVAS_PIXELS = 2_000_000  # the sheet in the large mode on the finest screen has fewer
PEN = 18  # pixels, the width of its line
MOST_STROKES = 200  # more is no digit; each sends all before it once more
EXAMPLE = 7  # the unseen digit shown before anything is drawn
LINKED = "digit"  # the digit in the link
EXAMPLE_PHOTO = ASSETS / "images" / "digit_photo.jpg"
SOURCES = ("draw", "unseen", "photo")
PHOTO_SOURCES = ("example", "upload", "camera")


@dataclass(frozen=True)
class DigitInput:
    """A digit on its way into the networks."""

    note: str  # one sentence: what this is
    ink: np.ndarray | None = None  # (H, W) float32, to be prepared; None where it is prepared
    image: np.ndarray | None = None  # (28, 28) float32, already prepared
    truth: int | None = None  # what it is, where that is known
    invites: bool = False  # nothing was drawn yet: an example, and an invitation
    linked: bool = False  # made by the visitor: its 28×28 goes into the link


def example(note: str, invites: bool = True) -> DigitInput:
    """An unseen digit, told as such, where the visitor has given none yet."""
    unseen = mnist.unseen()
    truth = int(unseen.labels[EXAMPLE])
    return DigitInput(
        t(f"digits.reading.{note}", number=EXAMPLE, truth=truth),
        image=unseen.picture(EXAMPLE),
        truth=truth,
        invites=invites,
    )


def linked() -> DigitInput | None:
    """The digit that came with the link."""
    code = state.recalled(LINKED)
    if not code:
        return None
    return DigitInput(t("digits.reading.shared"), image=digits.from_code(code))


def choose() -> DigitInput:
    """The controls of the left column, and the digit they lead to."""
    source = state.choice(
        t("digits.source.label"),
        SOURCES,
        "draw",
        lambda name: t(f"digits.source.{name}"),
        key="source",
    )
    try:
        return {"draw": drawn, "unseen": picked, "photo": photographed}[source]()
    except Refusal as refusal:
        refuse(refusal)
        if source == "photo":  # the link must not show another digit than the page
            state.remember(LINKED, "")
        return example("instead", invites=False)


# Drawing


def _start_from(objects: list) -> None:
    """Let the canvas begin again with these strokes; the count makes every start a new one."""
    starts = st.session_state.get("canvas_starts", 0) + 1
    st.session_state["canvas_starts"] = starts
    st.session_state["canvas_start"] = {"objects": objects, "start": starts}


def _undo() -> None:
    _start_from(st.session_state["strokes"][:-1])


def _clear() -> None:
    _start_from([])
    st.session_state["strokes"] = []
    st.session_state["drawing"] = None
    state.remember(LINKED, "")


def canvas_tools() -> None:
    """Undo and clear, as large as a finger; the canvas' own toolbar is hidden (reading.js)."""
    empty = not st.session_state.get("strokes")
    st.button(t("digits.draw.undo"), on_click=_undo, disabled=empty, key="undo", width="stretch")
    st.button(t("digits.draw.clear"), on_click=_clear, disabled=empty, key="clear", width="stretch")


def drawn() -> DigitInput:
    """The sheet. What is drawn survives another source, another page and another language."""
    session = st.session_state
    if "canvas" not in session and session.get("strokes"):
        _start_from(session["strokes"])
    side = round(SIDE * 1.4) if session.get(frame.LARGE) else SIDE
    st.caption(t("digits.draw.label"))
    try:
        canvas = st_canvas(
            stroke_width=session.get("pen", PEN),
            stroke_color="#000000",
            background_color="#ffffff",
            height=side,
            width=side,
            initial_drawing=session.get("canvas_start"),
            return_image_data=True,
            key="canvas",
        )
        png, strokes = canvas.image_bytes, list(canvas.json_data["objects"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        # A scripted client may send anything for a drawing.
        raise Refusal("digits.refused.canvas") from error
    _receive(png, strokes)
    if len(session.get("strokes", [])) > MOST_STROKES:
        raise Refusal("digits.draw.too_many", count=len(strokes), limit=MOST_STROKES)
    if session.get("drawing") is not None:
        ink = session["drawing"]
        if digits.bounding_box(ink):
            return DigitInput(t("digits.reading.drawn"), ink=ink, linked=True)
    return linked() or example("invitation")


def _receive(png: bytes | None, strokes: list) -> None:
    """Take over what the canvas sent, once; after "clear" it still holds the old drawing."""
    session = st.session_state
    if png is None or png == session.get("canvas_png"):
        return
    session["canvas_png"] = png
    session["strokes"] = strokes[: MOST_STROKES + 1]
    session["drawing"] = None
    if len(strokes) > MOST_STROKES:
        return
    if strokes:
        session["drawing"] = digits.ink_of(images.decode_rgba(png, max_pixels=CANVAS_PIXELS))
    else:  # the last stroke was undone: the link must not bring it back
        state.remember(LINKED, "")


# Unseen digits


def _next_wrong(model: str) -> None:
    wrong = mnist.measured()["models"][model]["wrong"]
    here = st.session_state.get("number", EXAMPLE)
    st.session_state["number"] = next((index for index in wrong if index > here), wrong[0])


def _any() -> None:
    st.session_state["number"] = random.randrange(len(mnist.unseen()))


def picked() -> DigitInput:
    """One of the 1,000 digits that no network was trained on."""
    unseen = mnist.unseen()
    number = st.number_input(
        t("digits.unseen.number"),
        0,
        len(unseen) - 1,
        EXAMPLE,
        key="number",
        bind="query-params",
        help=t("digits.unseen.number_help"),
    )
    truth = int(unseen.labels[number])
    enlarged = cv2.resize(unseen.images[number], (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    st.image(enlarged, width=110, caption=t("digits.unseen.caption", truth=truth))
    with st.container(horizontal=True, gap="small"):
        st.button(t("digits.unseen.any"), on_click=_any, key="any", width="stretch")
        for model in ("mnist_cnn", "mnist_dense"):
            name = model.removeprefix("mnist_")
            st.button(
                t(f"digits.unseen.wrong_{name}"),
                on_click=_next_wrong,
                args=(model,),
                key=f"wrong_{name}",
                help=t(f"digits.unseen.wrong_{name}_help"),
                width="stretch",
            )
    return DigitInput(t("digits.reading.prepared"), image=unseen.picture(number), truth=truth)


# Photographs


def photographed() -> DigitInput:
    """A digit on paper, from a file, the camera or our example."""
    source = state.choice(
        t("digits.photo.label"),
        PHOTO_SOURCES,
        "example",
        lambda name: t(f"digits.photo.{name}"),
        key="photo_source",
    )
    if source == "example":
        data = EXAMPLE_PHOTO.read_bytes()
    else:
        labels = t("digits.photo.upload_label"), t("digits.photo.camera_label")
        file = picture_inputs.file_from(source, *labels, "photo")
        data = file.getvalue() if file else None
    if data is None:
        return linked() or example("photo_invitation")
    found = find_digit(data)
    if isinstance(found, Refusal):
        raise found
    box, picture = found.box, found.photograph.copy()
    cv2.rectangle(picture, (box.left, box.top), (box.right, box.bottom), SELECTED, 3)
    height, width = picture.shape[:2]
    ours = source == "example"
    caption = t(
        "digits.photo.example_caption" if ours else "digits.photo.found_caption",
        width=box.right - box.left,
        height=box.bottom - box.top,
        all_width=width,
        all_height=height,
    )
    if found.figures > 1:
        caption += " " + t("digits.photo.found_others", count=found.figures)
    st.image(picture, width=200, caption=caption)
    return DigitInput(t("digits.reading.photographed"), ink=found.ink, linked=not ours)


@st.cache_data(max_entries=4, show_spinner=False, scope="session")
def find_digit(data: bytes) -> photograph.FoundDigit | Refusal:
    """The digit of a picture file, or why there is none; the same file is searched once."""
    try:
        return photograph.find_digit(images.decode(data))
    except Refusal as refusal:
        return refusal


# Disturbance

SLIDERS = (
    # name, lowest, highest, default, step
    ("right", -10, 10, 0, 1),
    ("down", -10, 10, 0, 1),
    ("turn", -90, 90, 0, 5),
    ("zoom", 0.4, 1.6, 1.0, 0.05),
    ("thicken", -2.0, 4.0, 0.0, 0.25),
    ("noise", 0.0, 0.6, 0.0, 0.05),
)


def _undisturb() -> None:
    for name, _, _, default, _ in SLIDERS:
        st.session_state[name] = default


def disturbance() -> Disturbance:
    """Sliders in a popover beside the readings, so that both are seen at once."""
    drawing = st.session_state.get("source", "draw") == "draw"
    with st.container(horizontal=True, gap="small"):
        # At the left, so that it opens over the sheet and not over what the networks read.
        popover = st.popover(
            t("digits.disturb.open"), width="stretch", key="disturb", on_change="rerun"
        )
        if drawing:
            canvas_tools()
    if not popover.open:  # seven sliders are a fifth of a stroke's rerun
        return Disturbance(*(state.kept_number(name, *limits) for name, *limits, _ in SLIDERS))
    with popover:
        if drawing:
            st.slider(t("digits.draw.pen"), 4, 40, PEN, key="pen", persist_state="session")
        values = [
            state.slider(t(f"digits.disturb.{name}"), *limits, step, key=name)
            for name, *limits, step in SLIDERS
        ]
        st.button(t("digits.disturb.reset"), on_click=_undisturb, key="undisturb")
    return Disturbance(*values)
