"""The same pattern appears in different places: two networks trained in some, tested in all."""

import base64
import re
import threading

import numpy as np
import streamlit as st

from cnnviz import translation
from cnnviz.figures import charts
from cnnviz.figures.colours import LAYER_KINDS
from cnnviz.text import percent
from cnnviz.ui import components, lesson, state
from cnnviz.ui.language import language, t, texts
from cnnviz.ui.why_lab import labelled_choice

# Each name has a text; rows of five cells, 1 bright, 0 dark.
PATTERNS = {
    "beak": "1000011100111111110010000",
    "cross": "0010000100111110010000100",
    "ring": "1111110001100011000111111",
    "stairs": "1000011000111001111011111",
}
WHERE = ("one", "half", "everywhere")
PLACE, PLACE_START = "place", (2, 2)
PATTERN = "pattern"
SEED, SEED_START, SEEDS = "why_seed", 7, 10_000
FARTHEST = (9, 8)  # the place that is looked at first: the dense network never met it
# Keys with lowest, highest and default.
COUNT = ("why_count", 20, 3200, 400)
NOISE = ("why_noise", 0.1, 1.0, 0.5)
# Half a second of work each: a class that trains all at once must leave the other pages alive.
_training = threading.Lock()


def _take_pattern() -> None:
    code = st.session_state["why_pattern"].get("pattern")
    if isinstance(code, str) and re.fullmatch("[01]{25}", code):
        state.keep("why", {PATTERN: "" if code == PATTERNS["beak"] else code})


def _take_place() -> None:
    number = st.session_state["why_places"].get("place")
    if isinstance(number, int) and 0 <= number < translation.PLACES**2:
        row, column = divmod(number, translation.PLACES)
        state.keep("why", {PLACE: f"{row}-{column}"})
        st.session_state["why_where"] = "one"


def _another_seed() -> None:
    st.session_state[SEED] = (st.session_state[SEED] + 1) % SEEDS


def chosen_pattern() -> str:
    code = state.kept("why", [PATTERN])[PATTERN]
    return code if re.fullmatch("[01]{25}", code) else PATTERNS["beak"]


def region(where: str) -> tuple[int, int, int, int]:
    """First and last row, first and last column of the places in training."""
    last = translation.PLACES - 1
    if where == "one":
        found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", state.kept("why", [PLACE])[PLACE])
        row, column = (int(found[1]), int(found[2])) if found else PLACE_START
        if max(row, column) > last:
            row, column = PLACE_START
        return row, row, column, column
    return 0, last, 0, last if where == "everywhere" else last // 2


def chosen_task() -> tuple[translation.Task, tuple[int, int, int, int]]:
    """What both networks are trained on, as it stands, and the region of its places."""
    top, bottom, left, right = bounds = region(state.chosen("why_where", WHERE, WHERE[0]))
    task = translation.Task(
        pattern=tuple(2 * int(cell) - 1 for cell in chosen_pattern()),
        places=tuple(
            (row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)
        ),
        noise=round(state.number(*NOISE), 1),
        count=state.number(*COUNT) // 2 * 2,  # every second picture holds the pattern
        seed=int(state.kept_number(SEED, 0, SEEDS - 1, SEED_START)),
    )
    return task, bounds


def choose_task() -> translation.Task:
    """The controls of the left column."""
    shown = st.container()  # the pictures depend on what is chosen below them
    labelled_choice(
        t("why.anywhere.where"), WHERE, lambda name: t(f"why.anywhere.{name}"), key="why_where"
    )
    for name, (key, low, high, default), step in (("count", COUNT, 20), ("noise", NOISE, 0.1)):
        state.slider(t(f"why.anywhere.{name}"), low, high, default, step, key)
    task, _ = chosen_task()
    st.button(
        t("why.anywhere.again", seed=task.seed),
        on_click=_another_seed,
        key="why_again",
        icon=":material/casino:",
        width="stretch",
    )
    with shown:
        _pattern_editor(chosen_pattern(), task)
    return task


@st.cache_data(max_entries=64, show_spinner=False)
def compared(task: translation.Task) -> translation.Comparison:
    """Both networks trained and tested; visitors with the same task share it."""
    with _training:
        return translation.compare(task)


@st.cache_data(max_entries=16, show_spinner=False)
def learning_curve(pattern: tuple[int, ...], noise: float, seed: int) -> dict[str, list[float]]:
    with _training:
        return translation.learning_curve(pattern, noise, seed)


def _pattern_editor(pattern: str, task: translation.Task) -> None:
    samples = compared(task).examples
    levels = np.clip(np.round(255 * (samples + 2) / 4), 0, 255).astype("uint8")  # −2 … 2
    components.mount(
        "why_pattern",
        key="why_pattern",
        data={
            "pattern": pattern,
            "presets": PATTERNS,
            "samples": [base64.b64encode(level.tobytes()).decode() for level in levels],
            "side": translation.SIZE,
            "count": task.count,
            "locale": language(),
            "text": texts("why.pattern"),
        },
        on_pattern_change=_take_pattern,
    )


