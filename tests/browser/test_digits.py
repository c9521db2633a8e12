"""The digits lesson as a class uses it: draw, pick, photograph, look inside, change the network."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cnnviz import browser_network, digits, mnist, network, registry
from cnnviz.ui import server
from tests.browser.conftest import DESKTOP, PHONE, button, clear, draw, reading, settled

SEVEN = [[[62, 52], [178, 52], [104, 204]]]
ONE = [[[122, 40], [119, 200]]]


def unseen(number: int) -> np.ndarray:
    return mnist.unseen().images[number].astype("float32") / np.float32(255)


# Drawing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_four_hands_draw_all_ten_digits_and_nearly_all_are_read_right(visit, strokes, language):
    page = visit(f"/digits?lang={language}")
    label = {"en": "Clear", "zh": "清空"}[language]
    invitation = page.locator(".note.invitation")
    wrong = []
    for hand, drawn in strokes.items():
        for digit, paths in drawn.items():
            expect(invitation).to_be_visible()
            draw(page, paths)
            expect(invitation).to_be_hidden()
            read = reading(page).get_attribute("data-digit")
            if read != digit:
                wrong.append((hand, digit, read))
            clear(page, label)
    assert len(strokes) * 10 == 40
    assert len(wrong) <= 4, wrong


def test_a_finger_draws(visit, strokes):
    page = visit("/digits", viewport=PHONE, has_touch=True, is_mobile=True)
    draw(page, strokes["plain"]["3"], touch=True)
    expect(reading(page)).to_have_attribute("data-digit", "3")


def test_the_empty_sheet_invites_and_guesses_nothing(visit):
    page = visit("/digits")
    expect(page.locator(".note.invitation")).to_contain_text("draw a digit on the white sheet")
    expect(page.locator(".note.invitation")).to_contain_text("unseen digit 7")
    expect(button(page, "Undo")).to_be_disabled()
    draw(page, SEVEN)
    expect(page.locator(".note")).to_have_text(re.compile("Your drawing"))
    clear(page)
    expect(page.locator(".note.invitation")).to_be_visible()


def test_undo_takes_the_last_stroke_back(visit):
    page = visit("/digits")
    draw(page, SEVEN)
    expect(reading(page)).to_have_attribute("data-digit", "7")
    before = page.url
    draw(page, [[[70, 130], [170, 130]]])
    assert page.url != before  # the link carries the grey levels
    button(page, "Undo").click()
    expect(page).to_have_url(before)
    button(page, "Undo").click()
    expect(page.locator(".note.invitation")).to_be_visible()


def test_a_drawing_survives_language_source_and_page(visit):
    page = visit("/digits")
    draw(page, SEVEN)
    expect(reading(page)).to_have_attribute("data-digit", "7")
    page.get_by_text("中文").click()
    expect(page.locator(".note")).to_have_text(re.compile("你写的数字"))
    expect(reading(page)).to_have_attribute("data-digit", "7")
    page.get_by_text("测试数字", exact=True).click()
    expect(page.locator(".note")).to_have_text(re.compile("不需要预处理"))
    page.get_by_text("手写", exact=True).click()
    expect(reading(page)).to_have_attribute("data-digit", "7")
    page.get_by_role("link", name="cnnviz").first.click()
    expect(page.locator("h1")).to_have_text("cnnviz")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="手写数字").click()
    expect(reading(page)).to_have_attribute("data-digit", "7")
    draw(page, [[[70, 130], [170, 130]]])  # the canvas itself came back: a second stroke joins it
    settled(page)
    expect(reading(page)).to_have_attribute("data-digit", "7")


def test_a_link_carries_the_drawing_to_the_last_grey_level(visit):
    page = visit("/digits")
    draw(page, SEVEN)
    expect(page).to_have_url(re.compile("digit="))
    settled(page)
    code = re.search("digit=([^&]+)", page.url).group(1)
    logits = digits.logits(digits.from_code(code))
    button(page, "Show the logits").click()
    shown = page.locator("section.reading").first.locator(".bar-logit").all_inner_texts()
    shown = [float(text.replace("−", "-")) for text in shown]
    np.testing.assert_allclose(shown, logits, rtol=6e-3, atol=6e-3)

    other = visit(page.url.split("127.0.0.1", 1)[1].split("/", 1)[1].join(["/", ""]))
    expect(other.locator(".note")).to_have_text(re.compile("came with the link"))
    expect(reading(other)).to_have_attribute("data-digit", "7")


def test_a_link_with_nonsense_is_refused_with_a_sentence(visit):
    page = visit("/digits?digit=nonsense")
    expect(page.get_by_text("The link carries a digit of 8 characters")).to_be_visible()
    expect(reading(page)).to_be_visible()


# The steps


def switch(page, step: str):
    return page.locator(".step-switch", has_text=step).locator("input")


def test_every_step_can_be_taken_out_and_the_link_says_so(visit):
    page = visit("/digits")
    small = [[[20 + x / 4, 20 + y / 4] for x, y in SEVEN[0]]]  # small, in the corner
    draw(page, small)
    expect(reading(page)).to_have_attribute("data-digit", "7")
    expect(page.locator(".step")).to_have_count(6)
    sizes = [step.split("\n")[-1] for step in page.locator(".step").all_inner_texts()]
    assert sizes[0] == "240×240"
    assert max(map(int, sizes[4].split("×"))) == 20
    assert sizes[5] == "28×28"
    for name in ("Centre, 28×28", "Scale to 20", "Line width", "Ink bright"):
        switch(page, name).uncheck()
        settled(page)
    expect(page).to_have_url(re.compile("off=polarity-thickness-scale-centre"))
    expect(page.locator(".step.off")).to_have_count(1)  # no picture of a line width is left
    switch(page, "Ink bright").check()
    expect(page).to_have_url(re.compile("off=thickness-scale-centre"))


def test_both_networks_show_ten_bars_that_sum_to_one(visit):
    page = visit("/digits?source=unseen&number=417")
    for model in ("mnist_cnn", "mnist_dense"):
        expect(reading(page, model).locator(".bar")).to_have_count(10)
        heights = (
            reading(page, model)
            .locator(".bar")
            .evaluate_all("bars => bars.map(bar => parseFloat(bar.style.height))")
        )
        np.testing.assert_allclose(heights, 100 * digits.predict(unseen(417), model), atol=0.006)


# Unseen digits, disturbance, photographs


def test_the_buttons_lead_to_digits_that_are_really_misread(visit):
    page = visit("/digits?source=unseen")
    button(page, "Dense errs").click()
    expect(reading(page, "mnist_dense").locator(".verdict")).to_contain_text("wrong, the label is")
    number = int(re.search("number=([0-9]+)", page.url).group(1))
    label = mnist.unseen().labels[number]
    assert digits.predict(unseen(number), "mnist_dense").argmax() != label
    button(page, "CNN errs").click()
    expect(reading(page).locator(".verdict")).to_contain_text("wrong, the label is")


def test_moving_the_digit_with_a_slider_changes_what_both_read(visit):
    page = visit("/digits?source=unseen&number=417&right=10")
    expect(page.locator(".step")).to_have_count(2)
    expect(page.locator(".step").last).to_contain_text("Disturbed")
    button(page, "Adjust").click()
    slider = page.get_by_role("slider", name="Move right, pixels")
    slider.focus()
    for _ in range(10):
        slider.press("ArrowLeft")
    expect(page.locator(".step")).to_have_count(1)
    expect(page).not_to_have_url(re.compile("right="))


def test_a_disturbance_stays_in_the_link_over_another_page(visit):
    page = visit("/digits?source=unseen&number=417&right=4")
    expect(page.locator(".step")).to_have_count(2)  # the networks may still be loading
    page.get_by_role("link", name="cnnviz").first.click()
    expect(page.locator("h1")).to_have_text("cnnviz")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Draw a digit").click()
    expect(page.locator(".step")).to_have_count(2)
    expect(page).to_have_url(re.compile("right=4"))


def test_the_example_photograph_is_a_five(visit):
    page = visit("/digits?source=photo")
    expect(reading(page)).to_have_attribute("data-digit", "5")
    expect(page.locator(".step")).to_have_count(6)


def test_an_uploaded_photograph_is_found_inverted_and_read(visit, tmp_path):
    page = visit("/digits?source=photo&photo_source=upload")
    expect(page.locator(".note.invitation")).to_contain_text("photograph a digit")
    four = mnist.unseen().images[np.flatnonzero(mnist.unseen().labels == 4)[3]]
    paper = np.full((500, 400), 205.0)
    ink = np.asarray(Image.fromarray(four).resize((252, 252), Image.Resampling.BICUBIC))
    paper[120:372, 70:322] -= ink * 0.7
    picture = tmp_path / "four.jpg"
    Image.fromarray(paper.clip(0, 255).astype("uint8")).convert("RGB").save(picture, quality=80)
    page.locator('input[type="file"]').set_input_files(picture)
    expect(reading(page)).to_have_attribute("data-digit", "4")
    expect(page).to_have_url(re.compile("digit="))


@pytest.mark.parametrize(
    ("language", "name", "content", "sentence"),
    [
        ("en", "blank.png", "blank", "nothing is clearly darker"),
        ("zh", "blank.png", "blank", "没有明显比周围暗的地方"),
        ("en", "text.png", b"hello, this is no picture", "PNG, JPEG, WebP"),
        ("zh", "text.png", b"hello, this is no picture", "PNG"),
    ],
)
def test_what_is_no_digit_gets_a_sentence_and_the_page_stays(
    visit, tmp_path, language, name, content, sentence
):
    page = visit(f"/digits?source=photo&photo_source=upload&lang={language}")
    path = tmp_path / name
    if content == "blank":
        Image.new("RGB", (300, 200), (230, 230, 225)).save(path)
    else:
        path.write_bytes(content)
    page.locator('input[type="file"]').set_input_files(path)
    expect(page.get_by_test_id("stAlert")).to_contain_text(sentence)
    expect(reading(page)).to_be_visible()


def test_the_camera_takes_a_picture_and_says_what_it_found(visit):
    page = visit("/digits?source=photo&photo_source=camera", permissions=["camera"])
    page.wait_for_function("document.querySelector('video')?.readyState === 4")
    page.get_by_test_id("stCameraInputButton").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("On this picture")  # a test pattern


# The whole network


@pytest.fixture
def network_page(visit):
    page = visit("/digits?source=unseen&number=417")
    expect(page.locator("canvas[data-layer]")).to_have_count(8)
    return page


def test_every_unit_of_every_layer_equals_keras(network_page):
    """The browser's arithmetic over all 37,610 units of one digit, against Keras on the server."""
    page, key = network_page, "mnist_cnn"
    expected = network.layer_outputs(key, unseen(417)[np.newaxis, :, :, np.newaxis])
    maps = page.evaluate(
        """async ([base, address, layers, image]) => {
            const cnn = await import(base + "/cnn.js");
            const buffer = await (await fetch(address)).arrayBuffer();
            const maps = cnn.forward(layers, cnn.unpack(layers, buffer), Float32Array.from(image));
            return Object.fromEntries(Object.entries(maps).map(([k, v]) => [k, Array.from(v)]));
        }""",
        [
            f"/components/{server.component_version()}",
            server.weights_address(key, "trained"),
            browser_network.layers(key),
            unseen(417).ravel().tolist(),
        ],
    )
    for name, values in expected.items():
        np.testing.assert_allclose(
            np.array(maps[name]).reshape(values.shape[1:]), values[0], atol=2e-5, err_msg=name
        )
    assert sum(values.size for values in expected.values()) == 37_610


