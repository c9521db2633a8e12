"""The pooling lesson: every number against cnnviz.pooling, with mouse, keyboard and finger."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from cnnviz import images
from cnnviz.edges import levels
from cnnviz.pooling import average_pool, max_pool, shift
from cnnviz.ui import server
from cnnviz.ui.picture_inputs import bundled_in
from cnnviz.ui.pooling_lab import BOX, DEFAULT_PICTURE, LECTURE_MAPS
from tests.browser.conftest import PHONE, button, settled

POOLS = {"max": max_pool, "average": average_pool}


def subsampled(maps: np.ndarray, size: int, stride: int) -> np.ndarray:
    """The upper left value of every window that fits."""
    height, width = max_pool(maps, size, stride).shape[:2]
    return maps[::stride, ::stride][:height, :width]


def enlarged(pooled: np.ndarray, size: int, stride: int, height: int, width: int) -> np.ndarray:
    """Every cell from the window whose centre is nearest, of two the first; found one by one."""

    def nearest(length: int, count: int) -> list[int]:
        centres = np.arange(count) * stride + (size - 1) / 2
        return [int(np.argmin(np.abs(centres - cell))) for cell in range(length)]

    return pooled[np.ix_(nearest(height, pooled.shape[0]), nearest(width, pooled.shape[1]))]


def root(page: Page) -> Locator:
    return page.locator(".pooling-root")


def numbers(page: Page, method: str, stage: str, channel: int = 0) -> np.ndarray:
    """The map as its cells show it."""
    shown = page.locator(
        f'.numbers[data-method="{method}"][data-stage="{stage}"][data-channel="{channel}"]'
    )
    expect(shown).to_be_visible()
    width = int(shown.evaluate("map => getComputedStyle(map).getPropertyValue('--columns')"))
    cells = shown.locator(".cell").evaluate_all("cells => cells.map(c => c.value || c.innerText)")
    return np.array([float(cell.replace("−", "-")) for cell in cells]).reshape(-1, width)


def table(page: Page) -> dict[str, list[str]]:
    """The panel's table: first column → the others."""
    expect(page.locator(".panel table")).to_be_visible()
    rows = page.locator(".panel table tr").all_inner_texts()[1:]
    cells = [re.split(r"[\t\n]+", row.strip()) for row in rows]
    return {name.strip(): [value.strip() for value in values] for name, *values in cells}


# Arithmetic


def test_the_browser_calculates_what_numpy_does(visit):
    page = visit("/pooling")
    module = f"/components/{server.component_version()}/pool.js"
    random = np.random.default_rng(0)
    for size, stride in [(2, 2), (3, 1), (2, 3), (4, 2), (3, 3), (5, 4), (7, 1)]:
        height, width = random.integers(7, 16, 2)
        maps = random.normal(size=(height, width, 2)).round(2)
        right, down = (int(by) for by in random.integers(-5, 6, 2))
        got = page.evaluate(
            """async ([address, values, height, width, size, stride, right, down]) => {
                const js = await import(address);
                const input = { values: Float64Array.from(values), height, width, channels: 2 };
                const mixed = js.shuffled(input, size, Math.max(size, stride), 7);
                const found = { mixed, shifted: js.shift(input, right, down) };
                for (const method of ["max", "average", "first"]) {
                    const pooled = js.pool(input, size, stride, method);
                    found[method] = pooled;
                    found[`${method} enlarged`] = js.enlarge(pooled, size, stride, height, width);
                }
                for (const map of Object.values(found)) map.values = [...map.values];
                found.compared = js.compared(js.minus(found.shifted, input));
                return found;
            }""",
            [module, maps.ravel().tolist(), int(height), int(width), size, stride, right, down],
        )

        def array(name: str, got: dict = got) -> np.ndarray:
            return np.reshape(got[name]["values"], (got[name]["height"], got[name]["width"], 2))

        for method, pool in (POOLS | {"first": subsampled}).items():
            expected = pool(maps, size, stride)
            np.testing.assert_allclose(array(method), expected, rtol=1e-12, atol=1e-12)
            back = enlarged(expected, size, stride, height, width)
            np.testing.assert_allclose(array(f"{method} enlarged"), back, rtol=1e-12, atol=1e-12)
        moved = shift(maps, right, down)
        np.testing.assert_array_equal(array("shifted"), moved)
        assert got["compared"]["unchanged"] == (np.abs(moved - maps) < 1e-9).sum()
        assert got["compared"]["mean"] == pytest.approx(np.abs(moved - maps).mean())
        apart = max(size, stride)  # windows that do not overlap: their contents stay together
        assert (array("mixed") != maps).any()
        for pool in POOLS.values():
            np.testing.assert_allclose(pool(array("mixed"), size, apart), pool(maps, size, apart))


