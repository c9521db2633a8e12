"""Classic kernels, Sobel's gradient, repeated blurs and learned kernels: by hand, and by OpenCV."""

import base64
import io
import json
import re
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from cnnviz import edges, kernels, learned_kernels, pictures
from cnnviz.convolution import convolve
from cnnviz.figures.colours import CYCLIC, rgb
from cnnviz.kernels import KERNELS, cosine, from_code, repeated, spread
from cnnviz.text import LANGUAGES, catalogue, text
from cnnviz.ui import kernel_lab
from cnnviz.ui.warmup import warm_up
from tests.test_code import filled_in, output_of
from tests.test_pages import again, shown_by, visit


@pytest.fixture(autouse=True, scope="module")
def _networks_are_loaded():
    warm_up.start()
    assert warm_up.done.wait(60)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A bundled photograph as the lesson works on it, (240, 360, 3) uint8."""
    return kernel_lab._bundled("coffee").image


# --------------------------------------------------------------------- kernels on a picture


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=lambda kernel: kernel.key)
def test_every_classic_kernel_gives_what_opencv_gives(kernel, photo):
    """filter2D is a cross-correlation, too; away from the border it needs no padding."""
    picture = edges.levels(photo).astype(float)
    rim = len(kernel.rows) // 2
    theirs = cv2.filter2D(picture, cv2.CV_64F, kernel.values)[rim:-rim, rim:-rim]
    np.testing.assert_allclose(convolve(picture, kernel.values)[..., 0], theirs, atol=1e-9)


def test_sobel_finds_the_four_directions_by_turning():
    """Gy is Gx laid on its side; the other two are half turns between them."""
    x, y, top_left, top_right = (
        KERNELS[f"sobel_{name}"].values for name in ("x", "y", "top_left", "top_right")
    )
    np.testing.assert_array_equal(y, x.T)
    np.testing.assert_array_equal(top_right, top_left[:, ::-1])
    # Each ring of eight weights is the next one moved on by one place.
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    around = {name: [k[at] for at in ring] for name, k in (("y", y), ("right", top_right))}
    assert around["right"] == np.roll(around["y"], 1).tolist()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kernel_has_a_short_name_and_a_sentence(language):
    for key in KERNELS:
        assert len(text(language, f"kernels.names.{key}")) <= 9
        assert text(language, f"kernels.about.{key}")


# --------------------------------------------------------------------- grey levels


def test_grey_is_a_weighted_sum_rounded_to_a_whole_level():
    # 0.299·10 + 0.587·200 + 0.114·30 = 2.99 + 117.4 + 3.42 = 123.81
    pixel = np.array([[[10, 200, 30]]], "uint8")
    assert edges.levels(pixel)[0, 0] == 124
    # 0.299·51 + 0.587·21 + 0.114·166 = 46.5: halves are rounded up
    assert edges.levels(np.array([[[51, 21, 166]]], "uint8"))[0, 0] == 47
    assert [edges.levels(pixel, name)[0, 0] for name in ("red", "green", "blue")] == [10, 200, 30]


def test_grey_is_within_one_level_of_opencv(photo):
    """Which rounds its weights to 14 bits first."""
    theirs = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(int)
    assert np.abs(edges.levels(photo).astype(int) - theirs).max() <= 1


# --------------------------------------------------------------------- Sobel's gradient


@pytest.mark.parametrize(
    ("patch", "x", "y", "direction"),
    [  # brighter towards …
        ([[0, 0, 9], [0, 0, 9], [0, 0, 9]], -36, 0, 0),  # the right
        ([[0, 9, 9], [0, 0, 9], [0, 0, 0]], -27, 27, 45),
        ([[9, 9, 9], [0, 0, 0], [0, 0, 0]], 0, 36, 90),  # the top
        ([[9, 9, 0], [9, 0, 0], [0, 0, 0]], 27, 27, 135),
        ([[9, 0, 0], [9, 0, 0], [9, 0, 0]], 36, 0, 180),  # the left
        ([[0, 0, 0], [9, 0, 0], [9, 9, 0]], 27, -27, -135),
        ([[0, 0, 0], [0, 0, 0], [9, 9, 9]], 0, -36, -90),  # the bottom
        ([[0, 0, 0], [0, 0, 9], [0, 9, 9]], -27, -27, -45),
    ],
)
def test_gradient_points_to_where_it_becomes_brighter(patch, x, y, direction):
    gradient = edges.gradient(np.array(patch))
    assert (gradient.x.item(), gradient.y.item()) == (x, y)
    assert gradient.magnitude.item() == pytest.approx((x * x + y * y) ** 0.5)
    assert gradient.direction.item() == pytest.approx(direction)


def test_even_ground_has_no_direction():
    gradient = edges.gradient(np.full((5, 6), 100))
    assert (gradient.magnitude == 0).all()
    assert np.isnan(gradient.direction).all()


def test_gradient_is_that_of_opencv(photo):
    """cv2.Sobel is right minus left and bottom minus top: both signs are turned."""
    picture = edges.levels(photo).astype(float)
    dx, dy = (cv2.Sobel(picture, cv2.CV_64F, *order)[1:-1, 1:-1] for order in ((1, 0), (0, 1)))
    gradient = edges.gradient(picture)
    np.testing.assert_allclose(gradient.x, -dx)
    np.testing.assert_allclose(gradient.y, -dy)
    magnitude, angle = cv2.cartToPolar(dx, -dy, angleInDegrees=True)  # rows run downwards
    np.testing.assert_allclose(gradient.magnitude, magnitude, rtol=1e-6)
    known = gradient.magnitude > 0
    turned = (gradient.direction - angle + 180)[known] % 360 - 180
    assert np.abs(turned).max() < 0.3  # OpenCV's own accuracy


def test_the_lesson_begins_at_the_steepest_pixel():
    """The corner pixel of a bright block: left minus right -610, top minus bottom -570."""
    picture = np.zeros((9, 12))
    picture[:, 7:] = 10
    picture[4:, 7:] = 200
    assert edges.steepest(picture) == (4, 7)
    assert edges.gradient(picture).magnitude.max() == pytest.approx((610**2 + 570**2) ** 0.5)


# --------------------------------------------------------------------- the same kernel repeated


def test_two_blurs_are_the_binomial_blur_of_five():
    """[1 2 1] passed through itself is [1 4 6 4 1]."""
    np.testing.assert_allclose(repeated(KERNELS["blur"], 2), KERNELS["blur_5"].values, atol=1e-15)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=lambda kernel: kernel.key)
def test_passing_once_is_the_kernel_itself(kernel):
    """To the last bit: no transform leaves a −0.0000000000000001 behind."""
    np.testing.assert_array_equal(repeated(kernel, 1), kernel.values)


@pytest.mark.parametrize("key", ["blur", "mean", "blur_5", "sobel_x", "emboss"])
def test_passing_several_times_is_passing_once_through_the_repeated_kernel(key, photo):
    picture = edges.levels(photo)[:60, :70].astype(float)
    result = picture
    for _ in range(3):
        result = convolve(result, KERNELS[key].values)[..., 0]
    once = convolve(picture, repeated(KERNELS[key], 3))[..., 0]
    np.testing.assert_allclose(result, once, atol=1e-9)


def test_standard_deviation_by_hand():
    # blur: 1/4·1² + 1/2·0² + 1/4·1² = 1/2;  mean: 1/3·1² + 1/3·0² + 1/3·1² = 2/3
    assert spread(KERNELS["blur"].values) == pytest.approx((0.5**0.5, 0.5**0.5))
    assert spread(KERNELS["mean"].values) == pytest.approx(((2 / 3) ** 0.5, (2 / 3) ** 0.5))
    assert spread(KERNELS["identity"].values) == (0, 0)
    # Three equal weights in a row spread to the right alone; where they lie does not count.
    row = np.array([[0, 0, 0, 0, 0], [0, 0, 2, 2, 2], *[[0] * 5] * 3])
    assert spread(row) == pytest.approx((0, (2 / 3) ** 0.5))


@pytest.mark.parametrize("key", ["blur", "mean", "blur_5"])
@pytest.mark.parametrize("times", [1, 2, 9, 50])
def test_standard_deviation_grows_with_the_root_of_the_passes(key, times):
    one = spread(KERNELS[key].values)
    assert spread(repeated(KERNELS[key], times)) == pytest.approx(np.sqrt(times) * np.array(one))


def test_repeated_blurs_become_gaussian():
    """OpenCV's Gaussian of the same standard deviation is closer after every doubling."""
    gaps = []
    for times in (1, 2, 4, 8, 16, 32):
        kernel = repeated(KERNELS["mean"], times)
        bell = cv2.getGaussianKernel(len(kernel), np.sqrt(times * 2 / 3))
        gaps.append(np.abs(kernel - bell @ bell.T).max() / kernel.max())
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < 0.02


