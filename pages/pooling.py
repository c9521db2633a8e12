"""Lesson: what max and average pooling keep, and what they lose."""

import streamlit as st

from cnnviz.ui import lesson, pooling_lab

lesson.header("pooling")


@st.fragment  # the instrument calculates in the browser: a rerun is for link, question and code
def lab() -> None:
    # 1. Choose
    picture = pooling_lab.choose()

    # 2. Compute and show
    pooling_lab.instrument(picture)

    # 3. Question and code
    pooling_lab.question(picture)
    pooling_lab.code(picture)


lab()
lesson.misleads("pooling")
