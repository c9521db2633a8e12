"""The pooling lesson: the lecture's maps or a photograph, pooled in the browser."""

import base64
import math
from collections.abc import Mapping

import numpy as np
import streamlit as st

from cnnviz import arithmetic, convolution, edges, pooling
from cnnviz.lecture_example import FILTERS, IMAGE
from cnnviz.text import percent
from cnnviz.ui import components, lesson, picture_inputs, state
from cnnviz.ui.language import language, t, texts
from cnnviz.ui.picture_inputs import Box, GivenPicture

DEFAULT_PICTURE = "china_temple"
HIGHEST, WIDEST = 256, 384  # pixels of a photograph: drawn one to one
BOX = Box(HIGHEST, WIDEST, least=16)  # the largest window must fit

MODE, MODES = "pool_on", ("maps", "picture")
VIEW, VIEWS = "pool_view", ("windows", "detail", "position", "shift")
# What the component lets a visitor set, each kept in the link: lowest, highest, default.
# A stride of 0 stands for "as the size".
NUMBERS = {
    "maps_size": (2, 4, 2),
    "maps_stride": (0, 4, 0),
    "maps_right": (-4, 4, 1),
    "maps_down": (-4, 4, 0),
    "maps_row": (0, 3, 0),  # a cell of the chosen window
    "maps_column": (0, 3, 0),
    "maps_channel": (0, 1, 0),
    "picture_size": (2, 16, 4),
    "picture_stride": (0, 4, 0),
    "picture_right": (-16, 16, 1),
    "picture_down": (-16, 16, 0),
    "picture_row": (0, HIGHEST - 1, 122),
    "picture_column": (0, WIDEST - 1, 190),
    "picture_grey": (0, 1, 0),
}
VALUES = "maps_values"  # of the maps, where they were edited
LARGEST = 99  # of a map's values, with either sign; two decimals
LECTURE_MAPS = convolution.convolve(IMAGE, np.moveaxis(FILTERS, 0, -1)[:, :, np.newaxis])

QUARTERS = ("0–25 %", "25–50 %", "50–75 %", "75–100 %")

KEY = "pooling"  # of the component


# State


def settings() -> dict[str, int]:
    """Every number as it stands; the link goes on carrying those that are not the default."""
    return {name: state.kept_number(name, *limits) for name, limits in NUMBERS.items()}


def maps_of(values: object) -> np.ndarray | None:
    """Maps (4, 4, 2) from the numbers of a link or of the component; None where they are none."""
    size = LECTURE_MAPS.size
    numbers = values.split("_") if isinstance(values, str) else values
    if not isinstance(numbers, list) or len(numbers) != size:
        return None
    try:
        maps = np.array([float(number) for number in numbers])
    except (TypeError, ValueError):
        return None
    if not (np.abs(maps) <= LARGEST).all():
        return None
    return maps.round(2).reshape(LECTURE_MAPS.shape)


def maps() -> np.ndarray:
    """The maps (4, 4, 2) as they stand: edited before, named by the link, or the lecture's."""
    kept = st.session_state.get(VALUES, state.recalled(VALUES))
    given = maps_of(kept)
    if given is None or (given == LECTURE_MAPS).all():
        given, kept = LECTURE_MAPS, ""
    st.session_state[VALUES] = kept
    state.remember(VALUES, kept)
    return given


def _take() -> None:
    """Keep what the component says; a scripted client may send anything."""
    said = st.session_state[KEY].get("settings")
    if not isinstance(said, Mapping):
        return
    for name, (low, high, _) in NUMBERS.items():
        value = said.get(name)
        if isinstance(value, int | float) and low <= value <= high:
            st.session_state[name] = int(value)
    if said.get("view") in VIEWS:
        st.session_state[VIEW] = said["view"]
    given = maps_of(said.get("values"))
    if given is not None:
        st.session_state[VALUES] = "_".join(f"{value:g}" for value in given.ravel())


# What the page shows


def choose() -> GivenPicture | None:
    """The two lecture maps (None), or a photograph."""
    left, right = st.columns(2)
    with left:
        mode = state.choice(t("pooling.mode.label"), MODES, "maps", _name_of_mode, key=MODE)
    if mode == "maps":
        return None
    popover = right.popover(
        t("pooling.mode.choose"), icon=":material/photo_library:", width="stretch", key="pool_photo"
    )
    with popover:
        return picture_inputs.choose(DEFAULT_PICTURE, BOX)


