"""The receptive field lesson: a stack on a picture, in the browser; gradients from the server."""

import base64
import hashlib
from dataclasses import asdict
from functools import cache

import numpy as np
import streamlit as st

from cnnviz import effective_field, images, pictures, receptive_field
from cnnviz.architectures import ARCHITECTURES
from cnnviz.receptive_field import Stack
from cnnviz.ui import components, lesson, picture_inputs, state
from cnnviz.ui.language import language, t, texts
from cnnviz.ui.picture_inputs import GivenPicture

PICTURE = "flower"
SIDE = max(receptive_field.SIDES)  # of the picture that is sent
BOX = picture_inputs.Box(picture_inputs.LONGEST_SIDE, picture_inputs.LONGEST_SIDE, least=32)

KEY = "receptive_field"  # of the lesson and its component
VIEWS = ("grow", "measured", "stacked")
COUNTS = range(2, 6)  # of stacked 3×3 layers
CHANNELS = (1, 3, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512)
MAPS = (7, 14, 28, 56, 112, 224)


@cache
def sizes() -> dict[str, int]:
    """Side of the maps of the MNIST CNN that have one."""
    network = ARCHITECTURES[effective_field.KEY]
    return {layer: network[layer].output_shape[0] for layer in effective_field.LAYERS}


# State


