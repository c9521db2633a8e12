"""The instrument of the kernels lesson: a picture, a kernel on it, and the kernels of a network."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np
import streamlit as st

from cnnviz import edges, kernels, learned_kernels
from cnnviz.kernels import KERNELS, Kernel
from cnnviz.ui import components, lesson, picture_inputs, state
from cnnviz.ui.language import language, t, texts
from cnnviz.ui.picture_inputs import Box, GivenPicture

COMPONENT = "kernels"
PICTURE = "coffee"  # round edges in every direction, even ground, and fine grain
BOX = Box(270, 360, least=5)  # at the usual size a pixel is one of the screen; 5×5 must fit
# What the link carries, by its names there. The component writes these texts, `read` reads them.
NAMES = ("kernel", "weights", "view", "stronger", "times", "pixel", "channel", "least")
VIEWS = ("signed", "picture", "absolute")
GRADIENT = "gradient"  # chosen in the place of a kernel: both of Sobel's, magnitude and direction
MOST_TIMES = 50
STRONGER = 4  # times: where the scale of colours ends at a quarter of the largest value
LEAST, MOST = 1, 50  # percent of the largest magnitude from which on a direction is shown
# What needs no word in the link.
USUAL = {"kernel": "sobel_x", "stronger": 1, "times": 1, "channel": "grey", "least": 10}
OWN = "kernels_own"  # the visitor's picture, and what was made of it
DIGEST = "kernels_digest"  # of the picture that the chosen pixel belongs to
BRIGHTER = 20  # grey levels, of the question
ARROWS = "→↗↑↖←↙↓↘"  # 0°, 45°, 90° … anticlockwise


@dataclass(frozen=True)
class Small:
    """A picture as it is worked on: shrunk to 360×270, and what is known of it."""

    image: np.ndarray  # (H, W, 3) uint8 RGB
    pixels: str  # the same bytes as base64
    digest: str
    steepest: tuple[int, int]  # row and column where the lesson begins


@dataclass(frozen=True)
class Choice:
    """What is chosen in the instrument, as far as the link carries it."""

    key: str  # of KERNELS, "learned_13", "random_2", or GRADIENT
    kernel: Kernel  # as it stands, edited or not; of GRADIENT the first of both
    edited: bool
    view: str
    stronger: int  # the scale of colours ends at the largest value divided by this
    times: int
    row: int | None  # of the pixel, in the picture; None until one is chosen
    column: int | None
    channel: str
    least: int  # percent of the largest magnitude from which on a direction is shown


# What is chosen


def named(key: str) -> Kernel:
    """The kernel of a name in the link: classic, of the network, or the default's."""
    if key in KERNELS:
        return KERNELS[key]
    kind, _, number = key.partition("_")
    if kind in learned_kernels.STATES:
        tiles = learned_kernels.of_network(kind)
        at = whole(number, 0, len(tiles) - 1, -1)
        if at >= 0:
            rows = tuple(tuple(row) for row in tiles[at].astype(float).tolist())
            return Kernel(f"{kind}_{at}", rows)
    return KERNELS[USUAL["kernel"]]


def usual_view(kernel: Kernel) -> str:
    """A kernel that keeps brightness makes a picture; the others answer with a sign."""
    return "picture" if kernels.keeps_brightness(kernel) else "signed"


def whole(text: str, low: int, high: int, default: int) -> int:
    """A whole number within bounds, or the default."""
    fits = text.isdecimal() and text.isascii() and len(text) < 6 and low <= int(text) <= high
    return int(text) if fits else default


def read(link: dict[str, str], height: int, width: int) -> Choice:
    """What a link says, each part by itself: nonsense is as good as nothing."""
    key = link["kernel"]
    kernel = named(key)
    usual = usual_view(kernel)
    edited = False
    if key != GRADIENT and link["weights"]:
        try:
            kernel = kernels.from_code(link["weights"], kernel.key)
            edited = True
        except ValueError:
            pass
    row, _, column = link["pixel"].partition("-")
    row, column = whole(row, 0, height - 1, -1), whole(column, 0, width - 1, -1)
    inside = row >= 0 and column >= 0
    return Choice(
        key=GRADIENT if key == GRADIENT else kernel.key,
        kernel=kernel,
        edited=edited,
        view=link["view"] if link["view"] in VIEWS else usual,
        stronger=STRONGER if link["stronger"] == str(STRONGER) else USUAL["stronger"],
        times=whole(link["times"], 1, MOST_TIMES, USUAL["times"]),
        row=row if inside else None,
        column=column if inside else None,
        channel=link["channel"] if link["channel"] in edges.CHANNELS else USUAL["channel"],
        least=whole(link["least"], LEAST, MOST, USUAL["least"]),
    )


