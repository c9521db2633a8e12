"""The instruments of the exercises: which ones, one of them with its marks, the score, printing."""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import streamlit as st

from cnnviz.exercises import kinds, marking, printed
from cnnviz.exercises.exercise import Exercise, Matrix, Part, show
from cnnviz.exercises.kinds import KINDS, LARGEST_SEED, LEVELS, OWN, Sheet
from cnnviz.exercises.marking import Mark, Work
from cnnviz.exercises.printed import Printing
from cnnviz.text import Refusal
from cnnviz.ui import components, links, state
from cnnviz.ui.language import language, t, texts

SEED, KIND, NUMBER = "seed", "kind", "number"  # in the link; the level is there, too
NEW = "new"
FIRST = {OWN: {}, NEW: {SEED: "1", KIND: "-".join(KINDS)}}  # what a set begins with
LAST = "exercise_last"  # where this visitor was in each set, for another page and back
WORKS = "exercise_works"  # what this visitor did: exercise → Work
MOST_WORKS = 300  # of one visitor; the oldest are forgotten
FIELD = marking.LONGEST + 1  # characters that are kept: one more than can be an answer


@dataclass(frozen=True)
class Place:
    """Where the visitor is: a set of exercises, and one of them."""

    sheet: Sheet | None  # None: the lecture's own exercises
    number: int
    own: Exercise | None = None  # one that a page made itself; it has no place in a set

    @property
    def exercise(self) -> Exercise:
        if self.own:
            return self.own
        return self.sheet.exercise(self.number) if self.sheet else kinds.lecture()[self.number - 1]

    @property
    def key(self) -> str:
        """Names the exercise in the session."""
        if self.own:
            answers = repr([part.answer for part in self.own.parts])
            return f"{self.own.kind}/{hashlib.sha256(answers.encode()).hexdigest()[:12]}"
        return self.sheet.name_of(self.number) if self.sheet else f"{OWN}/{self.number}"

    @property
    def count(self) -> int:
        """How many exercises there are to go to."""
        return 1 if self.own else _count(self.sheet)


def _count(sheet: Sheet | None) -> int:
    """How many exercises there are."""
    return kinds.MOST if sheet else len(kinds.lecture())


# --------------------------------------------------------------------- the link


def _go(chosen: str, **link: str) -> None:
    """Put a place of one set into the link, and keep it for another page and back."""
    for name in (SEED, KIND, NUMBER):
        state.remember(name, link.get(name, ""))
    st.session_state.setdefault(LAST, {}).update({"set": chosen, chosen: link})


def _whole(name: str, largest: int) -> int:
    """A number from 1 to the largest one, as the link says it; else 1."""
    written = state.recalled(name)
    number = int(written) if written.isdecimal() and len(written) < 10 else 1
    return number if 1 <= number <= largest else 1


def _chosen_set() -> str:
    """ "lecture" or "new", as the link says, or as this visitor left it."""
    last = st.session_state.get(LAST, {"set": OWN})
    if not any(map(state.recalled, (SEED, KIND, NUMBER))):
        _go(last["set"], **last.get(last["set"], {}))
    named = state.recalled(KIND)
    return NEW if state.recalled(SEED) or (named and named != OWN) else OWN


def _chosen_kinds() -> tuple[str, ...]:
    """The kinds that the link names, or all."""
    named = state.recalled(KIND).split("-")
    return tuple(key for key in KINDS if key in named) or tuple(KINDS)


# --------------------------------------------------------------------- choose


def _take_set() -> None:
    chosen = st.session_state["exercise_set"]
    _go(chosen, **st.session_state[LAST].get(chosen, FIRST[chosen]))


def _take_kinds() -> None:
    chosen = st.session_state["exercise_kinds"]
    # Kinds that the level does not offer, and that are not shown, stay chosen.
    hidden = set(KINDS) - set(kinds.offered(st.session_state["level"]))
    kept = [key for key in _chosen_kinds() if key in hidden]
    named = [key for key in KINDS if key in [*chosen, *kept]] if chosen else KINDS
    _go(NEW, seed=state.recalled(SEED), kind="-".join(named))


def _take_seed() -> None:
    _go(NEW, seed=str(st.session_state["exercise_seed"]), kind=state.recalled(KIND))


def _new_sheet() -> None:
    _go(NEW, seed=str(random.randint(1, LARGEST_SEED)), kind=state.recalled(KIND))


