"""The convolution lesson, driven as a lecturer and a class drive it."""

import io
import re
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image, ImageSequence
from playwright.sync_api import Locator, Page, expect

from cnnviz import arithmetic, convolution, pooling, text, worked_example
from cnnviz.ui import convolution_lab
from tests.browser.conftest import PHONE, button, settled

# The lecture's results (part 2).
MAPS = [
    [[3, -1, -3, -1], [-3, 1, 0, -3], [-3, -3, 0, 1], [3, -2, -2, -1]],
    [[-1, -1, -1, -1], [-1, -1, -2, 1], [-1, -1, -2, 1], [-1, 0, -4, 3]],
]
STRIDE_2 = [[[3, -3], [-3, 0]], [[-1, -1], [-1, -2]]]
POOLED = [[[3, 0], [3, 1]], [[-1, 1], [0, 3]]]


def grid(page: Page, name: str, channel: int = 0) -> Locator:
    return page.locator(f'.grid[data-grid="{name}"][data-channel="{channel}"]')


def number(shown: str) -> float:
    return float(shown.replace("−", "-"))


def numbers(page: Page, name: str, channel: int = 0) -> list[list[float]]:
    """A map as it is written on the screen."""
    cells = grid(page, name, channel).locator(".cell")
    expect(cells.first).to_have_text(re.compile(r"\d"))
    values = [number(value) for value in cells.all_inner_texts()]
    side = round(len(values) ** 0.5)
    return [values[row * side : (row + 1) * side] for row in range(side)]


def total(page: Page) -> float:
    """The result of the sum that is written out."""
    return float(page.locator(".conv-sum [data-total]").get_attribute("data-total"))


def step(page: Page) -> int:
    return int(page.locator(".place").get_attribute("data-step"))


def t(language: str, key: str, **values) -> str:
    return text.text(language, f"convolution.instrument.{key}", **values)


def assert_walked(page: Page, forward, back, expected: list[list[float]]) -> None:
    """Every position forward and back, each with its result in the sum and in the map."""
    flat = [value for row in expected for value in row]
    for position, value in enumerate(flat):
        assert step(page) == position
        assert total(page) == value
        if position < len(flat) - 1:
            forward()
    for position in reversed(range(len(flat) - 1)):
        back()
        assert step(page) == position
        assert total(page) == flat[position]


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_lectures_example_by_keyboard(visit, language):
    page = visit(f"/convolution?lang={language}")
    expect(page.locator(".conv-sum")).to_contain_text("1·1 + 0·(−1) + 0·(−1) + 0·(−1) + 1·1")
    keys = page.keyboard
    for channel, expected in enumerate(MAPS):
        button(page, t(language, "filter_number", number=channel + 1)).press("Enter")
        assert numbers(page, "convolution", channel) == expected
        grid(page, "convolution", channel).focus()
        keys.press("Home")
        right, left = (lambda: keys.press("ArrowRight")), (lambda: keys.press("ArrowLeft"))
        assert_walked(page, right, left, expected)
    for channel, expected in enumerate(POOLED):
        assert numbers(page, "pool", channel) == expected
    page.locator('[data-focus="stride1"]').press("Enter")
    for channel, expected in enumerate(STRIDE_2):
        assert numbers(page, "convolution", channel) == expected
    assert grid(page, "input").locator(".left-out").count() == 6 + 5  # the last row and column
    expect(page.locator(".conv-formulas")).to_contain_text("⌊1.5⌋ + 1 = 2")
    expect(page.locator(".conv-formulas")).to_contain_text("(6 − 3) / 2 = 1.5")


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_the_lectures_example_by_touch(visit, language):
    page = visit(f"/convolution?lang={language}", viewport=PHONE, is_mobile=True, has_touch=True)
    for channel, expected in enumerate(MAPS):
        button(page, t(language, "filter_number", number=channel + 1)).tap()
        tap = page.locator('[data-step="first"]').tap
        if step(page):
            tap()
        forward, back = (page.locator(f'[data-step="{name}"]').tap for name in ("forward", "back"))
        assert_walked(page, forward, back, expected)
    button(page, t(language, "step_pool")).tap()
    for channel, expected in enumerate(POOLED):
        grid(page, "pool", channel).locator(".cell").first.tap()
        assert_walked(page, forward, back, expected)
    page.locator('[data-focus="stride1"]').tap()
    assert [numbers(page, "convolution", channel) for channel in (0, 1)] == STRIDE_2
    grid(page, "convolution", 1).locator(".cell").nth(3).tap()
    assert total(page) == -2