def chosen(small: Small) -> Choice:
    """What the link says; where it says nothing, what this visitor had chosen here before.

    A pixel belongs to its picture: with another picture it is forgotten.
    """
    link = state.kept("kernels", NAMES)
    if st.session_state.get(DIGEST, small.digest) != small.digest:
        link = link | {"pixel": ""}
        state.keep("kernels", link)
    st.session_state[DIGEST] = small.digest
    return read(link, *small.image.shape[:2])


def _take_choice() -> None:
    given = st.session_state[COMPONENT].get("choice")
    given = given if isinstance(given, dict) else {}  # a scripted client may send anything
    texts_given = {name: given.get(name) for name in NAMES}
    words = {name: v[:1000] if isinstance(v, str) else "" for name, v in texts_given.items()}
    state.keep("kernels", words)


# The picture


def _small(image: np.ndarray) -> Small:
    content = image.tobytes()
    digest = hashlib.sha256(f"{image.shape}".encode() + content).hexdigest()[:16]
    encoded = base64.b64encode(content).decode()
    return Small(image, encoded, digest, edges.steepest(edges.levels(image)))


@cache
def _bundled(key: str) -> Small:
    return _small(picture_inputs.bundled_in(key, BOX))


def shrink(given: GivenPicture) -> Small:
    """The picture as it is worked on; an own one is encoded once."""
    if given.key:
        return _bundled(given.key)
    known = st.session_state.get(OWN)
    if known is None or known.image is not given.fitted:
        known = st.session_state[OWN] = _small(given.fitted)
    return known


def choose_picture() -> GivenPicture:
    """The controls for the picture, folded away: the instrument needs the page."""
    control, told = st.columns([1, 4], vertical_alignment="center")
    with control.popover(t("kernels.picture"), icon=":material/image:", width="stretch"):
        given = picture_inputs.choose(PICTURE, BOX)
    (height, width), (fitted_height, fitted_width) = given.size, given.fitted.shape[:2]
    told.caption(
        t(
            "kernels.given",
            name=given.name,
            height=height,
            width=width,
            fitted_height=fitted_height,
            fitted_width=fitted_width,
        )
    )
    return given


# The instrument


def name_of(choice: Choice) -> str:
    """The kernel's name in the visitor's language."""
    kind, _, number = choice.kernel.key.partition("_")
    if kind in learned_kernels.STATES:
        name = t(
            "kernels.lab.name_learned" if kind == "learned" else "kernels.lab.name_random",
            number=number,
        )
    else:
        name = texts("kernels.names")[choice.kernel.key]
    return t("kernels.edited", name=name) if choice.edited else name


def flat(kernel: Kernel) -> dict:
    """A kernel as the component takes it."""
    weights = [weight for row in kernel.rows for weight in row]
    return {"size": len(kernel.rows), "weights": weights, "divisor": kernel.divisor}


def offered(key: str) -> dict:
    """A kernel that can be chosen, and how its result is shown at first."""
    kernel = named(key)
    return flat(kernel) | {"view": usual_view(kernel)}


def start(choice: Choice) -> dict:
    """Where the instrument begins."""
    now = flat(choice.kernel) | {
        "kernel": choice.key,
        "edited": choice.edited,
        "view": choice.view,
        "stronger": choice.stronger,
        "times": choice.times,
        "row": choice.row,
        "column": choice.column,
        "channel": choice.channel,
        "least": choice.least,
    }
    return components.began_with(COMPONENT, now)


def instrument(small: Small, choice: Choice) -> None:
    """Picture, kernel, result; any pixel's arithmetic; the kernels of the network."""
    height, width = small.image.shape[:2]
    names, sentences = texts("kernels.names"), texts("kernels.about")
    components.mount(
        COMPONENT,
        key=COMPONENT,
        data={
            "picture": {
                "height": height,
                "width": width,
                "pixels": small.pixels,
                "digest": small.digest,
                "steepest": dict(zip(("row", "column"), small.steepest, strict=True)),
            },
            "classic": [
                offered(key) | {"key": key, "name": names[key], "about": sentences[key]}
                for key in KERNELS
            ],
            "gradient": GRADIENT,
            "network": {
                name: [
                    offered(f"{name}_{at}") for at in range(len(learned_kernels.of_network(name)))
                ]
                for name in learned_kernels.STATES
            },
            "resembling": {
                name: learned_kernels.resembling(name) for name in learned_kernels.STATES
            },
            "channels": edges.CHANNELS,
            "views": VIEWS,
            "stronger": STRONGER,
            "usual": USUAL,
            "limits": {
                "weight": kernels.LARGEST_WEIGHT,
                "divisor": [kernels.SMALLEST_DIVISOR, kernels.LARGEST_DIVISOR],
                "times": MOST_TIMES,
                "least": [LEAST, MOST],
                "resembles": learned_kernels.RESEMBLES,
            },
            "start": start(choice),
            "locale": language(),
            "text": texts("kernels.lab"),
        },
        on_choice_change=_take_choice,
    )


