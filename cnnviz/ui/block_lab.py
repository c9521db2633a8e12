"""The lesson on building blocks: one small instrument for each, and the depth experiment."""

import json
from functools import cache

import numpy as np
import streamlit as st

from cnnviz import ASSETS, blocks, normalisation, tables
from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.published import MISPRINTS, PUBLISHED
from cnnviz.figures import charts
from cnnviz.text import percent
from cnnviz.ui import components, lesson, state
from cnnviz.ui.language import language, t, texts

BLOCK = "block"  # which one is shown; in the link, too
BLOCKS = ("one", "bottleneck", "inception", "factorise", "residual", "normalise", "depth")
DEPTH = "depth_part"
DEPTH_PARTS = ("training", "unseen")
KEY = "blocks"  # of the lesson and its component
TYPED = 99  # the largest number that can be typed, with either sign
MOST_FILTERS = 3


def _hundredths(low: int, high: int, by: int, usual: float) -> tuple[float, ...]:
    """Hundredths from low to high, whole numbers as such; the usual one first."""
    values = [step // 100 if step % 100 == 0 else step / 100 for step in range(low, high + 1, by)]
    return (usual, *(value for value in values if value != usual))


# What can be set in each instrument and stands in the link: name → all values, the default first.
STEPS = {
    "source": tuple(blocks.SOURCES),
    "relu": (False, True),
    "size": (28, 7, 14, 56, 112),
    "channels": (256, 16, 32, 64, 128, 192, 480, 512, 832),
    "kernel": (5, 1, 3, 7),
    "filters": (96, 16, 32, 64, 128, 192, 256, 512),
    "neck": (32, *range(1, 32), *range(33, 257)),
    "module": tuple(blocks.BRANCHES),
    "side": (7, 3, 5, 9, 11),
    "width": (64, 1, 8, 16, 32, 128, 192, 256, 512),
    "map": (17, 7, 8, 14, 28, 35, 56),
    "separable": ("sobel_x", *(key for key in blocks.separations() if key != "sobel_x")),
    "shortcut": blocks.SHORTCUTS,
    "function": blocks.FUNCTIONS,
    "normalisation": ("batch", "local"),
    "gamma": _hundredths(-300, 300, 10, 1),
    "beta": _hundredths(-500, 500, 10, 0),
    "epsilon": (0.001, 0.0001, 0.01, 0.1, 1),
    "momentum": (0.99, 0, 0.5, 0.9, 0.999),
    "batches": (1, 0, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    "lrn_size": (5, 1, 3, 7),
    "lrn_bias": _hundredths(50, 500, 50, 2),
    "lrn_alpha": (0.0001, 0.001, 0.01, 0.1, 1),
    "lrn_beta": _hundredths(0, 150, 5, 0.75),
}
LISTS = {  # numbers that can be typed over
    "x": blocks.RESIDUAL_INPUT.ravel().astype(int).tolist(),
    "batch": [2, 4, 4, 4, 5, 5, 7, 9],  # mean 5, variance 4
    "channels_at": [3, 10, 0, 40, 5, 0, 60, 20],
}
LARGEST_KERNEL = 2  # number of the 5×5 branch of a module
SHORTCUTS_OF_56 = 27  # (56 − 2) / 2
KRIZHEVSKY = {"lrn_size": 5, "lrn_bias": 2, "lrn_alpha": 0.0001, "lrn_beta": 0.75}


# State


def _numbers(given: object) -> list[float] | None:
    """A list of numbers from the link ("1_-0.5") or the component; None where it is none."""
    words = given.split("_") if isinstance(given, str) else given
    if not isinstance(words, list) or len(words) > 100:
        return None
    try:
        values = [round(float(word), 4) for word in words]
    except (TypeError, ValueError, OverflowError):
        return None
    if not all(abs(value) <= TYPED for value in values):
        return None
    return [int(value) if value % 1 == 0 else value for value in values]


def start_weights(source: str) -> list[float]:
    """Filter by filter its weights, then its bias."""
    weights, bias = blocks.WEIGHTS[source]
    return [value for row, last in zip(weights, bias, strict=True) for value in (*row, last)]


def read(words: dict) -> dict:
    """All settings from the words of a link or of the component; nonsense is as good as nothing."""
    found = {
        name: next((value for value in values if str(words.get(name)) == f"{value}"), values[0])
        for name, values in STEPS.items()
    }
    for name, usual in LISTS.items():
        given = _numbers(words.get(name))
        found[name] = given if given is not None and len(given) == len(usual) else list(usual)
    width = blocks.SOURCES[found["source"]].shape[2] + 1
    weights = _numbers(words.get("weights"))
    fits = weights and len(weights) % width == 0 and len(weights) // width <= MOST_FILTERS
    return found | {"weights": weights if fits else start_weights(found["source"])}


def to_words(settings: dict) -> dict[str, str]:
    """As words of the link; what is as always needs none."""
    usual = read({"source": settings["source"]}) | {"source": read({})["source"]}
    return {
        name: ""
        if value == usual[name]
        else "_".join(f"{number:g}" for number in value)
        if isinstance(value, list)
        else f"{value}"
        for name, value in settings.items()
    }


def settings() -> dict:
    """As they stand: named by the link, or chosen here before."""
    current = read(state.kept(KEY, read({})))
    state.keep(KEY, to_words(current))
    return current


def _take() -> None:
    """Keep what the component says; a scripted client may send anything."""
    said = st.session_state[KEY].get("settings")
    if isinstance(said, dict):
        state.keep(KEY, to_words(read(said)))


# What the page shows


def choose() -> str:
    """Which block."""
    return state.choice(
        t("blocks.block.label"),
        BLOCKS,
        BLOCKS[0],
        lambda name: t(f"blocks.block.{name}"),
        key=BLOCK,
    )


@cache
def _constants() -> dict:
    """What never changes: maps, modules, kernels."""
    return {
        "sources": {
            key: {
                "size": len(maps),
                "channels": maps.shape[2],
                "values": maps.ravel().tolist(),
                "start": start_weights(key),
            }
            for key, maps in blocks.SOURCES.items()
        },
        "bottleneck": {
            name: getattr(blocks.Bottleneck(), name)
            for name in ("size", "channels", "kernel", "filters", "neck")
        },
        "inception": {
            key: {
                "branches": blocks.inception(key),
                "input": ARCHITECTURES[key].input_shape,
                "output": ARCHITECTURES[key]["concatenate"].output_shape,
                "values": ARCHITECTURES[key]["concatenate"].values,
                "multiply_adds": ARCHITECTURES[key].multiply_adds,
            }
            for key in blocks.BRANCHES
        },
        "printed": {
            "values": f"{MISPRINTS['inception_values'].printed / 1e3:.0f}k",
            "products": f"{MISPRINTS['inception_multiply_adds'].printed / 1e6:.0f} M",
        },
        "separations": blocks.separations(),
        "residual": {
            shortcut: {
                function: [k.ravel().tolist() for k in blocks.residual_kernels(shortcut, function)]
                for function in blocks.FUNCTIONS
            }
            for shortcut in blocks.SHORTCUTS
        },
        "projection": blocks.PROJECTION[0].tolist(),
        "x": LISTS["x"],
        "krizhevsky": KRIZHEVSKY,
        "limits": {
            "typed": TYPED,
            "most_filters": MOST_FILTERS,
            "neck": [1, 256],
            "gamma": [-3, 3, 0.1],
            "beta": [-5, 5, 0.1],
            "lrn_bias": [0.5, 5, 0.5],
            "lrn_beta": [0, 1.5, 0.05],
            "steps": {
                name: sorted(values)
                for name, values in STEPS.items()
                if 1 < len(values) < 12 and not isinstance(values[0], str)
            },
        },
    }


def instrument(block: str, current: dict) -> None:
    """The block's component, or the curves of the experiment."""
    if block == "depth":
        _depth()
        return
    components.mount(
        "blocks",
        key=KEY,
        data=_constants()
        | {
            "locale": language(),
            "view": block,
            "start": components.began_with(KEY, current),
            "kernel_names": texts("kernels.names"),
            "text": texts("blocks.lab"),
        },
        on_settings_change=_take,
    )


# The experiment on depth


@cache
def degradation() -> dict:
    """What tools/train_degradation.py measured."""
    return json.loads((ASSETS / "data" / "degradation.json").read_text())


def last_errors(part: str) -> dict[str, list[float]]:
    """Error in per cent after the last epoch, a number for each seed."""
    return {
        key: [run[f"{part}_error"][-1] for run in facts["runs"]]
        for key, facts in degradation()["networks"].items()
    }


def _network(facts: dict) -> str:
    kind = "residual" if facts["residual"] else "plain"
    return t(f"blocks.depth.{kind}", depth=facts["depth"])


def _mean(numbers: list[float]) -> float:
    return float(np.mean(numbers))


def _depth_rows() -> tuple[list[list], list[str]]:
    training, unseen = last_errors("training"), last_errors("unseen")
    rows = [
        [
            _network(facts),
            ", ".join(f"{error:.1f}" for error in training[key]),
            ", ".join(f"{error:.1f}" for error in unseen[key]),
            facts["parameters"],
            facts["multiply_adds"],
        ]
        for key, facts in degradation()["networks"].items()
    ]
    names = ("network", "training_error", "unseen_error", "parameters", "multiply_adds")
    return rows, [t(f"blocks.depth.{name}") for name in names]


def _depth() -> None:
    measured = degradation()
    shown = state.choice(
        t("blocks.depth.part"),
        DEPTH_PARTS,
        DEPTH_PARTS[0],
        lambda shown: t(f"blocks.depth.on_{shown}"),
        key=DEPTH,
    )
    networks = measured["networks"]
    figure = charts.error_by_epoch(
        {key: [run[f"{shown}_error"] for run in facts["runs"]] for key, facts in networks.items()},
        {key: _network(facts) for key, facts in networks.items()},
        (t("blocks.depth.epoch"), t("blocks.depth.error")),
    )
    chart, told = st.columns([3, 2])
    chart.plotly_chart(figure, key="degradation", config={"displaylogo": False})
    errors = {key: _mean(values) for key, values in last_errors(shown).items()}
    deeper_is_worse = errors["plain56"] > errors["plain20"]
    with told:
        st.markdown(
            t(
                "blocks.depth.shows" if deeper_is_worse else "blocks.depth.shows_not",
                plain20=f"{errors['plain20']:.1f}",
                plain56=f"{errors['plain56']:.1f}",
                resnet20=f"{errors['resnet20']:.1f}",
                resnet56=f"{errors['resnet56']:.1f}",
                part=t(f"blocks.depth.on_{shown}"),
            )
        )
        st.markdown(
            t(
                "blocks.depth.paper",
                resnet20=PUBLISHED["resnet20"].errors[0].top1,
                resnet56=PUBLISHED["resnet56"].errors[0].top1,
            )
        )
        unseen = {key: _mean(values) for key, values in last_errors("unseen").items()}
        helps = unseen["resnet56"] < unseen["resnet20"]
        st.markdown(
            t(
                "blocks.depth.deeper_helps" if helps else "blocks.depth.deeper_does_not",
                resnet20=f"{unseen['resnet20']:.1f}",
                resnet56=f"{unseen['resnet56']:.1f}",
            )
        )
    rows, heads = _depth_rows()
    st.markdown(tables.to_markdown(rows, heads))
    st.caption(
        t(
            "blocks.depth.ran",
            data=measured["data"],
            trained_on=f"{measured['trained_on']:,}",
            unseen=f"{measured['unseen']:,}",
            side=measured["side"],
            filters=measured["first_filters"],
            epochs=measured["epochs"],
            batch=measured["batch"],
            rate=measured["rate"],
            momentum=measured["momentum"],
            moving=measured["moving"],
            seeds=len(networks["plain20"]["runs"]),
            seconds=sum(run["cpu_seconds"] for net in networks.values() for run in net["runs"]),
        )
    )


# Tables


def _inception_rows() -> tuple[list[list], list[str]]:
    rows = [
        [
            t(f"blocks.lab.module_{module}"),
            t(f"blocks.lab.row_{row['name']}"),
            "×".join(map(str, row["shape"])),
            row["weights"],
            row["multiply_adds"],
        ]
        for module in blocks.BRANCHES
        for branch in blocks.inception(module)
        for row in branch
    ]
    names = ("module", "layers", "map_side", "weights", "products")
    return rows, [t(f"blocks.lab.{name}") for name in names]


def table(block: str) -> None:
    """What the component does not show as a table, to be taken along."""
    made = {"inception": _inception_rows, "depth": _depth_rows}.get(block)
    if made:
        rows, heads = made()
        lesson.take_table(block, heads, lambda: rows)


# Question and code


def question(block: str, current: dict) -> None:
    """One for each block, with its numbers."""
    asked, options, answer, why = QUESTIONS[block](current)
    lesson.predict_first(
        asked, options, lambda: (answer, why), depends_on=(language(), block, asked)
    )


def _sorted(*numbers: int) -> list[str]:
    return [f"{number:,}" for number in sorted(set(numbers))]


def _one(current: dict) -> tuple[str, list[str], str, str]:
    channels, filters = blocks.SOURCES[current["source"]].shape[2] + 1, 8
    answer = (channels + 1) * filters
    options = _sorted(answer, channels * filters, 9 * channels * filters + filters, filters + 1)
    values = {"channels": channels, "filters": filters, "answer": answer}
    return (
        t("blocks.question.one", **values),
        options,
        f"{answer:,}",
        t("blocks.question.one_why", **values),
    )


def _bottleneck(current: dict) -> tuple[str, list[str], str, str]:
    numbers = {name: current[name] for name in _constants()["bottleneck"]}
    given = blocks.Bottleneck(**numbers | {"neck": max(1, numbers["neck"] // 2)})
    answer = given.through.parameters
    first, second = (row.parameters for row in given.through.rows[1:])
    options = _sorted(answer, 2 * answer, first * second, given.direct.parameters // 2)
    values = numbers | {"neck": given.neck, "first": f"{first:,}", "second": f"{second:,}"}
    return (
        t("blocks.question.bottleneck", **values),
        options,
        f"{answer:,}",
        t("blocks.question.bottleneck_why", answer=f"{answer:,}", **values),
    )


def _inception(current: dict) -> tuple[str, list[str], str, str]:
    module = current["module"]
    channels = [branch[-1]["shape"][2] for branch in blocks.inception(module)]
    now = sum(channels)
    channels[LARGEST_KERNEL] *= 2
    answer = sum(channels)
    given = ARCHITECTURES[module].input_shape[2]
    options = _sorted(answer, now, 2 * now, answer - channels[-1] + given, max(channels))
    written = " + ".join(map(str, channels))
    name = t(f"blocks.lab.module_{module}")
    return (
        t("blocks.question.inception", module=name, filters=channels[LARGEST_KERNEL]),
        options,
        f"{answer:,}",
        t("blocks.question.inception_why", sum=written, answer=answer),
    )


def _factorise(current: dict) -> tuple[str, list[str], str, str]:
    side = current["side"] + 2
    answer = percent(2 / side)
    options = list(
        dict.fromkeys(percent(share) for share in (1 / side, 2 / side, 0.5, 2 / side**2))
    )
    return (
        t("blocks.question.factorise", side=side),
        options,
        answer,
        t("blocks.question.factorise_why", side=side, answer=answer),
    )


def _residual(current: dict) -> tuple[str, list[str], str, str]:
    value = current["x"][0]
    function = -abs(value) - 2 if value >= 0 else 1
    answer = max(0, function + value)
    options = _sorted_plain(answer, function, value, function + value, max(0, function) + value)
    values = {"x": f"{value:g}", "function": f"{function:g}", "sum": f"{function + value:g}"}
    values = {name: text.replace("-", "−") for name, text in values.items()}
    return (
        t("blocks.question.residual", **values),
        options,
        _plain(answer),
        t("blocks.question.residual_why", answer=_plain(answer), **values),
    )


def _plain(number: float) -> str:
    return f"{number:g}".replace("-", "−")


def _sorted_plain(*numbers: float) -> list[str]:
    return [_plain(number) for number in sorted({round(number, 6) for number in numbers})]


def _normalise(current: dict) -> tuple[str, list[str], str, str]:
    gamma, beta = current["gamma"], current["beta"]
    values = current["batch"]
    found = normalisation.batch_normalise(values, gamma, beta, current["epsilon"])
    shift = 10
    answer = found.output[0]
    options = _sorted_plain(*(round(answer + by, 2) for by in (0, shift, gamma * shift, -shift)))
    words = {"shift": shift, "output": _plain(round(answer, 2))}
    return (
        t("blocks.question.normalise", **words),
        options,
        words["output"],
        t("blocks.question.normalise_why", **words),
    )


def _depth_question(current: dict) -> tuple[str, list[str], str, str]:
    networks = degradation()["networks"]
    plain, residual = (networks[key]["parameters"] for key in ("plain56", "resnet56"))
    answer = residual - plain
    channels = degradation()["first_filters"]
    # One for each shortcut; 1×1 projections where the channels double; one in every shortcut.
    projections = sum(width * 2 * width for width in (channels, 2 * channels))
    whole = 9 * (channels**2 + (2 * channels) ** 2 + (4 * channels) ** 2)
    return (
        t("blocks.question.depth"),
        _sorted(answer, SHORTCUTS_OF_56, projections, whole),
        f"{answer:,}",
        t(
            "blocks.question.depth_why",
            residual=f"{residual:,}",
            plain=f"{plain:,}",
            answer=f"{answer:,}",
        ),
    )


QUESTIONS = {
    "one": _one,
    "bottleneck": _bottleneck,
    "inception": _inception,
    "factorise": _factorise,
    "residual": _residual,
    "normalise": _normalise,
    "depth": _depth_question,
}


def as_program(current: dict) -> dict[str, str]:
    """What fills the holes of assets/code/blocks.py."""
    return {
        "bottleneck": repr(tuple(current[name] for name in _constants()["bottleneck"])),
        "x": repr(np.reshape(current["x"], (4, 4)).tolist()),
        "batch": repr(current["batch"]),
        "gamma": repr(current["gamma"]),
        "beta": repr(current["beta"]),
        "epsilon": repr(current["epsilon"]),
        "channels_at": repr(current["channels_at"]),
        "lrn": repr(tuple(current[name] for name in KRIZHEVSKY)),
    }


def code(current: dict) -> None:
    lesson.code("blocks", **as_program(current))
