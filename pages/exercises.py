"""Lesson: the lecture's exercises and new ones without end, marked, with the way to the answer."""

import streamlit as st

from cnnviz.ui import exercise_lab, lesson

lesson.header("exercises")


@st.fragment  # an answer reruns this part alone, not the frame around it
def lab() -> None:
    # 1. Choose
    place = exercise_lab.choose()

    # 2. Ask, mark and explain
    exercise_lab.show_exercise(place)

    # 3. The score of this visit
    exercise_lab.score()


lab()
lesson.code("exercises")
lesson.misleads("exercises")
