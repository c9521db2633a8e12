"""The kernels lesson in a class: choose, point, edit, repeat, compare with what was learned."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cnnviz import edges, kernels, learned_kernels
from cnnviz.convolution import convolve
from cnnviz.kernels import KERNELS, Kernel, cosine, from_code, repeated, spread
from cnnviz.ui import kernel_lab, server
from tests.browser.conftest import PHONE, settled

COFFEE = kernel_lab._bundled("coffee").image
GREY = edges.levels(COFFEE)


def lab(page):
    """The instrument, once the networks are loaded and it has drawn."""
    settled(page)
    expect(page.locator(".kernels-root .sum")).not_to_be_empty(timeout=60_000)
    return page


def place(page) -> tuple[int, int, float]:
    """Row and column that are looked at, and the value that is told for them."""
    told = page.locator(".kernels-root .sum")
    row, column, value = (told.get_attribute(f"data-{name}") for name in ("row", "column", "value"))
    return int(row), int(column), float(value)


def frame(page, area: str = "picture"):
    return page.locator(f".kernels-root .frame.{area} canvas")


def click(page, row: int, column: int, area: str = "picture") -> None:
    box = frame(page, area).bounding_box()
    height, width = GREY.shape
    page.mouse.click(
        box["x"] + (column + 0.5) / width * box["width"],
        box["y"] + (row + 0.5) / height * box["height"],
    )


def tile(page, key: str):
    return page.locator(f'.tile[data-kernel="{key}"]')


def numbers(texts: list[str]) -> np.ndarray:
    return np.array([float(text.replace("−", "-")) for text in texts])


# The arithmetic


def test_the_browser_calculates_what_python_calculates(visit):
    """All functions of filters.js, on random colours: nothing in a photograph is that rough."""
    page = visit("/kernels")
    colours = np.random.default_rng(1).integers(0, 256, (31, 47, 3), "uint8")
    asked = KERNELS | {name: kernel_lab.named(name) for name in ("learned_0", "learned_31")}
    fractions = ((-1000, 1e-7, -2.5), (1 / 3, 0, 999.999999), (-0.001, 5e-10, 0.1))
    asked["fractions"] = Kernel("fractions", fractions, 1 / 3)
    every = {key: kernel_lab.flat(kernel) for key, kernel in asked.items()}
    got = page.evaluate(
        """async ([base, rgb, kernels, width, height, channels]) => {
            const filters = await import(base + "/filters.js");
            const bytes = Uint8Array.from(rgb);
            const grey = { values: filters.levels(bytes, channels.grey), width, height };
            const each = (f) => Object.fromEntries(
                Object.entries(kernels).map(([key, kernel]) => [key, f(kernel)]));
            const blurs = Object.keys(kernels).filter((key) => filters.isBlur(kernels[key]));
            const sobel = filters.sobel(grey, kernels.sobel_x, kernels.sobel_y);
            return {
                levels: Object.fromEntries(Object.entries(channels).map(
                    ([name, parts]) => [name, Array.from(filters.levels(bytes, parts))])),
                codes: each(filters.codeOf),
                results: each((kernel) => Array.from(filters.convolve(grey, kernel).values)),
                repeated: each((kernel) => filters.repeated(kernel, 4).weights),
                cosines: each((kernel) => filters.cosine(kernel, kernels.sobel_top_left)),
                spread: Object.fromEntries(
                    blurs.map((key) => [key, filters.spread(filters.repeated(kernels[key], 9))])),
                magnitude: Array.from(sobel.magnitude.values),
                direction: Array.from(sobel.direction.values),
            };
        }""",
        [
            f"/components/{server.component_version()}",
            colours.ravel().tolist(),
            every,
            colours.shape[1],
            colours.shape[0],
            edges.CHANNELS,
        ],
    )
    grey = edges.levels(colours)
    for channel, values in got["levels"].items():
        np.testing.assert_array_equal(values, edges.levels(colours, channel).ravel())
    for key, kernel in asked.items():
        # The link carries nine digits; read by Python it is the same kernel.
        in_link = from_code(got["codes"][key])
        np.testing.assert_allclose(in_link.values, kernel.values, rtol=2e-8, err_msg=key)
        np.testing.assert_allclose(
            got["results"][key], convolve(grey, kernel.values).ravel(), atol=1e-9, err_msg=key
        )
        whole = repeated(kernel, 4)
        close = 1e-12 * np.abs(whole).max()
        np.testing.assert_allclose(got["repeated"][key], whole.ravel(), atol=close, err_msg=key)
        expected = cosine(kernel.values, KERNELS["sobel_top_left"].values)
        assert got["cosines"][key] == pytest.approx(expected, abs=1e-12)
    assert set(got["spread"]) == {key for key, kernel in asked.items() if kernels.is_blur(kernel)}
    for key, deviations in got["spread"].items():
        assert deviations == pytest.approx(spread(repeated(KERNELS[key], 9)), abs=1e-6)
    gradient = edges.gradient(grey)
    np.testing.assert_allclose(got["magnitude"], gradient.magnitude.ravel(), atol=1e-9)
    np.testing.assert_allclose(got["direction"], gradient.direction.ravel(), atol=1e-9)


# Pointing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_any_pixel_shows_window_times_kernel_and_their_sum(visit, language):
    page = lab(visit(f"/kernels?lang={language}&kernel=emboss"))
    result = convolve(GREY, KERNELS["emboss"].values)[..., 0]
    assert place(page)[:2] == edges.steepest(GREY)  # something is shown before any click
    for row, column, area in ((60, 201, "picture"), (188, 90, "result")):
        click(page, row, column, area)
        assert place(page) == (row, column, result[row - 1, column - 1])
        matrices = page.locator(".matrices .matrix")
        patch = numbers(matrices.nth(0).locator(".cell").all_inner_texts())
        weights = matrices.nth(1).locator("input").evaluate_all("cells => cells.map(c => c.value)")
        products = numbers(matrices.nth(2).locator(".cell").all_inner_texts())
        np.testing.assert_array_equal(patch, GREY[row - 1 : row + 2, column - 1 : column + 2].flat)
        np.testing.assert_array_equal(numbers(weights), KERNELS["emboss"].values.flat)
        np.testing.assert_array_equal(products, patch * numbers(weights))
        total = f"= {int(result[row - 1, column - 1])}".replace("-", "−")
        expect(page.locator(".sum")).to_contain_text(total)
        for marked in ("picture", "result"):
            expect(page.locator(f".frame.{marked} .mark").first).to_be_attached()
    expect(page).to_have_url(re.compile("pixel=188-90"))


def test_pointing_shows_and_leaving_brings_the_chosen_pixel_back(visit):
    page = lab(visit("/kernels?pixel=50-60"))
    box = frame(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert place(page)[:2] == (120, 180)
    page.mouse.move(box["x"] + 5, box["y"] - 60)
    assert place(page)[:2] == (50, 60)
    page.mouse.move(box["x"] + 1, box["y"] + 1)
    assert place(page)[:2] == (1, 1)  # the first place where the window fits


def test_the_keyboard_moves_the_window(visit):
    page = lab(visit("/kernels?pixel=50-60"))
    frame(page).focus()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowDown", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    assert place(page)[:2] == (61, 59)
    expect(frame(page)).to_be_focused()
    page.keyboard.press("Escape")
    assert place(page)[:2] == edges.steepest(GREY)
    page.get_by_role("button", name="One pixel up").click()
    assert place(page)[0] == edges.steepest(GREY)[0] - 1


def test_a_finger_chooses_on_a_phone(visit):
    page = lab(visit("/kernels", viewport=PHONE, has_touch=True, is_mobile=True))
    frame(page).scroll_into_view_if_needed()
    box = frame(page).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    row, column, value = place(page)
    assert abs(row - 120) <= 2
    assert abs(column - 180) <= 2
    result = convolve(GREY, KERNELS["sobel_x"].values)[..., 0]
    assert value == result[row - 1, column - 1]
    page.get_by_role("button", name="One pixel to the right").tap()
    assert place(page)[:2] == (row, column + 1)
    small = page.locator(".kernels-root button:visible").evaluate_all(
        """all => all.map(one => [one.textContent, one.getBoundingClientRect()])
            .filter(([, box]) => Math.min(box.width, box.height) < 40).map(([text]) => text)"""
    )
    assert small == []


# What is told


@pytest.mark.parametrize("channel", ["grey", "red"])
def test_clipping_and_range_are_told(visit, channel):
    page = lab(visit(f"/kernels?kernel=sharpen&channel={channel}"))
    planes = ["grey"] if channel == "grey" else ["red", "green", "blue"]
    results = np.stack(
        [convolve(edges.levels(COFFEE, one), KERNELS["sharpen"].values)[..., 0] for one in planes]
    )
    below, above = int((results < 0).sum()), int((results > 255).sum())
    expect(page.locator(".clipped")).to_contain_text(
        f"{below:,} below 0, {above:,} above 255, "
        f"{100 * (below + above) / results.size:.1f} % of {results.size:,}"
    )
    result = page.locator(".frame.result")
    assert float(result.get_attribute("data-smallest")) == results[0].min()
    assert float(result.get_attribute("data-largest")) == results[0].max()
    page.locator('[data-focus="end-0"]').click()  # leads to the pixel of the smallest value
    assert place(page)[2] == results[0].min()


def test_the_signed_scale_is_symmetric_and_ends_where_it_says(visit):
    page = lab(visit("/kernels?kernel=laplace"))
    result = convolve(GREY, KERNELS["laplace"].values)[..., 0]
    limit = int(np.abs(result).max())
    ends = page.locator(".legend-result .scale span")
    expect(ends).to_have_text([f"−{limit}", "0", f"{limit}"])
    page.locator('[data-focus="stronger"]').click()
    expect(page.locator('[data-focus="stronger"]')).to_be_focused()
    share = 100 * (np.abs(result) > limit / 4).mean()
    expect(page.locator(".legend-result")).to_contain_text(f"{share:.1f} % of the results lie")
    expect(page).to_have_url(re.compile("stronger=4"))


# Editing


def test_a_typed_weight_changes_the_result_and_nonsense_does_not(visit):
    page = lab(visit("/kernels?pixel=60-201"))
    before = convolve(GREY, KERNELS["sobel_x"].values)[59, 200, 0]
    cell = page.locator('[data-focus="weight-4"]')
    cell.fill("a lot")
    cell.press("Enter")
    expect(cell).to_have_value("0")
    expect(page.locator(".tools .warning")).to_contain_text("“a lot” is no weight.")
    assert place(page)[2] == before
    cell.fill("−2,5")
    cell.press("Enter")
    expect(cell).to_have_value("−2.500")
    expect(page.locator(".tools .warning")).to_be_empty()
    after = before - 2.5 * GREY[60, 201]
    assert place(page)[2] == after
    expect(page.locator(".sum")).to_contain_text(
        f"difference {after - before:.2f}".replace("-", "−")
    )
    expect(page.locator(".about h4")).to_have_text("Sobel Gx edited")
    page.locator('[data-version="difference"]').click()
    result = page.locator(".frame.result")
    assert float(result.get_attribute("data-smallest")) == -2.5 * GREY[1:-1, 1:-1].max()
    page.locator('[data-version="before"]').click()
    assert place(page)[2] == before
    page.locator('[data-focus="reset"]').click()
    assert place(page)[2] == before
    expect(page.locator(".about h4")).to_have_text("Sobel Gx")


def test_buttons_keys_size_and_divisor_edit_the_kernel(visit):
    page = lab(visit("/kernels?kernel=blur&pixel=60-201"))
    page.locator('[data-focus="weight-more"]').click()  # without a choice: the middle
    cell = page.locator('[data-focus="weight-4"]')
    expect(cell).to_have_value("5")
    cell.focus()
    cell.press("ArrowDown")
    cell.press("ArrowDown")
    expect(cell).to_have_value("3")
    expect(page.locator(".gain")).to_contain_text("Σ w = 15 / 16 = 0.9375")
    divisor = page.locator('[data-focus="divisor"]')
    divisor.fill("0")
    divisor.press("Enter")
    expect(page.locator(".tools .warning")).to_contain_text("“0” is no divisor.")
    divisor.fill("15")
    divisor.press("Enter")
    expect(page.locator(".gain")).to_contain_text("Σ w = 15 / 15 = 1")
    page.locator('[data-size="5"]').click()  # a rim of zeros changes no sum
    expect(page.locator("input.cell")).to_have_count(25)
    values = np.array([[1, 2, 1], [2, 3, 2], [1, 2, 1]]) / 15
    expected = (GREY[59:62, 200:203] * values).sum()
    assert place(page)[2] == pytest.approx(expected)
    expect(page).to_have_url(re.compile("weights=0%2C0%2C"))
    link = page.url.split("/kernels", 1)[1]
    other = lab(visit("/kernels" + link))
    assert place(other)[2] == pytest.approx(expected)
    expect(other.locator(".about h4")).to_have_text("Blur edited")
    other.locator('[data-size="3"]').click()
    assert place(other)[2] == pytest.approx(expected)


def test_a_rerun_sends_little_and_the_choice_survives_language_and_page(visit):
    page = lab(visit("/kernels"))
    received = []
    other = page.context.new_page()
    other.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda data: received.append(len(data))),
    )
    other.goto(page.url)
    lab(other)
    assert max(received) > 300_000  # the picture
    received.clear()
    tile(other, "learned_5").click()
    expect(other).to_have_url(re.compile("kernel=learned_5"))
    settled(other)
    assert 0 < sum(received) < 20_000
    other.get_by_text("中文").click()
    expect(other.locator(".about h4")).to_have_text("学到的卷积核 5")
    other.get_by_role("link", name="cnnviz").first.click()
    expect(other.locator("h1")).to_have_text("cnnviz")
    other.get_by_test_id("stSidebarNavLink").filter(has_text="经典卷积核").click()
    expect(other.locator(".about h4")).to_have_text("学到的卷积核 5")
    expect(other).to_have_url(re.compile("kernel=learned_5"))
    other.close()


# Blurs, gradient, learned kernels


def test_a_repeated_blur_becomes_gaussian_and_costs_a_rim(visit):
    page = lab(visit("/kernels?kernel=blur&pixel=100-150"))
    slider = page.get_by_role("slider", name="Repeat")
    slider.focus()
    for _ in range(7):
        slider.press("ArrowRight")
    expect(slider).to_be_focused()
    whole = repeated(KERNELS["blur"], 8)
    expected = (GREY[92:109, 142:159] * whole).sum()
    assert place(page)[2] == pytest.approx(expected)
    told = page.locator(".repeat p")
    expect(told).to_contain_text("a 17×17 kernel")
    expect(told).to_contain_text("σ = √n · σ₁ = √8 · 0.707 = 2.00 pixels")
    assert float(told.get_attribute("data-deviation")) == pytest.approx(spread(whole)[1])
    expect(page.locator(".matrices figcaption").first).to_have_text("window after 7 passes")
    expect(page.locator(".frame.picture .field")).to_have_count(1)  # what the pixel now depends on
    expect(page).to_have_url(re.compile("times=8"))
    tile(page, "edge").click()
    expect(slider).to_be_hidden()
    expect(told).to_contain_text("Repeating is for blurs")


def test_gradient_tells_magnitude_and_direction(visit):
    page = lab(visit("/kernels?kernel=gradient"))
    gradient = edges.gradient(GREY)
    for row, column in ((60, 201), (120, 75), (30, 300)):
        click(page, row, column)
        told = page.locator(".sum")
        assert place(page) == (row, column, pytest.approx(gradient.magnitude[row - 1, column - 1]))
        direction = gradient.direction[row - 1, column - 1]
        assert float(told.get_attribute("data-direction")) == pytest.approx(direction)
        expect(told).to_contain_text(f"= {direction:.1f}°".replace("-", "−"))
    least = 0.1 * gradient.magnitude.max()
    share = 100 * (gradient.magnitude >= least).mean()
    expect(page.locator(".told")).to_contain_text(f"{least:.1f}: {share:.1f} % of the pixels")
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("ArrowRight")
    share = 100 * (gradient.magnitude >= 0.11 * gradient.magnitude.max()).mean()
    expect(page.locator(".told")).to_contain_text(f"{share:.1f} % of the pixels")
    expect(page).to_have_url(re.compile("least=11"))


def test_a_learned_kernel_is_laid_on_the_photograph_and_named(visit):
    page = lab(visit("/kernels?pixel=60-201"))
    expect(page.locator(".tiles.network .tile")).to_have_count(32)
    expect(page.locator(".network-told")).to_contain_text("21 of 32 resemble a classic kernel")
    tile(page, "learned_5").click()
    values = learned_kernels.of_network("learned")[5].astype(float)
    assert place(page)[2] == pytest.approx((GREY[59:62, 200:203] * values).sum(), abs=1e-4)
    key, value = learned_kernels.most_alike(values)
    about = page.locator(".about")
    expect(about).to_have_attribute("data-alike", "Sobel ↖")
    assert key == "sobel_top_left"
    assert float(about.get_attribute("data-cosine")) == pytest.approx(value)
    expect(about).to_contain_text("Resembles Sobel ↖.")
    page.locator('[data-state="random"]').click()
    tile(page, "random_7").click()
    values = learned_kernels.of_network("random")[7].astype(float)
    assert place(page)[2] == pytest.approx((GREY[59:62, 200:203] * values).sum(), abs=1e-4)
    expect(page).to_have_url(re.compile("kernel=random_7"))


# Links and pictures


def test_nonsense_in_a_link_falls_back(visit):
    page = lab(visit("/kernels?kernel=%3Cb%3E&weights=1,x&view=all&times=0&pixel=-1-2&channel=7"))
    expect(page.locator(".about h4")).to_have_text("Sobel Gx")
    assert place(page)[:2] == edges.steepest(GREY)


def test_another_picture_begins_at_its_own_steepest_pixel(visit, tmp_path):
    page = lab(visit("/kernels?pixel=200-300"))
    page.get_by_role("button", name="Picture", exact=True).click()
    page.get_by_text("File", exact=True).click()
    own = np.random.default_rng(3).integers(0, 256, (40, 90, 3), "uint8")
    file = io.BytesIO()
    Image.fromarray(own).save(file, "PNG")
    upload = {"name": "own.png", "mimeType": "image/png", "buffer": file.getvalue()}
    page.locator('input[type="file"]').set_input_files(upload)
    expect(page.locator(".legend-picture")).to_contain_text("90×40 pixels")
    row, column, value = place(page)
    assert (row, column) == edges.steepest(edges.levels(own))
    result = convolve(edges.levels(own), KERNELS["sobel_x"].values)[..., 0]
    assert value == result[row - 1, column - 1]
    expect(page).not_to_have_url(re.compile("pixel="))
    broken = {"name": "own.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    page.locator('input[type="file"]').set_input_files(broken)
    expect(page.get_by_test_id("stAlert")).to_contain_text("PNG, JPEG, WebP")
    expect(page.locator(".legend-picture")).to_contain_text("90×40 pixels")  # the last good one
