"""Lesson: the building blocks of the architectures, each worked through on small numbers."""

import streamlit as st

from cnnviz.ui import block_lab, lesson

lesson.header("blocks")


@st.fragment  # the instruments calculate in the browser: a rerun is for link, question and code
def lab() -> None:
    # 1. Choose
    block = block_lab.choose()
    settings = block_lab.settings()

    # 2. Compute and show
    block_lab.instrument(block, settings)

    # 3. Question, table and code
    block_lab.question(block, settings)
    block_lab.table(block)
    block_lab.code(settings)


lab()
lesson.misleads("blocks")
