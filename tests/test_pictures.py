"""The bundled photographs: readable, credited, and never changed."""

import numpy as np
import pytest

from cnnviz import ASSETS, pictures
from cnnviz.pictures import PICTURES
from cnnviz.text import LANGUAGES, catalogue


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
