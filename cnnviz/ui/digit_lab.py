"""The instruments of the digits lesson: what the networks see and read, the whole CNN."""

import base64

import numpy as np
import streamlit as st

from cnnviz import browser_network, digits, mnist, registry
from cnnviz.figures import charts
from cnnviz.text import percent
from cnnviz.ui import components, lesson, server, state
from cnnviz.ui.digit_inputs import DigitInput
from cnnviz.ui.language import language, t, texts

OFF = "off"  # steps of the preparation that are switched off, in the link
CHANGES = "changes"  # changes to the network, in the link
LONGEST_CHANGES = 4000  # characters; assets/components/cnn.js reads and checks them
MODELS = ("mnist_cnn", "mnist_dense")
QUESTION_SHIFT = 5  # pixels
LARGEST_SENT = 96  # pixels of a step's longer side


def packed(picture: np.ndarray) -> str:
    """Grey levels of a picture in 0…1 as base64."""
    return base64.b64encode(np.round(picture * 255).astype("uint8").tobytes()).decode()


def switched_off() -> list[str]:
    """The steps that this visitor switched off."""
    named = state.recalled(OFF).split("-")
    return [name for name in digits.SWITCHES if name in named]


def prepare(given: DigitInput) -> list[digits.Step]:
    """The pictures on the way; the last one is 28×28, before any disturbance."""
    if given.ink is None:
        return [digits.Step("digit", given.image)]
    return digits.prepare(given.ink, frozenset(digits.SWITCHES) - frozenset(switched_off()))


def dark_ink(given: DigitInput) -> bool:
    """Whether the network gets dark ink on bright paper, as drawn."""
    # Of a linked drawing too: the link holds what the network saw. MNIST is never dark.
    return given.truth is None and "polarity" in switched_off()


def _take_switches() -> None:
    off = st.session_state["reading"].get("off")
    named = off if isinstance(off, list) else []  # a scripted client may send anything
    state.remember(OFF, "-".join(name for name in digits.SWITCHES if name in named))


def _take_changes() -> None:
    changes = st.session_state["network"].get("changes")
    if isinstance(changes, str):
        while len(changes) > LONGEST_CHANGES:  # whole changes only
            changes = changes.rpartition("~")[0]
        state.remember(CHANGES, changes)


def changed() -> bool:
    """Whether the visitor changed the CNN by hand."""
    return bool(state.recalled(CHANGES))


def reading_title(key: str) -> str:
    """The network's name; the CNN is read as trained, whatever was changed below."""
    title = t(f"digits.quality.{key.removeprefix('mnist_')}")
    if key == "mnist_cnn" and changed():
        return t("digits.reading.trained", title=title)
    return title


def reading(given: DigitInput, steps: list[digits.Step], logits: dict[str, np.ndarray]) -> None:
    """The steps as pictures, and ten bars for each network."""
    order = ["digit"]
    if given.ink is not None:
        order = ["drawing", "polarity", "crop", "thickness", "scale", "centre"]
    if steps[-1].name == "disturbed":
        order.append("disturbed")
    components.mount(
        "reading",
        key="reading",
        data={
            "locale": language(),
            "note": given.note,
            "invitation": given.invites,
            "truth": given.truth,
            "order": order,
            "off": switched_off(),
            "switches": digits.SWITCHES if given.ink is not None else [],
            "steps": [step_data(step) for step in steps],
            "readings": [
                {
                    "key": key,
                    "title": reading_title(key),
                    "parameters": registry.MODELS[key].parameters,
                    "logits": scores.tolist(),
                    "probabilities": digits.softmax(scores).tolist(),
                }
                for key, scores in logits.items()
            ],
            "text": texts("digits.reading"),
        },
        on_off_change=_take_switches,
    )


def step_data(step: digits.Step) -> dict:
    """One picture, no larger than it is drawn: a photograph's sheet would be a megabyte."""
    picture = step.picture
    if max(picture.shape) > LARGEST_SENT:
        picture = digits.resized(picture, LARGEST_SENT / max(picture.shape))
    return {
        "name": step.name,
        "size": list(step.picture.shape),
        "height": picture.shape[0],
        "width": picture.shape[1],
        "pixels": packed(picture),
    }


def network(image: np.ndarray, keras_logits: np.ndarray) -> None:
    """Every channel of every layer; any unit's arithmetic; the network changed by hand."""
    key = "mnist_cnn"
    components.mount(
        "network",
        key="network",
        data={
            "layers": browser_network.layers(key),
            "weights": {
                name: server.weights_address(key, name) for name in browser_network.VARIANTS
            },
            "image": packed(image),
            "keras_logits": keras_logits.tolist(),
            "changes": state.recalled(CHANGES)[:LONGEST_CHANGES],
            "text": texts("digits.network"),
        },
        on_changes_change=_take_changes,
    )


def code_note() -> str:
    """What the program does not do."""
    return t("lessons.code_trained") if changed() else ""


def question(image: np.ndarray, dark_ink: bool) -> None:
    """What does the dense network read when this digit has moved?"""
    shifts = range(QUESTION_SHIFT + 1)

    def solve() -> tuple[str, str]:
        read = digits.readings_while_moving(image, shifts, dark_ink)
        rows = [[t("digits.question.shift"), *map(str, shifts)], ["---"] * (len(shifts) + 1)]
        for key in MODELS:
            name = t(f"digits.question.{key.removeprefix('mnist_')}")
            rows.append([name, *(f"{row.argmax()} ({percent(row.max())})" for row in read[key])])
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        answer = str(read["mnist_dense"][-1].argmax())
        return answer, f"{t('digits.question.calculation')}\n\n{table}"

    lesson.predict_first(
        t("digits.question.text", shift=QUESTION_SHIFT),
        registry.DIGITS,
        solve,
        depends_on=digits.to_code(image),
    )


def quality() -> None:
    """Accuracy against shift, confusion matrices: measured by a tool, drawn on demand."""
    opened = st.expander(
        t("digits.quality.open"), icon=":material/query_stats:", key="quality", on_change="rerun"
    )
    if not opened.open:
        return
    measured = mnist.measured()
    names = {key: t(f"digits.quality.{key.removeprefix('mnist_')}") for key in MODELS}
    with opened:
        st.markdown(f"**{t('digits.quality.shift_title')}**")
        st.plotly_chart(
            charts.accuracy_by_shift(
                measured["shifts"],
                {key: measured["models"][key]["accuracy_by_shift"] for key in MODELS},
                names,
                (t("digits.quality.shift_axis"), t("digits.quality.accuracy_axis")),
            ),
            key="shift_chart",
        )
        for key, column in zip(MODELS, st.columns(2), strict=True):
            model = measured["models"][key]
            title = t(
                "digits.quality.confusion_title",
                title=names[key],
                accuracy=percent(model["accuracy"]),
                wrong=len(model["wrong"]),
            )
            column.markdown(f"**{title}**")
            axes = (t("digits.quality.written"), t("digits.quality.read"))
            matrix = np.array(model["confusion"])
            column.plotly_chart(
                charts.confusion(matrix, registry.DIGITS, axes), key=f"confusion_{key}"
            )
        st.caption(t("digits.quality.explanation"))
