"""A drawing becomes a digit as MNIST makes it: each step by hand, then the laws of the whole."""

import base64
import json
import tracemalloc
import zlib

import cv2
import numpy as np
import pytest

from cnnviz import ROOT, digits, mnist, network
from cnnviz.digits import SWITCHES, Box, prepare
from cnnviz.disturbance import Disturbance
from cnnviz.text import Refusal

ALL = frozenset(SWITCHES)


def sheet(paper, ink, alpha_paper=255) -> np.ndarray:
    """4×5 pixels with one of ink at row 1, column 2."""
    rgba = np.full((4, 5, 4), paper, np.uint8)
    rgba[..., 3] = alpha_paper
    rgba[1, 2] = (ink, ink, ink, 255)
    return rgba


def seven(scale: float = 2, left: int = 60, top: int = 60, pen: int = 24, side: int = 400):
    """Ink (side, side): a bar of 60 and a leg of 90 units, drawn with a round pen."""
    corners = np.array([[0, 0], [60, 0], [20, 90]]) * scale + [left, top]
    ink = np.zeros((side, side), np.uint8)
    cv2.polylines(ink, [corners.round().astype("int32")], False, 255, pen, cv2.LINE_AA)
    return ink.astype("float32") / 255


def on_canvas(ink: np.ndarray) -> np.ndarray:
    """Ink as the canvas sends it: opaque black strokes on nothing."""
    rgba = np.zeros((*ink.shape, 4), np.uint8)
    rgba[..., 3] = np.round(ink * 255)
    return rgba


def named(steps: list[digits.Step]) -> dict[str, np.ndarray]:
    return {step.name: step.picture for step in steps}


# --------------------------------------------------------------------- ink and paper


@pytest.mark.parametrize(
    "rgba",
    [
        sheet(0, ink=0, alpha_paper=0),  # black strokes on a see-through canvas
        sheet(0, ink=255, alpha_paper=0),  # white strokes on a see-through canvas
        sheet(255, ink=0),  # black on white paper
        sheet(0, ink=255),  # chalk on a black board
    ],
    ids=["clear, black", "clear, white", "paper", "board"],
)
def test_ink_is_what_differs_from_the_sheet(rgba):
    before = rgba.copy()
    expected = np.zeros((4, 5))
    expected[1, 2] = 1
    ink = digits.ink_of(rgba)
    np.testing.assert_allclose(ink, expected, atol=1e-6)
    assert ink.dtype == np.float32
    np.testing.assert_array_equal(rgba, before)


def test_half_covered_pixel_is_half_ink():
    rgba = sheet(0, ink=0, alpha_paper=0)
    rgba[1, 2, 3] = 51  # of 255: one fifth
    assert digits.ink_of(rgba)[1, 2] == pytest.approx(0.2)
    # on paper of brightness 1, a pixel of brightness 51/255 has taken away four fifths
    assert digits.ink_of(sheet(255, ink=51))[1, 2] == pytest.approx(0.8)


def test_grey_paper_is_paper():
    # |51 - 204| / 204 = 0.75 of the light of paper of brightness 204
    ink = digits.ink_of(sheet(204, ink=51))
    assert ink[1, 2] == pytest.approx(0.75)
    assert ink[0, 0] == 0


@pytest.mark.parametrize(
    ("rgba", "received"),
    [
        (np.zeros((4, 5, 3), np.uint8), r"\(4, 5, 3\) of uint8"),
        (np.zeros((4, 5), np.uint8), r"\(4, 5\) of uint8"),
        (np.zeros((4, 5, 4), np.float32), r"\(4, 5, 4\) of float32"),
    ],
)
def test_other_pictures_are_refused(rgba, received):
    with pytest.raises(ValueError, match=received + r"\. Convert it with"):
        digits.ink_of(rgba)


# --------------------------------------------------------------------- box, mass, stroke


def test_box_is_the_smallest_around_all_ink():
    ink = np.zeros((6, 8), np.float32)
    ink[2, 3] = ink[4, 6] = 1
    ink[0, 0] = 0.05  # noise of the picture, not of the pen
    assert digits.bounding_box(ink) == Box(top=2, left=3, bottom=5, right=7)