@pytest.mark.parametrize("values", [KERNELS["edge"].values, np.zeros((3, 3))])
def test_weights_that_are_no_shares_have_no_standard_deviation(values):
    with pytest.raises(ValueError, match="none is negative"):
        spread(values)


def test_blurs_alone_are_repeated():
    blurs = {key for key, kernel in KERNELS.items() if kernels.is_blur(kernel)}
    assert blurs == {"identity", "blur", "mean", "blur_5"}
    assert not kernels.is_blur(from_code("1,2,1,2,4,2,1,2,1/15"))  # sums to 16/15


# --------------------------------------------------------------------- alike


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("sobel_x", "sobel_x", 1),
        ("sobel_x", "sobel_y", 0),  # 1·1 + 0·2 − 1·1 + … − 1·1 + 0·2 + 1·1 = 0
        ("sobel_x", "sobel_top_left", 8 / 12),  # (1·2 + 2·1 + 2·1 + 1·2) / (√12·√12)
        ("mean", "identity", 1 / 3),  # 1 / (√9·1)
        ("blur", "blur_5", 1 * (4 * 36 + 8 * 24 + 4 * 16) / (6 * 70)),  # laid into the middle
    ],
)
def test_cosine_by_hand(one, other, expected):
    a, b = KERNELS[one].values, KERNELS[other].values
    assert cosine(a, b) == pytest.approx(expected)
    assert cosine(b, -3 * a) == pytest.approx(-expected)  # strength does not count, the sign does


