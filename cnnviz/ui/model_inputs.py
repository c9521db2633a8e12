"""A model of the visitor's own: chosen once, kept from lesson to lesson."""

from dataclasses import dataclass

import streamlit as st

from cnnviz.architectures import Architecture
from cnnviz.text import Refusal
from cnnviz.ui.language import refuse, t
from cnnviz.uploads import archive, guarded
from cnnviz.uploads.description import KEY

__all__ = ["KEY", "GivenModel", "choose_model", "given", "offer"]

KINDS = ["keras", "h5", "hdf5", "zip"]  # the others for the sentence that says what to do
GIVEN = "given_model"  # the last good one of this visitor, a _Kept
REFUSED = "given_model_refused"  # why the last file is not taken; None where it is
SEEN = "given_model_file"  # the upload that it came from
WIDGET = "model_upload"


@dataclass(frozen=True)
class GivenModel:
    """A visitor's model; all numbers are in its rows, as for the networks of the lecture."""

    name: str  # in the visitor's language
    digest: str  # of the file
    architecture: Architecture
    file: bytes | None  # a .keras file that our own process saved; None until then, or without


@dataclass(frozen=True)
class _Kept:
    name: str
    digest: str  # of guarded.recall


def given() -> GivenModel | None:
    """What the visitor gave before, as long as the server keeps it."""
    kept = st.session_state.get(GIVEN)
    upload = kept and guarded.recall(kept.digest)
    if upload is None:
        return None
    loading = upload.loading
    file = loading.result().file if loading.done() and not loading.exception() else None
    name = t("uploaded.yours", name=kept.name)
    return GivenModel(name, kept.digest, upload.architecture, file)


def offer(lesson: str) -> GivenModel | None:
    """The uploader, folded; returns a model once, when it is new to a lesson: to be shown."""
    opened = st.expander(
        t("uploaded.title"), icon=":material/upload:", key=f"{lesson}_upload", on_change="rerun"
    )
    if not opened.open:
        return None
    with opened:
        model = choose_model()
    met = f"{lesson}_met_model"
    if model is None or st.session_state.get(met) == model.digest:
        return None
    st.session_state[met] = model.digest
    return model


def choose_model() -> GivenModel | None:
    """The uploader, and what became of the file; the model, once there is one."""
    # The kind of a file is looked at by the server; a browser's word for it may lie.
    file = st.file_uploader(
        t("uploaded.upload_label"), KINDS, key=WIDGET, help=t("uploaded.upload_help")
    )
    if file is not None and file.file_id != st.session_state.get(SEEN):
        st.session_state[SEEN] = file.file_id
        _take(file.name, file.getvalue())
    if refused := st.session_state.get(REFUSED):
        refuse(refused)
    kept, model = st.session_state.get(GIVEN), given()
    if model is not None:
        if refused:
            st.markdown(t("uploaded.still_shown", name=kept.name))
        _tell(kept)
    elif kept is not None:
        st.info(t("uploaded.forgotten"), icon=":material/info:")
    return model


def _take(name: str, data: bytes) -> None:
    """Keep a good file; a bad one leaves the last good one where it is."""
    st.session_state[REFUSED] = None
    earlier = guarded.recall(st.session_state[GIVEN].digest) if GIVEN in st.session_state else None
    try:
        # In the place of what this visitor lets wait: nobody fills the line for the others.
        upload = guarded.accept(data, earlier)
    except Refusal as refusal:
        st.session_state[REFUSED] = refusal
        return
    st.session_state[GIVEN] = _Kept(archive.shown(name), upload.digest)


def _tell(kept: _Kept) -> None:
    """The sums of its rows, then what Keras says of it."""
    upload = guarded.recall(kept.digest)
    architecture = upload.architecture
    st.markdown(
        t(
            "uploaded.read",
            name=kept.name,
            layers=len(architecture.rows) - 1,  # without the picture
            parameters=architecture.parameters,
            multiply_adds=architecture.multiply_adds,
        )
    )
    if upload.loading.done():
        _compare(upload)
    else:
        _wait(upload)


@st.fragment(run_every=1)
def _wait(upload: guarded.Upload) -> None:
    if upload.loading.done():
        st.rerun()
    before = upload.waiting_before
    st.caption(t("uploaded.waiting", before=before) if before else t("uploaded.loading"))


def _compare(upload: guarded.Upload) -> None:
    failure = upload.loading.exception()
    if isinstance(failure, Refusal):
        st.markdown(t("uploaded.weights_not_used"))
        refuse(failure)
        return
    loaded = upload.loading.result()
    if loaded.differing:
        layers = ", ".join(map(archive.shown, loaded.differing))
        st.warning(t("uploaded.differs", parameters=loaded.parameters, layers=layers))
    else:
        st.caption(t("uploaded.agrees", parameters=loaded.parameters))