def test_empty_sheet_has_no_box():
    assert digits.bounding_box(np.zeros((6, 8), np.float32)) is None


@pytest.mark.parametrize(
    ("ink", "expected"),
    [
        ([[1]], (0.5, 0.5)),  # the middle of the only pixel
        ([[1, 1], [1, 1]], (1, 1)),  # the corner where four meet
        ([[3, 1]], (0.5, 0.75)),  # (3 · 0.5 + 1 · 1.5) / 4
        ([[0, 0], [0, 0.5]], (1.5, 1.5)),
    ],
)
def test_centre_of_mass_by_hand(ink, expected):
    assert digits.centre_of_mass(np.array(ink, np.float32)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (3, 3),  # distances to the paper 1 2 1: twice 2, less 1
        (5, 5),  # 1 2 3 2 1
        (8, 7),  # 1 2 3 4 4 3 2 1: the middle lies between two pixels
        (12, 11),
    ],
)
def test_stroke_width_of_a_bar(width, expected):
    """The bar is 400 long, so its two ends count little."""
    bar = np.zeros((440, 60), np.float32)
    bar[20:420, 20 : 20 + width] = 1
    assert digits.stroke_width(bar) == pytest.approx(expected, rel=0.02)


def test_no_ink_has_no_width():
    assert digits.stroke_width(np.zeros((20, 20), np.float32)) == 0


@pytest.mark.parametrize("pen", [4, 6, 10, 18, 24, 30])
def test_every_pen_gets_the_width_of_mnist(pen):
    """As in MNIST, but for whole pixels at the size at which the line is worked on."""
    target = digits.STROKE_WIDTH * digits.WORKING / digits.BOX
    worked_on = named(prepare(seven(pen=pen)))["thickness"]
    assert digits.stroke_width(worked_on) == pytest.approx(target, rel=0.15)


@pytest.mark.parametrize(
    ("end", "pen"), [((120, 120), 18), ((122, 121), 18), ((120, 120), 120)], ids=str
)
def test_beginning_of_a_stroke_is_prepared_at_once(end, pen, monkeypatch):
    """A tap, a stroke of 2 pixels, a blot. No line is wider than its ink, nor is its margin."""
    pad = np.pad

    def bounded_pad(array, width, *arguments, **options):
        assert width <= digits.WORKING, f"a margin of {width} pixels takes minutes and gigabytes"
        return pad(array, width, *arguments, **options)

    ink = np.zeros((240, 240), np.uint8)
    cv2.line(ink, (120, 120), end, 255, pen, cv2.LINE_AA)
    monkeypatch.setattr(np, "pad", bounded_pad)
    assert prepare(ink / np.float32(255))[-1].picture.shape == (28, 28)


def test_constants_are_those_of_the_training_digits():
    """What LeCun's recipe leaves open, measured: where the mass lies, how wide the line is."""
    images = mnist.training().images.astype("float32") / 255
    masses = [digits.centre_of_mass(image) for image in images]
    np.testing.assert_allclose(np.mean(masses, axis=0), digits.CENTRE, atol=0.01)

    widths = []
    for image in images[::9]:
        box = digits.bounding_box(image)
        digit = image[box.top : box.bottom, box.left : box.right]
        enlarged = digits.resized(digit, digits.WORKING / max(digit.shape))
        widths.append(digits.stroke_width(enlarged) * digits.BOX / digits.WORKING)
    assert np.mean(widths) == pytest.approx(digits.STROKE_WIDTH, abs=0.01)


# --------------------------------------------------------------------- the steps


def test_steps_in_order():
    steps = prepare(seven())
    assert [step.name for step in steps] == [
        "drawing",
        "polarity",
        "crop",
        "thickness",
        "scale",
        "centre",
    ]
    shapes = {name: picture.shape for name, picture in named(steps).items()}
    assert shapes["drawing"] == shapes["polarity"] == (400, 400)
    assert max(shapes["scale"]) == 20
    assert shapes["centre"] == (28, 28)
    for step in steps:
        assert step.picture.dtype == np.float32
        assert step.picture.min() >= 0
        assert step.picture.max() <= 1.000001