# The lecture's maps


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lectures_maps_are_pooled_as_in_the_lecture(visit, language):
    page = visit(f"/pooling?lang={language}")
    for channel in (0, 1):
        maps = LECTURE_MAPS[..., channel]
        np.testing.assert_array_equal(numbers(page, "none", "window", channel), maps)
        for method, pool in POOLS.items():
            np.testing.assert_array_equal(numbers(page, method, "window", channel), pool(maps))
    calculation = page.locator(".calculation")
    expect(calculation).to_contain_text("max(3, −1, −3, 1) = 3")
    expect(calculation).to_contain_text("(3 − 1 − 3 + 1) / 4 = 0 / 4 = 0")
    expect(page.locator(".cell.most")).to_have_value("3")
    expect(page.locator(".facts")).to_contain_text("⌊(4 − 2) / 2⌋ + 1 = 2")


def test_windows_are_chosen_by_click_keys_and_steps(visit):
    page = visit("/pooling")
    output = page.locator('.numbers[data-method="average"][data-channel="1"]')
    output.locator(".cell").last.click()
    expect(root(page)).to_have_attribute("data-window", "1,1,1")
    expect(page.locator(".calculation")).to_contain_text("max(−2, 1, −4, 3) = 3")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(root(page)).to_have_attribute("data-window", "0,0,1")
    expect(page.locator(".calculation")).to_contain_text("there 4 times")  # −1, −1, −1, −1
    expect(page.locator(".cell.most")).to_have_count(4)
    button(page, "›").click()
    button(page, "›").click()
    expect(root(page)).to_have_attribute("data-window", "1,0,1")
    button(page, "‹").click()
    expect(root(page)).to_have_attribute("data-window", "0,1,1")
    expect(page).to_have_url(re.compile("maps_column=3"))
    button(page, "Play").click()
    expect(root(page)).to_have_attribute("data-window", "1,1,1")
    expect(button(page, "Play")).to_be_visible()  # it stops at the end
    # where does a number go? its window is shown
    page.get_by_label("Map 1, row 0, column 2").focus()
    expect(root(page)).to_have_attribute("data-window", "0,1,0")


def test_what_no_window_reads_is_greyed_and_told(visit):
    page = visit("/pooling")
    expect(page.locator(".cell.unread")).to_have_count(0)
    page.get_by_role("button", name="Larger window").click()
    expect(page.locator('[data-channel="0"] .cell.unread')).to_have_count(7)
    facts = page.locator(".facts")
    expect(facts).to_contain_text("⌊(4 − 3) / 3⌋ + 1 = 1")
    expect(facts).to_contain_text("rows below: 1, columns at the right: 1")
    expect(page).to_have_url(re.compile("maps_size=3"))
    button(page, "1").click()
    expect(page.locator(".cell.unread")).to_have_count(0)
    expect(facts).to_contain_text("share 2 of 3 columns")
    page.get_by_role("button", name="Smaller window").click()
    button(page, "3").click()  # a gap between windows, and nothing behind it fits
    expect(page.locator('[data-channel="0"] .cell.unread')).to_have_count(12)


