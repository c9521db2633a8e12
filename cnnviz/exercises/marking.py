"""Reading typed answers, marking them part by part, and keeping the score of a visit.

What cannot be read is said and never counted. A wrong answer is compared with the usual slips: the
answer that each leads to was calculated with the exercise, nothing is guessed.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, repeat
from typing import Literal

from cnnviz.exercises.exercise import (
    Answer,
    Exercise,
    Part,
    Sentence,
    say,
)
from cnnviz.text import Refusal

LONGEST = 40  # characters of one answer
MOST_DIGITS = 12
QUOTED = 20  # characters of an unreadable answer that are quoted

MINUS = re.compile("[−–—﹣]")
GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(\1\d{3})*")
DECIMAL = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)")
QUOTIENT = re.compile(r"([+-]?\d+)\s*/\s*(\d+)")
VULGAR = re.compile("[¼-¾⅐-⅞]")  # one character: ½
BETWEEN = re.compile(r"[\s,;、×x*·乘]+")  # numbers of a shape

State = Literal["right", "wrong", "unreadable", "empty"]


# --------------------------------------------------------------------- reading


def plain(typed: str) -> str:
    """Full-width digits and punctuation, every minus sign and capital letters made plain.

    >>> plain(" ３２ＸＸ −５ ")
    '32xx -5'
    """
    # Made plain, 12½ would be 121/2.
    typed = unicodedata.normalize("NFKC", VULGAR.sub(r" \g<0>", typed))
    return MINUS.sub("-", typed).replace("⁄", "/").strip().lower()


def _refused(kind: str, typed: str, **values: object) -> Refusal:
    given = typed.strip()
    given = given if len(given) <= QUOTED else f"{given[: QUOTED - 1]}…"
    return Refusal(f"exercises.unreadable.{kind}", given=given, **values)


def _has_too_many_digits(written: str) -> bool:
    return len(re.findall(r"\d", written)) > MOST_DIGITS


def read_number(typed: str) -> list[Fraction]:
    """What a typed number may mean, the likeliest first: "1,250" is 1250, or else 1.25.

    Raises:
        Refusal: If it is no number, or one that no exercise has.

    >>> read_number("−3"), read_number("2,5"), read_number("１，２５０")
    ([Fraction(-3, 1)], [Fraction(5, 2)], [Fraction(1250, 1), Fraction(5, 4)])
    """
    written = plain(typed).removeprefix("=").strip()
    if len(typed) > LONGEST or _has_too_many_digits(written):
        raise _refused("huge", typed, digits=MOST_DIGITS)
    quotient = QUOTIENT.fullmatch(written)
    if quotient and int(quotient[2]):
        return [Fraction(int(quotient[1]), int(quotient[2]))]
    written = re.sub(r"\s", "", written)  # after the quotients: "12 1/2" is not 121/2
    readings = []
    if GROUPED.fullmatch(written):
        readings.append(Fraction(re.sub("[.,]", "", written)))
    if DECIMAL.fullmatch(written):
        readings.append(Fraction(written.replace(",", ".").rstrip(".")))
    if not readings:
        raise _refused("number", typed)
    return readings


def read_shape(typed: str, length: int) -> tuple[int, ...]:
    """A shape typed with any sign between its numbers, also as Keras prints it.

    Raises:
        Refusal: If these are not as many whole numbers as expected.

    >>> read_shape("32 x 32*10", 3), read_shape("３２×３２，１０", 3)
    ((32, 32, 10), (32, 32, 10))
    >>> read_shape("(None, 28, 28, 6)", 3), read_shape("(None, 512)", 1), read_shape("6,272", 1)
    ((28, 28, 6), (512,), (6272,))
    """
    written = re.sub(r"^none[\s,]+", "", plain(typed).strip("()[]=, "))
    if length == 1 and GROUPED.fullmatch(written):  # 6,272 units, not 6×272
        written = re.sub("[.,]", "", written)
    numbers = BETWEEN.split(written)
    if len(typed) > LONGEST or any(map(_has_too_many_digits, numbers)):
        raise _refused("huge", typed, digits=MOST_DIGITS)
    if len(numbers) != length or not all(re.fullmatch(r"\d+", number) for number in numbers):
        raise _refused("shape", typed, length=length)
    return tuple(map(int, numbers))


# --------------------------------------------------------------------- marking


@dataclass(frozen=True)
class Mark:
    """How one part was answered."""

    states: tuple[State, ...]  # one for each field
    notes: tuple[Sentence | Refusal, ...] = ()  # a diagnosis, or why it cannot be read
    given: Answer | None = None  # what was read; None where not all could be

    @property
    def right(self) -> bool:
        return set(self.states) == {"right"}


def _read_field(part: Part, right: Answer, typed: str) -> Answer:
    """What was typed, by the reading that is right if there is one."""
    if part.form == "shape":
        return read_shape(typed, len(part.answer))
    readings = read_number(typed)
    return right if right in readings else readings[0]


def mark_part(part: Part, typed: Sequence[str], before: Sequence[Answer | None]) -> Mark:
    """One part, from what was typed into its fields and what was read in the parts before it.

    Fields for which nothing was sent are empty.
    """
    grid = part.form == "grid"
    answers = [number for row in part.answer for number in row] if grid else [part.answer]
    states, found, refusals = [], [], []
    for right, text in zip(answers, chain(typed, repeat("")), strict=False):
        if not text.strip():
            states.append("empty")
            continue
        try:
            found.append(_read_field(part, right, text))
            states.append("right" if found[-1] == right else "wrong")
        except Refusal as refusal:
            states.append("unreadable")
            refusals.append(refusal)
    if len(found) < len(answers):
        return Mark(tuple(states), tuple(refusals[:1]))
    given = found[0]
    if grid:
        width = len(part.answer[0])
        given = tuple(tuple(found[at : at + width]) for at in range(0, len(found), width))
    notes = () if given == part.answer else _diagnosis(part, given, before)
    return Mark(tuple(states), notes, given)


def _diagnosis(part: Part, given: Answer, before: Sequence[Answer | None]) -> tuple[Sentence, ...]:
    """Which slips lead to this very answer; the simplest ones where several do."""
    if _follows(part, given, before):
        return (say("exercises.mark.follows"),)
    fitting = [slip.reasons for slip in part.slips if slip.answer == given]
    fewest = min(map(len, fitting), default=0)
    explanations: list[tuple[Sentence, ...]] = []
    for reasons in fitting:
        if len(reasons) == fewest and reasons not in explanations:
            explanations.append(reasons)
    if len(explanations) == 1:
        return explanations[0]
    if fewest == 1:
        return (say("exercises.mark.several"), *(reason for (reason,) in explanations))
    return ()  # nothing known, or several pairs of slips: no diagnosis


def _follows(part: Part, given: Answer, before: Sequence[Answer | None]) -> bool:
    """Whether it is rightly worked out from wrong answers to the parts before."""
    if part.follow is None:
        return False
    try:
        return part.follow(before) == given
    except (TypeError, ValueError):  # nothing was read there, or no kernel fits on it
        return False


def mark(exercise: Exercise, typed: Sequence[str]) -> tuple[Mark, ...]:
    """Every part of an exercise, from the texts of all its fields."""
    marks: list[Mark] = []
    at = 0
    for part in exercise.parts:
        fields = typed[at : at + part.num_fields]
        marks.append(mark_part(part, fields, [done.given for done in marks]))
        at += part.num_fields
    return tuple(marks)


# --------------------------------------------------------------------- the score

Outcome = Literal["open", "tried", "first", "later", "shown"]
OUTCOMES = ("first", "later", "shown", "tried")  # as they are counted


@dataclass(frozen=True)
class Work:
    """What a visitor did with one exercise."""

    kind: str
    typed: tuple[str, ...] = ()
    outcome: Outcome = "open"

    def marked(self, exercise: Exercise, typed: Sequence[str]) -> "Work":
        """After typing. Empty and unreadable fields alone are no try."""
        states = {state for mark in mark(exercise, typed) for state in mark.states}
        outcome = self.outcome
        if outcome in ("open", "tried"):
            if states == {"right"}:
                outcome = "first" if outcome == "open" else "later"
            elif "wrong" in states:
                outcome = "tried"
        return replace(self, typed=tuple(typed), outcome=outcome)

    def revealed(self) -> "Work":
        """After the solution was asked for."""
        done = self.outcome in ("first", "later")
        return self if done else replace(self, outcome="shown")

    @property
    def solution_is_open(self) -> bool:
        return self.outcome in ("first", "later", "shown")


def score(works: Iterable[Work]) -> dict[str, Counter]:
    """Kind → how many exercises had which outcome; those only looked at are left out."""
    counts: dict[str, Counter] = {}
    for work in works:
        if work.outcome != "open":
            counts.setdefault(work.kind, Counter())[work.outcome] += 1
    return counts
