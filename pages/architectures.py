"""Lesson: the networks of the lecture, drawn from their rows, with what was new in each."""

import streamlit as st

from cnnviz.ui import architecture_lab, lesson

lesson.header("architectures")


@st.fragment  # a changed choice reruns this part alone, not the frame around it
def lab() -> None:
    # 1. Choose
    view = architecture_lab.choose_view()

    # 2. Compute and show what is chosen alone, then question and code
    architecture_lab.show(view)


lab()
lesson.misleads("architectures")
