"""The architectures as a class uses them: unfold, choose, read the numbers, search, take along."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz.architectures import ARCHITECTURES
from cnnviz.text import text
from tests.browser.conftest import PHONE, settled


def node(page: Page, name: str) -> Locator:
    return page.locator(f'.diagram-root .node[data-name="{name}"]')


def details(page: Page) -> Locator:
    return page.locator(".diagram-details")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(100)
    settled(page)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_layer_shows_its_numbers_with_formulas(visit, language):
    page = visit(f"/architectures?net=alexnet&lang={language}")
    node(page, "conv2").click()
    settled(page)
    told = details(page)
    expect(told).to_contain_text("(5·5·96 + 1)·256 = 614,656")
    expect(told).to_contain_text("27·27·256·5·5·96 = 447,897,600")
    expect(told).to_contain_text(text(language, "architectures.diagram.type_Convolution"))
    told.get_by_role("button", name="norm1 27×27×96").click()
    settled(page)
    expect(told.locator("h4")).to_contain_text("norm1")
    expect(page).to_have_url(re.compile("layer=norm1"))
    page.reload()
    settled(page)
    expect(told.locator("h4")).to_contain_text("norm1")


def test_a_run_of_blocks_unfolds_to_its_shortcuts(visit):
    page = visit("/architectures?net=resnet152&open=none")
    assert page.locator(".diagram-root .node").count() < 15
    node(page, "conv4_2×").click()
    expect(details(page)).to_contain_text("35 equal blocks of 10 layers")
    parameters = sum(
        row.parameters
        for row in ARCHITECTURES["resnet152"].rows
        if row.block in {f"conv4_{number}" for number in range(2, 37)}
    )
    expect(details(page)).to_contain_text(f"= {parameters:,}")
    node(page, "conv4_2×").click()  # again: unfold
    settled(page)
    node(page, "conv4_9").click()
    node(page, "conv4_9").click()
    settled(page)
    expect(node(page, "conv4_block9_add")).to_be_visible()
    expect(page.locator('[data-shortcut="identity"]')).to_have_count(1)
    node(page, "conv4_block9_add").click()
    settled(page)
    expect(details(page)).to_contain_text(text("en", "architectures.diagram.shortcut_identity"))
    expect(page).to_have_url(re.compile("open=conv4_2"))


def test_the_keyboard_is_enough(visit):
    page = visit("/architectures?net=googlenet&open=none&layer=inception_3a")
    node(page, "inception_3a").focus()
    press(page, "Enter", "ArrowRight")
    expect(details(page).locator("h4")).to_contain_text("inception_3a_1x1")
    press(page, "ArrowDown")
    expect(details(page).locator("h4")).to_contain_text("inception_3a_3x3_reduce")
    expect(node(page, "inception_3a_3x3_reduce")).to_be_focused()
    press(page, "Escape")
    expect(node(page, "inception_3a_3x3_reduce")).to_have_count(0)
    expect(node(page, "inception_3a")).to_be_focused()
    press(page, "End")
    expect(details(page)).to_contain_text("(1,024 + 1)·1,000 = 1,025,000")


LABELS = """() => {
    const texts = [...document.querySelectorAll('*')].map((host) => host.shadowRoot)
        .filter(Boolean).flatMap((root) => [...root.querySelectorAll('.diagram-root svg text')]);
    const boxes = texts.map((label) => [label.textContent, label.getBoundingClientRect()]);
    const lying = [];
    boxes.forEach(([one, a], at) => boxes.slice(at + 1).forEach(([other, b]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const along = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 2 && along > 4) lying.push([one, other]);
    }));
    return [boxes.length, lying];
}"""


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("key", ["googlenet_auxiliary", "resnet50", "yolov3_tiny", "inception_v3"])
def test_no_label_lies_on_another(visit, key, size):
    page = visit(f"/architectures?net={key}", viewport=size)
    expect(page.locator(".node").first).to_be_visible()
    for unfold in (False, True):
        if unfold and page.get_by_role("button", name="Unfold all").count():
            page.get_by_role("button", name="Unfold all").click()
            settled(page)
        count, lying = page.evaluate(LABELS)
        assert count > 20
        assert lying == []


def test_two_towers_meet_in_the_third_convolution(visit):
    page = visit("/architectures?net=alexnet_two_towers")
    fronts = node(page, "conv2").locator("polygon")
    # Two boxes of three faces, each with plates for ReLU and normalisation.
    expect(fronts).to_have_count(2 * (3 + 2))
    expect(node(page, "flatten").locator("polygon")).to_have_count(3)


def test_the_printed_numbers_stand_beside_the_computed_ones(visit):
    page = visit("/architectures?net=vgg16")
    card = page.locator(".arch-card")
    expect(card).to_contain_text("138 · 10⁶")
    expect(card).to_contain_text("138,357,544")
    expect(card).to_contain_text("✓")
    expect(card).to_contain_text("15,237,608")  # the slide's 24 million
    page.get_by_role("button", name="Next network").click()
    settled(page)
    expect(card).to_contain_text("VGG-19")
    expect(page).to_have_url(re.compile("net=vgg19"))


def test_networks_are_found_by_what_they_are_made_of(visit):
    page = visit("/architectures?show=find")
    page.get_by_role("button", name=re.compile(r"^7×7")).click()
    page.get_by_role("button", name=re.compile("^LRN")).click()
    settled(page)
    names = page.locator("button.net")
    expect(names).to_have_text(["ZFNet", "GoogLeNet", "GoogLeNet with auxiliary heads"])
    expect(page).to_have_url(re.compile("find=kernels.7x7"))
    page.reload()
    settled(page)
    expect(names).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("button", name="↓ CSV").click()
    first = download.value.path().read_text().splitlines()[1].split(",")
    assert first[0] == "ZFNet"
    assert first[3] == str(ARCHITECTURES["zfnet"].parameters)
    names.first.click()
    settled(page)
    expect(page.locator(".arch-card h4")).to_have_text("ZFNet")


def test_a_phone_shows_the_multiply_adds_of_every_network_found(visit):
    page = visit("/architectures?show=find", viewport=PHONE, has_touch=True)
    for cell in page.locator(".found tbody td:last-child").all()[:5]:
        box = cell.bounding_box()
        assert 0 < box["x"] < box["x"] + box["width"] <= PHONE["width"]


def test_nonsense_in_the_link_shows_the_first_network(visit):
    page = visit("/architectures?net=%3Cb%3E&open=x~y&layer=%00&show=none&find=a.b")
    expect(page.locator(".arch-card h4")).to_have_text("GoogLeNet")
    expect(node(page, "inception_3a")).to_be_visible()


def test_drawing_and_table_are_taken_along(visit, tmp_path):
    page = visit("/architectures?net=lenet5")
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "lenet5.svg"
    download.value.save_as(tmp_path / "lenet5.svg")
    drawn = (tmp_path / "lenet5.svg").read_text()
    assert drawn.startswith("<svg")
    assert "28×28×6" in drawn
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    download.value.save_as(tmp_path / "lenet5.csv")
    table = (tmp_path / "lenet5.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(table) == 1 + len(ARCHITECTURES["lenet5"].rows)
    assert "(5·5·1 + 1)·6 = 156" in table[2]


def test_the_table_folds_with_the_drawing(visit):
    page = visit("/architectures?net=vgg16&open=none")
    page.locator("summary", has_text="Layer table").click()
    table = page.locator("details .arch-table")
    expect(table).to_contain_text("138,357,544")
    expect(table.get_by_text("block3_conv2")).to_have_count(0)
    table.get_by_role("button", name="block3").click()
    settled(page)
    expect(table.get_by_text("block3_conv2")).to_be_visible()
    expect(node(page, "block3_conv2")).to_be_visible()


def test_on_a_phone_a_finger_is_enough(visit):
    page = visit("/architectures?open=none", viewport=PHONE, has_touch=True, is_mobile=True)
    node(page, "inception_4a").tap()
    node(page, "inception_4a").tap()
    settled(page)
    expect(node(page, "inception_4a_5x5")).to_be_visible()
    node(page, "inception_4a_5x5").tap()
    settled(page)
    expect(details(page)).to_contain_text("(5·5·16 + 1)·48 = 19,248")
    for target in page.locator(".architectures-root button, .architectures-root summary").all():
        if target.is_visible():
            assert target.bounding_box()["height"] >= 40
    for target in page.locator(".node").all():
        box = target.bounding_box()
        assert min(box["width"], box["height"]) >= 40
    wide = page.locator(".architectures-root").evaluate("e => e.scrollWidth - e.clientWidth")
    assert wide <= 0
