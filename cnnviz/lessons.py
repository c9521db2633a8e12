"""The lessons in the order of the lecture, as data. A new lesson is an entry, a page, its texts."""

from dataclasses import dataclass
from pathlib import Path

from cnnviz import ASSETS, ROOT


@dataclass(frozen=True)
class Lesson:
    """One page. Its texts are assets/text/<language>/<key>.toml with at least title and intro."""

    key: str  # pages/<key>.py, the address /<key>, the text file
    part: str  # part of the lecture: a key below lessons.parts in the texts
    icon: str  # a Material icon
    models: tuple[str, ...] = ()  # bundled models it needs, keys of registry.MODELS

    @property
    def page(self) -> Path:
        return ROOT / "pages" / f"{self.key}.py"

    def thumbnail(self, language: str) -> Path:
        return ASSETS / "images" / "lessons" / f"{self.key}_{language}.webp"


LESSONS = {
    lesson.key: lesson
    for lesson in (
        Lesson("home", "start", ":material/home:"),
        Lesson("why", "why_and_how", ":material/lightbulb:"),
        Lesson("convolution", "why_and_how", ":material/grid_on:"),
        Lesson("kernels", "why_and_how", ":material/blur_on:", models=("mnist_cnn",)),
        Lesson("pooling", "why_and_how", ":material/photo_size_select_small:"),
        Lesson("digits", "why_and_how", ":material/draw:", models=("mnist_cnn", "mnist_dense")),
        Lesson("exercises", "why_and_how", ":material/edit_note:"),
        Lesson("parameters", "architectures", ":material/bar_chart:"),
        Lesson("architectures", "architectures", ":material/account_tree:"),
        Lesson(
            "receptive_field",
            "architectures",
            ":material/center_focus_strong:",
            models=("mnist_cnn",),
        ),
        Lesson("blocks", "architectures", ":material/view_module:"),
    )
}

PARTS = ("start", "why_and_how", "architectures", "looking_inside", "detection", "training")
