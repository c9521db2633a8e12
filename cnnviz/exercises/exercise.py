"""What an exercise is: parts that are asked, their answers, the usual slips, the steps to them.

Nothing here is written in a language: a `Sentence` names a text and its values, so that a page or
a printed sheet can say it in either.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from cnnviz.text import text

Number = int | Fraction
Shape = tuple[int, ...]  # height, width, channels
Grid = tuple[tuple[Number, ...], ...]  # rows of a map
Answer = Number | Shape | Grid


@dataclass(frozen=True)
class Sentence:
    """A text of assets/text and what fills its {braces}; a value may be a sentence itself."""

    key: str
    values: dict[str, object]

    def said(self, language: str) -> str:
        values = {
            name: value.said(language) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return text(language, self.key, **values)


def say(key: str, **values: object) -> Sentence:
    """The sentence with this key: say("exercises.slip.no_biases")."""
    return Sentence(key, values)


@dataclass(frozen=True)
class Slip:
    """A usual mistake, and the answer that it leads to."""

    answer: Answer
    reasons: tuple[Sentence, ...]  # what was done; more than one where slips meet


@dataclass(frozen=True)
class Window:
    """Where the pixels of one result lie in a matrix; with padding it may stick out."""

    top: int
    left: int
    size: int  # rows and columns that it spans


@dataclass(frozen=True)
class Matrix:
    """Numbers to calculate with, as they are shown."""

    caption: Sentence
    rows: tuple[tuple[int | None, ...], ...]  # None: an empty cell
    operator: str = ""  # shown before it: "∗", "="
    asked: tuple[int, int] | None = None  # the cell with the question mark
    windowed: bool = False  # the windows of the part lie in this one


@dataclass(frozen=True)
class Part:
    """One thing asked: a number, a shape or a whole map, marked by itself."""

    label: Sentence
    answer: Answer
    slips: tuple[Slip, ...]
    steps: tuple[Sentence, ...]  # the worked solution
    matrices: tuple[Matrix, ...] = ()
    windows: tuple[Window, ...] = ()  # one for each number that is asked
    sign: str = "="  # between the matrices and a map that is asked
    # From the answers typed to the parts before it (None: not readable) to what follows from them.
    follow: Callable[[Sequence[Answer | None]], Answer] | None = field(default=None, compare=False)

    @property
    def form(self) -> str:
        """ "number", "shape" or "grid"."""
        if not isinstance(self.answer, tuple):
            return "number"
        return "grid" if isinstance(self.answer[0], tuple) else "shape"

    @property
    def num_fields(self) -> int:
        """How many fields are filled in."""
        return sum(map(len, self.answer)) if self.form == "grid" else 1


@dataclass(frozen=True)
class Exercise:
    """A question with its parts."""

    kind: str  # a key of exercises.kinds.KINDS, or "lecture"
    question: Sentence
    parts: tuple[Part, ...]
    layers: tuple[Sentence, ...] = ()  # a list below the question
    # Heads of a table: its rows are the layers, its cells the parts, row by row; parts that are
    # left over stand below it.
    columns: tuple[Sentence, ...] = ()

    @property
    def num_fields(self) -> int:
        return sum(part.num_fields for part in self.parts)


def slips(answer: Answer, *candidates: tuple[Answer | None, Sentence]) -> tuple[Slip, ...]:
    """The candidates that can be told from the right answer; None is no answer at all."""
    return tuple(
        Slip(wrong, (reason,)) for wrong, reason in candidates if wrong not in (None, answer)
    )


def show(number: Number) -> str:
    """As it is written: 1,250, −3, 2.25."""
    written = f"{int(number):,}" if number == int(number) else f"{float(number):,g}"
    return written.replace("-", "−")


def show_shape(shape: Iterable[int]) -> str:
    return "×".join(map(show, shape))


def factor(number: Number) -> str:
    """A number inside a product or a sum: (−3)."""
    return f"({show(number)})" if number < 0 else show(number)
