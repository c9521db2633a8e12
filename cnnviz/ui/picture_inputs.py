"""Where a photograph comes from: bundled, a file, the camera. Lessons share what was given."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnnviz import images, pictures
from cnnviz.text import Refusal
from cnnviz.ui import state
from cnnviz.ui.language import refuse, t

SOURCES = ("bundled", "upload", "camera")
KINDS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
GIVEN = "given_picture"  # what this visitor gave, kept from lesson to lesson
LONGEST_SIDE = 1024  # pixels of it that are kept


@dataclass(frozen=True)
class GivenPicture:
    """A photograph to work on."""

    image: np.ndarray  # (H, W, 3) uint8 RGB, not to be written to
    name: str  # what it is, in the visitor's language
    key: str | None = None  # of pictures.PICTURES; None where it is the visitor's own


def choose(default: str) -> GivenPicture:
    """The controls that every lesson on photographs has, and the picture they lead to.

    Args:
        default: The bundled picture (a key of PICTURES) that shows this lesson's point best.
    """
    source = state.choice(
        t("pictures.source"),
        SOURCES,
        "bundled",
        lambda name: t(f"pictures.{name}"),
        key="picture_source",
    )
    if source == "bundled":
        picture = state.selection(
            t("pictures.bundled_label"),
            pictures.PICTURES,
            default,
            lambda picture: t(f"pictures.names.{picture}"),
            key="picture",
        )
        shown = pictures.PICTURES[picture]
        st.caption(t("pictures.credit", author=shown.author, licence=shown.licence))
        return bundled(picture)
    if source == "upload":
        file = st.file_uploader(t("pictures.upload_label"), KINDS, key="picture_upload")
    else:
        file = st.camera_input(t("pictures.camera_label"), key="picture_camera")
        st.caption(t("pictures.camera_help"))
    if file is not None:
        read = read_picture(file.getvalue())
        if isinstance(read, Refusal):
            refuse(read)
        else:
            st.session_state[GIVEN] = read
    image = st.session_state.get(GIVEN)
    if image is None:
        st.info(t("pictures.instead", name=t(f"pictures.names.{default}")))
        return bundled(default)
    return GivenPicture(image, t("pictures.own"))


def bundled(picture: str) -> GivenPicture:
    """One of the bundled pictures, with its name in the visitor's language."""
    return GivenPicture(pictures.load(picture), t(f"pictures.names.{picture}"), picture)


@st.cache_data(max_entries=4, show_spinner=False, scope="session")
def read_picture(data: bytes) -> np.ndarray | Refusal:
    """A picture file at the size we keep, or why it cannot be read."""
    try:
        return images.fit(images.decode(data), LONGEST_SIDE)
    except Refusal as refusal:
        return refusal