def network_data(kind: str, trained: translation.Trained, formula: str) -> dict:
    """A network as its map shows it."""
    return {
        "key": kind,
        "title": t(f"why.places.{kind}"),
        "colour": LAYER_KINDS[kind],
        "formula": formula,
        "parameters": trained.parameters,
        "accuracies": np.round(100 * trained.accuracies)
        .astype(int)
        .reshape(len(trained.accuracies), -1)
        .tolist(),
        "sure": trained.sure.round(4).ravel().tolist(),
    }


def places(task: translation.Task) -> None:
    """Both networks' accuracy at every place, and what they learned."""
    comparison = compared(task)
    dense, convolution = comparison.dense, comparison.convolution
    size, kernel = translation.SIZE, translation.KERNEL
    # (256, 32) is (16, 16, 32), units as channels; only drawn, so 255 levels do.
    limit = float(np.abs(dense.weights).max())
    coded = np.round(127 * dense.weights / limit).astype("int8")
    filters = []
    for values, vote in zip(convolution.weights.T, convolution.votes, strict=True):
        cosine, down, right = translation.likeness(values, task.pattern)
        filters.append(
            {
                "weights": values.round(4).ravel().tolist(),
                "vote": round(float(vote), 3),
                "likeness": cosine,
                "down": down,
                "right": right,
            }
        )
    filters.sort(key=lambda found: -abs(found["likeness"]))
    trained = set(task.places)
    first_row, first_column = task.places[0]
    components.mount(
        "why_places",
        key="why_places",
        data={
            "size": size,
            "places": translation.PLACES,
            "pattern": list(task.pattern),
            "background": comparison.background.round(3).ravel().tolist(),
            "steps": [*translation.PAUSES, translation.STEPS],
            "trained": [place in trained for place in translation.EVERYWHERE],
            "alone": first_row * translation.PLACES + first_column if len(trained) == 1 else None,
            "probe": FARTHEST[0] * translation.PLACES + FARTHEST[1],
            "networks": [
                network_data(
                    "dense",
                    dense,
                    f"({size}·{size} + 1)·{translation.HIDDEN} + ({translation.HIDDEN} + 1)·1",
                )
                | {
                    "weights": base64.b64encode(coded.tobytes()).decode(),
                    "limit": limit,
                    "units": translation.HIDDEN,
                },
                network_data(
                    "convolution",
                    convolution,
                    f"({kernel}·{kernel}·1 + 1)·{translation.FILTERS} + "
                    f"({translation.FILTERS} + 1)·1",
                )
                | {"filters": filters},
            ],
            "locale": language(),
            "text": texts("why.places"),
        },
        on_place_change=_take_place,
    )


def question_examples(task: translation.Task) -> None:
    """With the pattern everywhere: how many pictures until the dense network is good?"""
    enough = 0.8
    never = t("why.curve.never")

    def solve() -> tuple[str, str]:
        with st.spinner(t("why.curve.training")):
            curve = learning_curve(task.pattern, task.noise, task.seed)
        reached = [
            f"{count:,}"
            for count, share in zip(translation.COUNTS, curve["dense"], strict=True)
            if share >= enough
        ]
        rows = [
            [t("why.curve.pictures"), *(f"{count:,}" for count in translation.COUNTS)],
            ["---"] * (1 + len(translation.COUNTS)),
            *(
                [t(f"why.places.{kind}"), *(percent(share) for share in curve[kind])]
                for kind in ("dense", "convolution")
            ),
        ]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return (reached or [never])[0], f"{t('why.curve.calculation')}\n\n{table}"

    lesson.predict_first(
        t("why.curve.text", share=f"{100 * enough:.0f} %"),
        [*(f"{count:,}" for count in translation.COUNTS), never],
        solve,
        depends_on=(task.pattern, task.noise, task.seed, language()),
    )


def examples_needed(task: translation.Task) -> None:
    """The learning curve, trained on demand."""
    opened = st.expander(
        t("why.curve.open"), icon=":material/query_stats:", key="why_curve", on_change="rerun"
    )
    if not opened.open:
        return
    with opened:
        with st.spinner(t("why.curve.training")):
            curve = learning_curve(task.pattern, task.noise, task.seed)
        names = {kind: t(f"why.places.{kind}") for kind in curve}
        st.plotly_chart(
            charts.accuracy_by_count(
                translation.COUNTS,
                curve,
                names,
                (t("why.curve.pictures"), t("why.curve.accuracy")),
            ),
            key="why_curve_chart",
        )
        st.caption(t("why.curve.explanation", steps=translation.STEPS, batch=translation.BATCH))


def code() -> None:
    """The program that trains both networks as they are set in the second instrument."""
    task, bounds = chosen_task()
    lesson.code(
        "why",
        t("why.code_note"),
        pattern="".join("1" if cell > 0 else "0" for cell in task.pattern),
        region=", ".join(map(str, bounds)),
        noise=f"{task.noise:g}",
        count=str(task.count),
        seed=str(task.seed),
    )
