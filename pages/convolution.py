"""Lesson: convolution, step by step, and what follows it."""

import streamlit as st

from cnnviz.ui import convolution_lab, lesson

lesson.header("convolution")


@st.fragment  # a changed number reruns this part alone
def lab() -> None:
    # 1. Choose: in the instrument, which the link remembers
    example, unread = convolution_lab.choose()

    # 2. Compute and show: in the browser
    convolution_lab.instrument(example, unread)

    # 3. Question and code
    convolution_lab.question(example)
    convolution_lab.code(example)


lab()
lesson.misleads("convolution")
