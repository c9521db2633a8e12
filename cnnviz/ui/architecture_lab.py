"""The instruments of the architectures lesson: one network, all of them, their history and cost."""

from functools import cache

import plotly.graph_objects as go
import streamlit as st

from cnnviz import tables
from cnnviz.architectures import ARCHITECTURES, Architecture, Row, keras_code, published
from cnnviz.architectures.published import PUBLISHED, Errors, Printed, Winner
from cnnviz.architectures.structure import NORMALISATIONS, POOLINGS, SHORTCUTS, Traits, traits
from cnnviz.figures import architecture_charts, colours
from cnnviz.figures.architecture_charts import Cost
from cnnviz.tables import Cell
from cnnviz.ui import components, diagrams, frame, lesson, model_inputs, state
from cnnviz.ui.language import language, t, texts
from cnnviz.uploads.archive import shown

COMPONENT = "architectures"
FINDER = "architectures_find"
DEFAULT = "googlenet"
UPLOADED = model_inputs.KEY  # the visitor's file, once there is one
VIEWS = ("network", "find", "history", "cost", "tables")
TABLES = ("vgg", "googlenet", "batch_normalisation", "inception")
WORDS = ("net", "open", "layer", "find")  # in the link
ALL_FOLDED = "none"  # in the link; without a word the network's own beginning
LONGEST = 2000  # characters of a word in the link
# Networks that are told in the paper of another.
PAPER_OF = {
    "alexnet": "alexnet_two_towers",
    "googlenet_auxiliary": "googlenet",
    "plain20": "resnet20",
    "plain56": "resnet56",
}
ONLY_3X3 = "only3x3"
# The layers of VGG A with which the deeper ones began (Simonyan and Zisserman, section 3.1): the
# first four convolutions and the dense layers. These are the names of the same shapes there.
FROM_A = ("block1_conv1", "block2_conv1", "block3_conv1", "block3_conv2", "fc1", "fc2", "logits")


# --------------------------------------------------------------------- names


def known(key: object) -> bool:
    """Whether a name stands for a network here and now; the visitor's file may be forgotten."""
    if key == UPLOADED:
        return model_inputs.given() is not None
    return isinstance(key, str) and key in ARCHITECTURES


def architecture_of(key: str) -> Architecture:
    return model_inputs.given().architecture if key == UPLOADED else ARCHITECTURES[key]


def name_of(key: str) -> str:
    """The network's name in the visitor's language."""
    if key == UPLOADED:
        return model_inputs.given().name
    return _own_names(language()).get(key) or PUBLISHED[key].name


@cache
def _own_names(language_key: str) -> dict[str, str]:
    """Kept by language: a page asks for all of them at once."""
    return texts("architectures.names")


def _to_choose_from() -> dict[str, list[str]]:
    mine = {UPLOADED: [UPLOADED]} if known(UPLOADED) else {}
    return mine | families()


def year_of(key: str) -> int | None:
    """Of the paper; the lecture's own networks have none."""
    told = PUBLISHED.get(PAPER_OF.get(key, key))
    return told.paper.year if told else None


def families() -> dict[str, list[str]]:
    """Family → its networks, in the order of the lecture."""
    found: dict[str, list[str]] = {family: [] for family in texts("architectures.families")}
    for key, architecture in ARCHITECTURES.items():
        found[architecture.family].append(key)
    return found


def printed(number: Printed) -> str:
    """As many digits as the paper gives: 138 · 10⁶."""
    for power, sign in ((9, "⁹"), (6, "⁶")):
        unit = 10**power
        if number.value >= unit or number.step >= unit / 100:
            digits = max(0, len(f"{unit / number.step:.0f}") - 1)
            return f"{number.value / unit:.{digits}f} · 10{sign}"
    return f"{number.value:,.0f}"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value} %"


# --------------------------------------------------------------------- what is chosen


def choose_view() -> str:
    return state.choice(
        t("architectures.view.label"),
        VIEWS,
        VIEWS[0],
        lambda view: t(f"architectures.view.{view}"),
        key="show",
    )


def chosen() -> str:
    """The network of the link, or the one chosen before; nonsense is as good as nothing."""
    key = state.kept(COMPONENT, WORDS)["net"]
    key = key if known(key) else DEFAULT
    state.keep(COMPONENT, {"net": "" if key == DEFAULT else key})
    return key


