"""One digit is found on paper under any light, and nothing is found where there is none."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from cnnviz import ASSETS, digits, images, network, photograph
from cnnviz.text import LANGUAGES, Refusal

HEIGHT, WIDTH = 480, 640
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH] / np.array([[[HEIGHT]], [[WIDTH]]])  # 0…1 downwards


def grey(levels) -> np.ndarray:
    """(H, W) in 0…1 → (H, W, 3) uint8."""
    level = np.round(np.clip(levels, 0, 1) * 255).astype("uint8")
    return np.repeat(level[..., np.newaxis], 3, axis=2)


def on_paper(image: np.ndarray, seed: int) -> np.ndarray:
    """A digit in ink that takes 80 % of the light, on paper lit from one side, noisy, as a JPEG."""
    random = np.random.default_rng(seed)
    side = int(28 * random.uniform(7, 12))
    ink = np.zeros((HEIGHT, WIDTH))
    top, left = random.integers(5, HEIGHT - side - 5), random.integers(5, WIDTH - side - 5)
    enlarged = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
    ink[top : top + side, left : left + side] = np.clip(enlarged, 0, 1)
    downwards, rightwards = random.uniform(-0.25, 0.25, 2)
    light = 0.8 + downwards * (ROWS - 0.5) + rightwards * (COLUMNS - 0.5)
    noise = random.normal(0, 0.02, (HEIGHT, WIDTH))
    file = BytesIO()
    Image.fromarray(grey(light * (1 - 0.8 * ink) + noise)).save(file, "JPEG", quality=75)
    return images.decode(file.getvalue())


def read(ink: np.ndarray) -> int:
    return int(digits.predict(digits.prepare(ink)[-1].picture).argmax())


# --------------------------------------------------------------------- what is found


def test_digits_on_paper_are_found_and_read(unseen):
    """30 of the 1,000 unseen digits, three of each class: 27 at least come back as themselves."""
    right = 0
    for seed, number in enumerate(range(17, 1000, 33)):
        picture = on_paper(unseen.images[number], seed)
        before = picture.copy()
        try:
            found = photograph.find_digit(picture)
        except Refusal:
            continue
        finally:
            np.testing.assert_array_equal(picture, before)
        right += read(found.ink) == unseen.labels[number]
    assert seed == 29
    assert right >= 27


def test_example_photograph_is_a_five():
    picture = images.decode((ASSETS / "images" / "digit_photo.jpg").read_bytes())
    before = picture.copy()
    found = photograph.find_digit(picture)
    assert read(found.ink) == 5
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("model", ["mnist_cnn", "mnist_dense"])
def test_both_networks_read_the_example(model):
    picture = images.decode((ASSETS / "images" / "digit_photo.jpg").read_bytes())
    digit = digits.prepare(photograph.find_digit(picture).ink)[-1].picture
    assert network.logits(model, digit[np.newaxis, ..., np.newaxis]).argmax() == 5


def bar(top=100, left=200, height=160, width=16, ink=0.1) -> np.ndarray:
    """A 1 as children draw it, on paper of brightness 0.9."""
    levels = np.full((400, 600), 0.9)
    levels[top : top + height, left : left + width] = ink
    return levels


def test_box_lies_around_the_digit_with_a_margin():
    """The bar covers rows 100 to 259, columns 200 to 215; the margin is a fifth of 160."""
    found = photograph.find_digit(grey(bar()))
    assert found.photograph.shape == (400, 600, 3)
    box = found.box
    assert (box.top, box.bottom) == pytest.approx((100 - 32, 260 + 32), abs=2)
    assert (box.left, box.right) == pytest.approx((200 - 32, 216 + 32), abs=2)
    assert found.ink.shape == (box.bottom - box.top, box.right - box.left)
    assert found.ink.dtype == np.float32
    assert found.ink.min() == 0
    assert found.ink.max() == 1
    # ink where the bar is, paper where it is not: 160·16 of the box's pixels, and a soft edge
    assert found.ink.sum() == pytest.approx(160 * 16, rel=0.1)


def test_large_photographs_are_searched_at_640_pixels():
    """Four times as large: the same digit at the same place, in the picture that is shown."""
    large = grey(bar()).repeat(4, axis=0).repeat(4, axis=1)
    found = photograph.find_digit(large)
    assert found.photograph.shape == (427, 640, 3)  # 1600 · 640 / 2400 = 426.7
    box = found.box
    assert (box.top + box.bottom) / 2 == pytest.approx(180 * 640 / 600, abs=2)
    assert (box.left + box.right) / 2 == pytest.approx(208 * 640 / 600, abs=2)


def test_brightness_of_the_paper_does_not_matter():
    """Half the light on paper and ink alike: the share of light that is missing stays."""
    bright, dim = (photograph.find_digit(grey(light * bar())) for light in (1, 0.5))
    assert bright.box == dim.box
    np.testing.assert_allclose(bright.ink, dim.ink, atol=0.05)


def test_two_strokes_that_lie_close_are_one_digit():
    """A 5 written with its roof apart."""
    levels = bar(top=140)
    levels[116:132, 195:240] = 0.1
    found = photograph.find_digit(grey(levels))
    assert found.ink.sum() == pytest.approx(160 * 16 + 16 * 45, rel=0.15)


def test_roof_may_reach_beyond_the_margin():
    """The margin ends 32 pixels right of the bar, this roof 34 pixels right of it."""
    levels = bar(top=140)
    levels[110:126, 190:250] = 0.1
    assert photograph.find_digit(grey(levels)).figures == 1  # one figure of two strokes


def test_a_second_figure_beside_it_is_counted():
    levels = bar()
    levels[:, 400:] = np.minimum(levels[:, 400:], np.roll(bar(), 230, axis=1)[:, 400:])
    assert photograph.find_digit(grey(levels)).figures == 2


def test_a_small_blot_far_away_is_left_out():
    levels = bar()
    levels[350:356, 520:526] = 0.1
    np.testing.assert_array_equal(
        photograph.find_digit(grey(levels)).ink, photograph.find_digit(grey(bar())).ink
    )


# --------------------------------------------------------------------- what is refused


def written(shape: tuple[int, int], lines: dict[tuple[int, int], str], size: float, pen: int):
    """Words at (x, y) in dark ink on bright paper."""
    sheet = np.full(shape, 230, np.uint8)
    for place, words in lines.items():
        cv2.putText(sheet, words, place, cv2.FONT_HERSHEY_SIMPLEX, size, 25, pen)
    return sheet / 255


def sevens(count: int) -> np.ndarray:
    return written((300, 600), {(20 + 95 * at, 200): "7" for at in range(count)}, 3, 8)


def squares(side: int) -> np.ndarray:
    rows, columns = np.indices((300, 400)) // side
    return (rows + columns) % 2


def disc() -> np.ndarray:
    rows, columns = np.indices((300, 400))
    return np.where((rows - 150) ** 2 + (columns - 200) ** 2 < 70**2, 0.1, 0.9)


NOISE = np.random.default_rng(0).random((300, 400))
TEXT = written((300, 400), {(20, y): "the quick brown fox" for y in range(30, 300, 34)}, 1, 2)
REFUSED = {
    "blank sheet": (np.full((300, 400), 0.9), "faint"),
    "faint pencil": (bar(ink=0.75), "faint"),  # 1 - 0.75/0.9 = 17 % of the light is missing
    "one pixel": (np.full((1, 1), 0.5), "faint"),
    "ribbon of 5×2000": (NOISE.reshape(-1)[:10_000].reshape(5, 2000), "faint"),
    "ribbon of 2000×5": (NOISE.reshape(-1)[:10_000].reshape(2000, 5), "faint"),
    "19 pixels": (NOISE[:19, :19], "faint"),
    "all black": (np.zeros((300, 400)), "no_digit"),
    "black to white": (np.tile(np.linspace(0, 1, 400), (300, 1)), "no_digit"),
    "chess board": (squares(25), "no_digit"),
    "fine chess board": (squares(4), "no_digit"),
    "solid disc": (disc(), "no_digit"),
    "digit cut by the edge": (bar(top=0, height=200), "no_digit"),
    "wide dash": (bar(height=16, width=160), "no_digit"),
    "small blot": (bar(height=25, width=25), "no_digit"),
    "page of text": (TEXT, "no_digit"),
    "noise": (NOISE, "many"),
    "six sevens": (sevens(6), "many"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_no_digit_is_refused_with_a_sentence(name):
    levels, key = REFUSED[name]
    picture = grey(levels)
    before = picture.copy()
    with pytest.raises(Refusal) as refusal:
        photograph.find_digit(picture)
    assert refusal.value.key == f"digits.refused.{key}"
    for language in LANGUAGES:
        sentence = refusal.value.sentence(language)
        assert "{" not in sentence
        if key != "many":
            assert f"{picture.shape[1]}×{picture.shape[0]}" in sentence  # width × height
    np.testing.assert_array_equal(picture, before)


def test_figures_are_counted():
    with pytest.raises(Refusal, match="at least 6 dark figures"):
        photograph.find_digit(grey(sevens(6)))


def test_one_of_few_figures_is_taken():
    """Up to five may be a number or a doodle beside the digit; the largest is read."""
    assert read(photograph.find_digit(grey(sevens(2))).ink) == 7


PICTURES = sorted(
    path
    for path in (ASSETS / "images").iterdir()
    if path.suffix in (".jpg", ".png", ".webp") and path.stem != "digit_photo"
)


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_no_digit_is_found_on_other_bundled_pictures(path):
    with pytest.raises(Refusal):
        photograph.find_digit(images.decode(path.read_bytes()))


# --------------------------------------------------------------------- a pen on paper


def test_line_of_one_width_is_a_pens():
    """A wedge from 4 to 40 pixels is none."""
    rows, columns = np.indices((200, 80))
    line = (np.abs(columns - 40) < 6) & (rows > 20) & (rows < 180)
    wedge = (np.abs(columns - 40) < 2 + (rows - 20) / 9) & (rows > 20) & (rows < 180)
    ground = np.full((200, 80), 0.8, np.float32)
    assert photograph._is_pen_on_paper(line.astype("float32"), ground)
    assert not photograph._is_pen_on_paper(wedge.astype("float32"), ground)


def test_ground_of_one_brightness_is_paper():
    """Standard deviation over mean: 0 for one brightness; 0.2/0.6 for half 0.8 and half 0.4."""
    rows, columns = np.indices((200, 80))
    line = ((np.abs(columns - 40) < 6) & (rows > 20) & (rows < 180)).astype("float32")
    halves = np.where(columns < 40, 0.8, 0.4).astype("float32")
    assert not photograph._is_pen_on_paper(line, halves)
    assert photograph._is_pen_on_paper(line, np.full((200, 80), 0.4, np.float32))
