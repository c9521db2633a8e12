"""The lesson on parameters as a class uses it: compare, read a table, build, fill in."""

import csv
import io
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.design import Design
from cnnviz.exercises.kinds import lecture
from cnnviz.exercises.printed import answer_text
from cnnviz.text import text
from tests.browser.conftest import PHONE, settled


def root(page: Page) -> Locator:
    return page.locator(".parameters-root")


def move(page: Page, name: str, key: str, times: int = 1) -> None:
    """A slider by the keyboard."""
    slider = page.locator(f'input[data-focus="{name}"]')
    for _ in range(times):
        slider.press(key)
        settled(page)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nets_are_compared_and_a_choice_stands_in_the_link(visit, language):
    page = visit(f"/parameters?lang={language}")
    totals = page.locator('.totals [data-number="parameters"]')
    expect(totals).to_have_text(["60,965,224", "138,357,544", "25,636,712"])
    expect(page.locator(".panel-of-net .misprint")).to_contain_text("15,237,608")
    page.locator('select[data-focus="net-0"]').select_option("mnist_dense")
    settled(page)
    expect(totals.first).to_have_text("407,050")
    expect(page).to_have_url(re.compile("nets=mnist_dense-vgg16-resnet50"))
    page.locator('[data-focus="quantity-activations"]').click()
    page.locator('[data-focus="remove-0"]').click()
    settled(page)
    expect(totals).to_have_text(["138,357,544", "25,636,712"])
    expect(page).to_have_url(re.compile("quantity=activations"))
    expect(page.locator('[data-focus="remove-0"]')).to_be_disabled()  # two are the fewest


def test_bars_are_read_by_the_keyboard_and_by_a_click(visit):
    page = visit("/parameters?nets=mnist_dense-mnist_cnn")
    detail = page.locator(".detail")
    expect(detail).to_contain_text("(784 + 1)·512 = 401,920")  # the largest, before any choice
    bars = page.locator('[data-focus="bars-mnist_cnn"]')
    bars.focus()
    bars.press("End")
    expect(detail).to_contain_text("(64 + 1)·10 = 650")
    bars.press("Home")
    bars.press("ArrowRight")
    expect(detail).to_contain_text("(3·3·1 + 1)·32 = 320")
    # As a dense layer the first convolution would have (28·28 + 1)·26·26·32 parameters.
    expect(detail).to_contain_text("(784 + 1)·21,632 = 16,981,120")
    expect(bars).to_be_focused()
    box = bars.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + box["height"] / 2)
    expect(detail).to_contain_text("(64 + 1)·10 = 650")


def test_the_drawing_is_saved_as_svg_and_the_table_as_csv(visit):
    page = visit("/parameters?nets=lenet5-vgg16")
    with page.expect_download() as download:
        page.locator('[data-focus="svg"]').click()
    drawing = download.value.path().read_text()
    assert drawing.startswith("<svg")
    assert "LeNet-5" in drawing
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    rows = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert [row[3] for row in rows[1:]] == ["61706", "138357544"]