def test_paper_is_bright_in_the_drawing_and_dark_for_the_network():
    pictures = named(prepare(seven()))
    np.testing.assert_array_equal(pictures["drawing"], 1 - seven())
    np.testing.assert_array_equal(pictures["polarity"], seven())


def test_crop_is_the_ink_alone():
    ink = seven()
    box = digits.bounding_box(ink)
    np.testing.assert_array_equal(
        named(prepare(ink))["crop"], ink[box.top : box.bottom, box.left : box.right]
    )


@pytest.mark.parametrize(
    ("left", "top", "scale", "pen"),
    [(60, 60, 2, 24), (20, 20, 0.5, 6), (250, 130, 2, 24), (100, 30, 3.5, 10), (150, 150, 1, 30)],
)
def test_ink_fills_20_pixels_and_its_mass_lies_in_the_middle(left, top, scale, pen):
    """By whole pixels: half a pixel from 14.5 at most, and what rounding to 256 greys adds.

    (A blob with nearly all its ink at the top would leave the field: it is pushed back.)
    """
    digit = prepare(seven(scale, left, top, pen))[-1].picture
    assert digits.centre_of_mass(digit) == pytest.approx((14.5, 14.5), abs=0.52)
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (19, 20)


@pytest.mark.parametrize(("left", "top"), [(20, 30), (200, 60), (121, 187)])
def test_place_on_the_sheet_does_not_matter(left, top):
    here, there = (
        digits.to_mnist(on_canvas(seven(left=x, top=y))) for x, y in [(60, 60), (left, top)]
    )
    np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize("factor", [2, 3])
def test_size_on_the_sheet_does_not_matter(factor):
    """Each pixel becomes 2×2 or 3×3 of the same ink: the digit stays what it was."""
    rgba = on_canvas(seven())
    larger = rgba.repeat(factor, axis=0).repeat(factor, axis=1)
    np.testing.assert_allclose(digits.to_mnist(larger), digits.to_mnist(rgba), atol=1 / 255)


def test_colours_of_the_sheet_do_not_matter():
    """Black on white paper, chalk on a board, strokes on a see-through canvas."""
    level = np.round(seven() * 255).astype("uint8")
    board = np.dstack([level, level, level, np.full_like(level, 255)])
    paper = board.copy()
    paper[..., :3] = 255 - level[..., np.newaxis]
    canvas = digits.to_mnist(on_canvas(seven()))
    np.testing.assert_allclose(digits.to_mnist(paper), canvas, atol=1.01 / 255)
    np.testing.assert_allclose(digits.to_mnist(board), canvas, atol=1.01 / 255)


def test_empty_sheet_gives_an_empty_field():
    assert prepare(np.zeros((240, 240), np.float32)) == []
    for rgba in (on_canvas(np.zeros((240, 240))), np.full((240, 240, 4), 255, np.uint8)):
        np.testing.assert_array_equal(digits.to_mnist(rgba), np.zeros((28, 28)))


def test_ink_is_not_changed():
    ink = seven()
    prepare(ink)
    np.testing.assert_array_equal(ink, seven())


# --------------------------------------------------------------------- steps switched off


def test_without_polarity_ink_stays_dark():
    dark, bright = prepare(seven(), ALL - {"polarity"}), prepare(seven())
    np.testing.assert_array_equal(named(dark)["drawing"], named(bright)["drawing"])
    for name in ("polarity", "crop", "thickness", "scale", "centre"):
        np.testing.assert_allclose(named(dark)[name], 1 - named(bright)[name], atol=1e-6)


def test_without_thickness_the_line_keeps_the_pens_width():
    """A pen of 6 on a figure of 186 is 0.6 of 20 pixels; MNIST's is 2.63."""
    thin = prepare(seven(pen=6), ALL - {"thickness"})
    assert "thickness" not in named(thin)
    assert named(thin)["centre"].sum() < 0.5 * prepare(seven(pen=6))[-1].picture.sum()