def _beginning(key: str) -> dict:
    """What the link unfolds and chooses, at the moment when the network is shown first."""
    words = state.kept(COMPONENT, WORDS)
    names = [] if words["open"] == ALL_FOLDED else words["open"].split("~")
    now = {"open": names if words["open"] else None, "chosen": words["layer"]}
    return components.began_with(COMPONENT, now, about=key)


def _take() -> None:
    """What was pressed. A scripted client may send anything."""
    for component in (COMPONENT, FINDER):
        choice = st.session_state.get(component, {}).get("choice")
        if isinstance(choice, dict):
            _keep(choice)


def _keep(choice: dict) -> None:
    if isinstance(words := choice.get("find"), list):
        state.keep(COMPONENT, {"find": "~".join(map(str, words))[:LONGEST]})
    if not known(key := choice.get("net")):
        return
    names, layer = choice.get("open"), choice.get("layer")
    opened = "~".join(map(str, names)) or ALL_FOLDED if isinstance(names, list) else ""
    _show(
        key,
        opened if len(opened) <= LONGEST else "",
        layer[:LONGEST] if isinstance(layer, str) else "",
    )
    if choice.get("show"):
        st.session_state["show"] = "network"
        state.remember("show", "")


def _show(key: str, opened: str = "", layer: str = "") -> None:
    """Let the page and the link go to a network, and to what is unfolded and chosen in it."""
    net = "" if key == DEFAULT else key
    state.keep(COMPONENT, {"net": net, "open": opened, "layer": layer})


# --------------------------------------------------------------------- one network


def _errors(errors: Errors) -> dict[str, str]:
    protocol = texts("architectures.protocols")[errors.protocol]
    if errors.networks > 1:
        protocol = t("architectures.ensemble", protocol=protocol, count=errors.networks)
    return {
        "data": texts("architectures.datasets")[errors.data],
        "protocol": protocol,
        "top1": percent(errors.top1),
        "top5": percent(errors.top5),
    }


def _figures(key: str) -> list[dict]:
    """Printed numbers beside the computed ones."""
    told, architecture = PUBLISHED.get(key), architecture_of(key)
    given = {
        "parameters": told and told.parameters,
        "multiply_adds": told and told.multiply_adds,
    }
    return [
        {
            "label": t(f"architectures.figure.{quantity}"),
            "printed": printed(number),
            "computed": f"{getattr(architecture, quantity):,}",
            "sign": number.sign(getattr(architecture, quantity)),
            "deviation": number.deviation(getattr(architecture, quantity)),
        }
        for quantity, number in given.items()
        if number
    ]


def misprint(name: str) -> str:
    """The sentence about a slide that miscounts."""
    wrong = published.MISPRINTS[name]
    return texts("architectures.misprint")[name].format(
        printed=f"{wrong.printed:,.0f}", computed=f"{wrong.computed:,}"
    )


def card(key: str) -> dict:
    """All that is told about a network, in the visitor's language."""
    told = PUBLISHED.get(key)
    source = PUBLISHED.get(PAPER_OF.get(key, key))
    paper = source and source.paper
    news = texts("architectures.new")
    return {
        "name": name_of(key),
        "paper": paper
        and {
            "authors": paper.authors.replace("et al.", t("architectures.and_others")),
            "year": paper.year,
            "title": paper.title,
            "link": paper.link,
        },
        "about": texts("architectures.about").get(key, ""),
        "news": [news[name] for name in told.new] if told else [],
        "figures": _figures(key),
        "differs": texts("architectures.differs").get(key, ""),
        "errors": [_errors(errors) for errors in told.errors] if told else [],
        "misprints": [
            misprint(name)
            for name, wrong in published.MISPRINTS.items()
            if wrong.architecture == key
        ],
    }


def network(key: str) -> None:
    """The drawing with its numbers, the layer table to take along, the question, the program."""
    names = texts("architectures.families") | {UPLOADED: t("uploaded.title")}
    components.mount(
        COMPONENT,
        key=COMPONENT,
        data={
            "view": "network",
            "diagram": diagrams.as_data(architecture_of(key)),
            "words": diagrams.words(),
            "card": card(key),
            "nets": [
                [names[family], [[one, name_of(one)] for one in members]]
                for family, members in _to_choose_from().items()
            ],
            "start": _beginning(key),
            "text": texts("architectures.lab"),
        },
        on_choice_change=_take,
    )
    take_layers(key, architecture_of(key))
    question(key)
    lesson.code("architectures", t("architectures.code_note", name=name_of(key)), **program(key))


