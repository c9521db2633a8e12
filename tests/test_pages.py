"""Every page opens in both languages, keeps its state in the link, and shows what it calculates."""

import base64
import json
import re

import cv2
import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import ASSETS, ROOT, browser_network, digits, mnist, network, registry
from cnnviz.disturbance import Disturbance
from cnnviz.lessons import LESSONS
from cnnviz.text import LANGUAGES, text
from cnnviz.ui import server
from cnnviz.ui.warmup import WarmUp, warm_up

MAIN = ROOT / "cnnviz" / "ui" / "main.py"
WRONG = {
    key: model["wrong"]
    for key, model in json.loads((ASSETS / "data" / "mnist_measured.json").read_text())[
        "models"
    ].items()
}


@pytest.fixture(autouse=True, scope="module")
def _networks_are_loaded():
    warm_up.start()
    assert warm_up.done.wait(60)
    assert not warm_up.failure


def visit(page: str = "digits", locale: str = "en-GB", **link: object) -> AppTest:
    """A visitor who follows a link: visit("digits", source="unseen", number=417).

    AppTest begins at the start page and drops there what another page binds, so it is told twice.
    """
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.context["url"] = f"http://10.0.0.7:8501/{page}"
    app.context["locale"] = locale
    state = {name: str(value) for name, value in link.items()}
    app.query_params.update(state)
    app.run()
    if page != "home":
        app.query_params.update(state)
        app.switch_page(f"../../pages/{page}.py").run()
    assert not app.exception
    return app


def again(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def shown_by(app: AppTest, component: str) -> dict:
    """What a component got: AppTest does not draw it, but has its data."""
    (found,) = [element for element in app.get("bidi_component") if element.key == component]
    return json.loads(found.proto.json)


def logits_of(app: AppTest) -> dict[str, list[float]]:
    return {one["key"]: one["logits"] for one in shown_by(app, "reading")["readings"]}


def levels(packed: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed), np.uint8)


def picture_of(number: int) -> np.ndarray:
    return mnist.unseen().images[number].astype("float32") / np.float32(255)


def drawing() -> np.ndarray:
    """A 7 as the canvas sends it, (240, 240, 4) uint8: black on white, opaque."""
    sheet = np.full((240, 240, 4), 255, np.uint8)
    corners = np.array([[60, 50], [170, 50], [100, 200]], np.int32)
    line = np.zeros((240, 240), np.uint8)
    cv2.polylines(line, [corners], False, 255, 18, cv2.LINE_AA)
    sheet[..., :3] -= line[..., np.newaxis]
    return sheet


# --------------------------------------------------------------------- opening


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", LESSONS)
def test_every_page_opens(page, language):
    app = visit(page, lang=language)
    (title,) = app.title
    assert title.value.startswith(text(language, f"{page}.title"))
    assert not app.error
    assert not app.warning


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh"), ("zh-TW", "zh"), ("en-US", "en"), ("de-DE", "en"), ("", "en")],
)
def test_browsers_language_is_spoken_first(locale, language):
    app = visit("home", locale=locale)
    assert app.segmented_control(key="lang").value == language
    assert app.markdown[0].value == text(language, "home.intro")


@pytest.mark.parametrize("nonsense", ["fr", "", "中文", "en'"])
def test_unknown_language_in_a_link_is_the_browsers(nonsense):
    app = visit("home", locale="zh-CN", lang=nonsense)
    assert app.segmented_control(key="lang").value == "zh"


def test_start_page_lists_the_networks():
    app = visit("home")
    (status,) = app.success
    assert status.value == text("en", "home.ready", count=2)
    table = app.markdown[-1].value
    assert "| MNIST CNN (`mnist_cnn`) | 93,322 | 99.6 % | Apache-2.0 |" in table
    assert "| MNIST dense (`mnist_dense`) | 407,050 | 98.5 % | Apache-2.0 |" in table


# --------------------------------------------------------------------- the link


