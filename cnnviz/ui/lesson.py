"""The moves that every lesson makes: title, question, code, what can mislead."""

import functools
import hashlib
from collections.abc import Callable, Collection, Sequence

import nbformat
import streamlit as st

from cnnviz import ROOT, tables
from cnnviz.lessons import LESSONS
from cnnviz.tables import Cell
from cnnviz.ui import links
from cnnviz.ui.language import t
from cnnviz.ui.warmup import warm_up

BOM = "\ufeff"  # or spreadsheets take "28×28" for another encoding
CODE = ROOT / "assets" / "code"


def header(key: str) -> None:
    """Title, why, where in the lecture, and the link to share."""
    title, share = st.columns([5, 1], vertical_alignment="center")
    part = t("lessons.section", part=t(f"lessons.parts.{LESSONS[key].part}"))
    title.title(f"{t(f'{key}.title')} :small[:gray[{part}]]", anchor=False)
    with share:
        links.share()
    st.markdown(t(f"{key}.intro"))


@st.fragment(run_every=0.5)
def loading(models: Collection[str]) -> None:
    """Progress of the warm-up; when some models are ready the whole page runs again."""
    if warm_up.has(models) or warm_up.failure:
        st.rerun()
    st.progress(
        warm_up.finished / warm_up.total,
        t("app.loading", finished=warm_up.finished, total=warm_up.total),
    )
    st.caption(t("app.loading_why"))


def loading_failed() -> None:
    """A sentence, and the number under which the log says why."""
    st.error(t("app.loading_failed", number=warm_up.failure), icon=":material/error:")


def need_networks(key: str) -> None:
    """Let a lesson wait for its models: progress, then the page goes on by itself."""
    models = LESSONS[key].models
    if warm_up.has(models):
        return
    if warm_up.failure:
        loading_failed()
    else:
        loading(models)
    st.stop()


def predict_first(
    question: str,
    options: Sequence[str],
    solve: Callable[[], tuple[str, str]],
    depends_on: object,
) -> None:
    """A question whose answer follows from what is on the screen, hidden until it is answered.

    Args:
        question: One sentence.
        options: What can be answered, language-neutral.
        solve: Called once an answer is given: the right option, and markdown that shows why, with
            the numbers of the current state.
        depends_on: The question starts anew when the repr of this changes.
    """
    digest = hashlib.sha256(repr(depends_on).encode()).hexdigest()[:12]
    with st.container(border=True):
        st.markdown(f"**{t('lessons.predict_first')}** {question}")
        given = st.pills(
            t("lessons.your_answer"), options, key=f"answer-{digest}", label_visibility="collapsed"
        )
        if given is None:
            st.caption(t("lessons.choose_to_see"))
            return
        answer, calculation = solve()
        if given == answer:
            st.success(t("lessons.right", answer=answer), icon=":material/check:")
        else:
            st.warning(t("lessons.not_right", given=given, answer=answer), icon=":material/close:")
        st.markdown(calculation)


@functools.cache
def code_of(name: str) -> str:
    """The lesson's program as it stands in assets/code."""
    return (CODE / f"{name}.py").read_text(encoding="utf-8")


def notebook_of(program: str) -> str:
    """The same lines as a Jupyter notebook."""
    cell = nbformat.v4.new_code_cell(program, id="code")
    return nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))


def code(key: str, note: str = "", **values: str) -> None:
    """The few lines that give the same numbers; `__NAME__` in the program is filled in."""
    opened = st.expander(
        t("lessons.code"), icon=":material/code:", key=f"code-{key}", on_change="rerun"
    )
    if not opened.open:
        return
    program = code_of(key)
    for name, value in values.items():
        program = program.replace(f"__{name.upper()}__", value)
    with opened:
        st.caption(f"{t('lessons.code_help')} {note}")
        st.code(program, language="python")
        as_script, as_notebook, _ = st.columns([1, 1, 2])
        as_script.download_button(
            t("lessons.download_py"), program, f"{key}.py", "text/x-python", on_click="ignore"
        )
        as_notebook.download_button(
            t("lessons.download_ipynb"),
            lambda: notebook_of(program),
            f"{key}.ipynb",
            "application/x-ipynb+json",
            on_click="ignore",
        )


def take_table(
    name: str, heads: Sequence[str], rows: Callable[[], Sequence[Sequence[Cell]]]
) -> None:
    """A table to take along, made when it is asked for.

    Args:
        name: Of the file, without its ending.
        heads: Of the columns, in the visitor's language.
        rows: Gives the cells, numbers as numbers.
    """
    with st.container(horizontal=True, gap="small"):
        for kind, made, mime in (
            ("csv", lambda *table: BOM + tables.to_csv(*table), "text/csv"),
            ("md", tables.to_markdown, "text/markdown"),
        ):
            st.download_button(
                t(f"lessons.table_{kind}"),
                lambda made=made: made(rows(), heads),
                f"{name}.{kind}",
                mime,
                key=f"table_{name}_{kind}",
                icon=":material/download:",
                on_click="ignore",
            )


def misleads(key: str) -> None:
    """What can mislead, and the sources."""
    with st.expander(t("lessons.misleads"), icon=":material/info:"):
        st.markdown(t(f"{key}.misleads"))
        st.markdown(t(f"{key}.sources"))
