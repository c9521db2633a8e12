"""Lesson: draw a digit and watch two networks read it."""

import streamlit as st

from cnnviz import digits
from cnnviz.ui import digit_inputs, digit_lab, frame, lesson, state

lesson.header("digits")
lesson.need_networks("digits")


@st.fragment  # a stroke reruns this part alone, not the frame around it
def lab() -> None:
    # 1. Choose
    left, right = frame.columns(290, 840)
    with left:
        given = digit_inputs.choose()
        disturbance = digit_inputs.disturbance()

    # 2. Compute
    steps = digit_lab.prepare(given)
    prepared, dark_ink = steps[-1].picture, digit_lab.dark_ink(given)
    image = disturbance.apply(prepared, dark_ink=dark_ink)
    if image is not prepared:
        steps.append(digits.Step("disturbed", image))
    logits = {model: digits.logits(image, model) for model in digit_lab.MODELS}
    if given.linked:  # the disturbance has its own place in the link
        state.remember(digit_inputs.LINKED, digits.to_code(prepared))

    # 3. Show
    with right:
        digit_lab.reading(given, steps, logits)
    digit_lab.network(image, logits["mnist_cnn"])

    # 4. Question and code
    digit_lab.question(image, dark_ink)
    digit_lab.quality()
    lesson.code("digits", digit_lab.code_note(), digit=digits.to_code(image))


lab()
lesson.misleads("digits")