LAYER_COLUMNS = (
    *("layer", "block", "kind", "inputs", "output", "parameters", "parameter_formula"),
    *("without_biases", "multiply_adds", "multiply_add_formula", "values", "bytes", "field"),
)


def take_layers(name: str, architecture: Architecture) -> None:
    """The table of a network to take along, with all that is counted and its formulas."""
    kinds = diagrams.words()

    def cells(row: Row) -> list[Cell]:
        return [
            row.name,
            row.block,
            kinds[f"type_{type(row.layer).__name__}"],
            ", ".join(row.inputs),
            "×".join(map(str, row.output_shape)),
            row.parameters,
            row.parameter_formula,
            row.without_biases,
            row.multiply_adds,
            row.multiply_add_formula,
            row.activations,
            row.activation_bytes,
            "×".join(map(str, row.receptive_field)),
        ]

    heads = [t(f"architectures.column.{column}") for column in LAYER_COLUMNS]
    lesson.take_table(name, heads, lambda: [cells(row) for row in architecture.rows])


def program(key: str) -> dict[str, str]:
    """What fills the hole of assets/code/architectures.py: the end of a comment, then the lines."""
    lines = keras_code(architecture_of(key)) if key == UPLOADED else _course_program(key)
    return {"network": f"{key}, layer by layer\n{lines.rstrip()}"}


@cache
def _course_program(key: str) -> str:
    return keras_code(ARCHITECTURES[key])


def _counts(architecture: Architecture) -> dict[str, tuple[int, int]]:
    """Block with parameters → their number, and that of its multiply-adds."""
    counts = {
        name: (sum(row.parameters for row in rows), sum(row.multiply_adds for row in rows))
        for name, rows in architecture.blocks.items()
    }
    return {name: both for name, both in counts.items() if both[0]}


@cache
def _course_counts(key: str) -> dict[str, tuple[int, int]]:
    return _counts(ARCHITECTURES[key])