def test_the_page_says_how_far_the_browser_is_from_keras(network_page):
    difference = float(network_page.locator(".logits").get_attribute("data-difference"))
    assert difference < 1e-4
    expect(network_page.locator(".logits")).to_contain_text(
        "the ten scores differ from Keras on the server by"
    )


def test_hovering_a_tile_enlarges_it(network_page):
    page = network_page
    canvas = page.locator('canvas[data-layer="conv2"]')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    magnifier = page.locator(".magnifier")
    expect(magnifier).to_be_visible()
    expect(magnifier).to_contain_text("Conv 2, channel")
    assert magnifier.locator("canvas").bounding_box()["width"] >= 130
    page.mouse.move(5, 5)
    expect(magnifier).to_be_hidden()


def open_unit(page, layer: str, x: float, y: float):
    canvas = page.locator(f'canvas[data-layer="{layer}"]:not([data-role])')
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    inspector = page.locator(".inspector[data-unit]")
    expect(inspector).to_have_attribute("data-unit", re.compile(f"^{layer}\\."))
    return inspector


@pytest.mark.parametrize(
    "layer", ["conv1", "pool1", "conv2", "pool2", "conv3", "flatten", "dense1"]
)
def test_a_clicked_unit_opens_its_arithmetic_with_the_networks_value(network_page, layer):
    outputs = network.layer_outputs("mnist_cnn", unseen(417)[np.newaxis, :, :, np.newaxis])
    for x, y in ((0.2, 0.3), (0.55, 0.62)):
        inspector = open_unit(network_page, layer, x, y)
        _, row, column, channel = inspector.get_attribute("data-unit").split(".")
        output = outputs[layer][0]
        value = (
            output[int(row), int(column), int(channel)]
            if output.ndim == 3
            else output[int(channel)]
        )
        assert float(inspector.get_attribute("data-value")) == pytest.approx(float(value), abs=2e-5)