def test_a_layers_formulas_open_under_its_row_and_long_tables_are_folded(visit):
    page = visit("/parameters?parameters_view=layers&net=vgg16")
    page.locator('[data-focus="row-block1_conv2"]').press("Enter")
    opened = page.locator(".formula-row")
    expect(opened).to_contain_text("(3·3·64 + 1)·64 = 36,928")
    expect(opened).to_contain_text("224·224·64·3·3·64 = 1,849,688,064")
    expect(page.locator(".sum-row")).to_contain_text("138,357,544")
    page.locator('select[data-focus="net"]').select_option("resnet50")
    settled(page)
    net = ARCHITECTURES["resnet50"]
    folded = page.locator(".layer-table tbody tr")
    expect(folded).to_have_count(len(net.blocks))
    block, rows = next((name, rows) for name, rows in net.blocks.items() if len(rows) > 1)
    page.locator(f'[data-focus="block-{block}"]').click()
    expect(folded).to_have_count(len(net.blocks) + len(rows))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_network_is_built_and_an_impossible_one_leaves_the_last_good(visit, language):
    page = visit(f"/parameters?parameters_view=build&lang={language}")
    sums = page.locator(".sum-of b")
    expect(sums.first).to_have_text(f"{Design().architecture().parameters:,}")
    move(page, "repeats", "ArrowRight")
    good = Design(repeats=3).architecture()
    expect(sums.first).to_have_text(f"{good.parameters:,}")
    expect(page).to_have_url(re.compile("build=repeats-3"))
    move(page, "repeats", "ArrowRight")
    refused = text(
        language, "architectures.refused.too_small", layer="conv4", window="3×3", size="2×2"
    )
    expect(page.locator(".refusal")).to_contain_text(refused)
    expect(sums.first).to_have_text(f"{good.parameters:,}")
    # The pattern follows the sliders; what still shows the last network says so.
    expect(page.locator(".pattern")).to_contain_text("]×4 →")
    stale = page.get_by_role("group", name=text(language, "parameters.lab.stale"))
    expect(stale).to_have_count(2)
    expect(stale.last.locator("tfoot")).to_contain_text(f"{good.parameters:,}")
    expect(page).to_have_url(re.compile("build=repeats-3"))
    page.locator('[data-focus="padding-same"]').click()
    settled(page)
    expect(page.locator(".refusal")).to_have_text("")
    expect(stale).to_have_count(0)
    padded = Design(repeats=4, padding="same").architecture()
    expect(sums.first).to_have_text(f"{padded.parameters:,}")


def test_a_design_is_compared_with_published_nets_and_found_again(visit):
    page = visit("/parameters?nets=own-lenet5&build=size-28_channels-1_filters-25_units-100")
    expect(page.locator('.totals [data-number="parameters"]').first).to_have_text("137,660")
    page.get_by_text("Build your own", exact=True).click()
    settled(page)
    row = page.locator('[data-row="conv2"]')
    expect(row).to_contain_text("11,300")
    row.click()
    expect(page.locator(".formula-row")).to_contain_text("(3·3·25 + 1)·50 = 11,300")
    expect(page.locator(".volumes .node.chosen")).to_have_count(1)
    page.get_by_text("Fill in a table", exact=True).click()
    settled(page)
    page.get_by_text("Build your own", exact=True).click()
    settled(page)
    expect(page.locator('[data-row="conv2"]')).to_contain_text("11,300")


def test_the_table_of_cats_and_dogs_is_marked_cell_by_cell(visit):
    page = visit("/parameters?parameters_view=exercise")
    fields = page.locator(".exercise-form input")
    answers = [answer_text(part) for part in lecture()[-1].parts]
    answers[0], answers[5] = "150×150×32", "18,432"
    for at, answer in enumerate(answers):
        fields.nth(at).fill(answer)
    fields.first.press("ArrowDown")
    expect(fields.nth(2)).to_be_focused()
    fields.last.press("Enter")
    settled(page)
    expect(page.locator(".summary .grid-cell.right")).to_have_count(20)
    expect(page.locator(".summary .grid-cell.wrong")).to_have_count(2)
    notes = page.locator(".summary .part-notes li")
    expect(notes.first).to_contain_text(text("en", "exercises.slip.unchanged"))
    expect(notes.last).to_contain_text(text("en", "exercises.slip.no_biases"))
    fields.nth(0).fill("148×148×32")
    fields.nth(5).fill("18496")
    fields.last.press("Enter")
    settled(page)
    expect(page.locator(".verdict")).to_have_text("All right now.")


@pytest.mark.parametrize("view", ["compare", "layers", "build", "exercise"])
def test_on_a_phone_nothing_sticks_out_and_a_finger_is_enough(visit, view):
    page = visit(
        f"/parameters?parameters_view={view}", viewport=PHONE, has_touch=True, is_mobile=True
    )
    component = page.locator(".parameters-root, .exercise-root")
    assert component.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
    if view == "compare":
        page.locator('[data-focus="scale-log"]').tap()
        settled(page)
        expect(page).to_have_url(re.compile("scale=log"))
    for target in component.locator("button.toggle:visible, button.row-button:visible").all()[:20]:
        assert target.bounding_box()["height"] >= 40