def test_link_chooses_the_digit():
    app = visit(source="unseen", number=417)
    assert app.segmented_control(key="source").value == "unseen"
    assert app.number_input(key="number").value == 417
    assert shown_by(app, "reading")["truth"] == int(mnist.unseen().labels[417])
    np.testing.assert_array_equal(
        levels(shown_by(app, "network")["image"]), mnist.unseen().images[417].ravel()
    )


def test_another_language_keeps_the_digit():
    app = visit(source="unseen", number=417)
    before = logits_of(app)
    app.segmented_control(key="lang").set_value("zh")
    again(app)
    assert app.title[0].value.startswith(text("zh", "digits.title"))
    assert app.segmented_control(key="source").value == "unseen"
    assert app.number_input(key="number").value == 417
    assert logits_of(app) == before
    app.segmented_control(key="lang").set_value("en")
    again(app)
    assert app.title[0].value.startswith(text("en", "digits.title"))
    assert app.number_input(key="number").value == 417
    assert logits_of(app) == before


@pytest.mark.parametrize("language", LANGUAGES)
def test_shared_link_opens_the_same_page(language):
    """Written by one visitor, in either language; opened by another whose browser speaks none."""
    app = visit(lang=language, source="unseen", number=417, right=3)
    assert not app.code  # made when it is asked for
    app.session_state["share"] = True
    again(app)
    link = app.code[0].value
    address, _, query = link.partition("?")
    assert address == "http://10.0.0.7:8501/digits"
    state = dict(part.split("=") for part in query.split("&"))
    assert state == {"source": "unseen", "number": "417", "right": "3", "lang": language}
    other = visit(locale="de-DE", **state)
    assert shown_by(other, "reading") == shown_by(app, "reading")
    assert shown_by(other, "network") == shown_by(app, "network")


def test_link_of_this_computer_alone_is_told():
    app = visit()
    app.session_state["share"] = True
    again(app)
    assert text("en", "app.share_scan") in [caption.value for caption in app.caption]
    app.context["url"] = "http://localhost:8501/digits"
    again(app)
    assert text("en", "app.share_loopback") in [caption.value for caption in app.caption]


@pytest.mark.parametrize(
    "link",
    [
        {"source": "nonsense"},
        {"source": "unseen", "number": 5000},
        {"source": "unseen", "number": "seven"},
        {"right": "far", "turn": 1000, "noise": "nan"},
        {"off": "everything-scale"},
        {"changes": "random.~off.conv1.999~" + "x" * 10_000},
        {"source": "photo", "photo_source": "nonsense"},
        {"large": "perhaps"},
    ],
    ids=str,
)
def test_nonsense_in_a_link_does_no_harm(link):
    app = visit(**link)
    assert len(logits_of(app)["mnist_cnn"]) == 10


def test_broken_digit_in_a_link_is_told():
    app = visit(digit="garbage")
    (warning,) = app.warning
    assert warning.value == text("en", "digits.refused.code", length=7)
    assert shown_by(app, "reading")["note"].startswith(text("en", "digits.reading.instead")[:10])


def test_digit_in_a_link_is_shown():
    image = picture_of(417)
    app = visit(digit=digits.to_code(image))
    assert shown_by(app, "reading")["note"] == text("en", "digits.reading.shared")
    np.testing.assert_allclose(logits_of(app)["mnist_cnn"], digits.logits(image), atol=1e-6)


def test_large_mode_is_half_as_large_again():
    for large, size in (("false", "100%"), ("true", "150%")):
        app = visit("home", large=large)
        assert f"font-size: {size}" in str(app.get("html")[0].proto.body)


# --------------------------------------------------------------------- what is calculated


@pytest.mark.parametrize("model", ["mnist_cnn", "mnist_dense"])
def test_bars_show_what_the_network_calculates(model):
    app = visit(source="unseen", number=417)
    expected = digits.logits(picture_of(417), model)
    (reading,) = [one for one in shown_by(app, "reading")["readings"] if one["key"] == model]
    np.testing.assert_allclose(reading["logits"], expected, atol=1e-6)
    np.testing.assert_allclose(reading["probabilities"], digits.softmax(expected), atol=1e-6)
    assert reading["parameters"] == registry.MODELS[model].parameters


