"""The page's state as a link, and as a QR code for the phones in the room."""

from urllib.parse import urlencode, urlsplit, urlunsplit

import segno
import streamlit as st

from cnnviz.ui.language import KEY as LANGUAGE
from cnnviz.ui.language import language, t

QR_BYTES = 1800  # more makes a code that a phone cannot read from a projector
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def page_link() -> str:
    """The address of this page with all its state, and the language it is read in."""
    parts = urlsplit(st.context.url or "")
    state = {
        name: value
        for name, value in st.query_params.to_dict().items()
        if not name.startswith("embed") and name != LANGUAGE
    }
    return urlunsplit((*parts[:3], urlencode(state | {LANGUAGE: language()}), ""))


@st.cache_data(max_entries=256, show_spinner=False)
def qr_code(link: str) -> str:
    """The link as an SVG picture, black on white in every theme."""
    return segno.make(link, error="l", micro=False).svg_inline(
        scale=4, border=3, dark="#000", light="#fff", omitsize=False
    )


def share() -> None:
    """The popover with link and code; they are made when it is opened."""
    popover = st.popover(
        t("app.share"),
        icon=":material/share:",
        width="stretch",
        key="share",
        on_change="rerun",
    )
    if not popover.open:
        return
    link = page_link()
    with popover:
        st.caption(t("app.share_link"))
        st.code(link, language=None, wrap_lines=True)
        if len(link) > QR_BYTES:
            st.info(t("app.share_too_long"))
        else:
            st.image(qr_code(link), width=260)
        host = urlsplit(link).netloc.rsplit(":", 1)[0]
        st.caption(t("app.share_loopback") if host in LOOPBACK else t("app.share_scan"))
