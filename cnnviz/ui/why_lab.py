"""What the four instruments of the first lesson share: the choice, state, photographs."""

import base64
from collections.abc import Callable

import cv2
import numpy as np
import streamlit as st

from cnnviz import images
from cnnviz.ui import picture_inputs, state
from cnnviz.ui.language import t

PROPERTIES = ("small", "anywhere", "subsample", "count")
PICTURE = "cat_chelsea"  # it has the same pattern twice: an eye finds the other eye
LONGEST_SIDE = 320  # pixels to which a picture is fitted
SHORTEST_SIDE = 32  # pixels that are left of its shorter side at least


def choose() -> str:
    """Which of the four instruments is open, and the claim that it tests."""
    name = state.choice(
        t("why.property.label"),
        PROPERTIES,
        PROPERTIES[0],
        lambda name: t(f"why.property.{name}"),
        key="property",
    )
    st.markdown(f"**{t(f'why.claim.{name}')}** {t(f'why.shown.{name}')}")
    return name


def labelled_choice(
    label: str, options: tuple[str, ...], name: Callable[[str], str], key: str
) -> str:
    """A row of buttons below its label; the first is the default."""
    with st.container(gap="xsmall"):
        st.caption(label)
        return state.choice(label, options, options[0], name, key)


def kept(name: str) -> str:
    """What a component has set: in the link, else as this visitor left it on another page."""
    value = state.recalled(name) or st.session_state.get(f"kept_{name}", "")
    keep(name, value)
    return value


def keep(name: str, value: str) -> None:
    st.session_state[f"kept_{name}"] = value
    state.remember(name, value)


def photograph() -> picture_inputs.GivenPicture:
    """A picture large enough for these instruments; the bundled one in the place of a smaller."""
    given = picture_inputs.choose(PICTURE)
    height, width = images.fit(given.image, LONGEST_SIDE).shape[:2]
    if min(height, width) >= SHORTEST_SIDE:
        return given
    whole_height, whole_width = given.image.shape[:2]
    st.info(
        t("why.too_small", height=whole_height, width=whole_width, least=SHORTEST_SIDE),
        icon=":material/info:",
    )
    return picture_inputs.bundled(PICTURE)


def encoded(image: np.ndarray, kind: str) -> str:
    """A picture (H, W, 3) uint8 as a file, ".jpg" or ".png", in base64."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return base64.b64encode(cv2.imencode(kind, bgr)[1].tobytes()).decode()