def test_kernel_of_zeros_resembles_nothing():
    assert cosine(np.zeros((3, 3)), KERNELS["sobel_x"].values) == 0


def test_learned_kernels_are_those_of_the_first_layer(cnn):
    weights, _ = cnn.get_layer("conv1").get_weights()
    learned = learned_kernels.of_network("learned")
    assert learned.shape == (32, 3, 3)
    np.testing.assert_array_equal(learned, weights[:, :, 0].transpose(2, 0, 1))
    random = learned_kernels.of_network("random")
    limit = (6 / (9 * 1 + 9 * 32)) ** 0.5  # Glorot and Bengio 2010, equation 16
    assert np.abs(random).max() <= limit
    assert random.std() == pytest.approx(limit / 3**0.5, rel=0.1)


def test_training_made_the_kernels_more_like_the_classic_ones():
    """Counted once more without the module's own functions."""
    small = [k.values.ravel() for k in KERNELS.values() if len(k.rows) == 3]
    classic = np.stack([values / np.linalg.norm(values) for values in small])
    large = KERNELS["blur_5"].values
    for state, expected in (("learned", 21), ("random", 4)):
        tiles = learned_kernels.of_network(state).reshape(32, 9).astype(float)
        tiles = tiles / np.linalg.norm(tiles, axis=1, keepdims=True)
        best = np.abs(tiles @ classic.T).max(axis=1)
        middle = large[1:-1, 1:-1].ravel() / np.linalg.norm(large)
        best = np.maximum(best, np.abs(tiles @ middle))
        assert (best >= 0.7).sum() == learned_kernels.resembling(state) == expected


@pytest.mark.parametrize(("language", "written"), [("en", "thirteen"), ("zh", "十三")])
def test_the_text_counts_the_classic_kernels(language, written):
    assert sum(len(kernel.rows) == 3 for kernel in KERNELS.values()) == 13
    assert written in catalogue(language)["kernels.misleads"]


