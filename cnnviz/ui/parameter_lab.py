"""The lesson on parameters: nets side by side, layer by layer, a net of one's own, an exercise."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import streamlit as st

from cnnviz.architectures import ARCHITECTURES, Architecture, keras_code
from cnnviz.architectures.design import OPTIONS, Design
from cnnviz.architectures.distribution import by_kind, early_and_late, resized
from cnnviz.architectures.published import MISPRINTS, PUBLISHED
from cnnviz.exercises import summary
from cnnviz.text import Refusal
from cnnviz.ui import (
    architecture_lab,
    components,
    diagrams,
    exercise_lab,
    lesson,
    model_inputs,
    state,
)
from cnnviz.ui.architecture_lab import UPLOADED
from cnnviz.ui.exercise_lab import Place
from cnnviz.ui.language import language, t, texts
from cnnviz.uploads.archive import shown

VIEW, VIEWS = "parameters_view", ("compare", "layers", "build", "exercise")
OWN = "own"  # the visitor's design, where a network is named

NETS, NET, ASKED, BUILD = "nets", "net", "fill_in", "build"  # in the link
FEWEST, MOST = 2, 4
DEFAULT_NETS = ("alexnet_two_towers", "vgg16", "resnet50")
EXAMPLES = {  # sets of nets that tell something together
    "large": DEFAULT_NETS,
    "dense_or_not": ("mnist_dense", "mnist_cnn"),
    "winners": ("alexnet_two_towers", "vgg19", "googlenet", "resnet152"),
    "neck": ("direct_5x5", "bottleneck_5x5"),
    "inception": ("inception_naive", "inception_reduced"),
    "small": ("lenet5", "mnist_cnn", "resnet20", "cats_and_dogs"),
    "phone": ("vgg16", "mobilenet_v2", "efficientnet_lite0"),
}
# What the component lets a visitor choose; the first is the default.
CHOICES = {
    "quantity": ("parameters", "activations", "multiply_adds"),
    "scale": ("linear", "log"),
    "axis": ("common", "own"),
    "batch": ("32", "1", "2", "4", "8", "16", "64", "128", "256", "512"),
}
FOLDED_FROM = 30  # rows of a table whose blocks are folded at first
MOST_ASKED = 14  # rows of a network that is an exercise

KEY, BUILDER = "parameters", "builder"  # of the components
FACTORS = ("1", "1–1.5", "1.5–2.5", "2.5–3.5", "3.5–4.5", "> 4.5")


# --------------------------------------------------------------------- which networks


def designed() -> Design:
    """The visitor's own network: the last that works, or the one that the link describes.

    `designed().architecture().build()` is its Keras model.
    """
    for words in (st.session_state.get(BUILD), state.recalled(BUILD)):
        if words is not None and _works(Design.read(words)):
            return Design.read(words)
    return Design()


def _works(design: Design) -> bool:
    try:
        _built(design)
    except Refusal:
        return False
    return True


@lru_cache(maxsize=256)
def _built(design: Design) -> Architecture:
    return design.architecture()


def known(net: object) -> bool:
    """Whether a name stands for a network here and now."""
    return net == OWN or architecture_lab.known(net)


def architecture_of(net: str) -> Architecture:
    return _built(designed()) if net == OWN else architecture_lab.architecture_of(net)


def name_of(net: str) -> str:
    return t("parameters.own.net") if net == OWN else architecture_lab.name_of(net)


def chosen_nets() -> tuple[str, ...]:
    """Two to four networks, as chosen before or as the link names them."""
    kept = nets_of(st.session_state.get(NETS))  # a file may be forgotten meanwhile
    return kept or nets_of(state.recalled(NETS).split("-")) or DEFAULT_NETS


def nets_of(names: object) -> tuple[str, ...] | None:
    """The names that are networks, each once; None where they are too few or too many."""
    if not isinstance(names, Sequence):
        return None
    nets = tuple(dict.fromkeys(filter(known, names)))
    return nets if FEWEST <= len(nets) <= MOST else None


# --------------------------------------------------------------------- what the components get


def net_data(net: str) -> dict:
    """One network: its rows, where its numbers sit, what is printed about it."""
    architecture = architecture_of(net)
    return _counted(architecture) | {
        "key": net,
        "name": name_of(net),
        "printed": _printed(net, architecture),
        "misprint": _misprint(net),
        "diagram": diagrams.as_data(architecture),
    }


@lru_cache(maxsize=128)
def _counted(architecture: Architecture) -> dict:
    sits = early_and_late(architecture)
    return {
        "input": architecture.input_shape,
        "kinds": {
            quantity: by_kind(architecture, quantity) for quantity in CHOICES["quantity"][:2]
        },
        "early": {
            "convolutions": sits.convolutions,
            "early": sits.early,
            "memory": sits.early_memory,
            "dense": sits.late_parameters,
            "memoryIsEarly": sits.memory_is_early,
            "parametersAreLate": sits.parameters_are_late,
        },
    }


def _printed(net: str, architecture: Architecture) -> dict[str, dict]:
    """What the paper prints: quantity → number as printed, and whether the rows add up to it."""
    if net not in PUBLISHED:
        return {}
    published = PUBLISHED[net]
    found = {
        quantity: printed
        for quantity in ("parameters", "multiply_adds")
        if (printed := getattr(published, quantity)) is not None
    }
    first, *others = published.paper.authors.removesuffix(" et al.").split(", ")
    several = others or published.paper.authors.endswith(" et al.")
    who = t("parameters.several_authors", first=first) if several else first
    return {
        quantity: {
            "number": architecture_lab.printed(printed),
            "sign": printed.sign(getattr(architecture, quantity)),
            "deviation": printed.deviation(getattr(architecture, quantity)),
            "paper": f"{who} {published.paper.year}",
        }
        for quantity, printed in found.items()
    }


def _misprint(net: str) -> str:
    """What a slide prints and its own calculation does not give, in one line; "" for none."""
    wrong = [name for name, one in MISPRINTS.items() if one.architecture == net]
    return " ".join(map(architecture_lab.misprint, wrong))


def _catalogue() -> list[dict]:
    """All networks to choose from, by family."""
    families = texts("architectures.families") | {OWN: t("parameters.own.family")}
    mine = {OWN: [net for net in (OWN, UPLOADED) if known(net)]}
    return [
        {"label": families[family], "nets": [[net, name_of(net)] for net in nets]}
        for family, nets in (mine | architecture_lab.families()).items()
    ]


# --------------------------------------------------------------------- choose


def choose() -> str:
    """Which of the four instruments."""
    return state.choice(
        t("parameters.view.label"),
        VIEWS,
        VIEWS[0],
        lambda view: t(f"parameters.view.{view}"),
        key=VIEW,
    )


def _settings() -> dict[str, str]:
    """What the component lets choose, as it stands; the link goes on carrying it."""
    settings = {name: state.chosen(name, options, options[0]) for name, options in CHOICES.items()}
    for name, value in settings.items():
        st.session_state[name] = value
        state.remember(name, "" if value == CHOICES[name][0] else value)
    return settings


def _take() -> None:
    """Keep what the component says; a scripted client may send anything."""
    said = st.session_state[KEY].get("settings")
    if not isinstance(said, Mapping):
        return
    for name, options in CHOICES.items():
        if said.get(name) in options:
            st.session_state[name] = said[name]
    if nets := nets_of(said.get("nets")):
        st.session_state[NETS] = nets
    if known(said.get("net")):
        st.session_state[NET] = said["net"]


# --------------------------------------------------------------------- show


def compare() -> None:
    """Two to four networks: totals, layer by layer, where parameters and memory sit."""
    nets = chosen_nets()
    state.remember(NETS, "" if nets == DEFAULT_NETS else "-".join(nets))
    _mount("compare", nets)
    heads = ("net", "input", "depth", "parameters", "trainable", "multiply_adds", "values", "bytes")
    rows = []
    for net in nets:
        net_rows = architecture_of(net)
        rows.append(
            (
                name_of(net),
                "×".join(map(str, net_rows.input_shape)),
                net_rows.depth,
                net_rows.parameters,
                net_rows.trainable_parameters,
                net_rows.multiply_adds,
                net_rows.activations,
                net_rows.activation_bytes,
            )
        )
    named = texts("parameters.head")
    lesson.take_table("parameters_nets", [named[head] for head in heads], lambda: rows)


def layers() -> None:
    """The table of one network, every number with its formula, and its program."""
    net = shown_net()
    state.remember(NET, "" if net == DEFAULT_NETS[1] else net)
    _mount("layers", (net,))
    architecture = architecture_of(net)
    architecture_lab.take_layers(f"layers_{net}", architecture)
    program(architecture)


def shown_net() -> str:
    return state.chosen(NET, tuple(filter(known, (OWN, UPLOADED, *ARCHITECTURES))), DEFAULT_NETS[1])


def own_model() -> None:
    """A file of the visitor's own among the networks; it is shown as soon as it is read."""
    if model_inputs.offer("parameters"):
        st.session_state[NET] = UPLOADED
        others = [net for net in chosen_nets() if net != UPLOADED]
        st.session_state[NETS] = (UPLOADED, *others[: MOST - 1])
        st.rerun()