def test_browser_gets_the_network_and_keras_logits_to_compare():
    app = visit(source="unseen", number=417)
    data = shown_by(app, "network")
    np.testing.assert_allclose(data["keras_logits"], digits.logits(picture_of(417)), atol=1e-6)
    assert [layer["name"] for layer in data["layers"]][-1] == "logits"
    version = browser_network.version("mnist_cnn")
    assert data["weights"] == {
        name: f"/weights/{version}/mnist_cnn/{name}" for name in ("trained", "random")
    }
    scripts = [element.proto.js_content for element in app.get("bidi_component")][1:]
    for script in scripts:
        assert f'location.origin + "/components/{server.component_version()}"' in script


def test_before_anything_is_drawn_an_example_is_read():
    """Unseen digit 7, told as such, with an invitation."""
    reading = shown_by(visit(), "reading")
    assert reading["invitation"] is True
    assert reading["order"] == ["digit"]
    assert reading["switches"] == []
    truth = int(mnist.unseen().labels[7])
    assert reading["truth"] == truth
    assert reading["note"] == text("en", "digits.reading.invitation", number=7, truth=truth)


def test_drawing_is_prepared_read_and_put_into_the_link():
    app = visit()
    app.session_state["drawing"] = digits.ink_of(drawing())
    again(app)
    expected = digits.prepare(digits.ink_of(drawing()))
    reading = shown_by(app, "reading")
    assert [step["name"] for step in reading["steps"]] == [step.name for step in expected]
    assert reading["order"] == [step.name for step in expected]
    assert reading["truth"] is None
    assert reading["invitation"] is False
    for sent, step in zip(reading["steps"], expected, strict=True):
        assert tuple(sent["size"]) == step.picture.shape
        assert max(sent["height"], sent["width"]) <= 96  # no larger than it is drawn
        assert len(levels(sent["pixels"])) == sent["height"] * sent["width"]
    image = expected[-1].picture
    np.testing.assert_allclose(logits_of(app)["mnist_cnn"], digits.logits(image), atol=1e-6)
    assert int(np.argmax(logits_of(app)["mnist_cnn"])) == 7
    code = app.query_params["digit"]
    np.testing.assert_array_equal(digits.from_code(code), image)


def test_step_switched_off_in_the_link():
    app = visit(off="scale-thickness")
    app.session_state["drawing"] = digits.ink_of(drawing())
    again(app)
    reading = shown_by(app, "reading")
    assert reading["off"] == ["thickness", "scale"]
    assert "thickness" not in [step["name"] for step in reading["steps"]]
    assert "thickness" in reading["order"]  # its place is shown, empty
    expected = digits.prepare(digits.ink_of(drawing()), frozenset({"polarity", "centre"}))
    image = expected[-1].picture
    np.testing.assert_allclose(logits_of(app)["mnist_cnn"], digits.logits(image), atol=1e-6)


def test_disturbance_reaches_both_networks():
    app = visit(source="unseen", number=417, right=3, turn=20, noise=0.1)
    image = Disturbance(right=3, turn=20, noise=0.1).apply(picture_of(417))
    for model, logits in logits_of(app).items():
        np.testing.assert_allclose(logits, digits.logits(image, model), atol=1e-6)
    assert shown_by(app, "reading")["order"] == ["digit", "disturbed"]
    sent = shown_by(app, "reading")["steps"][-1]["pixels"]
    np.testing.assert_array_equal(levels(sent), np.round(image * 255).astype(int).ravel())


def test_sliders_go_back_to_undisturbed():
    app = visit(source="unseen", number=417, right=3, zoom=0.7, noise=0.1)
    app.session_state["disturb"] = True  # the popover is opened
    again(app)
    assert app.slider(key="right").value == 3
    app.button(key="undisturb").click()
    again(app)
    assert shown_by(app, "reading")["order"] == ["digit"]
    assert app.slider(key="zoom").value == 1
    assert set(app.query_params) == {"source", "number"}