def numbers(texts: list[str]) -> np.ndarray:
    return np.array([float(text.replace("≈ ", "").replace("−", "-")) for text in texts])


def test_window_times_kernel_is_products_and_their_sum_is_the_unit(network_page):
    inspector = open_unit(network_page, "conv1", 0.3, 0.4)
    _, row, column, channel = inspector.get_attribute("data-unit").split(".")
    row, column, channel = int(row), int(column), int(channel)
    matrices = inspector.locator(".matrices .matrix")
    patch = numbers(matrices.nth(0).locator(".cell").all_inner_texts())
    kernel = numbers(
        matrices.nth(1).locator("input").evaluate_all("cells => cells.map(c => c.value)")
    )
    products = numbers(matrices.nth(2).locator(".cell").all_inner_texts())
    np.testing.assert_allclose(patch * kernel, products, atol=2e-3)
    np.testing.assert_allclose(
        patch, unseen(417)[row : row + 3, column : column + 3].ravel(), atol=6e-4
    )
    trained = registry.load("mnist_cnn").get_layer("conv1").get_weights()
    np.testing.assert_allclose(kernel, trained[0][:, :, 0, channel].ravel(), atol=6e-4)
    total = products.sum() + trained[1][channel]
    assert float(inspector.get_attribute("data-value")) == pytest.approx(max(0, total), abs=5e-3)
    expect(inspector.locator(".sum")).to_contain_text("ReLU(z) = max(0,")


