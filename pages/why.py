"""Lesson: three properties of images, and what a network gains by using them."""

import streamlit as st

from cnnviz.ui import frame, lesson, why_count, why_lab, why_places, why_shrink, why_window

lesson.header("why")


@st.fragment  # a changed control reruns this part alone; only the chosen instrument is computed
def lab() -> None:
    chosen = why_lab.choose()
    controls, instrument = frame.columns(280, 850)

    if chosen == "small":
        with controls:
            given = why_lab.photograph()
        with instrument:
            picture, window = why_window.matching(given)
        why_window.question_weights(picture, window)

    elif chosen == "anywhere":
        with controls:
            task = why_places.choose_task()
        with instrument:
            why_places.places(task)
        why_places.question_examples(task)
        why_places.examples_needed(task)

    elif chosen == "subsample":
        with controls:
            given = why_lab.photograph()
            method, number = why_shrink.choose_method()
        with instrument:
            why_shrink.shrinking(given, method, number)
        why_shrink.question_digits(method)

    else:
        with controls:
            layers = why_count.choose_layers()
        with instrument:
            why_count.counting(layers)
        why_count.question_doubled(layers)
        why_count.lecture_networks()

    why_places.code()


lab()
lesson.misleads("why")