def _name_of_mode(mode: str) -> str:
    return t(f"pooling.mode.{mode}")


def instrument(picture: GivenPicture | None) -> None:
    """The component; all its arithmetic runs in the browser."""
    view = state.chosen(VIEW, VIEWS, VIEWS[0])
    state.remember(VIEW, "" if view == VIEWS[0] else view)
    start = components.began_with(
        KEY, {"settings": settings() | {"view": view}, "values": maps().ravel().tolist()}
    )
    sent = None
    if picture is not None:
        height, width = picture.fitted.shape[:2]
        pixels = base64.b64encode(picture.fitted.tobytes()).decode()
        sent = {"height": height, "width": width, "pixels": pixels, "name": picture.name}
    components.mount(
        "pooling",
        key=KEY,
        data={
            "locale": language(),
            "limits": NUMBERS,
            "largest": LARGEST,
            "grey": edges.CHANNELS["grey"],
            "lecture": LECTURE_MAPS.ravel().tolist(),
            "start": start,
            "picture": sent,
            "text": texts("pooling.lab"),
        },
        on_settings_change=_take,
    )


def pooled_how(mode: str) -> tuple[int, int, int, int]:
    """Size, stride, shift to the right, shift down."""
    names = (f"{mode}_{name}" for name in ("size", "stride", "right", "down"))
    size, stride, right, down = (st.session_state[name] for name in names)
    return size, stride or size, right, down


def _grey() -> bool:
    return bool(st.session_state["picture_grey"])


def question(picture: GivenPicture | None) -> None:
    """How much changes when the input moves by one, in a direction that is not on the screen?"""
    mode = "maps" if picture is None else "picture"
    size, stride, *shown = pooled_how(mode)
    right, down = (0, 1) if shown == [1, 0] else (1, 0)
    values = {
        "direction": t("pooling.question.right" if right else "pooling.question.down"),
        "size": size,
        "stride": stride,
    }
    if picture is None:
        channel = st.session_state["maps_channel"]
        before = maps()[..., channel]
        count = arithmetic.output_size(len(before), size, stride) ** 2
        asked = t("pooling.question.maps", count=count, number=channel + 1, **values)
        options = tuple(map(str, range(count + 1)))
    else:
        before = edges.levels(picture.fitted) if _grey() else picture.fitted
        asked = t("pooling.question.picture", **values)
        options = QUARTERS

    def solve() -> tuple[str, str]:
        pooled = pooling.max_pool(before, size, stride)
        after = pooling.max_pool(pooling.shift(before, right, down), size, stride)
        changed = int(np.count_nonzero(after != pooled))
        if picture is None:
            calculation = t(
                "pooling.question.maps_calculation",
                before=written(pooled),
                after=written(after),
                changed=changed,
                count=after.size,
            )
            return str(changed), calculation
        share = changed / after.size
        calculation = t(
            "pooling.question.picture_calculation",
            changed=f"{changed:,}",
            count=f"{after.size:,}",
            share=percent(share),
            mean=f"{np.abs(after - pooled).mean():.2f}",
        )
        return QUARTERS[min(3, math.floor(4 * share))], calculation

    state_now = (language(), size, stride, right, hash(before.tobytes()))
    lesson.predict_first(asked, options, solve, depends_on=state_now)


def written(values: np.ndarray) -> str:
    """A small map as rows: [[3, 0], [3, 1]] with true minus signs."""
    rows = [", ".join(f"{value:g}".replace("-", "−") for value in row) for row in values]
    return f"[[{'], ['.join(rows)}]]"


def code(picture: GivenPicture | None) -> None:
    """The program, filled in with the maps, the bundled picture and all settings."""
    ours, given = picture is None or picture.key is not None, picture and picture.name
    if picture is None or picture.key is None:
        picture = picture_inputs.bundled(DEFAULT_PICTURE, BOX)
    lesson.code(
        "pooling",
        "" if ours else t("pooling.code_note", name=given),
        picture=picture.key,
        maps=repr(np.moveaxis(maps(), -1, 0).tolist()),
        target=repr(picture.fitted.shape[:2]),
        grey=repr(_grey()),
        for_maps=repr(pooled_how("maps")),
        for_picture=repr(pooled_how("picture")),
    )