# Question and code


def passes(choice: Choice, height: int, width: int) -> int:
    """How often the kernel passes: blurs alone are repeated, as long as they find a place."""
    if not kernels.is_blur(choice.kernel):
        return 1
    return min(choice.times, (min(height, width) - 1) // (len(choice.kernel.rows) - 1))


def place(choice: Choice, small: Small, rim: int) -> tuple[int, int]:
    """The pixel that is looked at, moved to where the window fits."""
    at = small.steepest if choice.row is None else (choice.row, choice.column)
    row, column = (
        max(rim, min(extent - 1 - rim, one))
        for one, extent in zip(at, small.image.shape[:2], strict=True)
    )
    return row, column


def number(value: float) -> str:
    """Whole numbers as they are, others with four significant digits; a true minus sign."""
    value = round(value, 6) + 0.0  # what is left of a rounding is no "−0"
    return f"{value:.4g}".replace("-", "−") if value % 1 else f"{value:.0f}".replace("-", "−")


def factor(value: float) -> str:
    """The same behind a times sign."""
    return f"({number(value)})" if number(value).startswith("−") else number(value)


def question(small: Small, choice: Choice) -> None:
    """What happens to this pixel's result when the picture changes?"""
    picture = edges.levels(small.image, choice.channel).astype(float)
    row, column = place(choice, small, 1)
    patch = picture[row - 1 : row + 2, column - 1 : column + 2]
    if choice.key == GRADIENT and edges.gradient(patch).magnitude[0, 0]:
        _ask_direction(patch, row, column, small.digest, choice.channel)
        return
    kernel = kernels.repeated(choice.kernel, passes(choice, *picture.shape))
    rim = len(kernel) // 2
    row, column = place(choice, small, rim)
    patch = picture[row - rim : row + rim + 1, column - rim : column + rim + 1]
    _ask_brighter(patch, kernel, name_of(choice), row, column)


def _ask_direction(patch: np.ndarray, row: int, column: int, *depends_on: str) -> None:
    def arrow(levels: np.ndarray) -> tuple[str, float]:
        direction = edges.gradient(levels).direction[0, 0]
        return ARROWS[round(direction / 45) % 8], direction

    def solve() -> tuple[str, str]:
        now, negative = edges.gradient(patch), edges.gradient(255 - patch)
        answer, direction = arrow(255 - patch)
        return answer, t(
            "kernels.question.direction_why",
            x=number(now.x[0, 0]),
            y=number(now.y[0, 0]),
            negative_x=number(negative.x[0, 0]),
            negative_y=number(negative.y[0, 0]),
            now=f"{arrow(patch)[1]:.1f}".replace("-", "−"),
            direction=f"{direction:.1f}".replace("-", "−"),
        )

    lesson.predict_first(
        t("kernels.question.direction", row=row, column=column, now=arrow(patch)[0]),
        list(ARROWS),
        solve,
        depends_on=(row, column, *depends_on),
    )


def _ask_brighter(patch: np.ndarray, kernel: np.ndarray, name: str, row: int, column: int) -> None:
    def result(levels: np.ndarray) -> float:
        return round(float((levels * kernel).sum()), 6)

    now, answer = result(patch), result(patch + BRIGHTER)
    options = sorted({now, now + BRIGHTER, now - BRIGHTER, answer, 2 * now})

    def solve() -> tuple[str, str]:
        return number(answer), t(
            "kernels.question.brighter_why",
            brighter=BRIGHTER,
            now=number(now),
            sum=factor(float(kernel.sum())),
            answer=number(answer),
        )

    lesson.predict_first(
        t(
            "kernels.question.brighter",
            brighter=BRIGHTER,
            name=name,
            row=row,
            column=column,
            now=number(now),
        ),
        list(dict.fromkeys(map(number, options))),
        solve,
        depends_on=(now, answer, row, column, name),
    )


def code_note(given: GivenPicture) -> str:
    """The program can only open files of the project."""
    return "" if given.key else t("kernels.code_own", name=texts("pictures.names")[PICTURE])


def code_values(given: GivenPicture, small: Small, choice: Choice) -> dict[str, str]:
    """What the program of this lesson is filled in with."""
    if not given.key:  # the choice stays, the picture is the bundled one
        small = _bundled(PICTURE)
    height, width = small.image.shape[:2]
    times = passes(choice, height, width)
    row, column = place(choice, small, max(1, times * (len(choice.kernel.rows) // 2)))
    return {
        "picture": given.key or PICTURE,
        "height": str(height),
        "width": str(width),
        "parts": str(list(edges.CHANNELS[choice.channel])),
        "kernel": str([list(weights) for weights in choice.kernel.rows]),
        "divisor": str(choice.kernel.divisor),
        "times": str(times),
        "row": str(row),
        "column": str(column),
    }