def _mount(view: str, nets: Sequence[str]) -> None:
    components.mount(
        "parameters",
        key=KEY,
        data={
            "view": view,
            "nets": [net_data(net) for net in nets],
            "settings": _settings(),
            "batches": sorted(map(int, CHOICES["batch"])),
            "catalogue": _catalogue(),
            "examples": [
                [name, texts("parameters.example")[name], nets_of_one]
                for name, nets_of_one in EXAMPLES.items()
            ],
            "kinds": texts("parameters.kind"),
            "most": MOST,
            "foldedFrom": FOLDED_FROM,
            "text": texts("parameters.lab"),
        },
        on_settings_change=_take,
    )


def program(architecture: Architecture) -> None:
    """The Keras program that builds a network, once it is asked for."""
    opened = st.expander(
        t("parameters.program.label"),
        icon=":material/code:",
        key="parameters_program",
        on_change="rerun",
    )
    if not opened.open:
        return
    source = keras_code(architecture)
    with opened:
        st.caption(t("parameters.program.help"))
        st.code(source, language="python", height=360)
        st.download_button(
            t("parameters.program.download"),
            source,
            f"{architecture.key}.py",
            "text/x-python",
            key="parameters_py",
            on_click="ignore",
        )


# --------------------------------------------------------------------- a network of one's own


