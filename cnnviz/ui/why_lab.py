"""What the four instruments of the first lesson share: the choice, state, photographs."""

import base64
from collections.abc import Callable

import cv2
import numpy as np
import streamlit as st

from cnnviz.ui import picture_inputs, state
from cnnviz.ui.language import t

PROPERTIES = ("small", "anywhere", "subsample", "count")
PICTURE = "cat_chelsea"  # it has the same pattern twice: an eye finds the other eye
BOX = picture_inputs.Box(320, 320, least=32)


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


def photograph() -> picture_inputs.GivenPicture:
    """A picture large enough for these instruments."""
    return picture_inputs.choose(PICTURE, BOX)


def encoded(image: np.ndarray, kind: str) -> str:
    """A picture (H, W, 3) uint8 as a file, ".jpg" or ".png", in base64."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return base64.b64encode(cv2.imencode(kind, bgr)[1].tobytes()).decode()
