"""The first lesson as a class uses it: slide a window, teach two networks, take pixels away."""

import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz import images, pictures, subsampling
from tests.browser.conftest import PHONE, button, settled

SMALL = images.fit(pictures.load("cat_chelsea"), 320)
GREY = cv2.cvtColor(SMALL, cv2.COLOR_RGB2GRAY)


def lab(page: Page) -> Locator:
    return page.locator(".why-window-root")


def frame(page: Page, name: str) -> Locator:
    return page.locator(f".why-window-root .frame.{name}")


def correlation(window: np.ndarray, under: np.ndarray) -> float:
    """The slow twin: the formula, pixel by pixel."""
    w, x = (patch.astype(float) - patch.mean() for patch in (window, under))
    return float((w * x).sum() / np.sqrt((w**2).sum() * (x**2).sum()))


def at(row: int, column: int, size: int) -> np.ndarray:
    return GREY[row : row + size, column : column + size]


def touch(page: Page, box: dict, path: list[tuple[float, float]]) -> None:
    """A finger on a frame, along places in shares of its width and height."""
    finger = page.context.new_cdp_session(page)
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
    for index, (x, y) in enumerate(points):
        kind = "touchMove" if index else "touchStart"
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


# --------------------------------------------------------------------- 1: small patterns


def test_an_eye_finds_the_other_eye_and_the_number_is_right(visit):
    page = visit("/why")
    expect(lab(page)).to_have_attribute("data-found", "1")
    shown = float(lab(page).get_attribute("data-value"))
    assert shown == pytest.approx(correlation(at(86, 209, 28), at(74, 110, 28)), abs=1e-6)
    expect(lab(page).locator(".formula b")).to_have_text(f"{shown:.3f}")
    expect(frame(page, "picture").locator(".box.found span")).to_have_text(f"{shown:.2f}")
    expect(lab(page).locator(".weights")).to_contain_text("28·28 = 784")
    expect(lab(page).locator(".weights")).to_contain_text("213·320 = 68,160, 87 times")


def test_the_response_map_is_opencvs(visit):
    """All 186·293 places, as the component's own module calculates them."""
    page = visit("/why")
    expect(lab(page)).to_be_visible()
    base = page.evaluate(
        """() => performance.getEntriesByType("resource").map((entry) => entry.name)
            .find((name) => name.endsWith("/matching.js"))"""
    )
    found = page.evaluate(
        """async ([address, grey]) => {
            const { correlate } = await import(address);
            const window = { row: 86, column: 209, size: 28 };
            const given = correlate(Uint8Array.from(grey), 213, 320, window);
            return [given.rows, given.columns, [...given.map]];
        }""",
        [base, GREY.ravel().tolist()],
    )
    rows, columns, values = found
    expected = cv2.matchTemplate(GREY, at(86, 209, 28), cv2.TM_CCOEFF_NORMED)
    assert (rows, columns) == expected.shape == (186, 293)
    np.testing.assert_allclose(np.reshape(values, expected.shape), expected, atol=1e-4)


def test_keys_move_the_window_and_the_link_remembers(visit):
    page = visit("/why")
    canvas = frame(page, "picture").locator("canvas")
    canvas.focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft"):
        canvas.press(key)
    expect(page).to_have_url(re.compile(r"window=cat_chelsea~87-200-28~0\.70"))
    probe = float(lab(page).get_attribute("data-value"))
    settled(page)
    other = visit("/why?" + page.url.split("?")[1])
    expect(lab(other)).to_have_attribute("data-value", re.compile(str(probe)[:6]))
    other.get_by_text("2 · Any place", exact=True).click()
    expect(other.locator(".why-places-root")).to_be_visible()
    other.get_by_text("1 · Small patterns", exact=True).click()
    expect(other).to_have_url(re.compile("window=cat_chelsea~87-200-28"))
    expect(lab(other)).to_be_visible()