def test_stepping_and_pointing_ask_the_server_for_nothing(visit):
    page = visit("/convolution")
    assert numbers(page, "convolution") == MAPS[0]
    page.wait_for_timeout(500)
    sent = []
    # When stepping rests the address is written; Chromium then takes the icon from its cache.
    page.on("request", lambda request: "/media/" in request.url or sent.append(request.url))
    page.on("websocket", lambda socket: sent.append(socket.url))
    # Frames of the socket that is already open are seen by the browser's own debugger only.
    debugger = page.context.new_cdp_session(page)
    debugger.send("Network.enable")
    debugger.on("Network.webSocketFrameSent", lambda frame: sent.append(str(frame)))
    for _ in range(15):
        page.keyboard.press("ArrowRight")  # nothing was clicked: the page itself listens
    assert step(page) == 15
    for cell in (0, 5, 10):
        grid(page, "convolution").locator(".cell").nth(cell).hover()
        grid(page, "input").locator(".cell").nth(cell).hover()
    page.locator('[data-step="first"]').click()
    page.locator('[data-step="play"]').click()
    page.wait_for_function("document.querySelector('h1')")
    page.locator('[data-step="play"]').click()
    assert sent == []


def test_pointing_says_where_a_number_comes_from_and_where_it_goes(visit):
    page = visit("/convolution")
    grid(page, "convolution").locator(".cell").nth(15).hover()
    assert total(page) == -1
    lit = grid(page, "input").locator(".window")
    assert [int(cell.get_attribute("data-at")) for cell in lit.all()] == [
        row * 6 + column for row in (3, 4, 5) for column in (3, 4, 5)
    ]
    # The pixel (1, 1) lies in the windows that start at rows and columns 0 and 1.
    grid(page, "input").locator(".cell").nth(7).hover()
    expect(page.locator("[data-users]")).to_have_attribute("data-users", "4")
    used = grid(page, "convolution", 1).locator(".user")
    assert [int(cell.get_attribute("data-at")) for cell in used.all()] == [0, 1, 4, 5]


def test_a_typed_pixel_changes_the_maps_and_stays_in_the_link(visit):
    page = visit("/convolution")
    grid(page, "input").locator(".cell").nth(0).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert numbers(page, "convolution")[0][0] == 7  # 3 + (5 − 1)·1
    expect(page.locator(".conv-sum")).to_contain_text("(0, 0): 3 → 7")
    expect(page).to_have_url(re.compile("image=5000010"))
    again = visit("/convolution?" + urlsplit(page.url).query)
    assert numbers(again, "convolution")[0][0] == 7
    # The question and the program know the changed image.
    again.get_by_text("The code: the same numbers").click()
    expect(again.get_by_test_id("stCode")).to_contain_text("[[[5.0], [0.0]")


def test_a_typed_weight_may_be_a_fraction(visit):
    page = visit("/convolution")
    grid(page, "kernel").locator(".cell").nth(0).click()
    field = page.get_by_role("textbox", name="Filter 1")
    field.fill("1/2")
    assert numbers(page, "convolution")[0][0] == 2.5
    field.fill("−1")
    assert numbers(page, "convolution")[0][0] == 1
    expect(page).to_have_url(re.compile(r"filters=-1_-1_-1_-1_1"))


