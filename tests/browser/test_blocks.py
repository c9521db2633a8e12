"""The building blocks: every instrument with the lecture's numbers, and against Python."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz import blocks, normalisation
from cnnviz.ui import block_lab, server
from tests.browser.conftest import PHONE, button, settled


def grid(page: Page, name: str, channel: int = 0) -> np.ndarray:
    """The numbers of a map as its cells show them."""
    shown = page.locator(f'[data-map="{name}"][data-channel="{channel}"]')
    expect(shown).to_be_visible()
    cells = shown.locator(".cell").evaluate_all("all => all.map(c => c.value || c.innerText)")
    values = [float(cell.replace("−", "-")) for cell in cells]
    return np.reshape(values, (round(len(values) ** 0.5), -1))


def row(page: Page, name: str) -> Locator:
    return page.locator(f'[data-row="{name}"]')


def test_the_browser_calculates_what_python_does(visit):
    page = visit("/blocks")
    address = f"/components/{server.component_version()}/blocks_arithmetic.js"
    random = np.random.default_rng(0)

    def call(script: str, *given):
        return page.evaluate(
            f"async ([address, ...given]) => {{ const js = await import(address); {script} }}",
            [address, *given],
        )

    for source, maps in blocks.SOURCES.items():
        weights = random.integers(-3, 4, (2, maps.shape[2]))
        got = call(
            "return js.mix(given[0], given[1], [1, -2]).values;",
            {"size": len(maps), "channels": maps.shape[2], "values": maps.ravel().tolist()},
            weights.tolist(),
        )
        expected = blocks.mix(maps, weights, np.array([1, -2]))
        np.testing.assert_allclose(got, expected.ravel(), err_msg=source)
    for given in (blocks.Bottleneck(), blocks.Bottleneck(7, 64, 3, 128, 200)):
        got = call("return js.bottleneck(given[0]);", vars(given))
        assert got["direct"]["weights"] == given.direct.parameters
        assert got["direct"]["products"] == given.direct.multiply_adds
        both = [got["narrow"], got["wide"]]
        assert sum(part["weights"] for part in both) == given.through.parameters
        assert sum(part["products"] for part in both) == given.through.multiply_adds
        assert got["breakEven"] == pytest.approx(given.break_even)
    for shortcut in blocks.SHORTCUTS:
        image = random.integers(-5, 6, (4, 4)).astype(float)
        kernels = [k.ravel().tolist() for k in blocks.residual_kernels(shortcut, "example")]
        got = call(
            "return js.residual({ size: 4, channels: 1, values: given[0] }, ...given.slice(1));",
            image.ravel().tolist(),
            shortcut,
            kernels,
            blocks.PROJECTION[0].tolist(),
        )
        for step, values in blocks.residual(image, shortcut, "example").items():
            np.testing.assert_allclose(got[step]["values"], values.ravel(), err_msg=step)
    values = random.normal(size=8).tolist()
    got = call("return js.batchNormalise(given[0], 1.5, -1, 0.01);", values)
    found = normalisation.batch_normalise(values, 1.5, -1, 0.01)
    np.testing.assert_allclose(got["output"], found.output)
    assert (got["mean"], got["variance"]) == pytest.approx((found.mean, found.variance))
    got = call("return js.normaliseWith(given[0], 1, 4, 1.5, -1, 0.01);", values)
    np.testing.assert_allclose(got, normalisation.normalise_with(values, 1, 4, 1.5, -1, 0.01))
    got = call("return js.movingAverage(1, 5, 0.9, 7);")
    assert got == pytest.approx(normalisation.moving_average(1, 5, 0.9, 7))
    got = call("return js.localResponse(given[0], 3, 2, 0.1, 0.75).output;", values)
    np.testing.assert_allclose(got, normalisation.local_response(values, 3, 2, 0.1, 0.75))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_1x1_convolution_mixes_the_lectures_maps(visit, language):
    page = visit(f"/blocks?lang={language}")
    expected = blocks.mix(blocks.SOURCES["maps"], *blocks.WEIGHTS["maps"])
    for channel in (0, 1):
        np.testing.assert_array_equal(grid(page, "output", channel), expected[..., channel])
    expect(page.locator("[data-sum]")).to_contain_text("1·3 + 1·(−1) + 0 = 2")
    page.locator('[data-focus="output-1-0"]').click()
    expect(page.locator("[data-sum]")).to_contain_text("1·3 + (−1)·(−1) + 0 = 4")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-sum]")).to_contain_text("1·(−1) + (−1)·(−1) + 0 = 0")
    weight = page.locator('[data-focus="weight-1-1"]')
    weight.fill("0,5")
    weight.press("Enter")
    expected = blocks.SOURCES["maps"] @ [1, 0.5]
    np.testing.assert_array_equal(grid(page, "output", 1), expected)
    expect(page).to_have_url(re.compile("weights=1_1_0_1_0.5_0"))
    weight.fill("many")
    weight.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("many")
    expect(page.locator('[data-focus="weight-1-1"]')).to_have_value("0.5")
    other = visit(re.sub(r"^https?://[^/]+", "", page.url))
    np.testing.assert_array_equal(grid(other, "output", 1), expected)


def test_the_bottleneck_of_the_lecture_and_another(visit):
    page = visit("/blocks?block=bottleneck")
    expect(row(page, "direct-products")).to_contain_text("481,689,600")
    expect(row(page, "direct-weights")).to_contain_text("5·5·256·96")
    expect(row(page, "through-products")).to_contain_text("6,422,528 + 60,211,200")
    expect(row(page, "through-products")).to_contain_text("66,633,728")
    expect(row(page, "through-weights")).to_contain_text("84,992")
    expect(page.get_by_text("The lecture prints 4.8·10⁸")).to_be_visible()
    page.get_by_label("Neck").press("ArrowRight")
    through = blocks.Bottleneck(neck=33).through
    expect(row(page, "through-weights")).to_contain_text(f"{through.parameters:,}")
    expect(page.get_by_text("The lecture prints 4.8·10⁸")).to_have_count(0)
    expect(page).to_have_url(re.compile("neck=33"))
    button(page, "The lecture's numbers").click()
    expect(row(page, "through-weights")).to_contain_text("84,992")


def test_both_modules_and_what_the_slides_print(visit):
    page = visit("/blocks?block=inception")
    expect(page.locator("[data-total]")).to_have_attribute("data-total", "854196224")
    expect(row(page, "conv_5x5")).to_contain_text("28·28·96·5·5·256 = 481,689,600")
    expect(
        page.get_by_text("The slide prints 529k output values; 28·28·672 are 526,848")
    ).to_be_visible()
    button(page, "With 1×1 reductions").click()
    expect(page.locator("[data-total]")).to_have_attribute("data-total", "271351808")
    expect(row(page, "conv_5x5_reduce")).to_contain_text("28·28·64·1·1·256 = 12,845,056")
    expect(page.get_by_text("The slide prints 358 M multiplications")).to_be_visible()
    expect(page).to_have_url(re.compile("module=inception_reduced"))


def test_factorised_kernels_and_their_rank(visit):
    page = visit("/blocks?block=factorise")
    expect(row(page, "two")).to_contain_text("72.0 %")  # 18 / 25
    expect(row(page, "rows")).to_contain_text("28.6 %")  # 2 / 7
    np.testing.assert_array_equal(grid(page, "both"), grid(page, "directly"))
    expect(page.locator("[data-rank]")).to_have_attribute("data-rank", "1")
    page.get_by_label("Kernel", exact=True).select_option("diagonal")
    expect(page.locator("[data-rank]")).to_have_attribute("data-rank", "3")
    assert np.abs(grid(page, "both") - grid(page, "directly")).max() > 1
    page.get_by_label("Kernel n").press("ArrowLeft")
    expect(row(page, "rows")).to_contain_text("40.0 %")  # 2 / 5


@pytest.mark.parametrize("shortcut", blocks.SHORTCUTS)
def test_the_residual_block_is_followed_number_by_number(visit, shortcut):
    page = visit(f"/blocks?block=residual&shortcut={shortcut}")
    steps = blocks.residual(blocks.RESIDUAL_INPUT, shortcut, "example")
    for step, maps in steps.items():
        for channel in range(maps.shape[2]):
            np.testing.assert_array_equal(grid(page, step, channel), maps[..., channel])
    if shortcut != "identity":
        return
    page.locator('[data-focus="output-0-1"]').click()
    expect(page.locator("[data-sum]")).to_contain_text("ReLU(−4 + 2) = ReLU(−2) = 0")
    button(page, "All 0").click()
    np.testing.assert_array_equal(grid(page, "output"), blocks.RESIDUAL_INPUT)
    first = page.locator('[data-focus="x-0"]')
    first.fill("-4")
    first.press("Enter")
    assert grid(page, "output")[0, 0] == 0
    expect(page).to_have_url(re.compile("x=-4_2_0_1"))


def test_batch_normalisation_in_training_and_in_use(visit):
    page = visit("/blocks?block=normalise&epsilon=0.0001&batches=100&gamma=2")
    expect(page.locator(".lines")).to_have_attribute("data-mean", "5")
    expect(page.locator(".lines")).to_have_attribute("data-variance", "4")
    expect(row(page, "standard")).to_contain_text("−1.5")
    expect(row(page, "output")).to_contain_text("−3")
    mean = normalisation.moving_average(0, 5, 0.99, 100)
    expect(page.locator(".lines")).to_contain_text(f"{mean:.4f}")
    used = normalisation.normalise_with(
        [2], mean, normalisation.moving_average(1, 4, 0.99, 100), 2, 0, 1e-4
    )
    expect(row(page, "used")).to_contain_text(f"{used[0]:.4f}".replace("-", "−"))
    page.locator('[data-focus="x-0"]').fill("10")
    page.locator('[data-focus="x-0"]').press("Enter")
    expect(page.locator(".lines")).to_have_attribute("data-mean", "6")


def test_local_response_of_krizhevsky(visit):
    page = visit("/blocks?block=normalise&normalisation=local&lrn_alpha=0.1")
    expected = normalisation.local_response(block_lab.LISTS["channels_at"], alpha=0.1)
    cells = row(page, "output").locator(".value")
    expect(cells).to_have_count(len(expected))
    np.testing.assert_allclose(
        [float(text) for text in cells.all_inner_texts()], expected, atol=1e-4
    )
    page.locator('[data-focus="pick-3"]').click()
    expect(page.locator(".sum")).to_contain_text("10² + 0² + 40² + 5² + 0²")
    button(page, "Krizhevsky's numbers").click()
    expect(page).not_to_have_url(re.compile("lrn_alpha"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_experiment_shows_what_was_measured(visit, language):
    page = visit(f"/blocks?block=depth&lang={language}")
    expect(page.locator(".js-plotly-plot")).to_be_visible()
    errors = block_lab.last_errors("training")
    mean = {key: f"{np.mean(values):.1f} %" for key, values in errors.items()}
    main = page.get_by_test_id("stMainBlockContainer")
    for key in errors:
        expect(main).to_contain_text(mean[key])
    expect(main).to_contain_text("Fashion-MNIST")


@pytest.mark.parametrize("query", ["?block=%3Cscript%3E", "?weights=1_2&source=x", "?x=nan&neck=0"])
def test_nonsense_in_a_link_falls_back_to_the_default(visit, query):
    page = visit("/blocks" + query)
    assert grid(page, "output")[0, 0] == 2


def test_the_question_follows_the_block(visit):
    page = visit("/blocks?block=bottleneck")
    main = page.get_by_test_id("stMainBlockContainer")
    main.get_by_text("42,496", exact=True).click()
    expect(main.get_by_text("Right: 42,496.")).to_be_visible()  # 256·16 + 25·16·96
    main.get_by_text("Inception", exact=True).first.click()
    settled(page)
    main.get_by_text("768", exact=True).click()
    expect(main.get_by_text("Right: 768.")).to_be_visible()


def test_a_finger_picks_an_output(visit):
    page = visit("/blocks?block=residual", viewport=PHONE, is_mobile=True, has_touch=True)
    page.locator('[data-focus="output-0-5"]').tap()
    expect(page.locator("[data-sum]")).to_contain_text("ReLU(−1 + 3) = ReLU(2) = 2")
    box = page.locator('[data-focus="output-0-5"]').bounding_box()
    assert min(box["width"], box["height"]) >= 39


@pytest.mark.parametrize("block", ["bottleneck", "factorise", "normalise"])
def test_a_phone_shows_every_result_without_scrolling_aside(visit, block):
    page = visit(f"/blocks?block={block}", viewport=PHONE, is_mobile=True, has_touch=True)
    table = page.locator(".counts, .numbers")
    for cell in table.locator("td:last-child:not(:empty)").all():
        box = cell.bounding_box()
        assert 0 < box["x"] < box["x"] + box["width"] <= PHONE["width"]
    assert table.evaluate("(table) => table.scrollWidth <= table.parentElement.clientWidth + 1")