def _take_design() -> None:
    said = st.session_state[BUILDER].get("design")
    if not isinstance(said, Mapping):
        return
    kept = {
        name: said[name]
        for name, options in OPTIONS.items()
        if isinstance(said.get(name), bool | int | float | str) and said[name] in options
    }
    asked = Design(**kept)
    st.session_state["parameters_asked"] = asked.words
    if _works(asked):
        st.session_state[BUILD] = asked.words


def build() -> None:
    """The builder: the pattern's numbers, diagram, table, warning, program."""
    good = designed()
    st.session_state[BUILD] = good.words
    if "parameters_asked" not in st.session_state:
        st.session_state["parameters_asked"] = state.recalled(BUILD) or good.words
    asked = Design.read(st.session_state["parameters_asked"])
    state.remember(BUILD, good.words)
    architecture = _built(good)
    labels = texts("parameters.preset")
    components.mount(
        "builder",
        key=BUILDER,
        data={
            "options": OPTIONS,
            "asked": vars(asked),
            "good": vars(good),
            "refused": _refusal(asked),
            "net": net_data(OWN),
            "presets": [[name, labels[name], vars(design)] for name, design in PRESETS.items()],
            "kinds": texts("parameters.kind"),
            "words": diagrams.words(),
            "text": texts("parameters.lab"),
        },
        on_design_change=_take_design,
    )
    architecture_lab.take_layers("layers_own", architecture)
    program(architecture)


