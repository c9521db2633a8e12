"""The page of the first lesson: four instruments, their state in the link, their questions."""

import base64
import re

import cv2
import numpy as np
import pytest

from cnnviz import images, mnist, pictures, registry, subsampling, translation
from cnnviz.figures import charts
from cnnviz.text import LANGUAGES, catalogue, text
from cnnviz.ui import picture_inputs, why_count, why_lab, why_places, why_shrink, why_window
from cnnviz.ui.warmup import warm_up
from cnnviz.ui.why_window import Window, window_of
from tests.test_pages import again, shown_by, visit


@pytest.fixture(autouse=True, scope="module")
def _networks_are_loaded():
    warm_up.start()
    assert warm_up.done.wait(60)


def answered(app, choose) -> str:
    """Answer the question; the calculation that follows. `choose` takes all options."""
    (question,) = app.pills
    question.set_value(choose(question.options))
    again(app)
    return "\n".join(markdown.value for markdown in app.markdown)


def right_answer(app) -> str:
    """What the page says is right, after the first option was chosen."""
    answered(app, lambda options: options[0])
    (told,) = [*app.success, *app.warning]
    return told.value


# --------------------------------------------------------------------- 1: small patterns


def test_grey_levels_are_those_of_the_picture_at_320_pixels():
    app = visit("why", property="small")
    shown = shown_by(app, "why_window")["picture"]
    small = images.fit(pictures.load("cat_chelsea"), 320)
    assert (shown["height"], shown["width"]) == small.shape[:2] == (213, 320)
    grey = np.frombuffer(base64.b64decode(shown["grey"]), np.uint8).reshape(213, 320)
    red, green, blue = (small[..., channel].astype(float) for channel in range(3))
    np.testing.assert_allclose(grey, 0.299 * red + 0.587 * green + 0.114 * blue, atol=0.51)


def test_first_window_is_an_eye_that_finds_the_other_eye():
    """Best place outside the window itself, by OpenCV: far ahead of the third."""
    small = images.fit(pictures.load("cat_chelsea"), 320)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    row, column, size = why_window.STARTS["cat_chelsea"]
    patch = grey[row : row + size, column : column + size]
    response = cv2.matchTemplate(grey, patch, cv2.TM_CCOEFF_NORMED)
    found = []
    for _ in range(3):
        best = np.unravel_index(response.argmax(), response.shape)
        found.append((*map(int, best), float(response[best])))
        y, x = best
        half = size // 2
        response[max(0, y - half) : y + half, max(0, x - half) : x + half] = -1
    itself, other, third = found
    assert itself == (row, column, pytest.approx(1))
    assert other[:2] == (74, 110)  # the cat's right eye
    assert other[2] > third[2] + 0.15
    assert other[2] > why_window.LEAST > third[2]


