"""The bundled photographs: readable, credited, and never changed."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from cnnviz import ASSETS, images, pictures
from cnnviz.pictures import PICTURES
from cnnviz.text import LANGUAGES, catalogue
from cnnviz.ui import kernel_lab, picture_inputs, pooling_lab, why_lab


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_every_photograph_is_there_with_a_name_and_a_credit(picture):
    assert pictures.load(picture.key).dtype == np.uint8
    assert pictures.load(picture.key).shape[2] == 3
    for language in LANGUAGES:
        assert f"pictures.names.{picture.key}" in catalogue(language)
    lines = (ASSETS / "LICENCES.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if f"{picture.path.name}`" in line]
    assert line.endswith(f"| {picture.licence} |")
    assert picture.author.split()[-1] in line


def test_every_file_is_an_entry():
    files = {path.stem for path in (ASSETS / "images" / "pictures").iterdir()}
    assert files == set(PICTURES)


def test_a_photograph_is_shared_by_all_and_changed_by_none():
    with pytest.raises(ValueError, match="read-only"):
        pictures.load("coffee")[0, 0] = 0


@pytest.mark.parametrize("lesson", [kernel_lab, pooling_lab, why_lab], ids=lambda lab: lab.__name__)
@pytest.mark.parametrize("picture", PICTURES)
def test_a_bundled_photograph_fills_a_lessons_box_and_keeps_its_proportions(lesson, picture):
    box, image = lesson.BOX, pictures.load(picture)
    fitted = picture_inputs.bundled_in(picture, box)
    height, width = fitted.shape[:2]
    assert height == box.height or width == box.width
    assert height <= box.height
    assert width <= box.width
    assert height / width == pytest.approx(image.shape[0] / image.shape[1], rel=0.01)
    assert not fitted.flags.writeable
    assert picture_inputs.bundled_in(picture, box) is fitted  # shrunk once


def test_a_small_picture_is_never_enlarged():
    assert images.fit_within(np.zeros((10, 20, 3), "uint8"), 270, 360).shape == (10, 20, 3)


@pytest.fixture
def session(monkeypatch) -> dict:
    """A visitor's session; what is refused is kept under "told"."""
    visitor = {"told": []}
    monkeypatch.setattr(picture_inputs.st, "session_state", visitor)
    monkeypatch.setattr(picture_inputs, "refuse", visitor["told"].append)
    return visitor


def file(name: str, data: bytes, reads: list) -> SimpleNamespace:
    """What the uploader hands out; `reads` notes every time the bytes are asked for."""

    def getvalue() -> bytes:
        reads.append(name)
        return data

    return SimpleNamespace(file_id=name, getvalue=getvalue)


def png(height: int, width: int) -> bytes:
    return cv2.imencode(".png", np.full((height, width, 3), 90, "uint8"))[1].tobytes()


def test_an_own_file_is_read_once_and_shrunk_once_for_each_lesson(session):
    reads = []
    own_file = file("a", png(1500, 3000), reads)
    for _ in range(3):  # reruns
        picture_inputs._receive(own_file)
    own = session[picture_inputs.OWN]
    assert reads == ["a"]
    assert own.size == (1500, 3000)  # as it was given
    assert own.image.shape == (512, 1024, 3)  # as it is kept
    assert own.fitted(kernel_lab.BOX) is own.fitted(kernel_lab.BOX)
    assert own.fitted(kernel_lab.BOX).shape == (180, 360, 3)
    assert own.fitted(pooling_lab.BOX).shape == (192, 384, 3)


def test_a_bad_file_is_told_as_long_as_it_is_there_and_takes_nothing_away(session):
    reads = []
    picture_inputs._receive(file("good", png(40, 50), reads))
    own = session[picture_inputs.OWN]
    for _ in range(2):
        picture_inputs._receive(file("bad", b"no picture", reads))
    assert len(session["told"]) == 2
    assert reads == ["good", "bad"]
    assert session[picture_inputs.OWN] is own


def test_the_sentence_for_a_narrow_picture_names_both_sizes_as_they_are():
    """A side of 20 among 800 pixels becomes 20 · 256/800 = 6.4 in a box of 256."""
    own = picture_inputs.OwnPicture(np.zeros((800, 20, 3), "uint8"), (800, 20))
    refusal = picture_inputs.too_small(own, pooling_lab.BOX, "Temple")
    assert str(refusal).startswith("The picture has 20×800 pixels and becomes 6×256 here")