def test_keys_move_the_place_whose_arithmetic_is_shown(visit):
    page = visit("/why")
    canvas = frame(page, "map").locator("canvas")
    canvas.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowUp"):
        canvas.press(key)
    shown = float(lab(page).get_attribute("data-value"))
    assert shown == pytest.approx(correlation(at(86, 209, 28), at(73, 112, 28)), abs=1e-6)
    expect(lab(page).locator(".tile").nth(1)).to_contain_text("row 73, column 112")


def test_dragging_and_sizes_are_live(visit):
    page = visit("/why")
    box = frame(page, "picture").bounding_box()
    scale = box["width"] / 320
    page.mouse.move(box["x"] + 223 * scale, box["y"] + 100 * scale)
    page.mouse.down()
    page.mouse.move(box["x"] + 123 * scale, box["y"] + 90 * scale, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"window=cat_chelsea~7[56]-(108|109|110)-28"))
    page.get_by_role("slider", name="Window").fill("48")
    expect(lab(page).locator(".weights")).to_contain_text("48·48 = 2,304")
    page.get_by_role("slider", name="Mark").fill("1")
    expect(lab(page).locator(".told")).to_contain_text("No other place has r ≥ 1.00")
    expect(page).to_have_url(re.compile(r"-48~1\.00"))


def test_a_finger_drags_the_window_on_a_phone(visit):
    page = visit("/why", viewport=PHONE, has_touch=True, is_mobile=True)
    frame(page, "picture").scroll_into_view_if_needed()
    box = frame(page, "picture").bounding_box()
    touch(page, box, [(223 / 320, 100 / 213), (160 / 320, 100 / 213), (50 / 320, 150 / 213)])
    expect(page).to_have_url(re.compile(r"window=cat_chelsea~13[5-7]-3[5-7]-28"))
    settled(page)
    frame(page, "map").locator("canvas").tap()
    expect(lab(page).locator(".tile").nth(1)).to_contain_text(re.compile(r"row 9\d, column 14\d"))


def test_the_window_slides_and_can_be_stopped(visit):
    page = visit("/why")
    button(page, "Slide the window").click()
    expect(frame(page, "map")).to_have_class(re.compile("sliding"))
    button(page, "Stop").click()
    expect(frame(page, "map")).not_to_have_class(re.compile("sliding"))
    expect(frame(page, "map").locator("canvas")).to_have_attribute("style", "")


def test_a_uniform_window_is_told(visit, tmp_path):
    plain = np.full((100, 160, 3), 120, np.uint8)
    plain[:20, :20] = 250
    file = tmp_path / "plain.png"
    cv2.imwrite(str(file), plain)
    page = visit("/why?picture_source=upload")
    page.locator('input[type="file"]').set_input_files(file)
    expect(lab(page).locator(".told")).to_contain_text("The window is of one grey level")
    expect(lab(page).locator(".formula b")).to_have_text("0.000")


# --------------------------------------------------------------------- 2: any place


def places(page: Page, kind: str) -> Locator:
    return page.locator(f'.map[data-network="{kind}"]')


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Places in training: 100.0 % right"), ("zh", "训练过的位置：100.0 %")],
)
def test_only_the_convolution_finds_the_pattern_elsewhere(visit, language, told):
    page = visit(f"/why?property=anywhere&lang={language}")
    expect(places(page, "dense").locator(".told")).to_contain_text(told)
    assert float(places(page, "dense").get_attribute("data-unseen")) < 60
    assert float(places(page, "convolution").get_attribute("data-unseen")) > 95
    expect(places(page, "dense").locator(".region")).to_have_attribute("data-places", "1")
    expect(places(page, "convolution").locator(".cell")).to_have_count(144)


