"""The bundled photographs, as data. A new one is an entry, a file, its name in both languages."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from cnnviz import ASSETS, images


@dataclass(frozen=True)
class Picture:
    """One photograph. Its name is pictures.names.<key> in the texts."""

    key: str  # assets/images/pictures/<key>.jpg
    author: str
    licence: str

    @property
    def path(self) -> Path:
        return ASSETS / "images" / "pictures" / f"{self.key}.jpg"


PICTURES = {
    picture.key: picture
    for picture in (
        Picture("cat_chelsea", "S. van der Walt", "CC0"),
        Picture("coffee", "R. Michetti", "CC0"),
        Picture("astronaut", "NASA", "public domain"),
        Picture("china_temple", "danielbuechele", "CC BY 2.0"),
        Picture("flower", "danielbuechele", "CC BY 2.0"),
        Picture("grace_hopper", "US Navy", "public domain"),
        Picture("motorcycle", "Middlebury stereo", "CC0"),
        Picture("rocket", "SpaceX", "public domain"),
        Picture("cameraman", "L. Varshney", "CC0"),
    )
}


@cache
def load(key: str) -> np.ndarray:
    """(H, W, 3) uint8 RGB, read-only: all visitors share it."""
    image = images.decode(PICTURES[key].path.read_bytes())
    image.setflags(write=False)
    return image