# --------------------------------------------------------------------- unseen digits


@pytest.mark.parametrize("model", ["mnist_cnn", "mnist_dense"])
def test_button_goes_to_the_next_mistake(model):
    """And after the last one to the first: each is really misread."""
    app = visit(source="unseen", number=WRONG[model][-2])
    visited = []
    for _ in range(3):
        app.button(key=f"wrong_{model.removeprefix('mnist_')}").click()
        again(app)
        visited.append(app.number_input(key="number").value)
        read = int(np.argmax(logits_of(app)[model]))
        assert read != shown_by(app, "reading")["truth"]
    assert visited == [WRONG[model][-1], *WRONG[model][:2]]


def test_any_digit_is_one_of_the_thousand():
    app = visit(source="unseen")
    numbers = set()
    for _ in range(5):
        app.button(key="any").click()
        numbers.add(again(app).number_input(key="number").value)
    assert len(numbers) > 1
    assert all(0 <= number < 1000 for number in numbers)


# --------------------------------------------------------------------- photographs


def test_example_photograph_is_read_as_five():
    app = visit(source="photo")
    for logits in logits_of(app).values():
        assert int(np.argmax(logits)) == 5
    assert not app.warning
    assert "digit" not in app.query_params  # ours need not be carried


def test_uploaded_photograph_is_read():
    app = visit(source="photo", photo_source="upload")
    assert shown_by(app, "reading")["invitation"] is True
    data = (ASSETS / "images" / "digit_photo.jpg").read_bytes()
    app.file_uploader(key="photo_upload").set_value(("five.jpg", data, "image/jpeg"))
    again(app)
    assert int(np.argmax(logits_of(app)["mnist_cnn"])) == 5
    assert "digit" in app.query_params


@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_that_cannot_be_taken_is_told(language):
    app = visit(lang=language, source="photo", photo_source="upload")
    app.file_uploader(key="photo_upload").set_value(("five.jpg", b"five", "image/jpeg"))
    again(app)
    (warning,) = app.warning
    assert warning.value == text(language, "images.plain_text", num_bytes=4)
    assert shown_by(app, "reading")["truth"] is not None  # an unseen digit stands in

    icon = (ASSETS / "images" / "icon.png").read_bytes()
    app.file_uploader(key="photo_upload").set_value(("five.jpg", icon, "image/jpeg"))
    again(app)
    (warning,) = app.warning
    assert warning.value == text(language, "digits.refused.no_digit", width=64, height=64)


# --------------------------------------------------------------------- question, quality, code


def test_question_is_answered_by_the_dense_network():
    """Digit 32, a 0: moved 5 pixels to the right only the CNN still reads it."""
    app = visit(source="unseen", number=32)
    moved = Disturbance(right=5).apply(picture_of(32))
    answer = str(digits.predict(moved, "mnist_dense").argmax())
    assert answer != str(digits.predict(moved, "mnist_cnn").argmax()) == "0"
    wrong = str((int(answer) + 1) % 10)
    calculation = text("en", "digits.question.calculation")
    assert text("en", "lessons.choose_to_see") in [caption.value for caption in app.caption]
    assert not any(calculation in markdown.value for markdown in app.markdown)

    app.pills[0].set_value(wrong)
    again(app)
    (told,) = app.warning
    assert told.value == text("en", "lessons.not_right", given=wrong, answer=answer)
    app.pills[0].set_value(answer)
    again(app)
    (told,) = app.success
    assert told.value == text("en", "lessons.right", answer=answer)
    (table,) = [one.value for one in app.markdown if calculation in one.value]
    share = digits.predict(moved, "mnist_dense").max()
    assert f"| {answer} ({100 * share:.1f} %) |" in table


def test_question_starts_anew_with_another_digit():
    app = visit(source="unseen", number=417)
    app.pills[0].set_value("3")
    again(app)
    app.number_input(key="number").set_value(500)
    again(app)
    assert app.pills[0].value is None
    assert not app.warning
    assert not app.success