# --------------------------------------------------------------------- kernels in a link


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("1,2,1,2,4,2,1,2,1/16", KERNELS["blur"].values),
        ("-2,-1,0,-1,1,1,0,1,2", KERNELS["emboss"].values),
        ("0,0,0,0,0.25,0,0,-1e-3,0/0.5", [[0, 0, 0], [0, 0.5, 0], [0, -0.002, 0]]),
        (",".join(["1"] * 25) + "/25", np.full((5, 5), 1 / 25)),
    ],
)
def test_kernel_in_a_link_is_read_row_by_row(code, values):
    """What the page writes is read in tests/browser/test_kernels.py."""
    np.testing.assert_array_equal(from_code(code).values, values)


@pytest.mark.parametrize(
    "code",
    [
        *("", "1", "1,2,3,4", "1,0,-1,2,0,-2,1,0", "a,b,c,d,e,f,g,h,i", "nan,0,0,0,0,0,0,0,0"),
        *("0,0,0,0,1e4,0,0,0,0", "0,0,0,0,1,0,0,0,0/0", "0,0,0,0,1,0,0,0,0/-2", "1," * 500),
        *("0,0,0,0,1,0,0,0,0/nan", "0,0,0,0,1,0,0,0,0/1/2", ",".join("1" * 16)),
    ],
)
def test_what_is_no_kernel_is_refused(code):
    with pytest.raises(ValueError, match=r".+"):
        from_code(code)


# --------------------------------------------------------------------- colours of directions

# Machado, Oliveira and Fernandes 2009, table of severity 1: linear RGB as such readers see it.
SEEN = {
    "all": "1 0 0, 0 1 0, 0 0 1",
    "protanopia": "0.152286 1.052583 -0.204868, 0.114503 0.786281 0.099216, "
    "-0.003882 -0.048116 1.051998",
    "deuteranopia": "0.367322 0.860646 -0.227968, 0.280085 0.672501 0.047413, "
    "-0.011820 0.042940 0.968881",
    "tritanopia": "1.255528 -0.076749 -0.178779, -0.078411 0.930809 0.147602, "
    "0.004733 0.691367 0.303900",
}


@pytest.mark.parametrize("reader", SEEN)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_directions_are_told_apart_by_every_reader(reader, mode):
    """Those 45° apart differ by at least 20 in CIE 1976 L*a*b*, where 2.3 is just seen."""
    stops = np.array([rgb(colour) for colour in CYCLIC[mode]], float)
    assert (stops[0] == stops[-1]).all()
    turn = np.linspace(0, len(stops) - 1, 73)[:-1]  # every 5°
    levels = np.stack([np.interp(turn, range(len(stops)), part) for part in stops.T], axis=1)
    linear = np.where(levels <= 10.31, levels / 3294.6, ((levels / 255 + 0.055) / 1.055) ** 2.4)
    matrix = np.array([row.split() for row in SEEN[reader].split(",")], float)
    seen = (linear @ matrix.T).clip(0, 1).astype("float32")
    lab = cv2.cvtColor(seen[np.newaxis], cv2.COLOR_LRGB2Lab)[0]
    apart = np.linalg.norm(lab[:, np.newaxis] - lab, axis=-1)
    steps = np.abs(np.subtract.outer(np.arange(72), np.arange(72)))
    assert apart[np.minimum(steps, 72 - steps) >= 9].min() >= 20


# --------------------------------------------------------------------- the program


def printed(output: str, label: str) -> list[float]:
    """The numbers of one line."""
    (line,) = [line for line in output.splitlines() if line.startswith(label)]
    numbers = re.findall(r"nan|-?\d+\.?\d*(?:e[-+]?\d+)?", line.removeprefix(label))
    return [float(number) for number in numbers]


