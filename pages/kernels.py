"""Lesson: the kernels that people wrote, and those that a network learned."""

import streamlit as st

from cnnviz.ui import kernel_lab, lesson

lesson.header("kernels")
lesson.need_networks("kernels")


@st.fragment  # a changed weight reruns this part alone, not the frame around it
def lab() -> None:
    # 1. Choose
    given = kernel_lab.choose_picture()

    # 2. Compute
    small = kernel_lab.shrink(given)
    choice = kernel_lab.chosen(small)

    # 3. Show: the browser calculates, so that pointing and editing are instant
    kernel_lab.instrument(small, choice)

    # 4. Question and code
    kernel_lab.question(small, choice)
    values = kernel_lab.code_values(given, small, choice)
    lesson.code("kernels", kernel_lab.code_note(given), **values)


lab()
lesson.misleads("kernels")