def test_the_unit_of_a_deep_layer_opens_slice_by_slice(network_page):
    inspector = open_unit(network_page, "conv2", 0.3, 0.4)
    expect(inspector.locator(".slice-row")).to_have_count(8)
    expect(inspector.locator(".slices")).to_contain_text("and 24 more, together")
    expect(inspector.locator(".sum")).to_contain_text("over 32 slices")
    inspector.locator(".slice-row").nth(3).click()
    channel = re.search("[0-9]+", inspector.locator(".slice-row").nth(3).inner_text()).group()
    expect(inspector.locator(".slice")).to_contain_text(
        f"Window of Pool 1, channel {channel}, times"
    )


def test_the_keyboard_walks_through_channels_and_units(network_page):
    page = network_page
    page.locator('canvas[data-layer="conv3"]').focus()
    page.keyboard.press("ArrowRight")
    inspector = page.locator(".inspector")
    expect(inspector).to_have_attribute("data-unit", re.compile(r"^conv3\.\d\.\d\.0$"))
    page.keyboard.press("ArrowRight")
    expect(inspector).to_have_attribute("data-unit", re.compile(r"^conv3\.\d\.\d\.1$"))
    page.keyboard.press("Enter")  # from the channels into the channel's own map
    expect(page.locator('canvas[data-role="map"]')).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowLeft")
    expect(inspector).to_have_attribute("data-unit", "conv3.0.0.1")
    page.keyboard.press("ArrowDown")
    expect(inspector).to_have_attribute("data-unit", "conv3.1.0.1")
    page.keyboard.press("Escape")
    expect(page.locator(".inspector .hint")).to_be_visible()
    expect(page.locator('canvas[data-layer="conv3"]')).to_be_focused()