@pytest.mark.parametrize(
    ("key", "times", "channel", "row", "column"),
    [("blur", 6, "red", 60, 201), ("learned_13", 1, "grey", 0, 0)],  # 0, 0: at even ground
)
def test_program_gives_the_numbers_of_the_page(key, times, channel, row, column, photo):
    if not row:
        flat = edges.gradient(edges.levels(photo)).magnitude == 0
        row, column = (int(at) + 1 for at in np.argwhere(flat)[0])
    link = dict.fromkeys(kernel_lab.NAMES, "")
    link |= {"kernel": key, "times": str(times), "channel": channel, "pixel": f"{row}-{column}"}
    choice = kernel_lab.read(link, *photo.shape[:2])
    small = kernel_lab._bundled("coffee")
    given = kernel_lab.GivenPicture(photo, photo, photo.shape[:2], "", "coffee")
    program = filled_in("kernels", **kernel_lab.code_values(given, small, choice))
    assert not re.search(r"__[A-Z]+__", program)
    output = output_of(program)

    picture, values = edges.levels(photo, channel), choice.kernel.values
    whole = repeated(choice.kernel, times)
    rim = len(whole) // 2
    result = picture
    for _ in range(times):
        result = convolve(result, values)[..., 0]
    gradient = edges.gradient(picture)
    cosines = [cosine(values, tile) for tile in learned_kernels.of_network("learned")]
    best = int(np.abs(cosines).argmax())
    assert printed(output, "sum of the weights") == pytest.approx([values.sum()])
    assert printed(output, "result") == pytest.approx(
        [*result.shape, result.min(), result.max()], rel=1e-5, abs=1e-3
    )
    outside = printed(output, "outside 0 to 255:")
    assert outside == [(result < 0).sum(), (result > 255).sum()]
    value = result[row - rim, column - rim]
    assert printed(output, "at the pixel") == pytest.approx([value], rel=1e-5, abs=1e-3)
    expected = [map[row - 1, column - 1] for map in (gradient.magnitude, gradient.direction)]
    got = printed(output, "gradient at the pixel")
    assert got == pytest.approx(expected, rel=1e-5, nan_ok=True)
    assert printed(output, "most alike: learned kernel") == pytest.approx(
        [best, cosines[best]], rel=1e-5
    )
    if kernels.is_blur(choice.kernel):
        assert printed(output, "standard deviation") == pytest.approx([spread(whole)[1]])
    else:
        assert "standard deviation" not in output


# --------------------------------------------------------------------- the page


def start_of(app) -> dict:
    return shown_by(app, "kernels")["start"]


def test_page_sends_the_picture_as_it_works_on_it(photo):
    picture = shown_by(visit("kernels"), "kernels")["picture"]
    sent = np.frombuffer(base64.b64decode(picture["pixels"]), "uint8")
    np.testing.assert_array_equal(sent.reshape(picture["height"], picture["width"], 3), photo)
    row, column = edges.steepest(edges.levels(photo))
    assert picture["steepest"] == {"row": row, "column": column}


@pytest.mark.parametrize("key", pictures.PICTURES)
def test_every_bundled_picture_fits_the_screen(key):
    height, width = kernel_lab._bundled(key).image.shape[:2]
    assert width <= 360
    assert height <= 270
    assert width == 360 or height == 270


def test_link_chooses_kernel_weights_view_passes_and_pixel():
    weights = "1,2,1,2,8,2,1,2,1/20"
    app = visit("kernels", kernel="blur", weights=weights, view="absolute", times=7, pixel="30-40")
    start = start_of(app)
    assert start["kernel"] == "blur"
    assert start["weights"] == [1, 2, 1, 2, 8, 2, 1, 2, 1]
    assert (start["divisor"], start["edited"]) == (20, True)
    assert (start["view"], start["times"]) == ("absolute", 7)
    assert (start["row"], start["column"]) == (30, 40)
    assert set(app.query_params) == {"kernel", "weights", "view", "times", "pixel"}


def test_learned_kernel_in_a_link():
    start = start_of(visit("kernels", kernel="learned_5"))
    tile = learned_kernels.of_network("learned")[5]
    np.testing.assert_allclose(start["weights"], tile.ravel(), rtol=1e-7)
    assert start["view"] == "signed"