def choose() -> Place:
    """The controls in one row, and the exercise that they and the link lead to."""
    chosen = _chosen_set()
    with st.container(horizontal=True, gap="small"):
        st.session_state["exercise_set"] = chosen
        st.segmented_control(
            t("exercises.choose.set"),
            (OWN, NEW),
            required=True,
            format_func=lambda name: t(
                "exercises.choose.new" if name == NEW else "exercises.choose.lecture"
            ),
            key="exercise_set",
            on_change=_take_set,
            label_visibility="collapsed",
        )
        sheet = _choose_sheet() if chosen == NEW else None
        place = Place(sheet, _whole(NUMBER, _count(sheet)))
        _show(place)
        _print(place)
    return place


def _show(place: Place) -> None:
    """Let the link say no more and no less than the page; exercise 1 needs no number."""
    number = "" if place.number == 1 else str(place.number)
    if place.sheet:
        _go(NEW, seed=str(place.sheet.seed), kind="-".join(_chosen_kinds()), number=number)
    else:
        _go(OWN, number=number)


def _choose_sheet() -> Sheet:
    """Level, kinds and number of a sheet."""
    with st.container(width="content"):
        level = state.choice(
            t("exercises.level.label"),
            LEVELS,
            LEVELS[0],
            lambda level_key: t(f"exercises.level.{level_key}"),
            key="level",
        )
    offered = kinds.offered(level)
    # Only kinds beyond this level were chosen: then all that it has.
    chosen = [key for key in _chosen_kinds() if key in offered] or list(offered)
    seed = _whole(SEED, LARGEST_SEED)
    label = t("exercises.choose.kinds", chosen=len(chosen), count=len(offered))
    with st.popover(label, key="exercise_kinds_open"):
        st.session_state["exercise_kinds"] = chosen
        st.pills(
            label,
            offered,
            selection_mode="multi",
            format_func=lambda kind_key: t(f"exercises.kind.{kind_key}"),
            key="exercise_kinds",
            on_change=_take_kinds,
            label_visibility="collapsed",
        )
        st.caption(t("exercises.choose.kinds_help"))
    with st.popover(t("exercises.choose.sheet", seed=seed), key="exercise_sheet_open"):
        st.session_state["exercise_seed"] = seed
        st.number_input(
            t("exercises.choose.seed"), 1, LARGEST_SEED, key="exercise_seed", on_change=_take_seed
        )
        st.caption(t("exercises.choose.sheet_help"))
    st.button(t("exercises.choose.new_sheet"), on_click=_new_sheet, key="exercise_new_sheet")
    return Sheet(seed, level, tuple(chosen))


def _print(place: Place) -> None:
    """The same exercises on paper."""
    popover = st.popover(
        t("exercises.choose.print"),
        icon=":material/print:",
        key="exercise_print_open",
        on_change="rerun",
    )
    if not popover.open:
        return
    with popover:
        if place.sheet is None:
            count = _count(None)
            st.caption(t("exercises.choose.print_all", count=count))
        else:
            count = st.slider(
                t("exercises.choose.print_count"),
                printed.FEWEST,
                printed.MOST,
                12,
                key="exercise_print_count",
                persist_state="session",
            )
        solutions = st.toggle(
            t("exercises.choose.print_solutions"),
            True,
            key="exercise_print_solutions",
            persist_state="session",
        )
        link = _link_to_first()
        printing = Printing(place.sheet, count, solutions, language(), link, _code_of(link))
        st.download_button(
            t("exercises.choose.download"),
            lambda: printed.html(printing),
            printing.file_name,
            "text/html",
            key="exercise_print",
            on_click="ignore",
        )
        st.caption(t("exercises.choose.print_help"))


def _link_to_first() -> str:
    """The page's link, at exercise 1."""
    parts = urlsplit(links.page_link())
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != NUMBER]
    return urlunsplit((*parts[:3], urlencode(query), ""))


def _code_of(link: str) -> str:
    """For phones; none for an address that works on this computer only."""
    host = urlsplit(link).hostname or "localhost"
    local = not {host, f"[{host}]"}.isdisjoint(links.LOOPBACK)
    return "" if local or len(link) > links.QR_BYTES else links.qr_code(link)


# --------------------------------------------------------------------- one exercise


def _works() -> dict[str, Work]:
    return st.session_state.setdefault(WORKS, {})


def _keep(key: str, work: Work) -> None:
    works = _works()
    works.pop(key, None)  # what was worked on last is forgotten last
    works[key] = work
    while len(works) > MOST_WORKS:
        del works[next(iter(works))]


def _take(place: Place) -> None:
    """What was pressed. A scripted client may send anything."""
    act = st.session_state["exercise"].get("act")
    if not isinstance(act, dict) or act.get("id") != place.key:
        return
    action, number, typed = (act.get(name) for name in ("action", "number", "typed"))
    asked = place.exercise
    work = _works().get(place.key, Work(asked.kind))
    if action == "go" and not place.own and isinstance(number, int) and 1 <= number <= place.count:
        _show(Place(place.sheet, number))
    elif action == "mark" and isinstance(typed, list) and len(typed) == asked.num_fields:
        _keep(place.key, work.marked(asked, [str(text)[:FIELD] for text in typed]))
    elif action == "show":
        _keep(place.key, work.revealed())


