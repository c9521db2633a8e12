"""Pictures from visitors: what is read, what is refused, and that nothing else ever happens."""

import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from cnnviz import images
from cnnviz.images import ImageError, decode, decode_rgba, fit
from cnnviz.text import LANGUAGES, catalogue

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def saved(image: Image.Image, name: str, **options) -> bytes:
    buffer = BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def solid(mode: str, colour, size_wh: tuple[int, int] = (1, 1)) -> Image.Image:
    return Image.new(mode, size_wh, colour)


def four(*colours) -> Image.Image:
    """2×2 RGB or RGBA picture, row by row."""
    return Image.fromarray(np.array(colours, np.uint8).reshape(2, 2, -1))


def palette(*, transparency=None) -> bytes:
    """PNG of index 0, red, and index 1, blue, side by side."""
    image = solid("P", 1, (2, 1))
    image.putpalette([*RED, *BLUE])
    image.putpixel((0, 0), 0)
    return saved(image, "PNG", **({} if transparency is None else {"transparency": transparency}))


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes, *extra: bytes) -> bytes:
    """A PNG from its specification; each row begins with its filter, 0."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            *extra,
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        ]
    )


def gif(screen_wh: tuple[int, int], corner: tuple[int, int], extension: bytes = b"") -> bytes:
    """A GIF with a first frame of 2×1, red and blue, on a screen of any size."""
    # LZW codes of 9 bits: clear (256), index 0, index 1, end (257)
    pixels = sum(code << 9 * place for place, code in enumerate([256, 0, 1, 257]))
    return b"".join(
        [
            b"GIF89a" + struct.pack("<HHBBB", *screen_wh, 0xF7, 0, 0),
            bytes([*RED, *BLUE]) + bytes(3 * 254),
            extension,
            b"," + struct.pack("<4HB", *corner, 2, 1, 0),
            b"\x08\x05" + pixels.to_bytes(5, "little") + b"\0;",
        ]
    )


def bmp_16_bit(pixel: int) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 16, 0, 4, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + header + struct.pack("<HH", pixel, 0)


def webp_header(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + canvas + bytes(8)


def exif(orientation: int, order: str = ">") -> bytes:
    """The smallest EXIF block: one directory with one tag, 0x0112."""
    mark = {">": b"MM\0*", "<": b"II*\0"}[order]
    return mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


def patched(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def jpeg_of_size(width: int, height: int) -> bytes:
    """A JPEG whose header lies about its size."""
    data = saved(solid("RGB", RED, (8, 8)), "JPEG")
    return patched(data, data.index(b"\xff\xc0") + 5, struct.pack(">HH", height, width))


def jpeg_of_scans(repeats: int, *, hidden: bool = False) -> bytes:
    """A progressive grey JPEG (6 scans) whose last scan is repeated.

    Two ways to cheat who counts: before each scan stands a comment that looks like the end of the
    picture; a hidden one also follows a marker without length, 01, and what looks like a length.
    """
    data = saved(solid("L", 128, (8, 8)), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    hiding = b"\xff\x01" + struct.pack(">H", len(last) + 2) if hidden else b""
    return data[:-2] + (b"\xff\xfe\0\x04\xff\xd9" + hiding + last) * repeats + data[-2:]


def ycck() -> bytes:
    """Adobe stores 255 - ink. Stored (Y, Cb, Cr, K) = (200, 128, 128, 255): ink 200, no black."""
    data = saved(solid("CMYK", (55, 127, 127, 0), (8, 8)), "JPEG", quality=100)
    return patched(data, data.index(b"Adobe") + 11, b"\x02")


# --------------------------------------------------------------------- what is read

RGB_GOOD = {
    "PNG": (saved(four(RED, GREEN, BLUE, WHITE), "PNG"), [[RED, GREEN], [BLUE, WHITE]]),
    "PNG of 1 bit": (saved(solid("1", 1), "PNG"), [[WHITE]]),
    # 00 01 10 11 are 0 to 3 of 3: 0, 85, 170, 255
    "PNG of 2 bits": (
        png(4, 1, 2, 0, b"\0\x1b"),
        [[BLACK, (85, 85, 85), (170, 170, 170), WHITE]],
    ),
    "PNG grey": (saved(solid("L", 7), "PNG"), [[(7, 7, 7)]]),
    # the high byte: 32768 / 256 = 128, 65535 / 256 = 255.99, 255 / 256 = 0.99
    "PNG grey of 16 bits": (
        png(3, 1, 16, 0, b"\0" + struct.pack(">3H", 32768, 65535, 255)),
        [[(128, 128, 128), WHITE, BLACK]],
    ),
    "PNG RGB of 16 bits": (
        png(1, 1, 16, 2, b"\0" + struct.pack(">3H", 65535, 32768, 257)),
        [[(255, 128, 1)]],
    ),
    "PNG palette": (palette(), [[RED, BLUE]]),
    "PNG palette, one colour transparent": (palette(transparency=0), [[WHITE, BLUE]]),
    # red at 128 of 255 over white: 255, and 127 of white's 255 twice
    "PNG palette, half transparent": (
        palette(transparency=bytes([128, 255])),
        [[(255, 127, 127), BLUE]],
    ),
    # black at 51 of 255 is a fifth of black: 255 · 4/5 = 204
    "PNG grey with alpha": (saved(solid("LA", (0, 51)), "PNG"), [[(204, 204, 204)]]),
    "PNG RGBA": (
        saved(four((*RED, 255), (*RED, 0), (*RED, 128), (*BLACK, 51)), "PNG"),
        [[RED, WHITE], [(255, 127, 127), (204, 204, 204)]],
    ),
    "PNG with one transparent RGB": (
        png(2, 1, 8, 2, bytes([0, *RED, *BLUE]), chunk(b"tRNS", struct.pack(">3H", *RED))),
        [[WHITE, BLUE]],
    ),
    "PNG animated": (
        saved(solid("RGB", RED), "PNG", save_all=True, append_images=[solid("RGB", BLUE)]),
        [[RED]],
    ),
    # Pillow alone would warn ...
    "PNG of zero frames": (png(1, 1, 8, 0, b"\0\x07", chunk(b"acTL", bytes(8))), [[(7, 7, 7)]]),
    # ... refuse it for what the 2 kB of text and profile unfold to ...
    "PNG with bombs": (
        png(
            *(1, 1, 8, 0, b"\0\x07"),
            chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2_000_000))),
            chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(2_000_000))),
            chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(bytes(2_000_000))),
        ),
        [[(7, 7, 7)]],
    ),
    "PNG with a tail": (saved(solid("RGB", RED), "PNG") + b"and more", [[RED]]),
    "PNG of 10,000 × 10": (
        saved(solid("RGB", RED, (10_000, 10)), "PNG"),
        np.full((10, 10_000, 3), RED),
    ),
    "WebP": (
        saved(four(RED, GREEN, BLUE, WHITE), "WEBP", lossless=True),
        [[RED, GREEN], [BLUE, WHITE]],
    ),
    "WebP RGBA": (saved(solid("RGBA", (*RED, 128)), "WEBP", lossless=True), [[(255, 127, 127)]]),
    "WebP animated": (
        saved(
            solid("RGB", RED),
            "WEBP",
            lossless=True,
            save_all=True,
            append_images=[solid("RGB", BLUE)],
        ),
        [[RED]],
    ),
    "BMP": (
        saved(four(RED, GREEN, BLUE, WHITE), "BMP"),
        [[RED, GREEN], [BLUE, WHITE]],
    ),
    "BMP of 1 bit": (saved(solid("1", 1), "BMP"), [[WHITE]]),
    "BMP of 8 bits": (saved(solid("L", 7), "BMP"), [[(7, 7, 7)]]),
    # five bits a channel: 31 of 31 red, the rest 0
    "BMP of 16 bits": (bmp_16_bit(0b0_11111_00000_00000), [[RED]]),
    "GIF": (gif((2, 1), (0, 0)), [[RED, BLUE]]),
    "GIF with one transparent colour": (
        gif((2, 1), (0, 0), b"!\xf9\x04\x01\0\0\0\0"),
        [[WHITE, BLUE]],
    ),
    "GIF with a comment": (gif((2, 1), (0, 0), b"!\xfe\x05Hello\x02, \0"), [[RED, BLUE]]),
    "GIF with an empty extension": (gif((2, 1), (0, 0), b"!\x01\0!\xf9\0"), [[RED, BLUE]]),
    "GIF animated": (
        saved(solid("P", 0), "GIF", save_all=True, append_images=[solid("P", 1)]),
        [[BLACK]],
    ),
    "GIF, frame larger than the screen": (gif((1, 1), (0, 0)), [[RED, BLUE]]),
    "GIF, cut off in its second frame": (gif((2, 1), (0, 0))[:-1] + b",\0\0", [[RED, BLUE]]),
}

RED_JPEG = saved(solid("RGB", RED, (8, 8)), "JPEG")
JPEG_GOOD = {  # 8×8, one block of the cosine transform; exact to a few levels
    "JPEG": (RED_JPEG, RED),
    "JPEG grey": (saved(solid("L", 100, (8, 8)), "JPEG"), (100, 100, 100)),
    "JPEG progressive": (saved(solid("RGB", BLUE, (8, 8)), "JPEG", progressive=True), BLUE),
    # all yellow and magenta, no cyan: only red light is left
    "JPEG CMYK": (saved(solid("CMYK", (0, 255, 255, 0), (8, 8)), "JPEG", quality=95), RED),
    # half of the light to cyan, and four fifths of that to black: (255 - 127) · 51 / 255 = 25.6
    "JPEG CMYK with black": (
        saved(solid("CMYK", (127, 0, 0, 204), (8, 8)), "JPEG", quality=95),
        (26, 51, 51),
    ),
    "JPEG YCCK": (ycck(), (55, 55, 55)),
    "JPEG of many pictures": (
        saved(
            solid("RGB", RED, (8, 8)),
            "MPO",
            save_all=True,
            append_images=[solid("RGB", BLUE, (8, 8))],
        ),
        RED,
    ),
    "JPEG with a tail": (RED_JPEG + b"\xff\xd8\xffmore", RED),
    # Pillow alone would warn, and read the resolution from the block
    "JPEG with broken EXIF": (
        saved(solid("RGB", RED, (8, 8)), "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12"),
        RED,
    ),
    "JPEG with EXIF of nonsense": (
        saved(solid("RGB", RED, (8, 8)), "JPEG", exif=b"Exif\0\0nonsense"),
        RED,
    ),
    "JPEG with orientation 9": (
        saved(solid("RGB", RED, (8, 8)), "JPEG", exif=b"Exif\0\0" + exif(9)),
        RED,
    ),
    "JPEG with a broken Photoshop block": (
        RED_JPEG[:2] + b"\xff\xed\0\x16Photoshop 3.0\x008BIM\0\0" + RED_JPEG[2:],
        RED,
    ),
    "JPEG with a fill byte": (RED_JPEG[:2] + b"\xff" + RED_JPEG[2:], RED),
    "JPEG with restart markers": (
        saved(solid("RGB", RED, (64, 8)), "JPEG", subsampling=0, restart_marker_blocks=1),
        RED,
    ),
    "JPEG of 100 scans": (jpeg_of_scans(94), (128, 128, 128)),
    "JPEG of 100 scans, hidden": (jpeg_of_scans(94, hidden=True), (128, 128, 128)),
    "WebP, lossy": (saved(solid("RGB", RED, (8, 8)), "WEBP"), RED),
}


@pytest.mark.parametrize("name", RGB_GOOD)
def test_picture_is_read_exactly(name):
    data, expected = RGB_GOOD[name]
    image = decode(data)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize("name", JPEG_GOOD)
def test_lossy_picture_is_read_nearly_exactly(name):
    data, colour = JPEG_GOOD[name]
    image = decode(data)
    assert image.dtype == np.uint8
    assert image.shape[0] == 8
    np.testing.assert_allclose(image, np.broadcast_to(colour, (*image.shape[:2], 3)), atol=3)


def test_inks_agree_with_opencv():
    """Pillow wrote the files above and read them: OpenCV, on its own, must see the same colours."""
    for name in ("JPEG CMYK", "JPEG CMYK with black", "JPEG YCCK"):
        data, _ = JPEG_GOOD[name]
        bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        np.testing.assert_allclose(decode(data), bgr[..., ::-1], atol=3)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (saved(solid("RGBA", (1, 2, 3, 4)), "PNG"), [[(1, 2, 3, 4)]]),
        (saved(solid("RGB", RED), "PNG"), [[(*RED, 255)]]),
        (saved(solid("LA", (9, 51)), "PNG"), [[(9, 9, 9, 51)]]),
        (palette(transparency=bytes([128, 255])), [[(*RED, 128), (*BLUE, 255)]]),
        (palette(transparency=1), [[(*RED, 255), (*BLUE, 0)]]),
        (png(1, 1, 16, 0, b"\0\x80\0"), [[(128, 128, 128, 255)]]),
        (saved(solid("RGBA", (9, 8, 7, 6)), "WEBP", lossless=True), [[(9, 8, 7, 6)]]),
        (gif((2, 1), (0, 0), b"!\xf9\x04\x01\0\0\0\0"), [[(*RED, 0), (*BLUE, 255)]]),
    ],
)
def test_transparency_is_kept_on_request(data, expected):
    image = decode_rgba(data)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, expected)


# Stored: 2 rows of 3, red in the first place. The corner (row, column) where a viewer must see it.
CORNERS = {1: (0, 0), 2: (0, -1), 3: (-1, -1), 4: (-1, 0)}  # 2 × 3 stays 2 × 3
CORNERS |= {5: (0, 0), 6: (0, -1), 7: (-1, -1), 8: (-1, 0)}  # 2 × 3 becomes 3 × 2


@pytest.mark.parametrize("orientation", CORNERS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP"])
def test_picture_is_turned_upright(name, order, orientation):
    block = 8  # of the JPEG transform: nothing bleeds from one to the next
    stored = np.zeros((2 * block, 3 * block, 3), np.uint8)
    stored[:block, :block] = RED
    options = {"subsampling": 0} if name == "JPEG" else {"lossless": True} if name == "WEBP" else {}
    data = saved(
        Image.fromarray(stored), name, exif=b"Exif\0\0" + exif(orientation, order), **options
    )

    upright = decode(data)[block // 2 :: block, block // 2 :: block]  # one pixel a block

    expected = np.zeros((2, 3, 3) if orientation < 5 else (3, 2, 3))
    expected[CORNERS[orientation]] = RED
    np.testing.assert_allclose(upright, expected, atol=3)


def test_exif_of_a_webp_may_have_a_prefix():
    # Pillow cuts off the first of the two.
    twice = b"Exif\0\0" * 2 + exif(6)
    data = saved(solid("RGB", RED, (2, 1)), "WEBP", lossless=True, exif=twice)
    assert decode(data).shape == (2, 1, 3)


def test_palette_survives_the_turn():
    data = palette(transparency=0)
    turned = data.replace(chunk(b"IEND", b""), chunk(b"eXIf", exif(6)) + chunk(b"IEND", b""))
    np.testing.assert_array_equal(decode(turned), [[WHITE], [BLUE]])


# --------------------------------------------------------------------- what is refused

PNG = RGB_GOOD["PNG"][0]
BAD = {
    "nothing": (b"", "empty", ["0"]),
    "20 MB and 1 byte": (bytes(20_000_001), "too_many_bytes", ["20,000,001", "20,000,000"]),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "known_format", ["PDF", "PNG"]),
    "SVG": (b'<?xml version="1.0"?>\n<svg width="9">', "known_format", ["SVG"]),
    "HTML": (b"\n<!DOCTYPE html><html>", "known_format", ["HTML"]),
    "ZIP": (b"PK\x03\x04\x14\0\0\0", "known_format", ["ZIP"]),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "known_format", ["HEIC"]),
    "AVIF": (saved(solid("RGB", RED), "AVIF"), "known_format", ["AVIF"]),
    "MP4": (b"\0\0\0\x18ftypisom\0\0\x02\0", "known_format", ["MP4"]),
    "TIFF": (saved(solid("RGB", RED), "TIFF"), "known_format", ["TIFF"]),
    "TIFF of floats": (saved(solid("F", 0.5), "TIFF"), "known_format", ["TIFF"]),
    "ICO": (saved(solid("RGB", RED, (16, 16)), "ICO"), "known_format", ["ICO"]),
    "PSD": (b"8BPS\0\1", "known_format", ["PSD"]),
    "JPEG 2000": (saved(solid("RGB", RED), "JPEG2000"), "known_format", ["JPEG 2000"]),
    "JPEG XL": (b"\xff\x0a\xff\x07", "known_format", ["JPEG XL"]),
    "text": (b"cat.png", "plain_text", ["7"]),
    "text that begins like a BMP": (b"BMW is a make of cars.", "plain_text", ["22"]),
    "Chinese text": ("一只猫".encode(), "plain_text", ["9"]),
    "other bytes": (bytes(9), "unknown_format", ["9", "00 00 00 00 00 00 00 00"]),
    "Portable pixmap": (b"P6 1 1 255\n\xff\0\0", "unknown_format", ["14", "50 36"]),
    "PNG of 25,005,000 pixels": (
        png(5001, 5000, 8, 0, b""),
        "too_many_pixels",
        ["5,001", "5,000", "25,005,000", "25,000,000"],
    ),
    "PNG of 20,000²": (png(20_000, 20_000, 8, 0, b""), "too_many_pixels", ["400,000,000"]),
    "PNG of two headers": (
        png(1, 1, 8, 0, b"", png(20_000, 20_000, 8, 0, b"")[8:33]),
        "too_many_pixels",
        ["400,000,000"],
    ),
    "JPEG of 20,000²": (jpeg_of_size(20_000, 20_000), "too_many_pixels", ["400,000,000"]),
    "GIF of 20,000²": (gif((20_000, 20_000), (0, 0)), "too_many_pixels", ["400,000,000"]),
    # clear the frame afterwards (disposal 2): Pillow would fill it while it opens
    "GIF frame far outside": (
        gif((1, 1), (30_000, 30_000), b"!\xf9\x04\x08\0\0\0\0"),
        "too_many_pixels",
        ["30,002", "30,001"],
    ),
    "BMP of 20,000²": (
        patched(bmp_16_bit(0), 18, struct.pack("<ii", 20_000, 20_000)),
        "too_many_pixels",
        ["400,000,000"],
    ),
    "WebP of 20,000²": (webp_header(20_000, 20_000), "too_many_pixels", ["400,000,000"]),
    "WebP, lossy, of 16,383²": (
        patched(JPEG_GOOD["WebP, lossy"][0], 26, struct.pack("<HH", 16_383, 16_383)),
        "too_many_pixels",
        ["268,402,689"],
    ),
    "WebP, lossless, of 16,384²": (
        patched(RGB_GOOD["WebP"][0], 21, struct.pack("<I", 2**28 - 1)),
        "too_many_pixels",
        ["268,435,456"],
    ),
    "WebP of 100,000 × 1": (webp_header(100_000, 1), "side_too_long", ["100,000", "10,000"]),
    "WebP of 1 × 100,000": (webp_header(1, 100_000), "side_too_long", ["100,000", "10,000"]),
    "PNG of 10,001 × 1": (png(10_001, 1, 8, 0, b""), "side_too_long", ["10,001", "10,000"]),
    "JPEG of 1 × 65,500": (jpeg_of_size(1, 65_500), "side_too_long", ["65,500", "10,000"]),
    "PNG of 0 × 1": (png(0, 1, 8, 0, b"\0"), "damaged", ["PNG"]),
    "PNG without pixels": (PNG[:33] + chunk(b"IEND", b""), "damaged", ["PNG", "45"]),
    "PNG, wrong checksum of the pixels": (
        patched(PNG, len(PNG) - 16, bytes([PNG[-16] ^ 1])),
        "damaged",
        ["PNG", f"{len(PNG)}"],
    ),
    "PNG of a signature": (PNG[:8], "damaged", ["PNG", "8"]),
    "JPEG of a signature": (b"\xff\xd8\xff", "damaged", ["JPEG", "3"]),
    "JPEG of 101 scans": (jpeg_of_scans(95), "damaged", ["JPEG"]),
    "JPEG of 101 scans, hidden": (jpeg_of_scans(95, hidden=True), "damaged", ["JPEG"]),
    "GIF of a signature": (b"GIF89a", "damaged", ["GIF", "6"]),
    "GIF without a frame": (b"GIF89a" + bytes(7) + b";", "damaged", ["GIF", "14"]),
    "WebP of an unknown kind": (b"RIFF\4\0\0\0WEBPVP9 ", "damaged", ["WebP", "16"]),
    "BMP of a strange depth": (patched(bmp_16_bit(0), 28, b"\x05"), "damaged", ["BMP", "58"]),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("function", [decode, decode_rgba])
def test_bytes_are_refused_with_a_sentence(function, name):
    data, key, fragments = BAD[name]
    with pytest.raises(ImageError) as refusal:
        function(data)
    assert refusal.value.key == f"images.{key}"
    for language in LANGUAGES:
        sentence = refusal.value.sentence(language)
        assert "{" not in sentence
        for fragment in fragments:
            assert fragment in sentence


def test_every_sentence_is_in_the_table():
    used = {f"images.{key}" for _, key, _ in BAD.values()}
    for language in LANGUAGES:
        known = {key for key in catalogue(language) if key.startswith("images.")}
        assert known == used


@pytest.mark.parametrize(
    "name", [name for name in BAD if BAD[name][1] in ("too_many_pixels", "side_too_long")]
)
def test_size_is_refused_before_anything_is_allocated(name, monkeypatch):
    def forbidden(*arguments):
        raise MemoryError  # would come out as "damaged"

    data, key, _ = BAD[name]
    monkeypatch.setattr(ImageFile.ImageFile, "load", forbidden)
    # These two allocate as they open: they must not even be asked.
    monkeypatch.setattr(images, "WebPImageFile", forbidden)
    monkeypatch.setattr(images, "GifImageFile", forbidden)
    with pytest.raises(ImageError) as refusal:
        decode(data)
    assert refusal.value.key == f"images.{key}"


@pytest.mark.parametrize("error", [MemoryError, SyntaxError, OverflowError, zlib.error, EOFError])
def test_whatever_pillow_raises_becomes_a_sentence(error, monkeypatch):
    def broken(*arguments):
        raise error("inside")

    monkeypatch.setattr(ImageFile.ImageFile, "load", broken)
    with pytest.raises(ImageError) as refusal:
        decode(PNG)
    assert refusal.value.key == "images.damaged"
    assert type(refusal.value.__cause__) is error


# --------------------------------------------------------------------- what never happens

NOISE = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)
FILES = {
    "PNG": saved(Image.fromarray(NOISE), "PNG"),
    "PNG palette": saved(Image.fromarray(NOISE).quantize(16), "PNG"),
    "JPEG": saved(Image.fromarray(NOISE), "JPEG", exif=b"Exif\0\0" + exif(6)),
    "JPEG progressive": saved(Image.fromarray(NOISE), "JPEG", progressive=True),
    "WebP lossless": saved(Image.fromarray(NOISE), "WEBP", lossless=True, exif=exif(6)),
    "WebP lossy": saved(Image.fromarray(NOISE), "WEBP"),
    "WebP animated": saved(
        Image.fromarray(NOISE), "WEBP", save_all=True, append_images=[Image.fromarray(255 - NOISE)]
    ),
    "BMP": saved(Image.fromarray(NOISE), "BMP"),
    "BMP palette": saved(Image.fromarray(NOISE).quantize(16), "BMP"),
    "GIF": saved(Image.fromarray(NOISE), "GIF"),
    "GIF animated": saved(
        Image.fromarray(NOISE), "GIF", save_all=True, append_images=[Image.fromarray(255 - NOISE)]
    ),
}


def decoded_or_none(data: bytes) -> np.ndarray | None:
    try:
        return decode(data)
    except ImageError:
        return None


@pytest.mark.parametrize("name", FILES)
def test_cut_off_file_is_never_half_a_picture(name):
    """At every length: refused, or (only bytes behind the pixels were lost) the whole picture."""
    whole = decode(FILES[name])
    for length in range(len(FILES[name])):
        image = decoded_or_none(FILES[name][:length])
        if image is not None:
            np.testing.assert_array_equal(image, whole)


def test_one_wrong_byte_never_changes_a_png():
    """Every part has a checksum: refused, or (a byte that no pixel needs) the right picture."""
    for place in range(len(PNG)):
        image = decoded_or_none(patched(PNG, place, bytes([PNG[place] ^ 0xFF])))
        assert image is None or np.array_equal(image, decode(PNG))


@settings(max_examples=1000, deadline=None, database=None, derandomize=True)
@given(
    name=st.sampled_from(sorted(FILES)),
    length=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 0.999), st.integers(1, 255)), max_size=6),
)
def test_damage_gives_a_picture_or_a_sentence(name, length, flips):
    data = bytearray(FILES[name])
    for place, difference in flips:
        data[int(place * len(data))] ^= difference
    data = bytes(data)[: int((0.5 + length) * len(data))]  # half of them stay whole
    for function, channels in ((decode, 3), (decode_rgba, 4)):
        try:
            image = function(data)
        except ImageError:
            continue
        assert image.ndim == 3
        assert image.shape[2] == channels
        assert image.dtype == np.uint8


@settings(max_examples=500, deadline=None, database=None, derandomize=True)
@given(name=st.sampled_from(sorted(FILES)), tail=st.binary(max_size=200))
def test_a_true_beginning_with_any_end_gives_a_picture_or_a_sentence(name, tail):
    image = decoded_or_none(FILES[name][:24] + tail)
    assert image is None or image.shape[2:] == (3,)


def test_threads_do_not_disturb_each_other():
    colours = [(value, 255 - value, 0) for value in range(0, 256, 32)]  # 8 of them
    pictures = [
        (saved(solid("RGB", colour, (64, 64)), name, **options), colour)
        for colour, (name, options) in zip(
            colours,
            [("PNG", {}), ("BMP", {}), ("GIF", {}), ("WEBP", {"lossless": True})] * 2,
            strict=True,
        )
    ]

    def decode_often(picture: tuple[bytes, tuple[int, int, int]]) -> bool:
        data, colour = picture
        return all((decode(data) == colour).all() for _ in range(25))

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(decode_often, pictures))


def test_result_is_ours_to_change():
    image = decode(PNG)
    image[:] = 0
    np.testing.assert_array_equal(decode(PNG), RGB_GOOD["PNG"][1])


# --------------------------------------------------------------------- smaller pictures


def test_shrinking_takes_the_mean_of_each_area():
    # 2×4 to 1×2: the means of two squares, (0 + 100 + 20 + 80) / 4 = 50 and 200
    image = np.array([[0, 100, 200, 200], [20, 80, 200, 200]], np.uint8)
    image = np.repeat(image[..., np.newaxis], 3, axis=2)
    before = image.copy()
    np.testing.assert_array_equal(fit(image, 2), [[[50] * 3, [200] * 3]])
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("shape", "longest_side", "expected"),
    [
        ((10, 1000, 3), 20, (1, 20, 3)),  # 10 · 20/1000 = 0.2, but at least one pixel
        ((300, 200, 4), 100, (100, 67, 4)),  # 200 · 100/300 = 66.7
        ((5, 4, 3), 5, (5, 4, 3)),
        ((5, 4, 3), 50, (5, 4, 3)),  # never enlarged
    ],
)
def test_proportions_are_kept(shape, longest_side, expected):
    assert fit(np.zeros(shape, np.uint8), longest_side).shape == expected


def test_picture_that_fits_comes_back_as_a_copy():
    image = np.zeros((2, 2, 3), np.uint8)
    fit(image, 2)[:] = 255
    assert not image.any()


def test_transparent_colour_does_not_bleed():
    """Half clear red, half solid blue: blue at half strength, no purple."""
    image = np.array([[(*RED, 0), (*BLUE, 255)]], np.uint8)
    colour = fit(image, 1)[0, 0]
    np.testing.assert_array_equal(colour, (0, 0, 255, 128))