@pytest.mark.parametrize(
    "link",
    [
        {"kernel": "nonsense"},
        {"kernel": "learned_32"},
        {"kernel": "learned_" + "1" * 5000},  # Python refuses to read that many digits
        {"kernel": "learned_-1"},
        {"kernel": "random_٣"},
        {"weights": "1,2,3"},
        {"weights": "x" * 5000},
        {"view": "everything", "times": "1000", "stronger": "2"},
        {"times": "-3", "least": "nan", "channel": "infrared"},
        {"pixel": "9999-2"},
        {"pixel": "3"},
        {"pixel": "-5-5"},
    ],
    ids=str,
)
def test_nonsense_in_a_link_falls_back(link):
    assert start_of(visit("kernels", **link)) == start_of(visit("kernels"))


def test_a_kernel_that_keeps_brightness_is_shown_as_a_picture():
    views = {key: start_of(visit("kernels", kernel=key))["view"] for key in ("blur", "edge")}
    assert views == {"blur": "picture", "edge": "signed"}


@pytest.mark.parametrize(
    ("kernel", "times", "gain"),
    [
        *(("sobel_x", 1, 0), ("sobel_y", 1, 0), ("sobel_top_right", 1, 0), ("laplace", 1, 0)),
        *(("blur", 9, 1), ("vertical_line", 1, -3)),
    ],
)
def test_question_is_answered_from_the_pixel_that_is_looked_at(kernel, times, gain, photo):
    app = visit("kernels", kernel=kernel, times=times, pixel="100-150")
    whole = repeated(KERNELS[kernel], times)
    rim = len(whole) // 2
    now = convolve(edges.levels(photo), whole)[100 - rim, 150 - rim, 0]
    (question,) = [m.value for m in app.markdown if "Predict first" in m.value]
    assert f"gives {kernel_lab.number(round(now, 6))} at row 100, column 150" in question
    (options,) = [pills for pills in app.pills if pills.key.startswith("answer-")]
    answer = kernel_lab.number(round(now + 20 * gain, 6))
    options.set_value(answer)
    again(app)
    (told,) = app.success
    assert told.value == text("en", "lessons.right", answer=answer)
    (why,) = [m.value for m in app.markdown if "Σ w·(g + 20)" in m.value]
    assert f"+ 20 · {f'(−{-gain})' if gain < 0 else gain} = {answer}. " in why


def test_question_on_the_gradient_turns_the_arrow_round(photo):
    app = visit("kernels", kernel="gradient", pixel="100-150")
    direction = edges.gradient(edges.levels(photo)).direction[99, 149]
    now = kernel_lab.ARROWS[round(direction / 45) % 8]
    (question,) = [m.value for m in app.markdown if "Predict first" in m.value]
    assert f"brighter towards {now}" in question
    answer = kernel_lab.ARROWS[(kernel_lab.ARROWS.index(now) + 4) % 8]
    (options,) = [pills for pills in app.pills if pills.key.startswith("answer-")]
    options.set_value(answer)
    again(app)
    assert app.success[0].value == text("en", "lessons.right", answer=answer)


@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_of_too_few_pixels_is_told(language):
    app = visit("kernels", picture_source="upload", lang=language)
    file = io.BytesIO()
    Image.new("RGB", (300, 2), (9, 9, 9)).save(file, "PNG")
    app.get("file_uploader")[0].upload("thin.png", file.getvalue(), "image/png")
    again(app)
    (warning,) = app.warning
    assert warning.value.count("300×2") == 2  # as it was given, and here
    assert shown_by(app, "kernels")["picture"]["width"] == 360  # the bundled one


def test_own_picture_is_used_but_not_by_the_program():
    app = visit("kernels", picture_source="upload")
    own = np.random.default_rng(0).integers(0, 256, (50, 60, 3), "uint8")
    file = io.BytesIO()
    Image.fromarray(own).save(file, "PNG")
    app.get("file_uploader")[0].upload("own.png", file.getvalue(), "image/png")
    again(app)
    picture = json.loads(json.dumps(shown_by(app, "kernels")["picture"]))
    assert (picture["height"], picture["width"]) == (50, 60)  # never enlarged
    np.testing.assert_array_equal(
        np.frombuffer(base64.b64decode(picture["pixels"]), "uint8"), own.ravel()
    )
    app.session_state["code-kernels"] = True
    again(app)
    assert "coffee.jpg" in app.code[0].value


