"""The parts of the start page."""

import streamlit as st

from cnnviz import registry
from cnnviz.lessons import LESSONS, PARTS
from cnnviz.ui import digit_inputs
from cnnviz.ui.language import t
from cnnviz.ui.warmup import warm_up


def lessons() -> None:
    """A card for each lesson, part by part."""
    for part in PARTS:
        members = [
            lesson for lesson in LESSONS.values() if lesson.part == part and lesson.key != "home"
        ]
        if not members:
            continue
        st.subheader(t(f"lessons.parts.{part}"), anchor=False)
        columns = st.columns(3)
        for position, lesson in enumerate(members):
            with columns[position % 3].container(border=True):
                if lesson.thumbnail.exists():
                    st.image(str(lesson.thumbnail), width="stretch")
                st.page_link(lesson.page, label=f"**{t(f'{lesson.key}.title')}**", icon=lesson.icon)
                st.caption(t(f"{lesson.key}.teaser"))


@st.fragment(run_every=None)
def status() -> None:
    """Networks loaded or loading, where everything comes from, the bundled models."""
    st.subheader(t("home.status"), anchor=False)
    if warm_up.error:
        st.error(t("app.loading_failed", reason=warm_up.error), icon=":material/error:")
    elif warm_up.done.is_set():
        st.success(t("home.ready", count=len(registry.MODELS)), icon=":material/check:")
    else:
        st.progress(
            warm_up.finished / warm_up.total,
            t("home.loading", finished=warm_up.finished, total=warm_up.total),
        )
    st.caption(t("home.offline"))
    measured = digit_inputs.measured()["models"]
    heads = ("model", "parameters", "accuracy", "licence")
    lines = ["| " + " | ".join(t(f"home.{head}") for head in heads) + " |", "|---|--:|--:|---|"]
    for spec in registry.MODELS.values():
        lines.append(
            f"| `{spec.key}` | {spec.parameters:,} | {measured[spec.key]['accuracy']:.1%} "
            f"| {spec.licence} |"
        )
    st.markdown("\n".join(lines))