PRESETS = {
    "new": Design(),
    "keras": Design(size=28, channels=1, filters=25, units=100),
    "same": Design(size=64, convolutions=2, repeats=3, padding="same", hidden=2, dropout=0.5),
    "dense": Design(size=28, channels=1, repeats=0, units=512),
    "linear": Design(size=28, channels=1, repeats=0, hidden=0),
}


def _refusal(design: Design) -> str:
    try:
        _built(design)
    except Refusal as refusal:
        return refusal.sentence(language())
    return ""


# --------------------------------------------------------------------- fill in the table


def asked_nets() -> tuple[str, ...]:
    """The networks whose table can be filled in; the lecture's own first."""
    nets = [
        net
        for net, architecture in ARCHITECTURES.items()
        if len(architecture.rows) <= MOST_ASKED and summary.can_be_asked(architecture)
    ]
    first = "cats_and_dogs"
    own = _built(designed())
    mine = [OWN] if summary.can_be_asked(own) and len(own.rows) <= MOST_ASKED else []
    return (first, *mine, *(net for net in nets if net != first))


def exercise() -> None:
    """The table of a network, marked cell by cell."""
    net = state.selection(
        t("parameters.exercise.label"), asked_nets(), "cats_and_dogs", name_of, key=ASKED
    )
    st.caption(t("parameters.exercise.help"))
    asked = summary.summary_exercise("table", architecture_of(net))
    exercise_lab.show_exercise(Place(None, 1, own=asked))


# --------------------------------------------------------------------- the question


def question(view: str) -> None:
    """What doubling does, to the filters of one's own network or to the picture of another's."""
    if view == "build":
        _ask_filters()
    else:
        net = shown_net() if view == "layers" else chosen_nets()[0]
        _ask_picture(net if view != "exercise" else "cats_and_dogs")


def _ask_filters() -> None:
    good = designed()
    architecture = _built(good)

    def solve() -> tuple[str, str]:
        doubled = Design(**(vars(good) | {"filters": 2 * good.filters})).architecture()
        lines = []
        for row in architecture.rows:
            if row.parameters:
                values = {"name": row.name, "before": row.parameter_formula}
                after = doubled[row.name].parameter_formula
                lines.append(t("parameters.question.line", **values, after=after))
        return _answer(architecture.parameters, doubled.parameters, lines)

    asked = t("parameters.question.filters", before=good.filters, after=2 * good.filters)
    lesson.predict_first(asked, FACTORS, solve, depends_on=(language(), good))


def _ask_picture(net: str) -> None:
    architecture = architecture_of(net)
    try:
        height, width, _ = architecture.input_shape
        larger = resized(architecture, 2 * height, 2 * width)
    except ValueError:  # detectors have boxes for the published size alone; a file may have no map
        return

    def solve() -> tuple[str, str]:
        changed = [
            t(
                "parameters.question.line",
                name=shown(row.name),
                before=row.parameter_formula,
                after=larger[row.name].parameter_formula,
            )
            for row in architecture.rows
            if larger[row.name].parameters != row.parameters
        ]
        unchanged = t("parameters.question.unchanged")
        return _answer(architecture.parameters, larger.parameters, changed or [unchanged])

    asked = t(
        "parameters.question.picture",
        net=name_of(net),
        before=f"{height}×{width}",
        after=f"{2 * height}×{2 * width}",
    )
    lesson.predict_first(asked, FACTORS, solve, depends_on=(language(), net, architecture.key))


def _answer(before: int, after: int, lines: list[str]) -> tuple[str, str]:
    factor = after / before if before else 1  # a net of poolings has none
    if after == before:
        answer = FACTORS[0]
    else:
        answer = FACTORS[1 + sum(factor >= edge for edge in (1.5, 2.5, 3.5, 4.5))]
    total = t(
        "parameters.question.total",
        before=f"{before:,}",
        after=f"{after:,}",
        factor=f"{factor:.2f}",
    )
    return answer, "\n".join(f"- {line}" for line in [*lines, total])
