"""A sheet of exercises as one HTML page for the printer, with nothing to fetch."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from cnnviz import ASSETS
from cnnviz.exercises.exercise import Exercise, Part, show, show_shape
from cnnviz.exercises.kinds import OWN, Sheet, lecture
from cnnviz.text import text

FEWEST, MOST = 5, 30  # exercises of a printed sheet


@dataclass(frozen=True)
class Printing:
    """What is printed, and in which language."""

    sheet: Sheet | None  # None: the lecture's own exercises, all of them
    count: int
    solutions: bool
    language: str
    link: str  # where the same exercises are marked
    code: str  # the link as an SVG picture of our own making; "" for none

    @property
    def exercises(self) -> Sequence[Exercise]:
        if self.sheet is None:
            return lecture()
        return [self.sheet.exercise(number) for number in range(1, self.count + 1)]

    @property
    def file_name(self) -> str:
        if self.sheet is None:
            return "exercises_lecture.html"
        return f"exercises_{self.sheet.seed}_{self.sheet.level}.html"


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(ASSETS / "print"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("exercises.html")


def answer_text(part: Part) -> str:
    """The right answer in one line; "" for a map, which is drawn."""
    if part.form == "grid":
        return ""
    return show(part.answer) if part.form == "number" else show_shape(part.answer)


def html(printing: Printing) -> str:
    """The whole page: exercises, then, where they are wanted, solutions on a page of their own."""

    def t(key: str, **values: object) -> str:
        return text(printing.language, key, **values)

    if printing.sheet is None:
        subtitle = t("exercises.print_sheet.subtitle_lecture")
    else:
        level = t(f"exercises.level.{printing.sheet.level}")
        subtitle = t("exercises.print_sheet.subtitle", seed=printing.sheet.seed, level=level)
    words = {
        name: t(f"exercises.print_sheet.{name}") for name in ("name", "date", "solutions", "link")
    }
    return _template().render(
        printing=printing,
        language={"zh": "zh-CN"}.get(printing.language, printing.language),
        title=t("exercises.title"),
        subtitle=subtitle,
        words=words,
        conventions=[t(f"exercises.lab.convention_{name}") for name in ("padding", "filter")],
        code=Markup(printing.code),
        kind=lambda exercise: t(f"exercises.kind.{exercise.kind}"),
        said=lambda sentence: sentence.said(printing.language),
        show=show,
        answer_text=answer_text,
        blank=lambda part: [[None] * len(row) for row in part.answer],
        own=OWN,
    )