# The network changed by hand


def probabilities(page) -> np.ndarray:
    """In percent; "> 99.9" and "< 0.1" to their nearest tenth."""
    shown = page.locator(".logit-row .number").all_inner_texts()
    return np.array([float(text.replace("> 99.9", "100").replace("< 0.1", "0")) for text in shown])


def test_a_channel_switched_off_shows_maps_and_probabilities_before_and_after(network_page):
    page = network_page
    before = probabilities(page)
    inspector = open_unit(page, "conv1", 0.3, 0.4)
    channel = int(inspector.get_attribute("data-unit").split(".")[3])
    button(page, "Channel off").click()
    expect(page.locator(".toolbar [role=status]")).to_have_text("Changes to the network: 1")
    expect(page).to_have_url(re.compile(rf"changes=off\.conv1\.{channel}"))

    # The same in NumPy and Keras: everything after conv1 with that channel at zero.
    model = registry.load("mnist_cnn")
    batch = unseen(417)[np.newaxis, :, :, np.newaxis]
    maps = network.layer_outputs("mnist_cnn", batch)["conv1"]
    maps[..., channel] = 0
    for layer in model.layers[1:]:
        maps = layer(maps)
    expected = 100 * digits.softmax(np.asarray(maps)[0])
    np.testing.assert_allclose(probabilities(page), expected, atol=0.06)

    button(page, "Before").click()
    np.testing.assert_allclose(probabilities(page), before, atol=1e-9)
    button(page, "Difference").click()
    shown = numbers(page.locator(".logit-row .number").all_inner_texts())
    np.testing.assert_allclose(shown, expected - before, atol=0.11)
    button(page, "Reset").click()
    np.testing.assert_allclose(probabilities(page), before, atol=1e-9)
    expect(page).not_to_have_url(re.compile("changes="))


def test_a_typed_weight_changes_the_network_and_nonsense_does_not(network_page):
    page = network_page
    inspector = open_unit(page, "conv1", 0.3, 0.4)
    cell = inspector.locator("input.cell").nth(4)
    trained = cell.input_value()
    cell.fill("a lot")
    cell.press("Enter")
    expect(cell).to_have_value(trained)
    expect(page.locator(".refusal")).to_contain_text("A weight is a number from −1000 to 1000")
    cell.fill("-1.5")
    cell.press("Enter")
    cell = page.locator(".inspector input.cell").nth(4)
    expect(cell).to_have_value("−1.500")
    expect(page.locator(".inspector")).to_contain_text("kernel, changed")
    button(page, "Trained slice again").click()
    expect(page.locator(".inspector input.cell").nth(4)).to_have_value(trained)


def test_random_weights_read_almost_nothing(network_page):
    page = network_page
    button(page, "Random weights").click()
    expect(page).to_have_url(re.compile("random.conv1~random.conv2"))
    assert probabilities(page).max() < 60
    assert probabilities(page).sum() == pytest.approx(100, abs=0.6)


