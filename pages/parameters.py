"""Lesson: where parameters, multiply-adds and memory come from, layer by layer."""

import streamlit as st

from cnnviz.ui import lesson, parameter_lab

lesson.header("parameters")


@st.fragment  # a choice reruns this part alone, not the frame around it
def lab() -> None:
    # 1. Choose
    view = parameter_lab.choose()

    # 2. Compute and show
    if view == "compare":
        parameter_lab.compare()
    elif view == "layers":
        parameter_lab.layers()
    elif view == "build":
        parameter_lab.build()
    else:
        parameter_lab.exercise()
    if view in ("compare", "layers"):
        parameter_lab.own_model()

    # 3. Question
    parameter_lab.question(view)


lab()
lesson.code("parameters")
lesson.misleads("parameters")