@pytest.mark.parametrize(
    ("value", "written"),
    [(-0.0, "0"), (-4e-9, "0"), (1 + 2e-16, "1"), (-3.0, "−3"), (-0.25, "−0.25"), (255.0, "255")],
)
def test_numbers_of_the_question(value, written):
    assert kernel_lab.number(value) == written
    assert kernel_lab.factor(value) == (f"({written})" if value <= -0.25 else written)


def test_pictures_that_all_visitors_share_are_read_only(photo):
    assert not photo.flags.writeable
    assert not pictures.load("coffee").flags.writeable


@pytest.fixture
def session(monkeypatch) -> dict:
    """Session and link of a visitor whose page is not drawn; `["link"]` and `["address"]`."""
    visitor = {"link": {}, "address": "http://10.0.0.7:8501/kernels"}
    context = SimpleNamespace(url=visitor["address"])
    visitor["context"] = context
    monkeypatch.setattr(kernel_lab.st, "session_state", visitor)
    monkeypatch.setattr(kernel_lab.st, "query_params", visitor["link"])
    monkeypatch.setattr(kernel_lab.st, "context", context)
    return visitor


def test_the_choice_comes_back_where_the_link_says_nothing(session):
    coffee = kernel_lab._bundled("coffee")
    session["link"] |= {"kernel": "emboss", "pixel": "30-40"}
    first = kernel_lab.chosen(coffee)
    session["link"].clear()  # the link of the menu at the side
    assert kernel_lab.chosen(coffee) == first
    assert session["link"] == {"kernel": "emboss", "pixel": "30-40"}


def test_a_pixel_is_forgotten_with_its_picture(session):
    session["link"] |= {"kernel": "emboss", "pixel": "30-40"}
    assert kernel_lab.chosen(kernel_lab._bundled("coffee")).row == 30
    assert kernel_lab.chosen(kernel_lab._bundled("rocket")).row is None
    assert kernel_lab.chosen(kernel_lab._bundled("coffee")).row is None
    assert session["link"] == {"kernel": "emboss"}


@pytest.mark.parametrize("sent", [None, 7, "emboss", ["kernel"], {"kernel": 3, "other": "x"}])
def test_what_is_no_choice_chooses_nothing(session, sent):
    session["link"] |= {"kernel": "emboss"}
    session[kernel_lab.COMPONENT] = {"choice": sent}
    kernel_lab._take_choice()
    assert session["link"] == {}
    assert kernel_lab.chosen(kernel_lab._bundled("coffee")).key == "sobel_x"


def test_a_long_word_is_cut_and_read_as_nonsense(session):
    session[kernel_lab.COMPONENT] = {"choice": {"kernel": "emboss", "weights": "1," * 10_000}}
    kernel_lab._take_choice()
    assert len(session["link"]["weights"]) == 1000
    choice = kernel_lab.chosen(kernel_lab._bundled("coffee"))
    assert (choice.key, choice.edited) == ("emboss", False)


def test_an_editing_told_from_another_page_is_kept_but_stays_out_of_its_link(session):
    session[kernel_lab.COMPONENT] = {"choice": {"kernel": "emboss"}}
    session["context"].url = "http://10.0.0.7:8501/exercises"
    kernel_lab._take_choice()
    assert session["link"] == {}
    session["context"].url = session["address"]
    assert kernel_lab.chosen(kernel_lab._bundled("coffee")).key == "emboss"
    assert session["link"] == {"kernel": "emboss"}


@pytest.mark.parametrize(
    ("pixel", "rim", "expected"),
    [("0-0", 1, (1, 1)), ("239-359", 2, (237, 357)), ("0-200", 9, (9, 200)), ("", 1, "steepest")],
)
def test_a_pixel_moves_to_where_the_window_fits(pixel, rim, expected):
    small = kernel_lab._bundled("coffee")  # 240 rows, 360 columns
    link = dict.fromkeys(kernel_lab.NAMES, "") | {"pixel": pixel}
    choice = kernel_lab.read(link, *small.image.shape[:2])
    expected = small.steepest if expected == "steepest" else expected
    assert kernel_lab.place(choice, small, rim) == expected