def question(key: str) -> None:
    """Where do most of the parameters lie? Among the block with most work, the first, the last."""
    blocks = _counts(architecture_of(key)) if key == UPLOADED else _course_counts(key)
    if len({both[0] for both in blocks.values()}) < 2:  # nothing to choose from
        return
    names = list(blocks)
    most = max(names, key=lambda name: blocks[name][0])
    busiest = max(names, key=lambda name: blocks[name][1])
    picked = dict.fromkeys((most, busiest, names[-1], names[0], names[len(names) // 2]))
    # Equal blocks would be as right as the first of them.
    equal = {name for name in names if blocks[name][0] == blocks[most][0]} - {most}
    options = sorted([name for name in picked if name not in equal][:4], key=names.index)

    def solve() -> tuple[str, str]:
        total = architecture_of(key).parameters
        lines = [
            t(
                "architectures.question.line",
                block=shown(name),
                parameters=f"{blocks[name][0]:,}",
                share=f"{100 * blocks[name][0] / total:.1f}",
                multiply_adds=f"{blocks[name][1]:,}",
            )
            for name in options
        ]
        return most, "\n".join(f"- {line}" for line in lines)

    lesson.predict_first(
        t(
            "architectures.question.text",
            name=name_of(key),
            total=f"{architecture_of(key).parameters:,}",
        ),
        options,
        solve,
        depends_on=("architectures", key),
    )


# --------------------------------------------------------------------- all networks, by question


@cache
def _traits(key: str) -> Traits:
    return traits(ARCHITECTURES[key])


def _kernel_id(kernel: str) -> str:
    return kernel.replace("×", "x")


def properties(key: str) -> dict[str, list[str]]:
    """Facet → the options of it that hold for a network; read off its rows."""
    found, depth = _traits(key), ARCHITECTURES[key].depth
    year = year_of(key)
    return {
        "depth": ["d10" if depth <= 10 else "d25" if depth <= 25 else "d26"],
        "kernels": [
            *(map(_kernel_id, found.kernels) if found.kernels else ["none"]),
            *([ONLY_3X3] if found.kernels == ("3×3",) else []),
        ],
        "pooling": list(found.poolings) or ["none"],
        "normalisation": list(found.normalisations) or ["none"],
        "shortcuts": list(found.shortcuts) or ["none"],
        "year": [str(year)] if year else ["none"],
    }


@cache
def _options() -> dict[str, tuple[str, ...]]:
    """Facet → its options that occur, in order."""
    found = [properties(key) for key in ARCHITECTURES]
    kernels = sorted(
        {kernel for key in ARCHITECTURES for kernel in _traits(key).kernels},
        key=lambda kernel: [int(side) for side in kernel.split("×")][::-1],
        reverse=True,
    )
    order = {
        "depth": ("d10", "d25", "d26"),
        "kernels": (*map(_kernel_id, kernels), ONLY_3X3, "none"),
        "pooling": (*POOLINGS, "none"),
        "normalisation": ("none", *NORMALISATIONS.values()),
        "shortcuts": ("none", *SHORTCUTS),
        "year": (*sorted({str(year_of(key)) for key in ARCHITECTURES if year_of(key)}), "none"),
    }
    return {
        facet: tuple(option for option in options if any(option in one[facet] for one in found))
        for facet, options in order.items()
    }


def _option_name(facet: str, option: str) -> str:
    """A size or a year is its own name."""
    return texts("architectures.option").get(f"{facet}_{option}") or option.replace("x", "×")


def find() -> None:
    """All networks, and by what they can be told apart."""
    labels = texts("architectures.facet")
    asked = state.kept(COMPONENT, WORDS)["find"].split("~")
    components.mount(
        COMPONENT,
        key=FINDER,
        data={
            "view": "find",
            "facets": [
                {
                    "key": facet,
                    "label": labels[facet],
                    "options": [[option, _option_name(facet, option)] for option in options],
                }
                for facet, options in _options().items()
            ],
            "nets": [
                {
                    "key": key,
                    "name": name_of(key),
                    "year": year_of(key),
                    "depth": architecture.depth,
                    "parameters": architecture.parameters,
                    "multiplyAdds": architecture.multiply_adds,
                    "has": properties(key),
                }
                for key, architecture in ARCHITECTURES.items()
            ],
            "start": components.began_with(FINDER, asked),
            "text": texts("architectures.lab"),
        },
        on_choice_change=_take,
    )


# --------------------------------------------------------------------- history


SAVED = {"displaylogo": False, "toImageButtonOptions": {"format": "svg"}}  # of a chart


def _larger() -> float:
    """What the large mode does to the text of a chart, which knows no rem."""
    return 1.5 if st.session_state.get(frame.LARGE) else 1


def _networks(winner: Winner) -> str:
    """What a team's result was made of: "VGG-19", "SENet"; the first two had no networks."""
    if not winner.architecture:
        return winner.networks
    return PUBLISHED[winner.architecture].name.split(" (")[0]


def _winner(winner: Winner) -> str:
    """Two lines: year and team, network and depth."""
    layers = winner.layers and t("architectures.winners.layers", count=winner.layers)
    second = [] if _networks(winner) == winner.team else [_networks(winner)]
    second = ", ".join([*second, *([layers] if layers else [])])
    return f"<b>{winner.year}</b> {winner.team}" + (f"<br>{second}" if second else "")


def history() -> None:
    """The winners of the ILSVRC, and what a person reaches."""
    won = published.ILSVRC
    st.markdown(t("architectures.history.text"))
    figure = architecture_charts.winners(
        [_winner(winner) for winner in won],
        [winner.top5 for winner in won],
        next(at for at, winner in enumerate(won) if winner.architecture),
        published.HUMAN_TOP5,
        texts("architectures.winners"),
        _larger(),
    )
    st.plotly_chart(figure, key="architectures_winners", config=SAVED)
    best = min(won, key=lambda winner: winner.top5)
    st.markdown(
        t(
            "architectures.history.told",
            first=f"{won[0].top5:g}",
            last=f"{best.top5:g}",
            times=f"{won[0].top5 / best.top5:.1f}",
            drop=f"{won[1].top5 - won[2].top5:.1f}",
        )
    )
    columns = ("year", "team", "network", "top5", "layers")
    heads = [t(f"architectures.column.{name}") for name in columns]
    rows = [
        [winner.year, winner.team, _networks(winner), winner.top5, winner.layers] for winner in won
    ]
    lesson.take_table("ilsvrc", heads, lambda: rows)


# --------------------------------------------------------------------- what accuracy costs


def costs(against: str, measure: str) -> list[Cost]:
    """Published errors of single networks on ImageNet's validation pictures, computed costs."""
    return [
        Cost(
            name=PUBLISHED[key].name,
            family=ARCHITECTURES[key].family,
            protocol=errors.protocol,
            cost=getattr(ARCHITECTURES[key], against),
            error=getattr(errors, measure),
        )
        for key, told in PUBLISHED.items()
        for errors in told.errors
        if errors.data == "imagenet_val"
        and errors.networks == 1
        and getattr(errors, measure) is not None
    ]


@cache
def _cost_figure(against: str, measure: str, language_key: str, larger: float) -> go.Figure:
    """Kept: making it takes longer than everything else here."""
    return architecture_charts.accuracy_by_cost(
        costs(against, measure),
        texts("architectures.protocols"),
        (t(f"architectures.cost.axis_{against}"), t(f"architectures.cost.axis_{measure}")),
        larger,
    )


FAMILIES = '<div style="display:flex;flex-wrap:wrap;gap:0.2rem 1.2rem;font-size:0.875rem">{}</div>'
FAMILY = (
    '<span style="display:inline-flex;align-items:center;gap:0.35rem"><i style="width:0.8rem;'
    'height:0.8rem;border-radius:50%;background:{}"></i>{}</span>'
)


def _family_key(points: list[Cost]) -> None:
    """Which colour is which family; in HTML, which breaks its line on a phone."""
    names = texts("architectures.families")
    shown = [family for family in colours.FAMILIES if any(one.family == family for one in points)]
    entries = [FAMILY.format(colours.FAMILIES[family], names[family]) for family in shown]
    st.html(FAMILIES.format("".join(entries)))


def cost() -> None:
    """Accuracy against multiply-adds, and against parameters."""
    left, right = st.columns(2)
    with left:
        against = state.choice(
            t("architectures.cost.against"),
            ("multiply_adds", "parameters"),
            "multiply_adds",
            lambda name: t(f"architectures.figure.{name}"),
            key="against",
        )
    with right:
        measure = state.choice(
            t("architectures.cost.measure"),
            ("top1", "top5"),
            "top1",
            lambda name: t(f"architectures.cost.{name}"),
            key="measure",
        )
    points = costs(against, measure)
    _family_key(points)
    figure = _cost_figure(against, measure, language(), _larger())
    st.plotly_chart(figure, key="architectures_cost", config=SAVED)
    st.markdown(t("architectures.cost.told"))
    protocols = texts("architectures.protocols")
    heads = [t("architectures.column.network"), t("architectures.column.protocol")]
    heads += [t(f"architectures.figure.{against}"), t(f"architectures.column.{measure}")]
    rows = [[one.name, protocols[one.protocol], one.cost, one.error] for one in points]
    lesson.take_table(f"accuracy_{against}_{measure}", heads, lambda: rows)


# --------------------------------------------------------------------- the papers' tables


def papers_tables() -> None:
    """VGG's configurations, GoogLeNet's blocks, batch normalisation's steps, Inception's family."""
    chosen_table = state.choice(
        t("architectures.table.label"),
        TABLES,
        TABLES[0],
        lambda table: t(f"architectures.table.{table}"),
        key="table",
    )
    show = {
        "vgg": _vgg,
        "googlenet": _googlenet,
        "batch_normalisation": _batch_normalisation,
        "inception": _inception,
    }
    show[chosen_table]()


def _table(name: str, heads: list[str], rows: list[list[Cell]]) -> None:
    st.markdown(tables.to_markdown(rows, heads))
    lesson.take_table(name, heads, lambda: [[_plain(cell) for cell in row] for row in rows])


def _plain(cell: Cell) -> Cell:
    return cell.replace("**", "") if isinstance(cell, str) else cell


VGG = ("vgg11", "vgg11_lrn", "vgg13", "vgg16_c", "vgg16", "vgg19")


def vgg_cell(key: str, block: str) -> str:
    """The layers of a block as the paper writes them, those of A's weights in bold."""
    written = []
    for row in ARCHITECTURES[key].blocks[block]:
        if row.kind == "convolution":
            text = f"conv{row.layer.kernel}-{row.layer.filters}"
        elif row.kind == "dense":
            text = f"FC-{row.layer.units}"
        elif row.kind == "normalisation":
            text = "LRN"
        else:
            continue
        taken = row.name in FROM_A and key != "vgg11_lrn"
        written.append(f"**{text}**" if taken else text)
    return ", ".join(written)


def _vgg() -> None:
    st.markdown(t("architectures.vgg.text"))
    blocks = [f"block{number}" for number in range(1, 6)] + ["fc1", "fc2", "logits"]
    heads = ["", *(PUBLISHED[key].name.removeprefix("VGG-") for key in VGG)]
    rows: list[list[Cell]] = [[block, *(vgg_cell(key, block) for key in VGG)] for block in blocks]
    for quantity in ("depth", "parameters", "multiply_adds"):
        counts = [getattr(ARCHITECTURES[key], quantity) for key in VGG]
        rows.append([t(f"architectures.figure.{quantity}"), *counts])
    for measure in ("top1", "top5"):
        errors = [getattr(PUBLISHED[key].errors[0], measure) for key in VGG]
        rows.append([t(f"architectures.column.{measure}_percent"), *errors])
    _table("vgg_configurations", heads, rows)

    first = ARCHITECTURES["vgg11"]
    taken = sum(first[name].parameters for name in FROM_A)
    st.markdown(
        t(
            "architectures.vgg.beginning",
            taken=f"{taken:,}",
            whole=f"{ARCHITECTURES['vgg16'].parameters:,}",
            share=f"{100 * taken / ARCHITECTURES['vgg16'].parameters:.1f}",
        )
    )
    st.markdown(t("architectures.vgg.errors"))
    heads = [t(f"architectures.column.{name}") for name in ("network", "train", "test")]
    heads += [t(f"architectures.column.{name}") for name in ("top1", "top5")]
    scale_rows = [
        [PUBLISHED[key].name, train, test, top1, top5]
        for key, train, test, top1, top5 in published.VGG_SINGLE_SCALE
    ]
    _table("vgg_errors", heads, scale_rows)
    st.markdown(t("architectures.vgg.seen"))


def googlenet_rows() -> list[list[Cell]]:
    """Table 1 beside the rows; ≠ where they differ by 2 % (weights) or a million multiply-adds."""
    rows: list[list[Cell]] = []
    blocks = ARCHITECTURES["googlenet"].blocks
    for name, (thousands, millions) in published.GOOGLENET_TABLE.items():
        weights = sum(row.weights.multipliers for row in blocks[name])
        operations = sum(row.multiply_adds for row in blocks[name])
        rows.append(
            [
                name,
                "×".join(map(str, blocks[name][-1].output_shape)),
                f"{thousands:g} K",
                weights,
                "✓" if abs(weights / 1024 / thousands - 1) <= 0.02 else "≠",
                f"{millions} M",
                operations,
                "✓" if abs(operations / 1e6 - millions) < 1 else "≠",
            ]
        )
    return rows


def _googlenet() -> None:
    st.markdown(t("architectures.googlenet.text"))
    columns = ("block", "output", "printed_weights", "weights", "same")
    columns += ("printed_operations", "multiply_adds", "same")
    _table("googlenet", [t(f"architectures.column.{name}") for name in columns], googlenet_rows())
    st.markdown(t("architectures.googlenet.why"))
    st.markdown(misprint("googlenet_parameters"))


def _batch_normalisation() -> None:
    st.markdown(t("architectures.batch.text"))
    whole = published.BN_STEPS[0][1]
    heads = [t(f"architectures.column.{name}") for name in ("model", "steps", "fewer", "accuracy")]
    rows: list[list[Cell]] = [
        [
            name,
            "–" if steps is None else f"{steps:.1f}",
            "–" if steps is None else f"{whole:.1f} / {steps:.1f} = {whole / steps:.1f}",
            f"{accuracy:.1f}",
        ]
        for name, steps, accuracy in published.BN_STEPS
    ]
    _table("batch_normalisation", heads, rows)
    st.markdown(t("architectures.batch.why"))


def _inception() -> None:
    st.markdown(t("architectures.inception.text"))
    keys = {PUBLISHED[key].name: key for key in PUBLISHED}
    columns = ("network", "top5", "layers", "computed_layers")
    heads = [t(f"architectures.column.{name}") for name in columns]
    heads += [t("architectures.figure.parameters"), t("architectures.figure.multiply_adds")]
    rows: list[list[Cell]] = []
    for name, top5, layers in published.INCEPTION_FAMILY:
        built = ARCHITECTURES.get(keys.get(name, ""))
        counted = [built.depth, built.parameters, built.multiply_adds] if built else [None] * 3
        rows.append([name, top5, layers, *counted])
    _table("inception_family", heads, rows)
    st.markdown(t("architectures.inception.why"))


# --------------------------------------------------------------------- all of it


def own_model() -> None:
    """A file of the visitor's own among the networks; it is shown as soon as it is read."""
    if model_inputs.offer("architectures"):
        _show(UPLOADED)
        st.rerun()


def show(view: str) -> None:
    """The view that is chosen, and nothing of the others."""
    if view == "network":
        network(chosen())
        own_model()
        return
    {"find": find, "history": history, "cost": cost, "tables": papers_tables}[view]()