@pytest.mark.parametrize(("typed", "sentence"), [("abc", "not a number"), ("1e9", "too large")])
def test_what_is_no_small_number_is_refused_and_the_old_one_stays(visit, typed, sentence):
    page = visit("/convolution")
    grid(page, "input").locator(".cell").nth(0).click()
    field = page.get_by_role("textbox", name="Pixel")
    field.fill(typed)
    expect(page.locator(".notice")).to_contain_text(sentence)
    assert numbers(page, "convolution") == MAPS[0]


def test_a_kernel_that_does_not_fit_is_refused_and_nothing_changes(visit):
    page = visit("/convolution")
    for _ in range(2):
        page.locator('[data-focus="dilation1"]').click()
    size = page.locator('[data-value="size"]')
    for _ in range(3):
        page.locator('[data-focus="size-1"]').click()
    expect(page.locator(".notice")).to_contain_text("5×5 does not fit")
    expect(size).to_have_text("5")


@pytest.mark.parametrize(
    "query", ["stride=9", "image=xyz", "filters=1~2_3", "padding=-1", "at=99&filter=7", "bias=1"]
)
@pytest.mark.parametrize("language", text.LANGUAGES)
def test_nonsense_in_the_link_is_told_and_the_lectures_values_stand_in(visit, query, language):
    page = visit(f"/convolution?{query}&lang={language}")
    assert numbers(page, "convolution") == MAPS[0]
    if not query.startswith("at"):  # the place is simply brought into the map
        name = query.split("=")[0]
        expect(page.locator(".notice")).to_contain_text(name)


def test_a_colour_image_is_summed_over_its_three_channels(visit):
    """The red diagonal: 3 from the red slice, nothing against it in green and blue."""
    page = visit("/convolution?channels=3")
    grid(page, "convolution").locator(".cell").nth(12).click()
    assert total(page) == 3
    assert page.locator("[data-slice]").all_inner_texts() == ["Σ = 3", "Σ = 0", "Σ = 0"]
    page.get_by_role("button", name="bias 0").click()
    page.get_by_role("textbox", name="Bias").fill("0.5")
    page.keyboard.press("Enter")
    grid(page, "convolution").locator(".cell").nth(12).click()
    assert total(page) == 3.5
    expect(page.locator(".conv-formulas")).to_contain_text("(3·3·3 + 1)·2 = 56")


def test_the_fully_connected_view_counts_connections_and_weights(visit):
    page = visit("/convolution?view=dense")
    counts = page.locator(".dense-count")
    expect(counts.nth(0)).to_contain_text("36 · 16 = 576")
    expect(counts.nth(1)).to_contain_text("144 connections instead of 576: 25.0 %")
    expect(counts.nth(2)).to_contain_text("same 9 weights")
    thick = page.locator("svg g line[data-tap]")
    assert thick.count() == 144 + 9  # all of them, and those of the output that is explained
    page.keyboard.press("ArrowRight")
    assert page.locator("circle.chosen").get_attribute("data-output") == "1"
    page.get_by_role("button", name="Step forward").click()
    assert total(page) == -3


def test_later_results_can_be_covered(visit):
    page = visit("/convolution")
    button(page, "Hide later results").click()
    assert grid(page, "convolution").locator(".later").count() == 15
    page.keyboard.press("ArrowRight")
    assert grid(page, "convolution").locator(".later").count() == 14


def test_relu_pooling_and_flatten_follow(visit):
    page = visit("/convolution")
    button(page, "ReLU").click()
    assert numbers(page, "pool", 1) == [[0, 1], [0, 3]]
    flat = grid(page, "flat").locator(".cell").all_inner_texts()
    assert [number(value) for value in flat] == [3, 0, 0, 1, 3, 0, 1, 3]
    button(page, "Average").click()
    assert numbers(page, "pool", 0)[0][0] == 1  # (3 + 0 + 0 + 1) / 4


def module(page: Page, name: str) -> str:
    """The address of a component's script, as the page has loaded it."""
    loaded = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    expect(page.locator(".cnnviz > div")).to_be_visible()
    return next(path for path in page.evaluate(loaded) if path.endswith(f"/{name}.js"))