def test_quality_shows_the_measured_numbers():
    app = visit()
    assert not app.get("plotly_chart")
    app.session_state["quality"] = True
    again(app)
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert len(charts) == 3
    titles = [markdown.value for markdown in app.markdown]
    assert "**CNN: 99.6 % right, 4 of 1,000 wrong**" in titles
    assert "**Dense network: 98.5 % right, 15 of 1,000 wrong**" in titles


def test_code_is_filled_in_with_the_digit():
    app = visit(source="unseen", number=417)
    app.session_state["code-digits"] = True
    again(app)
    program = app.code[-1].value
    assert f'packed = "{digits.to_code(picture_of(417))}"' in program
    assert not re.search(r"__[A-Z]+__", program)


# --------------------------------------------------------------------- while networks load


def test_page_waits_for_the_networks(monkeypatch):
    monkeypatch.setattr(warm_up, "finished", 1)
    monkeypatch.setattr(warm_up, "ready", {"mnist_cnn"})  # the lesson needs the dense one as well
    app = visit()
    assert app.title[0].value.startswith(text("en", "digits.title"))  # the page is there already
    (progress,) = app.get("progress")
    assert progress.proto.text == text("en", "app.loading", finished=1, total=3)
    assert not app.get("bidi_component")
    warm_up.ready.add("mnist_dense")
    again(app)
    assert not app.get("progress")
    assert app.get("bidi_component")


def test_start_page_tells_how_far_the_loading_is(monkeypatch):
    monkeypatch.setattr(warm_up, "ready", {"mnist_cnn"})
    monkeypatch.setattr(warm_up, "finished", 2)
    app = visit("home")
    (progress,) = app.get("progress")
    assert progress.proto.text == text("en", "app.loading", finished=2, total=3)


@pytest.mark.parametrize("page", ["home", *(key for key in LESSONS if LESSONS[key].models)])
def test_failed_loading_is_told(page, monkeypatch):
    monkeypatch.setattr(warm_up, "failure", "12ab34cd")
    monkeypatch.setattr(warm_up, "ready", set())
    app = visit(page, view="measured") if page == "receptive_field" else visit(page)
    (error,) = app.error
    assert error.value == text("en", "app.loading_failed", number="12ab34cd")
    assert not app.get("bidi_component")


def test_a_stack_on_a_picture_waits_for_no_network(monkeypatch):
    monkeypatch.setattr(warm_up, "ready", set())
    assert visit("receptive_field", view="grow").get("bidi_component")
    assert not visit("receptive_field", view="measured").get("bidi_component")


def test_warm_up_that_fails_is_over_and_logged_under_its_number(monkeypatch, caplog):
    """Pages must not wait for ever: TensorFlow came, the first network did not."""

    def no_memory(key):
        raise MemoryError(key)

    monkeypatch.setattr(network, "traced", no_memory)
    failing = WarmUp()
    failing.start()
    assert failing.done.wait(60)
    assert f"Error {failing.failure}" in caplog.text
    assert "MemoryError: mnist_cnn" in caplog.text
    assert failing.finished == 1


def test_warm_up_runs_once(monkeypatch):
    loaded = []
    monkeypatch.setattr(network, "traced", loaded.append)
    fresh = WarmUp()
    for _ in range(3):
        fresh.start()
    assert fresh.done.wait(60)
    assert loaded == list(registry.MODELS)
    assert fresh.finished == fresh.total == 3
    assert not fresh.failure
    assert fresh.ready == set(registry.MODELS)


def test_visitors_do_not_reset_keras():
    """Streamlit calls keras.backend.clear_session() after every run: the warm-up makes it idle.

    Keras counts names from 1; a cleared session would begin anew.
    """
    app = visit("home")
    first = keras.backend.get_uid("cnnviz_sentinel")
    for _ in range(20):
        again(app)
    assert keras.backend.get_uid("cnnviz_sentinel") == first + 1