def test_a_link_restores_the_changes_and_leaves_out_what_it_does_not_know(visit):
    page = visit(
        "/digits?source=unseen&number=417&changes=off.conv2.3~off.conv9.1~kernel.conv1.0.0:1,2"
    )
    expect(page.locator(".toolbar [role=status]")).to_have_text("Changes to the network: 1")
    warning = page.locator(".note.warning")
    expect(warning).to_contain_text("off.conv9.1")
    expect(warning).to_contain_text("kernel.conv1.0.0:1,2")


def test_on_a_phone_one_layer_at_a_time(visit):
    page = visit("/digits?source=unseen&number=417", viewport=PHONE, has_touch=True, is_mobile=True)
    page.get_by_role("tab", name="Conv 2").tap()
    canvas = page.locator('canvas[data-layer="conv2"]')
    expect(page.locator("canvas[data-layer]")).to_have_count(1)
    box = canvas.bounding_box()
    assert box["width"] / 8 >= 40  # a tile is as large as a finger
    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + 100)
    expect(page.locator(".inspector")).to_have_attribute("data-unit", re.compile("^conv2"))
    page.get_by_role("button", name="Next channel").tap()
    expect(page.locator(".inspector h4")).to_contain_text("Conv 2, channel")


# Question, code


def test_the_question_is_marked_from_the_digit_on_the_screen(visit):
    page = visit("/digits?source=unseen&number=417")
    right = str(digits.readings_while_moving(unseen(417), range(6))["mnist_dense"][-1].argmax())
    wrong = "0" if right != "0" else "1"
    answers = page.get_by_test_id("stButtonGroup").last
    answers.get_by_text(wrong, exact=True).click()
    expect(page.get_by_text(f"You said {wrong}; the calculation gives {right}.")).to_be_visible()
    answers.get_by_text(right, exact=True).click()
    expect(page.get_by_text(f"Right: {right}.")).to_be_visible()
    expect(page.locator("table")).to_contain_text("dense")


