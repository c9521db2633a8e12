"""The receptive field lesson: the browser's arithmetic, the picture, the network."""

import re
from dataclasses import asdict

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from cnnviz import effective_field, receptive_field
from cnnviz.receptive_field import PRESETS, Window, from_link, paths, stages, to_link
from cnnviz.ui import server
from tests.browser.conftest import PHONE, button, settled


def picture(page: Page) -> Locator:
    return page.locator("canvas.field-picture")


def field(page: Page) -> tuple[int, ...]:
    """First and last row, first and last column of what is outlined."""
    expect(picture(page)).to_be_visible()
    return tuple(
        int(picture(page).get_attribute(f"data-{side}"))
        for side in ("top", "bottom", "left", "right")
    )


def expect_fields(page: Page, *sides: int) -> None:
    """Of the picture and of every layer."""
    told = [re.compile(f"^{side}×{side}$") for side in sides]
    expect(page.locator("[data-field]")).to_have_text(told)


def test_the_browser_calculates_what_python_does(visit):
    page = visit("/receptive_field")
    random = np.random.default_rng(0)
    cases = [(preset.layers, preset.side, preset.padding) for preset in PRESETS.values()]
    for _ in range(20):
        layers = [
            Window(
                receptive_field.KINDS[random.integers(2)],
                *(int(random.integers(1, most)) for most in (6, 4)),
            )
            for _ in range(random.integers(1, 5))
        ]
        layers.append(Window("convolution", 3, 1, int(random.integers(1, 4))))
        cases.append((layers, int(random.integers(16, 64)), str(random.choice(["same", "valid"]))))
    for layers, side, padding in cases:
        try:
            expected = stages(layers, side, padding)
        except ValueError:
            expected = None
        got = page.evaluate(
            """async ([address, words, side, padding]) => {
                const js = await import(address);
                const layers = js.fromLink(words);
                const found = js.stages(layers, side, padding);
                if (!found) return null;
                const last = found.at(-1);
                const units = [...Array(last.size).keys()];
                const halves = [...Array(2 * side).keys()];
                return {
                    words: js.toLink(layers), found, paths: js.paths(layers),
                    centres: units.map((unit) => js.centre(last, unit)),
                    sees: units.map((unit) => js.sees(last, unit)),
                    nearest: halves.map((half) => js.nearest(last, half / 2)),
                    reaches: js.reaches(layers, found, layers.length, last.size - 1),
                };
            }""",
            [
                f"/components/{server.component_version()}/receptive_field_stages.js",
                to_link(layers),
                side,
                padding,
            ],
        )
        if expected is None:
            assert got is None
            continue
        last = expected[-1]
        assert from_link(got["words"]) == tuple(layers)
        assert got["found"] == [asdict(stage) for stage in expected]
        assert got["paths"] == paths(layers)
        assert got["centres"] == [last.centre(unit) for unit in range(last.size)]
        assert got["sees"] == [list(last.sees(unit)) for unit in range(last.size)]
        assert got["nearest"] == [last.nearest(half / 2) for half in range(2 * side)]
        assert got["reaches"][0] == list(last.sees(last.size - 1))  # two ways to the same pixels


@pytest.mark.parametrize("language", ["en", "zh"])
def test_three_3x3_grow_to_7x7_layer_by_layer(visit, language):
    page = visit(f"/receptive_field?lang={language}")
    expect_fields(page, 1, 3, 5, 7)
    assert field(page) == (10, 16, 10, 16)
    expect(page.locator(".formulas")).to_contain_text("5 + (3 − 1)·1 = 7")
    page.locator('[data-focus="step-1"]').click()
    assert field(page) == (11, 15, 11, 15)
    expect(page.locator(".formulas")).to_contain_text("3 + (3 − 1)·1 = 5")
    page.locator('[data-focus="layer-2"]').press("ArrowUp")
    assert field(page) == (12, 14, 12, 14)
    expect(page).to_have_url(re.compile("layer=1"))


def test_the_unit_is_pointed_at_and_moved_by_keys(visit):
    page = visit("/receptive_field?layers=c3-p2s2-c3-p2s2-c3")
    box = picture(page).bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 2, box["y"] + 2, steps=3)
    page.mouse.up()
    assert field(page) == (0, 17, 0, 17)
    expect(page.locator(".left .caption")).to_contain_text("Unit (row 0, column 0) of layer 5")
    picture(page).press("ArrowRight")
    assert field(page) == (0, 17, 4, 21)  # one unit on is a jump of 4 pixels
    picture(page).press("ArrowDown")
    picture(page).press("ArrowUp")
    expect(page).to_have_url(re.compile("row=8.5&column=12.5"))
    other = visit(re.sub(r"^https?://[^/]+", "", page.url))
    assert field(other) == (0, 17, 4, 21)