def test_cells_are_typed_over_and_the_link_carries_them(visit):
    page = visit("/pooling")
    cell = page.get_by_label("Map 1, row 1, column 1")
    cell.fill("−7,25")
    cell.press("Enter")
    formula = "(3 − 1 − 3 − 7.25) / 4 = −8.25 / 4 ≈ −2.063"
    expect(page.locator(".calculation")).to_contain_text(formula)
    expect(page).to_have_url(re.compile("maps_values=3_-1_-1"))
    settled(page)
    cell.fill("many")
    cell.press("Enter")
    expect(page.locator(".refusal")).to_contain_text("“many” is no value")
    expect(cell).to_have_value("−7.25")
    cell.fill("100")
    cell.press("Enter")
    expect(page.locator(".refusal")).to_contain_text("−99 to 99")
    expected = LECTURE_MAPS.copy()
    expected[1, 1, 0] = -7.25
    other = visit(page.url.split("127.0.0.1", 1)[1].split("/", 1)[1].join(["/", ""]))
    np.testing.assert_array_equal(numbers(other, "none", "window"), expected[..., 0])
    button(other, "The lecture's").click()
    np.testing.assert_array_equal(numbers(other, "max", "window"), [[3, 0], [3, 1]])
    expect(other).not_to_have_url(re.compile("maps_values"))


def test_typing_is_not_disturbed_by_the_servers_echo(visit):
    page = visit("/pooling")
    cell = page.get_by_label("Map 2, row 3, column 3")
    cell.click()  # chooses its window, which the server hears 400 ms later
    cell.press_sequentially("12", delay=500)
    expect(cell).to_have_value("12")
    cell.press("Enter")
    expect(page.locator(".calculation")).to_contain_text("max(−2, 1, −4, 12) = 12")


# What is lost


def test_detail_lost_is_the_difference_to_the_original(visit):
    page = visit("/pooling?pool_view=detail")
    maps = LECTURE_MAPS[..., 0]
    shown = table(page)
    for method, name in {"max": "Max pooling", "average": "Average pooling"}.items():
        lost = enlarged(POOLS[method](maps), 2, 2, 4, 4) - maps
        np.testing.assert_array_equal(numbers(page, method, "difference"), lost.round(2))
        assert float(shown[name][0]) == pytest.approx(np.abs(lost).mean(), abs=0.006)
    assert shown["Average pooling"][1] == "0"
    expect(page.locator(".panel")).to_contain_text("nowhere below the original")


def test_a_place_in_the_window_is_lost(visit):
    page = visit("/pooling?pool_view=position")
    before = numbers(page, "none", "after")
    assert (before != LECTURE_MAPS[..., 0]).any()  # shuffled from the start
    button(page, "Shuffle within windows").click()
    assert (numbers(page, "none", "after") != before).any()
    shown = table(page)
    assert shown["Max pooling"][:2] == ["100 %", "4 of 4"]
    assert shown["Average pooling"][:2] == ["100 %", "4 of 4"]
    button(page, "In order again").click()
    np.testing.assert_array_equal(numbers(page, "none", "after"), LECTURE_MAPS[..., 0])
    page.get_by_label("Move the largest of this window to row 1, column 0").click()
    moved = numbers(page, "none", "after")
    assert (moved[1, 0], moved[0, 0]) == (3, -3)  # they changed places
    assert table(page)["Max pooling"][:2] == ["100 %", "4 of 4"]
    assert table(page)["Subsampling"][:2] == ["75.0 %", "3 of 4"]
    button(page, "1").first.click()  # stride 1: windows overlap
    expect(page.locator(".panel")).to_contain_text("a cell belongs to several")
    expect(button(page, "Shuffle within windows")).to_be_disabled()


# What a shift changes


