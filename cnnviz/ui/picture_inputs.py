"""Where a photograph comes from: bundled, a file, the camera. Lessons share what was given."""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
import streamlit as st

from cnnviz import images, pictures
from cnnviz.text import Refusal
from cnnviz.ui import state
from cnnviz.ui.language import refuse, t

SOURCES = ("bundled", "upload", "camera")
KINDS = ["png", "jpg", "jpeg", "webp", "bmp", "gif"]
OWN = "own_picture"  # what this visitor gave, kept from lesson to lesson
FILE = "own_picture_file"  # the file it was read from, and why a file was not taken
LONGEST_SIDE = 1024  # pixels of it that are kept


@dataclass(frozen=True)
class Box:
    """What a lesson works on: at most so many pixels, and at least so many a side."""

    height: int
    width: int
    least: int


@dataclass(frozen=True)
class GivenPicture:
    """A photograph to work on; its arrays are shared and read-only."""

    image: np.ndarray  # (H, W, 3) uint8 RGB, at most 1024 a side
    fitted: np.ndarray  # the same, shrunk into the lesson's box
    size: tuple[int, int]  # height and width of the file
    name: str  # what it is, in the visitor's language
    key: str | None = None  # of pictures.PICTURES; None where it is the visitor's own


@dataclass
class OwnPicture:
    """What a visitor gave, and what it becomes in each box: shrunk once, not in every rerun."""

    image: np.ndarray
    size: tuple[int, int]
    fits: dict[Box, np.ndarray] = field(default_factory=dict)

    def fitted(self, box: Box) -> np.ndarray:
        if box not in self.fits:
            self.fits[box] = _fitted(self.image, box)
        return self.fits[box]


def _fitted(image: np.ndarray, box: Box) -> np.ndarray:
    fitted = images.fit_within(image, box.height, box.width)
    fitted.setflags(write=False)
    return fitted


@cache
def bundled_in(picture: str, box: Box) -> np.ndarray:
    """A bundled picture in a lesson's box."""
    return _fitted(pictures.load(picture), box)


def bundled(picture: str, box: Box) -> GivenPicture:
    """One of the bundled pictures, with its name in the visitor's language."""
    image = pictures.load(picture)
    name = t(f"pictures.names.{picture}")
    return GivenPicture(image, bundled_in(picture, box), image.shape[:2], name, picture)


def choose(default: str, box: Box) -> GivenPicture:
    """The controls that every lesson on photographs has, and the picture they lead to.

    Args:
        default: The bundled picture (a key of PICTURES) that shows this lesson's point best.
        box: What the lesson can work on; a picture that is too small for it is told and replaced.
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
        return bundled(picture, box)
    _receive(file_from(source, t("pictures.upload_label"), t("pictures.camera_label"), "picture"))
    own = st.session_state.get(OWN)
    if own is None:
        st.info(t("pictures.instead", name=t(f"pictures.names.{default}")))
        return bundled(default, box)
    fitted = own.fitted(box)
    if min(fitted.shape[:2]) < box.least:
        refuse(too_small(own, box, t(f"pictures.names.{default}")))
        return bundled(default, box)
    return GivenPicture(own.image, fitted, own.size, t("pictures.own"))


def too_small(own: OwnPicture, box: Box, instead: str) -> Refusal:
    height, width = own.size
    fitted_height, fitted_width = own.fitted(box).shape[:2]
    return Refusal(
        "pictures.too_small",
        height=height,
        width=width,
        fitted_height=fitted_height,
        fitted_width=fitted_width,
        least=box.least,
        name=instead,
    )


def file_from(source: str, upload_label: str, camera_label: str, key: str):
    """The file that a visitor chose ("upload") or photographed ("camera"), None until then."""
    if source == "upload":
        return st.file_uploader(upload_label, KINDS, key=f"{key}_upload")
    file = st.camera_input(camera_label, key=f"{key}_camera")
    st.caption(t("pictures.camera_help"))
    return file


def _receive(file) -> None:
    """Read a new file once; a file that cannot be read is told as long as it is there."""
    if file is None:
        return
    read, refusal = st.session_state.get(FILE, ("", None))
    if read != file.file_id:
        refusal = None
        try:
            image = images.decode(file.getvalue())
            kept = images.fit(image, LONGEST_SIDE)
            kept.setflags(write=False)
            st.session_state[OWN] = OwnPicture(kept, image.shape[:2])
        except Refusal as unreadable:
            refusal = unreadable
        st.session_state[FILE] = (file.file_id, refusal)
    if refusal:
        refuse(refusal)
