"""The parts of the start page."""

import streamlit as st

from cnnviz import registry
from cnnviz.lessons import LESSONS, PARTS
from cnnviz.text import percent
from cnnviz.ui import lesson
from cnnviz.ui.language import language, t
from cnnviz.ui.warmup import warm_up


def lessons() -> None:
    """A card for each lesson, part by part."""
    for part in PARTS:
        members = [
            member for member in LESSONS.values() if member.part == part and member.key != "home"
        ]
        if not members:
            continue
        st.subheader(t(f"lessons.parts.{part}"), anchor=False)
        columns = st.columns(3)
        for position, member in enumerate(members):
            with columns[position % 3].container(border=True):
                thumbnail = member.thumbnail(language())
                if thumbnail.exists():  # a new lesson has none before `make screenshots`
                    st.image(str(thumbnail), width="stretch")
                label = f"**{t(f'{member.key}.title')}**"
                st.page_link(member.page, label=label, icon=member.icon)
                st.caption(t(f"{member.key}.teaser"))


def status() -> None:
    """Networks loaded or loading, where everything comes from, the bundled models."""
    st.subheader(t("home.status"), anchor=False)
    if warm_up.failure:
        lesson.loading_failed()
    elif warm_up.has(registry.MODELS):
        st.success(t("home.ready", count=len(registry.MODELS)), icon=":material/check:")
    else:
        lesson.loading(registry.MODELS)
    st.caption(t("home.offline"))
    heads = ("model", "parameters", "accuracy", "licence")
    lines = ["| " + " | ".join(t(f"home.{head}") for head in heads) + " |", "|---|--:|--:|---|"]
    for spec in registry.MODELS.values():
        lines.append(
            f"| {spec.title} (`{spec.key}`) | {spec.parameters:,} | {percent(spec.accuracy)} "
            f"| {spec.licence} |"
        )
    st.markdown("\n".join(lines))