@pytest.mark.parametrize("key", pictures.PICTURES)
def test_every_bundled_picture_has_a_window_that_fits(key):
    height, width = picture_inputs.bundled_in(key, why_lab.BOX).shape[:2]
    window = window_of("", key, height, width)
    assert (window.row, window.column, window.size) == why_window.STARTS[key]
    assert window.size % why_window.STEP == 0
    assert window.row + window.size <= height
    assert window.column + window.size <= width


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("cat_chelsea~10-20-32~0.55", Window(10, 20, 32, 0.55)),
        ("coffee~10-20-32~0.55", None),  # of another picture
        ("cat_chelsea~10-300-32~0.55", None),  # sticks out at the right
        ("cat_chelsea~10-20-30~0.55", None),  # not a multiple of 4
        ("cat_chelsea~10-20-96~0.55", None),
        ("cat_chelsea~10-20-32~1.99", Window(10, 20, 32, 1.0)),
        ("cat_chelsea~-1-20-32~0.55", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_window_in_a_link(code, expected):
    start = Window(*why_window.STARTS["cat_chelsea"], why_window.LEAST)
    assert window_of(code, "cat_chelsea", 213, 320) == (expected or start)


def test_own_picture_has_a_window_in_its_middle():
    assert window_of("", "own", 100, 320) == Window(38, 148, 24, 0.7)


def test_only_the_window_keeps_its_weights_when_the_picture_grows():
    app = visit("why")
    calculation = answered(app, lambda options: "×1, ×4")
    assert app.success
    assert "28·28 = 784" in calculation
    assert "213·320 = 68,160 → 426·640 = 272,640" in calculation


@pytest.mark.parametrize("size", [(10, 12), (1000, 60)])  # after fitting to 320: 10×12, 320×19
def test_picture_that_is_too_small_is_told_and_replaced(size):
    app = visit("why", picture_source="upload")
    data = cv2.imencode(".png", np.full((*size, 3), 200, np.uint8))[1].tobytes()
    app.file_uploader(key="picture_upload").set_value(("small.png", data, "image/png"))
    again(app)
    height, width = size
    (warning,) = app.warning
    assert f"{width}×{height} pixels" in warning.value
    assert "at least 32" in warning.value
    assert shown_by(app, "why_window")["picture"]["name"] == "cat_chelsea"


# --------------------------------------------------------------------- 2: any place


def test_maps_show_the_accuracies_of_the_task():
    app = visit("why", property="anywhere")
    shown = shown_by(app, "why_places")
    task = translation.Task(
        tuple(2 * int(cell) - 1 for cell in why_places.PATTERNS["beak"]), ((2, 2),), 0.5, 400, 7
    )
    comparison = translation.compare(task)
    for network in shown["networks"]:
        trained = getattr(comparison, network["key"])
        np.testing.assert_allclose(
            np.reshape(network["accuracies"], trained.accuracies.shape),
            100 * trained.accuracies,
            atol=1e-6,  # 100 pictures a place: whole percents
        )
        formula = network["formula"].replace("·", "*")
        assert eval(formula) == network["parameters"] == trained.parameters
    assert shown["trained"].index(True) == shown["alone"] == 2 * 12 + 2
    assert sum(shown["trained"]) == 1


@pytest.mark.parametrize(("where", "count"), [("one", 1), ("half", 72), ("everywhere", 144)])
def test_link_chooses_where_the_pattern_lies(where, count):
    app = visit("why", property="anywhere", why_where=where, place="5-9")
    trained = np.reshape(shown_by(app, "why_places")["trained"], (12, 12))
    assert trained.sum() == count
    assert trained[5, 9] == (where != "half")
    assert trained[0, 0] == (where != "one")


@pytest.mark.parametrize(
    "link",
    [
        {"pattern": "nonsense", "place": "99-99", "why_seed": "-1", "why_where": "nowhere"},
        {"pattern": "1" * 24, "place": "a-b", "why_count": "many", "why_noise": "nan"},
    ],
    ids=str,
)
def test_nonsense_in_a_link_is_the_default(link):
    shown = shown_by(visit("why", property="anywhere", **link), "why_places")
    expected = shown_by(visit("why", property="anywhere"), "why_places")
    assert shown == expected


def test_a_scripted_client_cannot_train_on_nonsense(monkeypatch):
    session = {"why_pattern": {"pattern": "2" * 25}, "why_places": {"place": 10**9}}
    monkeypatch.setattr(why_places.st, "session_state", session)
    why_places._take_pattern()
    why_places._take_place()
    assert set(session) == {"why_pattern", "why_places"}


def test_another_seed_trains_anew_and_is_in_the_link():
    app = visit("why", property="anywhere")
    before = shown_by(app, "why_places")["background"]
    app.button(key="why_again").click()
    again(app)
    assert app.query_params["why_seed"] == "8"
    assert shown_by(app, "why_places")["background"] != before
    assert app.button(key="why_again").label == text("en", "why.anywhere.again", seed=8)


def test_question_on_examples_is_answered_by_training(monkeypatch):
    curve = {"dense": [0.5, 0.5, 0.6, 0.7, 0.81, 0.9], "convolution": [0.9, 1, 1, 1, 1, 1]}
    monkeypatch.setattr(translation, "learning_curve", lambda *task: curve)
    why_places.learning_curve.clear()
    app = visit("why", property="anywhere")
    calculation = answered(app, lambda options: "2,560")
    assert app.success
    assert "| 50.0 % | 50.0 % | 60.0 % | 70.0 % | 81.0 % | 90.0 % |" in calculation
    curve["dense"][4:] = [0.7, 0.79]
    why_places.learning_curve.clear()
    again(app)
    assert text("en", "why.curve.never") in app.warning[0].value
    why_places.learning_curve.clear()


def test_code_is_filled_in_with_the_task_on_every_tab():
    app = visit("why", property="count", place="3-4", why_seed=12, why_noise=0.8)
    app.session_state["code-why"] = True
    again(app)
    program = app.code[-1].value
    assert "top, bottom, left, right = 3, 3, 4, 4" in program
    assert "default_rng(12)" in program
    assert "noise, count = 0.8, 400" in program
    assert not re.search(r"__[A-Z]+__", program)


# --------------------------------------------------------------------- 3: fewer pixels


def test_every_size_of_the_picture_has_its_pixels_and_parameters():
    shown = shown_by(visit("why", property="subsample"), "why_shrink")
    sizes = [(level["height"], level["width"]) for level in shown["levels"]]
    assert sizes == [(300, 451), (150, 225), (75, 112), (37, 56), (18, 28)]
    for level in shown["levels"]:
        expected = (level["height"] * level["width"] * 3 + 1) * 512
        assert level["parameters"] == expected
        data = base64.b64decode(level["address"].split(",")[1])
        assert images.decode(data).shape == (level["height"], level["width"], 3)


@pytest.mark.parametrize("method", why_shrink.METHODS)
def test_digits_are_read_and_counted(method):
    app = visit("why", property="subsample", why_method=method, why_digit=417)
    shown = shown_by(app, "why_shrink")
    assert shown["truth"] == mnist.unseen().labels[417]
    for digit in shown["digits"]:
        neighbours = subsampling.neighbour_reads(digit["factor"], method)
        assert digit["side"] == 28 // digit["factor"]
        assert digit["neighbour"]["read"] == neighbours[417]
        assert digit["neighbour"]["accuracy"] == subsampling.accuracy(neighbours)
        logits = subsampling.network_reads(digit["factor"], method)
        assert digit["network"]["read"] == logits[417].argmax()


def test_digits_wait_for_the_network(monkeypatch):
    monkeypatch.setattr(warm_up, "ready", set())
    app = visit("why", property="subsample")
    digits = shown_by(app, "why_shrink")["digits"]
    assert [digit["network"] for digit in digits] == [None] * 5
    assert digits[0]["neighbour"]["accuracy"] > 0.9  # needs no network
    assert app.get("progress")
    monkeypatch.setattr(warm_up, "failure", "12ab34cd")
    again(app)
    assert app.error[0].value == text("en", "app.loading_failed", number="12ab34cd")


def test_network_that_comes_while_the_page_runs_is_waited_for(monkeypatch):
    """Else some digits would stand without it for ever."""
    ready = set()
    monkeypatch.setattr(warm_up, "ready", ready)
    reads = why_shrink.neighbour_reads

    def slow(factor, method):
        if factor == 4:  # the third of the digits
            ready.add("mnist_cnn")
        return reads(factor, method)

    monkeypatch.setattr(why_shrink, "neighbour_reads", slow)
    digits = shown_by(visit("why", property="subsample"), "why_shrink")["digits"]
    assert all(digit["network"] for digit in digits)


def test_methods_are_those_that_can_be_chosen():
    assert set(why_shrink.METHODS) == set(subsampling.METHODS)


def test_question_on_digits_has_one_right_answer_among_its_options():
    app = visit("why", property="subsample")
    assert len(set(app.pills[0].options)) == 6
    right = round(1000 * subsampling.accuracy(subsampling.neighbour_reads(4, "max")))
    answered(app, lambda options: str(right))
    assert app.success


# --------------------------------------------------------------------- 4: parameters


def test_formulas_are_filled_in_with_the_layers():
    app = visit("why", property="count")
    told = "\n".join(markdown.value for markdown in app.markdown)
    assert "(224·224·3 + 1)·512 = **77,070,848**" in told  # (150,528 + 1) · 512
    assert "(3·3·3 + 1)·64 = **1,792**" in told
    assert "**43,008 times**" in told  # 77,070,848 / 1,792 = 43,008.3…
    app.slider(key="why_side").set_value(28)
    app.segmented_control(key="why_channels").set_value("1")
    again(app)
    told = "\n".join(markdown.value for markdown in app.markdown)
    assert "(28·28·1 + 1)·512 = **401,920**" in told


def test_doubling_the_side_asks_for_four_times_the_parameters():
    app = visit("why", property="count", why_side=100, why_units=10, why_channels="1")
    assert f"{(200 * 200 + 1) * 10:,}" in right_answer(app)


def test_lectures_networks_add_up():
    dense, cnn = list(why_count.lines_of("mnist_dense")), list(why_count.lines_of("mnist_cnn"))
    assert [row[3] for row in dense] == [0, 401_920, 5_130]
    assert sum(row[3] for row in dense) == 407_050
    assert [row[3] for row in cnn if row[3]] == [320, 18_496, 36_928, 36_928, 650]
    assert sum(row[3] for row in cnn) == 93_322
    outputs = ["26×26×32", "13×13×32", "11×11×64", "5×5×64", "3×3×64", "576", "64", "10"]
    assert [row[1] for row in cnn] == outputs
    assert registry.load("mnist_dense").count_params() == 407_050
    assert registry.load("mnist_cnn").count_params() == 93_322


@pytest.mark.parametrize("language", LANGUAGES)
def test_slip_of_the_slide_is_told(language):
    app = visit("why", property="count", lang=language)
    told = " ".join(caption.value for caption in app.caption)
    assert "28×28×3×512 + 512×10 + 10 = 407,050" in told
    assert "1,209,354" in told
    assert 28 * 28 * 3 * 512 + 512 * 10 + 10 == 1_209_354


def test_chart_marks_the_current_side():
    figure = charts.parameters_by_side(
        [1, 2, 4],
        {"dense": [2, 5, 17], "convolution": [10, 10, 10]},
        2,
        {"dense": "D", "convolution": "C"},
        ("side", "parameters"),
    )
    marked = [trace for trace in figure.data if trace.mode == "markers+text"]
    assert [(trace.x, trace.y, trace.text) for trace in marked] == [
        ((2,), (5,), ("5",)),
        ((2,), (10,), ("10",)),
    ]


# --------------------------------------------------------------------- all four


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", why_lab.PROPERTIES)
def test_every_instrument_opens_from_a_link_in_both_languages(name, language):
    app = visit("why", property=name, lang=language)
    assert app.segmented_control(key="property").value == name
    assert any(text(language, f"why.claim.{name}") in one.value for one in app.markdown)
    assert not app.error
    components = {element.key for element in app.get("bidi_component")}
    expected = {
        "small": {"why_window"},
        "anywhere": {"why_pattern", "why_places"},
        "subsample": {"why_shrink"},
        "count": set(),
    }
    assert components == expected[name]  # only the chosen one is computed


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_in_sentences_are_those_of_the_code(language):
    sentences = catalogue(language)
    assert f"{2 * translation.BACKGROUNDS} " in sentences["why.places.trained"]
    assert f"{translation.SIZE}×{translation.SIZE}" in sentences["why.places.dense_about"]
    assert f"{len(mnist.unseen()):,}" in sentences["why.shrink_question.text"]
    assert str(len(mnist.unseen()) - 1) in sentences["why.shrink_controls.digit"]
    assert {"en": "Four", "zh": "四"}[language] in sentences["why.places.filters_about"]
    assert translation.FILTERS == 4
    assert {"en": "twelve", "zh": "十二"}[language] in sentences["why.curve.training"]
    assert 2 * len(translation.COUNTS) == 12
