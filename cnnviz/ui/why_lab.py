"""The four instruments of the first lesson: three properties of images, and what they save."""

import base64
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import streamlit as st

from cnnviz import images, mnist, subsampling, translation
from cnnviz.arithmetic import conv_parameters, dense_parameters, output_size
from cnnviz.digits import softmax
from cnnviz.figures import charts
from cnnviz.figures.colours import LAYER_KINDS
from cnnviz.text import percent
from cnnviz.ui import components, lesson, picture_inputs, state
from cnnviz.ui.language import language, t, texts
from cnnviz.ui.warmup import warm_up

PROPERTIES = ("small", "anywhere", "subsample", "count")
PICTURE = "cat_chelsea"  # it has the same pattern twice: an eye finds the other eye
SHORTEST_SIDE = 32  # pixels of a picture that both instruments on photographs can use


def choose() -> str:
    """Which of the four instruments is open, and the claim that it tests."""
    name = state.choice(
        t("why.property.label"),
        PROPERTIES,
        PROPERTIES[0],
        lambda name: t(f"why.property.{name}"),
        key="property",
    )
    st.markdown(f"**{t(f'why.claim.{name}')}** {t(f'why.shown.{name}')}")
    return name


def labelled_choice(
    label: str, options: tuple[str, ...], name: Callable[[str], str], key: str
) -> str:
    """A row of buttons below its label; the first is the default."""
    with st.container(gap="xsmall"):
        st.caption(label)
        return state.choice(label, options, options[0], name, key)


def kept(name: str) -> str:
    """What a component has set: in the link, else as this visitor left it on another page."""
    value = state.recalled(name) or st.session_state.get(f"kept_{name}", "")
    keep(name, value)
    return value


def keep(name: str, value: str) -> None:
    st.session_state[f"kept_{name}"] = value
    state.remember(name, value)


def photograph() -> picture_inputs.GivenPicture:
    """A picture large enough for these instruments; the bundled one in the place of a smaller."""
    given = picture_inputs.choose(PICTURE)
    height, width = images.fit(given.image, LONGEST_SIDE).shape[:2]
    if min(height, width) >= SHORTEST_SIDE:
        return given
    whole_height, whole_width = given.image.shape[:2]
    st.info(
        t("why.too_small", height=whole_height, width=whole_width, least=SHORTEST_SIDE),
        icon=":material/info:",
    )
    return picture_inputs.bundled(PICTURE)