def test_the_code_is_shown_and_downloaded_for_this_digit(visit):
    page = visit("/digits?source=unseen&number=417")
    page.get_by_text("The code: the same numbers").click()
    expect(page.locator("code").filter(has_text=digits.to_code(unseen(417))).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_text("Download notebook").click()
    notebook = json.loads(download.value.path().read_text())
    assert digits.to_code(unseen(417)) in "".join(notebook["cells"][0]["source"])


# Bad clients


def test_two_tabs_do_not_disturb_each_other(visit):
    first, second = visit("/digits"), visit("/digits")
    draw(first, SEVEN)
    draw(second, ONE)
    expect(reading(first)).to_have_attribute("data-digit", "7")
    expect(reading(second)).to_have_attribute("data-digit", "1")


def test_a_sheet_full_of_strokes_is_refused_with_a_sentence_and_cleared(visit):
    page = visit("/digits")
    places = [(10 + 11 * (index % 20), 12 + 20 * (index // 20)) for index in range(205)]
    draw(page, [[[x, y], [x + 4, y + 4]] for x, y in places])
    expect(page.get_by_test_id("stAlert")).to_contain_text("200 at most")
    clear(page)
    expect(page.locator(".note.invitation")).to_be_visible()
    draw(page, SEVEN)
    expect(reading(page)).to_have_attribute("data-digit", "7")


def test_a_lost_connection_comes_back_with_the_drawing(browser, address):
    context = browser.new_context(viewport=DESKTOP, locale="en-US")
    page = context.new_page()
    page.add_init_script(
        """window.sockets = [];
        window.WebSocket = class extends WebSocket {
            constructor(...given) { super(...given); window.sockets.push(this); }
        };"""
    )
    page.goto(f"{address}/digits")
    settled(page)
    draw(page, SEVEN)
    expect(reading(page)).to_have_attribute("data-digit", "7")
    opened = page.evaluate("window.sockets.length")
    page.evaluate("window.sockets.at(-1).close()")
    page.wait_for_function(f"window.sockets.length > {opened}")
    page.wait_for_timeout(500)
    before = page.url
    draw(page, [[[70, 130], [170, 130]]])  # a bar through the stem joins the drawing
    assert page.url != before
    expect(reading(page)).to_have_attribute("data-digit", "7")
    context.close()


@pytest.mark.parametrize("off", ["", "&off=polarity"])
def test_a_link_carries_the_disturbance_once(visit, off):
    """A moved drawing: the second visitor's network sees what the first one's sees."""
    page = visit(f"/digits?right=3{off}")
    draw(page, SEVEN)
    expect(page.locator(".step")).to_have_count(7)
    first = last_picture(page)
    other = visit("/digits?" + page.url.split("?", 1)[1])
    expect(other.locator(".note")).to_have_text(re.compile("came with the link"))
    assert last_picture(other) == first


def last_picture(page) -> str:
    return page.locator(".step canvas").last.evaluate("canvas => canvas.toDataURL()")


def test_a_pooled_channel_switched_off_says_so_and_before_is_before(network_page):
    page = network_page
    inspector = open_unit(page, "pool1", 0.4, 0.2)
    value = inspector.get_attribute("data-value")
    button(page, "Channel off").click()
    expect(page.locator(".inspector .sum")).to_contain_text("→ 0 (switched off)")
    button(page, "Before").click()
    expect(page.locator(".inspector")).to_have_attribute("data-value", value)
    expect(page.locator(".inspector .sum")).not_to_contain_text("switched off")
    button(page, "Channel off").click()  # a change shows at once, also from here
    expect(page.locator('button[data-focus="view-after"]')).to_be_disabled()


def test_focus_stays_on_the_button_that_was_pressed(visit):
    page = visit("/digits?source=unseen&number=417")
    logits = button(page, "Show the logits")
    logits.focus()
    page.keyboard.press("Enter")
    expect(logits).to_be_focused()
    expect(logits).to_have_attribute("aria-pressed", "true")


def test_the_pixels_on_screen_are_the_networks_input(visit):
    """The last step's canvas, read back pixel by pixel."""
    page = visit("/digits?source=unseen&number=417")
    address = page.locator(".step canvas").last.evaluate("canvas => canvas.toDataURL('image/png')")
    picture = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1]))).convert("L")
    shown = np.asarray(picture.resize((28, 28), Image.Resampling.NEAREST)) / 255
    np.testing.assert_allclose(shown, unseen(417), atol=1 / 255)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("show(0.001234)", "0.00123"),  # three significant digits, not three decimals
        ("show(-0.00001234)", "−1.23e−5"),
        ("show(-2)", "−2"),
        ("percent(0.996)", "99.6 %"),
        ("percent(0.99996)", "> 99.9 %"),
        ("percent(0.0001)", "< 0.1 %"),
        ("cellText(0.00003)", "≈ 0"),
        ("equals([1.00004, 1.00004], 2.00008)", "≈"),  # shown: 1.0000 + 1.0000 = 2.0001
        ("equals([0.25, -0.125], 0.125)", "="),
        ("typedNumber(' −0,5 ')", -0.5),
        ("typedNumber('１.５')", 1.5),  # full width, as a Chinese keyboard types it
        ("Number.isNaN(typedNumber('0x10')) && Number.isNaN(typedNumber(''))", True),
    ],
)
def test_numbers_are_written_and_read_as_a_person_does(draw_module, call, expected):
    assert draw_module(call) == expected


@pytest.fixture(scope="module")
def draw_module(browser, address):
    """Evaluate an expression with the functions of assets/components/draw.js."""
    page = browser.new_page()
    page.goto(f"{address}/_stcore/health")
    module = f"{address}/components/{server.component_version()}/draw.js"
    names = "{ show, percent, cellText, equals, typedNumber }"
    yield lambda call: page.evaluate(
        f"async () => {{ const {names} = await import('{module}'); return {call}; }}"
    )
    page.close()