def test_a_shift_by_one_changes_outputs_a_shift_by_the_stride_moves_them(visit):
    page = visit("/pooling?pool_view=shift")
    maps = LECTURE_MAPS[..., 0]
    for _ in range(2):  # right by 1, then down by 1 as well
        by = page.locator("[data-shift]").get_attribute("data-shift")
        moved = shift(maps, *map(int, by.split(",")))
        np.testing.assert_array_equal(numbers(page, "none", "after"), moved)
        shown = table(page)
        assert shown["No pooling"][1] == f"{(moved == maps).sum()} of 16"
        for method, name in {"max": "Max pooling", "average": "Average pooling"}.items():
            change = POOLS[method](moved) - POOLS[method](maps)
            np.testing.assert_array_equal(numbers(page, method, "difference"), change.round(2))
            assert shown[name][1] == f"{(change == 0).sum()} of 4"
            assert float(shown[name][2]) == pytest.approx(np.abs(change).mean(), abs=0.006)
            ratio = np.abs(change).mean() / np.abs(moved - maps).mean()
            assert shown[name][3] == f"{100 * ratio:.0f} %"
        expect(page.locator(".panel")).to_contain_text("only approximately shift-invariant")
        page.get_by_role("button", name="Down by one").press("ArrowDown")
    expect(page).to_have_url(re.compile("maps_down=2"))
    button(page, "By the stride (2)").click()
    expect(page.locator(".panel")).to_contain_text("whole cells, 1 to the right")
    expect(page.locator(".panel")).to_contain_text("6 of 6 outputs")
    expect(page.locator(".frame.window")).to_have_count(6)  # three ways, before and after
    for stage, column in {"before": "1", "after": "2"}.items():
        frame = page.locator(f'.numbers[data-stage="{stage}"][data-method="max"] .frame')
        expect(frame).to_have_css("grid-column-start", column)
    np.testing.assert_array_equal(
        numbers(page, "max", "after")[:, 1:], numbers(page, "max", "before")[:, :-1]
    )


# Photographs


def test_a_photographs_numbers(visit):
    page = visit("/pooling?pool_on=picture&pool_view=shift&picture_size=8&picture_down=-3")
    image = bundled_in(DEFAULT_PICTURE, BOX).astype("float64")
    moved = shift(image, 1, -3)
    shown = table(page)
    for method, name in {"max": "Max pooling", "average": "Average pooling"}.items():
        change = POOLS[method](moved, 8) - POOLS[method](image, 8)
        assert shown[name][1] == f"{(change == 0).sum():,} of {change.size:,}"
        assert float(shown[name][2]) == pytest.approx(np.abs(change).mean(), rel=0.006)
    button(page, "Detail lost").click()
    lost = enlarged(average_pool(image, 8), 8, 8, *image.shape[:2]) - image
    assert float(table(page)["Average pooling"][0]) == pytest.approx(np.abs(lost).mean(), rel=0.006)
    button(page, "Position lost").click()
    assert table(page)["Max pooling"][0] == "100 %"
    assert table(page)["Subsampling"][0] != "100 %"
    button(page, "Window by window").click()
    button(page, "Grey").click()
    sheet = page.locator('.sheet[data-method="max"]')
    box = sheet.bounding_box()
    sheet.click(position={"x": 100.5 / 384 * box["width"], "y": 60.5 / 256 * box["height"]})
    expect(root(page)).to_have_attribute("data-window", "7,12,0")
    window = levels(image.astype("uint8"))[56:64, 96:104].astype(int)
    calculation = page.locator(".calculation")
    expect(calculation).to_contain_text(f"= {window.max()}")
    expect(calculation).to_contain_text(f"= {window.sum():,} / 64")
    page.keyboard.press("ArrowRight")
    expect(root(page)).to_have_attribute("data-window", "7,13,0")
    expect(page).to_have_url(re.compile("picture_grey=1"))