def test_both_networks_are_trained_where_one_asks(visit):
    page = visit("/why?property=anywhere")
    grid = places(page, "dense").locator(".cells")
    grid.focus()
    for _ in range(3):
        grid.press("ArrowRight")
    expect(page.locator(".look")).to_contain_text("row 9, column 11")
    expect(page.locator('.look .verdict[data-network="dense"]')).to_contain_text("missed")
    button(page, "Train with it here").click()
    expect(page).to_have_url(re.compile("place=9-11"))
    expect(page.locator('.look .verdict[data-network="dense"]')).to_contain_text("found")
    assert float(places(page, "dense").get_attribute("data-seen")) > 90
    page.get_by_text("All", exact=True).click()
    expect(page).to_have_url(re.compile("why_where=everywhere"))
    expect(places(page, "dense").locator(".region")).to_have_attribute("data-places", "144")
    expect(places(page, "dense").locator(".told")).to_contain_text("averaged over all places")
    button(page, "Train with it here").click()  # the same place once more
    expect(places(page, "dense").locator(".region")).to_have_attribute("data-places", "1")


def test_the_training_can_be_played_and_stepped(visit):
    page = visit("/why?property=anywhere")
    scrub = page.get_by_role("slider", name="Step of the training")
    scrub.fill("0")
    expect(page.locator(".step-told")).to_have_text("after 0 of 400 steps")
    assert float(places(page, "convolution").get_attribute("data-unseen")) < 75
    button(page, "Play the training").click()
    expect(page.locator(".step-told")).to_have_text("after 400 of 400 steps")
    assert float(places(page, "convolution").get_attribute("data-unseen")) > 95


def test_the_pattern_is_drawn_by_hand_and_in_the_link(visit):
    page = visit("/why?property=anywhere")
    first = page.locator(".why-pattern-root .pixel").first
    expect(first).to_have_attribute("aria-pressed", "true")
    first.focus()
    first.press("Enter")
    first.press("ArrowRight")
    expect(page.locator(".why-pattern-root .pixel").nth(1)).to_be_focused()
    expect(page).to_have_url(re.compile("pattern=0000011100111111110010000"))
    settled(page)
    expect(first).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Cross").click()
    expect(page).to_have_url(re.compile("pattern=0010000100111110010000100"))
    settled(page)
    assert float(places(page, "convolution").get_attribute("data-unseen")) > 95


# --------------------------------------------------------------------- 3 and 4


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pixels_are_taken_away_and_digits_still_read(visit, language):
    page = visit(f"/why?property=subsample&lang={language}")
    digit = page.locator('.digit[data-side="7"]')
    expect(digit).to_have_attribute("data-network", re.compile(r"0\.\d+"), timeout=30_000)
    expected = subsampling.accuracy(subsampling.neighbour_reads(4, "mean"))
    assert float(digit.get_attribute("data-neighbour")) == expected
    chosen = page.locator('.level[aria-pressed="true"]')
    expect(chosen).to_contain_text("37×56 = 2,072")
    chosen.focus()
    chosen.press("ArrowDown")
    expect(page.locator('.level[aria-pressed="true"]')).to_be_focused()
    expect(page.locator(".large figcaption")).to_contain_text("18×28 = 504")
    expect(page).to_have_url(re.compile("level=4"))


def test_the_layers_are_counted_anew_with_every_slider(visit):
    page = visit("/why?property=count&why_side=28&why_channels=1")
    expect(page.get_by_text("(28·28·1 + 1)·512 = 401,920")).to_be_visible()
    slider = page.get_by_role("slider", name="Side of a filter, pixels")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(page.get_by_text("(5·5·1 + 1)·64 = 1,664")).to_be_visible()
    expect(page).to_have_url(re.compile("why_kernel=5"))
    expect(page.get_by_text("93,322")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?large=true"])
def test_no_instrument_sticks_out_on_a_phone(visit, query):
    page = visit(f"/why{query}", viewport=PHONE, has_touch=True, is_mobile=True)
    main = page.get_by_test_id("stMain")
    for name in ("1 · Small", "2 · Any", "3 · Fewer", "4 · Param"):
        page.get_by_text(name).click()
        settled(page)
        page.wait_for_timeout(300)
        assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 1