def show_exercise(place: Place) -> None:
    """The exercise with its fields; marks and solution once they are asked for."""
    asked = place.exercise
    kind_key = asked.kind
    work = _works().get(place.key, Work(kind_key))
    marks = marking.mark(asked, work.typed) if work.typed else ()
    verdict = _verdict(work, marks)
    components.mount(
        "exercise",
        key="exercise",
        data={
            "id": place.key,
            "number": place.number,
            "count": place.count,
            "kind": t(f"exercises.kind.{kind_key}"),
            "level": t(f"exercises.level.{place.sheet.level}") if place.sheet else "",
            "question": asked.question.said(language()),
            "layers": [layer.said(language()) for layer in asked.layers],
            "columns": [head.said(language()) for head in asked.columns],
            "typed": list(work.typed or [""] * asked.num_fields),
            "longest": FIELD,
            "parts": _parts_data(asked, marks, work.solution_is_open),
            "open": work.solution_is_open,
            "done": bool(marks) and all(mark.right for mark in marks),
            "verdict": t(f"exercises.lab.verdict_{verdict}") if verdict else "",
            "verdict_kind": verdict,
            "text": texts("exercises.lab"),
        },
        on_act_change=lambda: _take(place),
    )


def _verdict(work: Work, marks: Sequence[Mark]) -> str:
    """The name of the sentence above the solution; "" before anything was done."""
    if work.outcome == "shown" or not marks:
        return "shown" if work.outcome == "shown" else ""
    states = {state for mark in marks for state in mark.states}
    if states == {"right"}:
        return "first" if work.outcome == "first" else "later"
    return "tried" if "wrong" in states else "open"


def _parts_data(exercise: Exercise, marks: Sequence[Mark], opened: bool) -> list[dict]:
    parts, start = [], 0
    for number, part in enumerate(exercise.parts):
        mark = marks[number] if marks else Mark(())
        parts.append(_part_data(part, mark, start, opened))
        start += part.num_fields
    return parts


def _part_data(part: Part, mark: Mark, start: int, opened: bool) -> dict:
    """A part for the component; answers and steps only once the solution is open."""
    grid = part.form == "grid"
    answer: object = printed.answer_text(part)
    if grid:
        answer = [[show(number) for number in row] for row in part.answer]
    return {
        "label": part.label.said(language()),
        "form": part.form,
        "start": start,
        "rows": len(part.answer) if grid else 1,
        "columns": len(part.answer[0]) if grid else 1,
        "sign": part.sign,
        "signed": bool(part.matrices),
        "states": list(mark.states),
        "notes": [
            note.sentence(language()) if isinstance(note, Refusal) else note.said(language())
            for note in mark.notes
        ],
        "matrices": [_matrix_data(matrix) for matrix in part.matrices],
        "windows": [[at.top, at.left, at.size] for at in part.windows] if opened else [],
        "answer": answer if opened else "",
        "steps": [step.said(language()) for step in part.steps] if opened else [],
    }


def _matrix_data(matrix: Matrix) -> dict:
    return {
        "caption": matrix.caption.said(language()),
        "rows": matrix.rows,
        "operator": matrix.operator,
        "asked": matrix.asked,
        "windowed": matrix.windowed,
    }


# --------------------------------------------------------------------- the score


def score() -> None:
    """How this visit went, kind by kind."""
    counts = marking.score(_works().values())
    total = sum(sum(of_kind.values()) for of_kind in counts.values())
    first = sum(of_kind["first"] for of_kind in counts.values())
    label = (
        t("exercises.score.summary", first=first, count=total)
        if total
        else t("exercises.score.none")
    )
    with st.expander(label, icon=":material/scoreboard:", key="exercise_score"):
        if total:
            heads = ["kind", *marking.OUTCOMES]
            rows = [" | ".join(t(f"exercises.score.{head}") for head in heads)]
            rows.append("---|" + "--:|" * len(marking.OUTCOMES))
            for kind_key in (OWN, *KINDS):
                if kind_key in counts:
                    numbers = (str(counts[kind_key][outcome]) for outcome in marking.OUTCOMES)
                    rows.append(" | ".join((t(f"exercises.kind.{kind_key}"), *numbers)))
            st.markdown("\n".join(f"| {row.strip('|')} |" for row in rows))
        st.caption(t("exercises.score.note"))
