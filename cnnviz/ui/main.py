"""The frame around every page: language, navigation, large mode."""

import streamlit as st

from cnnviz import ASSETS
from cnnviz.lessons import LESSONS, PARTS
from cnnviz.ui import frame
from cnnviz.ui.language import choose_language, t
from cnnviz.ui.warmup import warm_up

warm_up.start()  # already running where app.py was served; needed where this script runs alone
st.set_page_config(
    page_title="cnnviz",
    page_icon=str(ASSETS / "images" / "icon.png"),  # a Material icon would be fetched from afar
    layout="wide",
    initial_sidebar_state=220,
)

navigation = st.navigation(
    {
        t(f"lessons.parts.{part}"): [
            st.Page(
                lesson.page,
                title=t(f"{lesson.key}.title"),
                icon=lesson.icon,
                url_path=lesson.key,
                default=lesson.key == "home",
            )
            for lesson in LESSONS.values()
            if lesson.part == part
        ]
        for part in PARTS
        if any(lesson.part == part for lesson in LESSONS.values())
    }
)
with st.sidebar:
    choose_language()
    frame.choose_size()
frame.style()
navigation.run()