def test_numbers_in_the_browser_are_those_of_python(visit):
    """200 random layers: sizes, strides, paddings, dilations, channels, filters, pooling."""
    page = visit("/convolution")
    random = np.random.default_rng(3)
    cases = []
    while len(cases) < 200:
        size, kernel = int(random.integers(3, 13)), int(random.integers(1, 6))
        channels, filters = int(random.choice([1, 3])), int(random.integers(1, 5))
        options = {
            "stride": int(random.integers(1, 5)),
            "dilation": int(random.integers(1, 4)),
            "padding": [0, 1, 2, 3, "same"][random.integers(5)],
        }
        pool = int(random.integers(1, 4)), int(random.integers(1, 4))
        image = random.normal(size=(size, size, channels))
        kernels = random.normal(size=(filters, kernel, kernel, channels))
        bias = random.normal(size=filters)
        try:
            maps = convolution.convolve(image, kernels.transpose(1, 2, 3, 0), bias=bias, **options)
        except ValueError:
            continue
        fits = maps.shape[0] >= pool[0]
        kind = ["max", "average"][random.integers(2)]
        pooled = worked_example.POOLS[kind](maps, *pool) if fits else np.zeros(0)
        arguments = {
            "input": {"size": size, "channels": channels, "values": image.ravel().tolist()},
            "filters": [
                {"kernel": weights.ravel().tolist(), "bias": float(constant)}
                for weights, constant in zip(kernels, bias, strict=True)
            ],
            "options": options | {"kernel": kernel},
            "pool": {"kernel": pool[0], "stride": pool[1]},
            "kind": kind,
        }
        cases.append((arguments, maps, pooled))
    results = page.evaluate(
        """async ([path, cases]) => {
            const layers = await import(path);
            return cases.map(({ input, filters, options, pool, kind }) => {
                const layer = layers.geometry(input.size, options);
                const maps = layers.convolve(input, filters, layer);
                const below = layers.geometry(layer.output, pool);
                return [layer.output, layer.leftOut, maps.values, layers.relu(maps).values,
                        layers.pool(maps, kind, below).values];
            });
        }""",
        [module(page, "layers"), [arguments for arguments, _, _ in cases]],
    )
    for (arguments, maps, pooled), (output, left_out, values, after, small) in zip(
        cases, results, strict=True
    ):
        assert output == maps.shape[0]
        options = dict(arguments["options"])
        size, padding = arguments["input"]["size"], options.pop("padding")
        if padding != "same":
            assert left_out == arithmetic.left_out(size, padding=padding, **options)
        np.testing.assert_allclose(values, maps.ravel(), atol=1e-9)
        np.testing.assert_allclose(after, pooling.relu(maps).ravel(), atol=1e-9)
        np.testing.assert_allclose(small, pooled.ravel(), atol=1e-9)