def test_without_scale_small_writing_stays_small():
    """A figure of 45 + pen 24 = 69 on a sheet of 400 becomes 69 · 28 / 400 = 4.8 pixels high."""
    small = prepare(seven(scale=0.5), ALL - {"scale"})
    rows = np.flatnonzero(small[-1].picture.any(axis=1))
    assert np.ptp(rows) + 1 in (5, 6)
    assert max(named(small)["scale"].shape) == 5


def test_without_centre_the_digit_stays_where_it_was_drawn():
    """Drawn in the lower right quarter, rows 230 to 340 of 400: around 285 · 28 / 400 = 20."""
    ink = seven(scale=1, left=280, top=240, pen=20)
    box = digits.bounding_box(ink)
    digit = prepare(ink, frozenset({"polarity"}))[-1].picture
    found = digits.bounding_box(digit)
    middle = ((box.top + box.bottom) / 2 * 28 / 400, (box.left + box.right) / 2 * 28 / 400)
    assert ((found.top + found.bottom) / 2, (found.left + found.right) / 2) == pytest.approx(
        middle, abs=1
    )
    centred = prepare(ink, frozenset({"polarity", "centre"}))[-1].picture
    assert digits.centre_of_mass(centred) == pytest.approx((14.5, 14.5), abs=0.52)


def test_whole_digit_stays_on_the_field_at_the_edge():
    """20 pixels placed at the lower right corner would end outside; they are pushed back."""
    ink = np.zeros((400, 400), np.float32)
    ink[300:, 340:360] = 1
    digit = prepare(ink, ALL - {"centre", "thickness"})[-1].picture
    assert np.flatnonzero(digit.any(axis=1)).tolist() == list(range(8, 28))


@pytest.mark.parametrize("shape", [(1, 900), (900, 1), (3, 2000), (30, 60)])
@pytest.mark.parametrize("off", [frozenset(), ALL])
def test_any_shape_of_ink_gives_a_field(shape, off):
    ink = np.pad(np.ones(shape, np.float32), 10)
    digit = prepare(ink, ALL - off)[-1].picture
    assert digit.shape == (28, 28)
    assert 0 <= digit.min() <= digit.max() <= 1
    assert np.ptp(digit) > 0


# --------------------------------------------------------------------- read again


def test_mnist_on_a_sheet_of_paper_is_read_as_before(unseen):
    """100 unseen digits, ten times as large, in ink on white paper: 97 are read right."""
    fields, truths = [], unseen.labels[::10]
    for index, image in enumerate(unseen.images[::10]):
        large = cv2.resize(image, (280, 280), interpolation=cv2.INTER_CUBIC)
        paper = np.full((400, 500, 4), 255, np.uint8)
        top, left = 7 * index % 120, 13 * index % 220
        level = np.clip(255 * (1 - large), 0, 255).astype("uint8")
        paper[top : top + 280, left : left + 280, :3] = level[..., np.newaxis]
        fields.append(digits.to_mnist(paper))
    read = network.logits("mnist_cnn", np.stack(fields)[..., np.newaxis]).argmax(axis=1)
    assert (read == truths).sum() >= 97


@pytest.mark.parametrize("pen", [4, 18, 40])
@pytest.mark.parametrize("model", ["mnist_cnn", "mnist_dense"])
def test_strokes_of_four_hands_are_read(pen, model):
    """Ten digits each, with the thinnest, the usual and the thickest pen: 39 of 40 are right."""
    hands = json.loads((ROOT / "tests" / "data" / "strokes.json").read_text())["hands"]
    fields, truths = [], []
    for drawn in hands.values():
        for digit, strokes in drawn.items():
            ink = np.zeros((240, 240), np.uint8)
            for stroke in strokes:
                cv2.polylines(ink, [np.array(stroke, np.int32)], False, 255, pen, cv2.LINE_AA)
            fields.append(digits.to_mnist(on_canvas(ink / 255)))
            truths.append(int(digit))
    read = network.logits(model, np.stack(fields)[..., np.newaxis]).argmax(axis=1)
    assert len(truths) == 40
    assert (read == truths).sum() >= 39