def test_pictures_are_drawn_as_they_are_pooled(visit):
    page = visit("/pooling?pool_on=picture&picture_size=7")
    image = bundled_in(DEFAULT_PICTURE, BOX)
    canvas = page.locator('.sheet[data-method="max"] canvas')
    png = canvas.evaluate("canvas => canvas.toDataURL().split(',')[1]")
    drawn = images.decode(base64.b64decode(png))
    pooled = max_pool(image, 7)
    height, width = 7 * pooled.shape[0], 7 * pooled.shape[1]
    np.testing.assert_array_equal(drawn[:height, :width], pooled.repeat(7, 0).repeat(7, 1))
    assert (drawn[height:, :, :1] == drawn[height:, :, 1:]).all()  # left out: grey


def test_a_photograph_is_sent_once(visit):
    """Settings travel to the server and back, the picture does not."""
    page = visit("/pooling")
    received = []

    def listen(socket) -> None:
        socket.on("framereceived", lambda data: received.append(len(data)))

    page.on("websocket", listen)
    page.goto(page.url + "?pool_on=picture")
    settled(page)
    expect(page.locator(".sheet").first).to_be_visible()
    assert max(received) > 300_000  # it came
    received.clear()
    page.get_by_role("button", name="Larger window").click()
    expect(page).to_have_url(re.compile("picture_size=5"))
    settled(page)
    assert received
    assert sum(received) < 100_000


def test_own_pictures_are_taken_or_refused_with_a_sentence(visit):
    page = visit("/pooling?pool_on=picture&picture_source=upload")
    expect(page.locator(".head").first).to_contain_text("Temple 256×384")
    page.get_by_text("Choose the photograph").click()

    def give(height: int, width: int) -> None:
        data = io.BytesIO()
        Image.fromarray(np.full((height, width, 3), 90, "uint8")).save(data, "PNG")
        page.locator('input[type="file"]').set_input_files(
            {"name": "own.png", "mimeType": "image/png", "buffer": data.getvalue()}
        )

    give(20, 600)
    expect(
        page.get_by_text("The picture has 600×20 pixels and becomes 384×13 here")
    ).to_be_visible()
    expect(page.locator(".head").first).to_contain_text("256×384")
    give(30, 40)
    expect(page.locator(".head").first).to_contain_text("your picture 30×40")


# Links, phones


def test_a_link_opens_the_same_state(visit):
    link = "/pooling?pool_view=shift&maps_size=3&maps_stride=1&maps_right=-2&maps_channel=1"
    page = visit(link)
    expect(page.locator("[data-shift]")).to_have_attribute("data-shift", "-2,0")
    maps = LECTURE_MAPS[..., 1]
    expected = max_pool(shift(maps, -2), 3, 1)
    np.testing.assert_array_equal(numbers(page, "max", "after", 1), expected)
    page.get_by_text("中文").click()
    expect(page.locator(".stage").first).to_have_text("变化前")
    np.testing.assert_array_equal(numbers(page, "max", "after", 1), expected)


def test_the_state_survives_another_page(visit):
    page = visit("/pooling")
    page.get_by_role("button", name="Larger window").click()
    expect(page).to_have_url(re.compile("maps_size=3"))
    page.get_by_role("link", name="cnnviz").first.click()
    expect(page.locator("h1")).to_have_text("cnnviz")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Pooling").click()
    expect(page.locator(".count")).to_have_attribute("data-size", "3")


def test_a_finger_chooses_windows(visit):
    page = visit("/pooling", viewport=PHONE, has_touch=True, is_mobile=True)
    output = page.locator('.numbers[data-method="max"][data-channel="0"] .cell').last
    output.tap()
    expect(root(page)).to_have_attribute("data-window", "1,1,0")
    small = page.locator(".pooling-root button, .pooling-root .windows .cell").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(b => b.width < 39 || b.height < 39)"
    )
    assert small == []