def test_what_the_browser_writes_into_a_link_python_reads_back(visit):
    """Negative numbers, decimals, kernels of 1×1 to 5×5, one to four filters, three channels."""
    page = visit("/convolution")
    random = np.random.default_rng(5)
    examples = []
    for kernel in (1, 1, 2, 3, 4, 5, 5):
        channels, filters = int(random.choice([1, 3])), int(random.integers(1, 5))
        size = int(random.integers(5, 9))
        values = {
            "size": size,
            "channels": channels,
            "image": random.integers(0, 10, size * size * channels).tolist(),
            "filters": [
                {
                    "kernel": random.uniform(-99, 99, kernel * kernel * channels).tolist(),
                    "bias": float(random.integers(-3, 4)),
                }
                for _ in range(filters)
            ],
            **{"stride": int(random.integers(1, 5)), "padding": ["same", 0, 3][kernel % 3]},
            **{"dilation": 1, "relu": bool(kernel % 2), "pool": ["max", "average"][kernel % 2]},
            **{"pool_size": int(random.integers(1, 5)), "pool_stride": int(random.integers(1, 5))},
        }
        examples.append(values)
    usual = {key: convolution_lab.as_data(one) for key, one in worked_example.DEFAULTS.items()}
    links = page.evaluate(
        """async ([path, examples, usual]) => {
            const { Example } = await import(path);
            return examples.map((one) => new Example(one).link(usual[one.channels]));
        }""",
        [module(page, "example"), examples, usual],
    )
    for given, words in zip(examples, links, strict=True):
        example, unread = worked_example.from_link(words)
        assert unread == []
        read = convolution_lab.as_data(example)
        for filter_, expected in zip(read.pop("filters"), given["filters"], strict=True):
            assert filter_["bias"] == expected["bias"]
            np.testing.assert_allclose(filter_["kernel"], expected["kernel"], atol=1e-6)
        assert read == {name: value for name, value in given.items() if name != "filters"}


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download(timeout=60_000) as waiting:
        page.locator(f'[data-export="{name}"]').click()
    return waiting.value.path().read_bytes()


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_a_step_and_the_whole_animation_can_be_saved(visit, language):
    page = visit(f"/convolution?at=5&lang={language}")
    svg = downloaded(page, "svg").decode()
    caption = t(language, "caption", size="6×6", channels=1, kernel="3×3", stride=1, padding=0,
                dilation=1, output="4×4")  # fmt: skip
    assert caption in svg
    assert t(language, "place", step=6, steps=16, row=1, column=1) in svg
    assert "= 1<" in svg  # the sum ends with its result
    picture = Image.open(io.BytesIO(downloaded(page, "png")))
    assert picture.size == (1920, 1080)
    assert len(picture.convert("RGB").getcolors(1 << 24)) > 20  # drawn, not blank
    frames = downloaded(page, "frames").decode()
    assert frames.count("<svg") == 16
    animation = Image.open(io.BytesIO(downloaded(page, "gif")))
    assert sum(1 for _ in ImageSequence.Iterator(animation)) == 16
    assert animation.size == (960, 540)


def test_the_question_follows_from_the_example_on_the_screen(visit):
    page = visit("/convolution?stride=2")
    settled(page)
    asked = page.get_by_text("with stride 3 and padding 1")
    expect(asked).to_be_visible()
    page.get_by_test_id("stButtonGroup").last.get_by_text("3×3", exact=True).click()
    expect(page.get_by_text("⌊(6 + 2·1 − 3) / 3⌋ + 1 = ⌊5 / 3⌋ + 1 = 2")).to_be_visible()


def test_all_that_is_typed_onto_a_cell_arrives(visit):
    """The first key opens the field; the next ones go on behind it."""
    page = visit("/convolution")
    for typed, first in (("-2.5", -2.5 + 2), ("1/16", 2 + 1 / 16), ("12", 14)):
        grid(page, "kernel").locator(".cell").first.click()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        grid(page, "convolution").locator(".cell").first.click()
        assert total(page) == first


def test_escape_and_refusal_give_the_old_number_back(visit):
    page = visit("/convolution")
    for typed, key in (("7", "Escape"), ("99999", "Enter"), ("x", "Enter")):
        grid(page, "input").locator(".cell").nth(0).click()
        page.get_by_role("textbox", name="Pixel").fill(typed)
        page.keyboard.press(key)
        assert numbers(page, "convolution") == MAPS[0]


def test_what_was_made_is_there_after_another_page_and_stays_out_of_its_link(visit):
    page = visit("/convolution")
    page.locator('[data-focus="stride1"]').click()
    page.keyboard.press("ArrowRight")
    page.get_by_test_id("stSidebarNav").get_by_text("Exercises").click()
    expect(page.locator("h1")).to_contain_text("Exercises")
    page.wait_for_timeout(1500)
    assert "stride" not in page.url
    assert "at=" not in page.url
    page.get_by_test_id("stSidebarNav").get_by_text("Convolution", exact=True).click()
    expect(page.locator('[data-value="stride"]')).to_have_text("2")
    expect(page).to_have_url(re.compile("stride=2"))