def test_at_the_border_padding_is_seen_and_told(visit):
    page = visit("/receptive_field?padding=same&row=0&column=0")
    assert field(page) == (-3, 3, -3, 3)
    expect(page.locator(".left .caption")).to_contain_text(
        "Of these 49 places 33 lie outside of the picture, in the padding (hatched): 16 pixels"
    )


def test_layers_are_added_changed_moved_and_removed(visit):
    page = visit("/receptive_field")
    button(page, "+ Pooling").click()
    expect_fields(page, 1, 3, 5, 7, 8)
    page.get_by_role("button", name="Earlier in the stack").click()
    expect_fields(page, 1, 3, 5, 6, 10)
    page.get_by_role("button", name="Stride s: 3").click()
    expect_fields(page, 1, 3, 5, 6, 12)
    expect(page).to_have_url(re.compile("layers=c3-c3-p2s3-c3"))
    page.get_by_role("button", name="Remove the layer").click()
    expect_fields(page, 1, 3, 5, 7)
    page.get_by_role("button", name="Dilation d: 2").click()
    expect_fields(page, 1, 3, 7, 9)
    expect(page.locator(".formulas")).to_contain_text("3 + 2·(3 − 1)·1 = 7")


def test_a_stack_that_does_not_fit_is_told_and_the_last_one_stays(visit):
    page = visit("/receptive_field?layers=p2s2-p2s2-p2s2-c3&side=28")
    button(page, "+ Pooling").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Layer 5 would not fit: its window spans 2 units, and the map before it has 1×1"
    )
    expect_fields(page, 1, 2, 4, 8, 24)
    page.get_by_label("Picture", exact=True).select_option("112")
    expect(page.get_by_role("alert")).to_be_hidden()
    button(page, "+ Pooling").click()
    expect_fields(page, 1, 2, 4, 8, 24, 32)


@pytest.mark.parametrize(
    "query", ["?layers=%3Cscript%3E&row=nan", "?view=x&side=5&layer=-1", "?layers=c99-&count=1e9"]
)
def test_nonsense_in_a_link_falls_back_to_the_default(visit, query):
    page = visit("/receptive_field" + query)
    expect_fields(page, 1, 3, 5, 7)


def test_the_networks_gradients_are_shown_with_their_numbers(visit):
    page = visit("/receptive_field?view=measured&measured_count=1")
    expect(page.locator('[data-ready="true"]')).to_be_visible(timeout=60_000)
    for variant in effective_field.VARIANTS:
        energy = effective_field.measured(variant, "conv3", 1, 1, 1)
        found = effective_field.summary(energy, (4, 4), 18)
        panel = page.locator("section.heat").filter(
            has=page.locator(f'canvas[data-variant="{variant}"]')
        )
        expect(panel).to_contain_text(f"{100 * found.central:.1f} %")
        expect(panel).to_contain_text(f"{100 * found.overlap:.1f} %")
    button(page, "conv2").click()
    expect(page.locator('[data-ready="true"]')).to_contain_text("it sees 8×8 pixels: rows 10 to 17")
    expect(page).to_have_url(re.compile("measured_layer=conv2"))


def test_27_c_squared_against_49(visit):
    page = visit("/receptive_field?view=stacked")
    table = page.locator(".comparison")
    expect(table).to_contain_text("27C² = 3·(3·3·64·64) = 110,592")
    expect(table).to_contain_text("49C² = 7·7·64·64 = 200,704")
    expect(table).to_contain_text("28·28·110,592 = 86,704,128")
    page.get_by_role("button", name="3×3 layers: 2").click()
    expect(table).to_contain_text("18C² = 2·(3·3·64·64) = 73,728")
    page.get_by_label("Channels C").press("ArrowRight")
    expect(table).to_contain_text("2·(3·3·96·96)")
    expect(page).to_have_url(re.compile("count=2&channels=96"))


def test_the_question_follows_the_stack(visit):
    page = visit("/receptive_field?layers=c3s2-c3s2")
    page.get_by_test_id("stMainBlockContainer").get_by_text("15×15", exact=True).click()
    expect(page.get_by_text("Right: 15×15.")).to_be_visible()  # 7 + 2·4
    expect(page.get_by_text("7 + (3 − 1)·4 = 15")).to_be_visible()


def test_a_finger_points_and_nothing_sticks_out(visit):
    page = visit("/receptive_field", viewport=PHONE, is_mobile=True, has_touch=True)
    box = picture(page).bounding_box()
    assert box["width"] <= PHONE["width"]
    picture(page).tap(position={"x": 3, "y": 3})
    assert field(page) == (0, 6, 0, 6)
    settled(page)
    small = page.locator(".receptive-root button, .receptive-root select").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().height < 39).length"
    )
    assert small == 0