def encoded(image: np.ndarray, kind: str) -> str:
    """A picture (H, W, 3) uint8 as a file, ".jpg" or ".png", in base64."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return base64.b64encode(cv2.imencode(kind, bgr)[1].tobytes()).decode()


# 1  Patterns are smaller than the image

LONGEST_SIDE = 320  # pixels of the picture that the window slides over
WINDOW = "window"  # in the link
SMALLEST, LARGEST, STEP = 8, 48, 4  # pixels of the window's side
LOWEST = 0.4  # correlation from which on places can be marked
LEAST = 0.7
# Where the window lies at first: (row, column, side), in the picture at 320 pixels.
STARTS = {
    "cat_chelsea": (86, 209, 28),  # an eye
    "coffee": (44, 66, 28),  # where the saucer meets the cup
    "astronaut": (52, 21, 16),  # stripes of the flag
    "china_temple": (125, 98, 16),  # an ornament of the roof
    "flower": (146, 129, 12),  # a petal
    "grace_hopper": (30, 6, 16),  # a star
    "motorcycle": (112, 60, 48),  # a wheel: the other one is seen at another angle
    "rocket": (189, 209, 16),  # a lamp
    "cameraman": (240, 144, 24),  # a leg of the tripod
}


@dataclass(frozen=True)
class Window:
    """The window of the first instrument, in pixels of the picture at 320."""

    row: int
    column: int
    size: int
    least: float  # correlation from which on places are marked


def window_of(code: str, name: str, height: int, width: int) -> Window:
    """What the link says about this picture, else where the lesson begins."""
    found = re.fullmatch(r"(\w+)~(\d{1,4})-(\d{1,4})-(\d{1,2})~([01]\.\d\d)", code)
    if found and found[1] == name:
        row, column, size = (int(number) for number in found.group(2, 3, 4))
        fits = size % STEP == 0 and SMALLEST <= size <= LARGEST
        if fits and row + size <= height and column + size <= width:
            return Window(row, column, size, min(1.0, max(LOWEST, float(found[5]))))
    row, column, size = STARTS.get(name, ((height - 24) // 2, (width - 24) // 2, 24))
    return Window(row, column, size, LEAST)


def _take_window() -> None:
    code = st.session_state["why_window"].get(WINDOW)
    if isinstance(code, str):  # a scripted client may send anything
        keep(WINDOW, code[:60])


@st.cache_data(max_entries=32, show_spinner=False)
def small_picture(image: np.ndarray) -> dict:
    """The picture at 320 pixels: as a file to be seen, and its grey levels to reckon with."""
    small = images.fit(image, LONGEST_SIDE)
    height, width = small.shape[:2]
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    return {
        "height": height,
        "width": width,
        "jpeg": encoded(small, ".jpg"),
        "grey": base64.b64encode(grey.tobytes()).decode(),
    }


def matching(given: picture_inputs.GivenPicture) -> tuple[dict, Window]:
    """The window slides over the picture: the browser calculates, so that dragging is instant."""
    picture = small_picture(given.image)
    name = given.key or "own"
    window = window_of(kept(WINDOW), name, picture["height"], picture["width"])
    components.mount(
        "why_window",
        key="why_window",
        data={
            "picture": picture | {"name": name},
            "window": {"row": window.row, "column": window.column, "size": window.size},
            "least": window.least,
            "limits": {"smallest": SMALLEST, "largest": LARGEST, "step": STEP, "lowest": LOWEST},
            "locale": language(),
            "text": texts("why.window"),
        },
        on_window_change=_take_window,
    )
    return picture, window


def question_weights(picture: dict, window: Window) -> None:
    """The picture grows: which of the two needs more weights?"""
    size, height, width = window.size, picture["height"], picture["width"]

    def solve() -> tuple[str, str]:
        before, after = height * width, (2 * height) * (2 * width)
        calculation = t(
            "why.window_question.calculation",
            size=size,
            weights=size * size,
            height=height,
            width=width,
            before=before,
            double_height=2 * height,
            double_width=2 * width,
            after=after,
            factor=after // before,
        )
        return f"×1, ×{after // before}", calculation

    lesson.predict_first(
        t("why.window_question.text"),
        ["×1, ×1", "×1, ×2", "×1, ×4", "×4, ×4"],
        solve,
        depends_on=(size, height, width),
    )


# 2  The same pattern appears in different places

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
SAMPLES = 4  # training pictures that are shown
# Keys with lowest, highest and default.
COUNT = ("why_count", 20, 3200, 400)
NOISE = ("why_noise", 0.1, 1.0, 0.5)
# Half a second of work each: a class that trains all at once must leave the other pages alive.
_training = threading.Lock()


def _take_pattern() -> None:
    code = st.session_state["why_pattern"].get("pattern")
    if isinstance(code, str) and re.fullmatch("[01]{25}", code):
        keep(PATTERN, "" if code == PATTERNS["beak"] else code)


def _take_place() -> None:
    number = st.session_state["why_places"].get("place")
    if isinstance(number, int) and 0 <= number < translation.PLACES**2:
        row, column = divmod(number, translation.PLACES)
        keep(PLACE, f"{row}-{column}")
        st.session_state["why_where"] = "one"


def _another_seed() -> None:
    st.session_state[SEED] = (st.session_state[SEED] + 1) % SEEDS


def chosen_pattern() -> str:
    code = kept(PATTERN)
    return code if re.fullmatch("[01]{25}", code) else PATTERNS["beak"]


def region(where: str) -> tuple[int, int, int, int]:
    """First and last row, first and last column of the places in training."""
    last = translation.PLACES - 1
    if where == "one":
        found = re.fullmatch(r"(\d{1,2})-(\d{1,2})", kept(PLACE))
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
    samples = compared(task).pictures[:SAMPLES]
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
        region=" ".join(map(str, bounds)),
        noise=f"{task.noise:g}",
        count=str(task.count),
        seed=str(task.seed),
    )


# 3  Subsampling keeps the object

METHODS = ("mean", "max", "pick")  # of subsampling, as their buttons are ordered
DENSE_UNITS = 512  # of the dense layer that is counted
DIGIT = 7  # the unseen digit that is shown first
LEVEL, LEVEL_START = "level", 3  # which size is shown large: its place in FACTORS


@st.cache_data(max_entries=32, show_spinner=False)
def levels(image: np.ndarray, method: str) -> list[dict]:
    """The picture at every size, as a file, with what a dense layer on it would need."""
    found = []
    for factor in subsampling.FACTORS:
        small = np.round(subsampling.subsample(image, factor, method)).astype("uint8")
        height, width = small.shape[:2]
        kind = ".jpg" if factor < 4 else ".png"  # small ones are seen pixel by pixel
        found.append(
            {
                "factor": factor,
                "height": height,
                "width": width,
                "parameters": dense_parameters(height * width * 3, DENSE_UNITS),
                "address": f"data:image/{'jpeg' if factor < 4 else 'png'};base64,"
                + encoded(small, kind),
            }
        )
    return found


@st.cache_data(max_entries=32, show_spinner=False)
def neighbour_reads(factor: int, method: str) -> np.ndarray:
    return subsampling.neighbour_reads(factor, method)


@st.cache_data(max_entries=32, show_spinner=False)
def network_reads(factor: int, method: str) -> np.ndarray:
    return subsampling.network_reads(factor, method)


def choose_method() -> tuple[str, int]:
    """How one pixel comes from many, and which digit is shown."""
    method = labelled_choice(
        t("why.shrink_controls.method"),
        METHODS,
        lambda name: t(f"why.shrink_controls.{name}"),
        key="why_method",
    )
    st.caption(t(f"why.shrink_controls.{method}_help"))
    number = st.number_input(
        t("why.shrink_controls.digit"),
        0,
        len(mnist.unseen()) - 1,
        DIGIT,
        key="why_digit",
        bind="query-params",
    )
    return method, number


def digit_data(factor: int, method: str, number: int) -> dict:
    """One digit at one size: what is read in it, and how often all unseen digits are read right."""
    small = subsampling.small_digits(factor, method)[number]
    neighbours = neighbour_reads(factor, method)
    data = {
        "factor": factor,
        "side": len(small),
        "pixels": base64.b64encode(np.round(255 * small).astype("uint8").tobytes()).decode(),
        "parameters": dense_parameters(small.size, DENSE_UNITS),
        "neighbour": {
            "read": int(neighbours[number]),
            "accuracy": subsampling.accuracy(neighbours),
        },
        "network": None,
    }
    if warm_up.has(["mnist_cnn"]):
        logits = network_reads(factor, method)
        data["network"] = {
            "read": int(logits[number].argmax()),
            "share": float(softmax(logits[number]).max()),
            "accuracy": subsampling.accuracy(logits.argmax(axis=1)),
        }
    return data


def _take_level() -> None:
    level = st.session_state["why_shrink"].get(LEVEL)
    if isinstance(level, int) and 0 <= level < len(subsampling.FACTORS):
        keep(LEVEL, "" if level == LEVEL_START else str(level))


def shrinking(given: picture_inputs.GivenPicture, method: str, number: int) -> None:
    """The picture and a digit at five sizes each."""
    level = kept(LEVEL)
    known = [str(index) for index in range(len(subsampling.FACTORS))]
    components.mount(
        "why_shrink",
        key="why_shrink",
        data={
            "name": given.name,
            "levels": levels(given.image, method),
            "level": int(level) if level in known else LEVEL_START,
            "units": DENSE_UNITS,
            "digits": [digit_data(factor, method, number) for factor in subsampling.DIGIT_FACTORS],
            "truth": int(mnist.unseen().labels[number]),
            "tested": len(mnist.unseen()),
            "known": len(mnist.training()),
            "locale": language(),
            "text": texts("why.shrink"),
        },
        on_level_change=_take_level,
    )
    if warm_up.failure:
        lesson.loading_failed()
    elif not warm_up.has(["mnist_cnn"]):
        lesson.loading(["mnist_cnn"])


def question_digits(method: str) -> None:
    """What is still read at 7×7 when the pixels are made in another way?"""
    other = METHODS[(METHODS.index(method) + 1) % len(METHODS)]
    factor = 4

    def right(factor: int, method: str) -> int:
        return round(len(mnist.unseen()) * subsampling.accuracy(neighbour_reads(factor, method)))

    options = sorted({right(size, name) for size in (factor, 7) for name in METHODS})

    def solve() -> tuple[str, str]:
        answer = right(factor, other)
        rows = [
            [t("why.shrink_question.method"), *(f"{28 // size}×{28 // size}" for size in (4, 7))],
            ["---"] * 3,
            *(
                [t(f"why.shrink_controls.{name}"), *(str(right(size, name)) for size in (4, 7))]
                for name in METHODS
            ),
        ]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        return str(answer), f"{t('why.shrink_question.calculation')}\n\n{table}"

    lesson.predict_first(
        t("why.shrink_question.text", method=t(f"why.shrink_controls.{other}_help")),
        [str(option) for option in options],
        solve,
        depends_on=method,
    )


# 4  Count the parameters

SIDES = sorted({round(2 ** (step / 2)) for step in range(21)})  # 1 … 1024


@dataclass(frozen=True)
class Layers:
    """A dense and a convolution layer on the same picture."""

    side: int
    channels: int
    units: int
    filters: int
    kernel: int

    def dense(self, side: int) -> int:
        return dense_parameters(side * side * self.channels, self.units)

    def convolution(self) -> int:
        return conv_parameters(self.channels, self.filters, self.kernel)


def choose_layers() -> Layers:
    side = state.slider(t("why.count.side"), 1, 1024, 224, 1, "why_side")
    channels = state.choice(
        t("why.count.channels"),
        ("1", "3"),
        "3",
        lambda name: t(f"why.count.channels_{name}"),
        key="why_channels",
    )
    units = state.slider(t("why.count.units"), 1, 4096, 512, 1, "why_units")
    filters = state.slider(t("why.count.filters"), 1, 512, 64, 1, "why_filters")
    kernel = state.slider(t("why.count.kernel"), 1, 11, 3, 1, "why_kernel")
    return Layers(side, int(channels), units, filters, kernel)


def counting(layers: Layers) -> None:
    """Both layers' parameters against the picture's side, and their formulas filled in."""
    sides = sorted({*SIDES, layers.side})
    dense, convolution = layers.dense(layers.side), layers.convolution()
    names = {kind: t(f"why.count.{kind}") for kind in ("dense", "convolution")}
    st.plotly_chart(
        charts.parameters_by_side(
            sides,
            {
                "dense": [layers.dense(side) for side in sides],
                "convolution": [convolution] * len(sides),
            },
            layers.side,
            names,
            (t("why.count.side"), t("why.count.parameters")),
        ),
        key="why_count_chart",
    )
    side, channels, kernel = layers.side, layers.channels, layers.kernel
    times = dense / convolution
    st.markdown(
        t(
            "why.count.formulas",
            side=side,
            channels=channels,
            units=layers.units,
            dense=dense,
            kernel=kernel,
            filters=layers.filters,
            convolution=convolution,
            times=f"{times:,.0f}" if times >= 100 else f"{times:.3g}",
            dense_work=side * side * channels * layers.units,
            convolution_work=side * side * layers.filters * kernel * kernel * channels,
        )
    )


def question_doubled(layers: Layers) -> None:
    """The side doubles: how many parameters has the dense layer then?"""
    now, after = layers.dense(layers.side), layers.dense(2 * layers.side)
    options = sorted({now, 2 * now, after, 8 * now})

    def solve() -> tuple[str, str]:
        calculation = t(
            "why.count.doubled_calculation",
            side=2 * layers.side,
            channels=layers.channels,
            units=layers.units,
            dense=after,
            factor=after / now,
            kernel=layers.kernel,
            filters=layers.filters,
            convolution=layers.convolution(),
        )
        return f"{after:,}", calculation

    lesson.predict_first(
        t("why.count.doubled", side=layers.side, double=2 * layers.side),
        [f"{option:,}" for option in options],
        solve,
        depends_on=layers,
    )


Row = tuple[str, str, str, int]  # layer, output, formula, parameters


def dense_rows() -> Iterator[Row]:
    """The lecture's dense network, 784-512-10."""
    inputs = 28 * 28
    for units in (512, 10):
        name = t("why.count.dense_row", units=units)
        yield name, str(units), f"({inputs} + 1)·{units}", dense_parameters(inputs, units)
        inputs = units