def test_prediction_is_ten_probabilities(unseen):
    for model in ("mnist_cnn", "mnist_dense"):
        probabilities = digits.predict(unseen.images[417], model)
        assert probabilities.shape == (10,)
        assert probabilities.sum() == pytest.approx(1)
        expected = digits.softmax(digits.logits(unseen.images[417], model))
        np.testing.assert_array_equal(probabilities, expected)
        assert probabilities.argmax() == unseen.labels[417]


@pytest.mark.parametrize("shape", [(28, 28, 1), (1, 28, 28), (27, 28), (784,)])
def test_prediction_refuses_other_shapes(shape):
    with pytest.raises(ValueError, match=r"Expected a picture \(28, 28\), got"):
        digits.predict(np.zeros(shape, np.float32))


def test_readings_while_moving(unseen):
    """The row of a shift is what the network reads of the shifted digit alone."""
    image = unseen.images[417]
    readings = digits.readings_while_moving(image, range(-1, 5))
    assert set(readings) == {"mnist_cnn", "mnist_dense"}
    for model, rows in readings.items():
        assert rows.shape == (6, 10)
        np.testing.assert_allclose(rows.sum(axis=1), np.ones(6), rtol=1e-6)
        np.testing.assert_allclose(rows[1], digits.predict(image, model), atol=1e-6)
        moved = Disturbance(right=4).apply(image)
        np.testing.assert_allclose(rows[5], digits.predict(moved, model), atol=1e-6)


# --------------------------------------------------------------------- the code in a link


@pytest.mark.parametrize("number", range(0, 1000, 37))
def test_code_carries_the_exact_digit(number, unseen):
    image = unseen.images[number]
    code = digits.to_code(image)
    assert code.isascii()
    assert not set(code) & set("+/=&?#%")  # as it stands in a link
    np.testing.assert_array_equal(digits.from_code(code), image)


def test_code_carries_a_prepared_drawing_exactly():
    drawn = prepare(seven())[-1].picture
    np.testing.assert_array_equal(digits.from_code(digits.to_code(drawn)), drawn)


def test_code_carries_a_drawing_of_dark_ink_exactly():
    drawn = prepare(seven(), ALL - {"polarity"})[-1].picture
    np.testing.assert_array_equal(digits.from_code(digits.to_code(drawn)), drawn)


def test_longest_code_fits():
    """784 levels of pure noise cannot be deflated: (784 + 11) · 4/3 = 1,060 characters."""
    noise = np.random.default_rng(0).integers(0, 256, (28, 28)) / np.float32(255)
    code = digits.to_code(noise)
    assert len(code) == 1_060
    np.testing.assert_array_equal(digits.from_code(code), noise.astype("float32"))


def coded(levels: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(levels, 9)).decode().rstrip("=")


BAD_CODES = {
    "empty": "",
    "word": "digit",
    "other alphabet": "数字",
    "signs": "!?&%" * 20,
    "too long": "A" * 1_000_000,
    "one level too few": coded(bytes(783)),
    "one level too many": coded(bytes(785)),
    "cut in half": coded(bytes(range(256)) * 3 + bytes(16))[:200],
    "no zlib": base64.urlsafe_b64encode(bytes(784)).decode(),
    "a thousand digits": coded(bytes(784_000)),
}


@pytest.mark.parametrize("name", BAD_CODES)
def test_other_codes_are_refused(name):
    code = BAD_CODES[name]
    with pytest.raises(Refusal) as refusal:
        digits.from_code(code)
    assert refusal.value.key == "digits.refused.code"
    assert str(len(code)) in str(refusal.value)


def test_changed_letter_is_refused(unseen):
    """Deflated data carries a checksum."""
    code = digits.to_code(unseen.images[417])
    other = "A" if code[100] != "A" else "B"
    with pytest.raises(Refusal):
        digits.from_code(code[:100] + other + code[101:])


@pytest.mark.parametrize("size", [1_500_000, 100_000_000])
def test_bomb_is_refused_before_it_inflates(size):
    """100 MB of zeros are 97 kB of deflated data, 1.5 MB fit into 2,000 characters."""
    code = coded(bytes(size))
    tracemalloc.start()
    with pytest.raises(Refusal):
        digits.from_code(code)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300_000
