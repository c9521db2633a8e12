"""Lesson: how much of the picture one unit sees, in theory and measured."""

import streamlit as st

from cnnviz.ui import field_lab, lesson

lesson.header("receptive_field")


@st.fragment  # the stack is calculated in the browser: a rerun is for link, gradients and code
def lab() -> None:
    # 1. Choose
    picture = field_lab.choose_picture()
    settings = field_lab.settings()
    if settings["view"] == "measured":  # the other views need no network
        lesson.need_networks("receptive_field")

    # 2. Compute and show
    field_lab.instrument(picture, settings)

    # 3. Question, table and code
    if settings["view"] == "grow":  # the other views have other numbers
        field_lab.question(settings)
        field_lab.table(settings)
    field_lab.code(settings)


lab()
lesson.misleads("receptive_field")