def cnn_rows() -> Iterator[Row]:
    """The lecture's CNN for MNIST."""
    side, channels, kernel = 28, 1, 3
    for filters, pooled in ((32, True), (64, True), (64, False)):
        side = output_size(side, kernel)
        yield (
            t("why.count.convolution_row", filters=filters, kernel=kernel),
            f"{side}×{side}×{filters}",
            f"({kernel}·{kernel}·{channels} + 1)·{filters}",
            conv_parameters(channels, filters, kernel),
        )
        channels = filters
        if pooled:
            side = output_size(side, 2, stride=2)
            yield t("why.count.pooling_row"), f"{side}×{side}×{channels}", "", 0
    inputs = side * side * channels
    yield t("why.count.flatten_row"), f"{inputs}", f"{side}·{side}·{channels} = {inputs}", 0
    for units in (64, 10):
        name = t("why.count.dense_row", units=units)
        yield name, str(units), f"({inputs} + 1)·{units}", dense_parameters(inputs, units)
        inputs = units


def table_of(rows: list[Row]) -> str:
    """The rows and their sum, in markdown."""
    head = [t(f"why.count.{name}") for name in ("layer", "output", "formula", "parameters")]
    total = sum(parameters for *_, parameters in rows)
    lines = [
        head,
        ["---", "---", "---", "---:"],
        *([*row[:3], f"{row[3]:,}"] for row in rows),
        [f"**{t('why.count.total')}**", "", "", f"**{total:,}**"],
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def lecture_networks() -> None:
    """The lecture's two networks, layer by layer, and its slip."""
    dense, cnn = list(dense_rows()), list(cnn_rows())
    for column, name, rows in zip(
        st.columns(2, gap="medium"), ("dense_network", "cnn"), (dense, cnn), strict=True
    ):
        column.markdown(f"**{t(f'why.count.{name}')}**\n\n{table_of(rows)}")
        if name == "dense_network":
            printed = 28 * 28 * 3 * 512 + 512 * 10 + 10
            total = sum(parameters for *_, parameters in dense)
            column.caption(t("why.count.slip", total=total, printed=printed))
