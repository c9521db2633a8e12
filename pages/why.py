"""Lesson: three properties of images, and what a network gains by using them."""

import streamlit as st

from cnnviz.ui import frame, lesson, why_lab

lesson.header("why")


@st.fragment  # a changed control reruns this part alone; only the chosen instrument is computed
def lab() -> None:
    chosen = why_lab.choose()
    controls, instrument = frame.columns(280, 850)

    if chosen == "small":
        with controls:
            given = why_lab.photograph()
        with instrument:
            picture, window = why_lab.matching(given)
        why_lab.question_weights(picture, window)

    elif chosen == "anywhere":
        with controls:
            task = why_lab.choose_task()
        with instrument:
            why_lab.places(task)
        why_lab.question_examples(task)
        why_lab.examples_needed(task)

    elif chosen == "subsample":
        with controls:
            given = why_lab.photograph()
            method, number = why_lab.choose_method()
        with instrument:
            why_lab.shrinking(given, method, number)
        why_lab.question_digits(method)

    else:
        with controls:
            layers = why_lab.choose_layers()
        with instrument:
            why_lab.counting(layers)
        why_lab.question_doubled(layers)
        why_lab.lecture_networks()

    why_lab.code()


lab()
lesson.misleads("why")