def read(words: dict) -> dict:
    """The settings that a link names or the component says; nonsense is as good as nothing.

    Args:
        words: Texts or numbers by name.

    Returns:
        All settings, as the component keeps them; `layers` as a word of the link.
    """

    def one_of(name: str, options: tuple, default):
        return next((option for option in options if str(words.get(name)) == str(option)), default)

    def number(name: str, low: float, high: float, default: float, step: float = 1):
        try:
            value = float(words.get(name, ""))
        except (TypeError, ValueError, OverflowError):
            return default
        if not low <= value <= high or value % step:
            return default
        return int(value) if value % 1 == 0 else value

    preset = receptive_field.PRESETS[receptive_field.DEFAULT]
    side = one_of("side", receptive_field.SIDES, preset.side)
    padding = one_of("padding", receptive_field.PADDINGS, preset.padding)
    given = words.get("layers")
    layers = receptive_field.from_link(given) if isinstance(given, str) and given else None
    if given == "none":
        layers = ()
    if layers is None:
        layers = preset.layers
    try:
        Stack(layers, side, padding).stages()
    except ValueError:
        layers, side, padding = preset.layers, preset.side, preset.padding
    middle = (side - 1) / 2
    layer = one_of("measured_layer", effective_field.LAYERS, "conv3")
    last = sizes()[layer] - 1
    return {
        "view": one_of("view", VIEWS, "grow"),
        "layers": receptive_field.to_link(layers),
        "side": side,
        "padding": padding,
        "layer": number("layer", 0, len(layers), len(layers)),
        "row": number("row", 0, side - 1, middle, 0.5),
        "column": number("column", 0, side - 1, middle, 0.5),
        "paths": str(words.get("paths")) in ("1", "True"),
        "measured_layer": layer,
        "measured_row": number("measured_row", 0, last, sizes()[layer] // 2),
        "measured_column": number("measured_column", 0, last, sizes()[layer] // 2),
        "measured_count": one_of("measured_count", effective_field.COUNTS, 100),
        "count": number("count", COUNTS[0], COUNTS[-1], 3),
        "channels": one_of("channels", CHANNELS, 64),
        "map": one_of("map", MAPS, 28),
    }


def to_words(settings: dict) -> dict[str, str]:
    """The settings as words of the link; what is as always needs none."""
    words = {name: str(value) for name, value in settings.items()}
    words["paths"] = "1" if settings["paths"] else ""
    words["layers"] = settings["layers"] or "none"
    for name in words:
        shorter = words | {name: ""}
        if read(shorter) == settings:
            words = shorter
    return words


def settings() -> dict:
    """As they stand: named by the link, or chosen here before."""
    current = read(state.kept(KEY, read({})))
    state.keep(KEY, to_words(current))
    return current


def _take() -> None:
    """Keep what the component says; a scripted client may send anything."""
    said = st.session_state[KEY].get("settings")
    if isinstance(said, dict):
        given = said | ({"layers": "none"} if said.get("layers") == "" else {})
        state.keep(KEY, to_words(read(given)))


# The picture


def choose_picture() -> GivenPicture:
    """The controls for the picture, folded away: the instrument needs the page."""
    control, told = st.columns([1, 4], vertical_alignment="center")
    with control.popover(t("receptive_field.picture"), icon=":material/image:", width="stretch"):
        given = picture_inputs.choose(PICTURE, BOX)
    height, width = given.image.shape[:2]
    told.caption(t("receptive_field.given", name=given.name, height=height, width=width))
    return given


def middle_square(image: np.ndarray) -> np.ndarray:
    """(224, 224, 3) uint8: the square in the middle, enlarged where it is smaller."""
    side = min(image.shape[:2])
    top, left = ((length - side) // 2 for length in image.shape[:2])
    square = image[top : top + side, left : left + side]
    if side < SIDE:
        square = np.repeat(np.repeat(square, -(-SIDE // side), 0), -(-SIDE // side), 1)
    return images.fit(square, SIDE)


def _encoded(image: np.ndarray) -> str:
    return base64.b64encode(middle_square(image).tobytes()).decode()


@cache
def _bundled(key: str) -> str:
    return _encoded(pictures.load(key))


@st.cache_data(max_entries=2, show_spinner=False, scope="session")
def _own(digest: bytes, _image: np.ndarray) -> str:
    return _encoded(_image)


def pixels(given: GivenPicture) -> str:
    if given.key:
        return _bundled(given.key)
    return _own(hashlib.sha256(given.image.tobytes()).digest(), given.image)


# What the network says


def measured(current: dict) -> dict:
    """Energies, summaries and the theoretical field of the place that is asked for."""
    layer, row, column, count = (
        current[f"measured_{name}"] for name in ("layer", "row", "column", "count")
    )
    stack = receptive_field.PRESETS[effective_field.KEY]
    stage = stack.stages()[1 + effective_field.LAYERS.index(layer)]
    top, left = stage.sees(row)[0], stage.sees(column)[0]
    variants = {}
    for variant in effective_field.VARIANTS:
        energy = effective_field.measured(variant, layer, row, column, count)
        found = effective_field.summary(energy, (top, left), stage.field)
        variants[variant] = {
            "energy": base64.b64encode(energy.astype("<f4").tobytes()).decode(),
            "summary": found and asdict(found),
        }
    return {
        "asked": {name: value for name, value in current.items() if name.startswith("measured_")},
        "side": len(energy),
        "field": stage.field,
        "top": top,
        "left": left,
        "central": effective_field.central_half(0, stage.field)[0],
        "variants": variants,
    }


# What the page shows


def instrument(given: GivenPicture, current: dict) -> None:
    """The component; everything but the gradients is calculated in the browser."""
    components.mount(
        "receptive_field",
        key=KEY,
        data={
            "locale": language(),
            "start": components.began_with(KEY, current),
            "picture": {"side": SIDE, "pixels": pixels(given), "name": given.name},
            "presets": {
                name: {
                    "layers": receptive_field.to_link(stack.layers),
                    "side": stack.side,
                    "padding": stack.padding,
                }
                for name, stack in receptive_field.PRESETS.items()
            },
            "sides": receptive_field.SIDES,
            "limits": {
                "most": receptive_field.MOST,
                "kernels": _ends(receptive_field.KERNELS),
                "strides": _ends(receptive_field.STRIDES),
                "dilations": _ends(receptive_field.DILATIONS),
                "counts": _ends(COUNTS),
                "channels": CHANNELS,
                "maps": MAPS,
            },
            "measurable": [{"layer": layer, "size": size} for layer, size in sizes().items()],
            "counts": effective_field.COUNTS,
            "measured": measured(current) if current["view"] == "measured" else None,
            "text": texts("receptive_field.lab"),
        },
        on_settings_change=_take,
    )


def _ends(numbers: range) -> list[int]:
    return [numbers[0], numbers[-1]]


def stack_of(current: dict) -> Stack:
    layers = receptive_field.from_link(current["layers"]) if current["layers"] else ()
    return Stack(layers, current["side"], current["padding"])


def table(current: dict) -> None:
    """The stack, layer by layer, to be taken along."""
    stack = stack_of(current)
    names = ("layer", "kind", "kernel", "stride", "dilation", "size", "jump", "field", "offset")
    heads = [t(f"receptive_field.table.{name}") for name in names]
    rows = [
        (
            *(number, layer.kind, layer.kernel, layer.stride, layer.dilation),
            *(stage.size, stage.jump, stage.field, stage.offset),
        )
        for number, (layer, stage) in enumerate(
            zip(stack.layers, stack.stages()[1:], strict=True), start=1
        )
    ]
    lesson.take_table("receptive_field", heads, lambda: rows)


def question(current: dict) -> None:
    """How wide is the field behind one layer more than those on the screen?"""
    stage = stack_of(current).stages()[-1]
    field, jump = stage.field, stage.jump
    answer = field + 2 * jump
    # What a forgotten jump, k instead of k − 1, or multiplied kernels would give.
    options = sorted({answer, field + 2, field + 3 * jump, 3 * field})

    def solve() -> tuple[str, str]:
        told = t("receptive_field.question.calculation", field=field, jump=jump, answer=answer)
        return f"{answer}×{answer}", told

    lesson.predict_first(
        t(
            "receptive_field.question.text",
            count=len(stack_of(current).layers),
            field=field,
            jump=jump,
        ),
        [f"{side}×{side}" for side in options],
        solve,
        depends_on=(language(), current["layers"]),
    )


def as_program(current: dict) -> dict[str, str]:
    """What fills the holes of assets/code/receptive_field.py."""
    stack = stack_of(current)
    layers = [(layer.kind, layer.kernel, layer.stride, layer.dilation) for layer in stack.layers]
    return {"layers": repr(layers), "side": str(stack.side), "padding": stack.padding}


def code(current: dict) -> None:
    lesson.code("receptive_field", t("receptive_field.code_note"), **as_program(current))
