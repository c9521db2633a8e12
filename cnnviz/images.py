"""Pictures from visitors: the one door for uploads, camera and canvas. Bytes in, NumPy out.

Any bytes may arrive here, so three rules hold:

1. The size is read from the header, and refused there, before a pixel is decoded or allocated.
2. Pillow gets only the parts of a PNG, JPEG or GIF that make the picture. Text, profiles,
   thumbnails and later frames are cut off first: they can neither unfold to gigabytes nor warn.
   (A warning cannot be silenced for one thread alone, and many visitors are served at once.)
3. What still fails becomes one sentence for the visitor, an `ImageError`.

ICC profiles are ignored: converting runs code for colour management on untrusted input, for a
difference no lesson needs. A photo in Display P3 therefore looks a little duller than in a browser,
and inks become light by the plain formula R = (255 - C) (255 - K) / 255, so too G and B.
"""

import re
import struct
import threading
import zlib
from io import BytesIO

import numpy as np
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from cnnviz.text import Refusal

MAX_BYTES = 20_000_000
MAX_PIXELS = 25_000_000
MAX_SIDE = 10_000
MAX_JPEG_SCANS = 100  # cameras write 1, progressive files about 10

# How a file begins. Its name and the type the browser claims are not looked at: both may lie.
READABLE = {
    "PNG": rb"\x89PNG\r\n\x1a\n",
    "JPEG": rb"\xff\xd8\xff",
    "WebP": rb"RIFF.{4}WEBP",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{13}\0\0\0",  # zeros: the size of the second header is below 256
}
NOT_READABLE = {
    "PDF": rb"%PDF-",
    "SVG": rb"(\xef\xbb\xbf)?\s*(<\?xml.*)?<svg",
    "HTML": rb"(?i)(\xef\xbb\xbf)?\s*<(!doctype html|html)",
    "ZIP": rb"PK(\x03\x04|\x05\x06)",
    "HEIC": rb".{4}ftyp(hei|hev|mif1|msf1)",
    "AVIF": rb".{4}ftypavi",
    "MP4": rb".{4}ftyp",
    "TIFF": rb"II\*\0|MM\0\*",
    "ICO": rb"\0\0\x01\0",
    "PSD": rb"8BPS",
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "JPEG 2000": rb"\0\0\0\x0cjP  ",
}
PLAIN_TEXT = rb"[\t\n\f\r\x20-\x7e\x80-\xff]+"  # no other control characters

PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
# A segment begins here. Left out: stuffed and fill bytes, and the markers without a length.
JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
JPEG_EXTRAS = {*range(0xE1, 0xF0), 0xFE} - {0xEE}  # APP1 to APP15, comment; not 0xEE, Adobe's inks

# EXIF orientation: the turn that brings the stored picture upright. 1 is upright already.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


# A picture of 25 megapixels takes up to 450 MB while it is decoded: two at a time, others wait.
_decoding = threading.BoundedSemaphore(2)


class ImageError(Refusal):
    """Bytes that are no picture we take; the sentence says what came and what to do."""


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Decode a PNG, JPEG, WebP, BMP or GIF file, upright, transparent places on white.

    Args:
        data: The whole file. Of an animation, the first frame counts.
        max_pixels: More is refused from the header alone; where a small picture is expected.

    Returns:
        (H, W, 3) uint8 RGB, a new array. 16-bit samples are scaled (their high byte), not clipped.

    Raises:
        ImageError: If the file is empty, too large, damaged, cut off or of another format.
    """
    return _decode(data, "RGB", max_pixels)


def decode_rgba(data: bytes, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Decode like `decode`, but keep the transparency, as the drawing canvas needs it.

    Args:
        data: The whole file.
        max_pixels: As for `decode`.

    Returns:
        (H, W, 4) uint8 RGBA, a new array; alpha 255 is opaque, colours are not premultiplied.
    """
    return _decode(data, "RGBA", max_pixels)


def fit(image: np.ndarray, longest_side: int) -> np.ndarray:
    """Shrink a picture until its longest side fits; each new pixel is the mean of its area.

    Args:
        image: (H, W, 3) or (H, W, 4) uint8.
        longest_side: Pixels allowed, at least 1.

    Returns:
        (h, w, 3 or 4) uint8 of the same proportions, at least one pixel a side. A picture that
        fits already comes back as an equal copy: it is never enlarged.
    """
    height, width = image.shape[:2]
    scale = longest_side / max(height, width)
    if scale >= 1:
        return image.copy()
    size_wh = max(1, round(width * scale)), max(1, round(height * scale))
    return np.array(Image.fromarray(image).resize(size_wh, Image.Resampling.BOX))


def fit_within(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Shrink a picture until it fits into a box, as `fit` does; it is never enlarged."""
    tall, wide = image.shape[:2]
    return fit(image, max(1, round(max(tall, wide) * min(height / tall, width / wide))))


def _decode(data: bytes, mode: str, max_pixels: int) -> np.ndarray:
    if not data:
        raise ImageError("images.empty")
    if len(data) > MAX_BYTES:
        raise ImageError("images.too_many_bytes", num_bytes=len(data), max_bytes=MAX_BYTES)
    name = _format(data)
    if max_pixels < MAX_PIXELS:  # a stroke does not queue behind photographs
        return _pixels(data, name, mode, max_pixels)
    with _decoding:
        return _pixels(data, name, mode, max_pixels)


def _pixels(data: bytes, name: str, mode: str, max_pixels: int) -> np.ndarray:
    try:
        image = _open(data, name, max_pixels)
        if mode == "RGB" and image.has_transparency_data:
            rgba = image if image.mode == "RGBA" else image.convert("RGBA")
            image = Image.new("RGB", rgba.size, "white")
            image.paste(rgba, mask=rgba)
        return np.array(image if image.mode == mode else image.convert(mode))
    except ImageError:
        raise
    except Exception as error:
        # Broad on purpose: on broken files Pillow and zlib raise SyntaxError, struct.error,
        # OSError, EOFError, MemoryError and more, and a visitor must see a sentence for each.
        raise ImageError("images.damaged", name=name, num_bytes=len(data)) from error


def _format(data: bytes) -> str:
    """The name of a format we read; all others are refused by name where we know it."""
    start = data[:1024]
    for name, pattern in (READABLE | NOT_READABLE).items():
        if re.match(pattern, start, re.DOTALL):
            if name in READABLE:
                return name
            raise ImageError("images.known_format", name=name)
    if re.fullmatch(PLAIN_TEXT, start):
        raise ImageError("images.plain_text", num_bytes=len(data))
    raise ImageError("images.unknown_format", num_bytes=len(data), start=start[:8].hex(" ").upper())


def _open(data: bytes, name: str, max_pixels: int) -> Image.Image:
    """The upright picture, 8 bits a channel, in the mode of the file."""
    # The classes, not Image.open: that warns about large pictures before we can refuse them.
    if name == "PNG":
        picture, exif = _png_picture(data)
        image = PngImageFile(BytesIO(picture))
    elif name == "JPEG":
        picture, exif = _jpeg_picture(data)
        image = JpegImageFile(BytesIO(picture))
    elif name == "GIF":
        size_wh, picture = _gif_picture(data)
        _check_size(size_wh, max_pixels)  # first: Pillow may fill a frame on opening
        image, exif = GifImageFile(BytesIO(picture)), b""
    elif name == "WebP":
        _check_size(_webp_size(data), max_pixels)  # before Pillow: libwebp allocates while it opens
        image = WebPImageFile(BytesIO(data))
        exif = image.info.get("exif", b"")
    else:
        image, exif = BmpImageFile(BytesIO(data)), b""
    # For all: only Pillow knows which of two contradicting headers counts.
    _check_size(image.size, max_pixels)

    turn = TURNS.get(_orientation(exif))
    upright = image if turn is None else image.transpose(turn)
    if upright.mode == "I;16":  # Pillow's own way to 8 bits would clip all above 255 to white
        return Image.fromarray((np.asarray(upright) >> 8).astype(np.uint8))
    return upright


def _check_size(size_wh: tuple[int, int], max_pixels: int) -> None:
    width, height = size_wh
    numbers = {"width": width, "height": height, "num_pixels": width * height}
    if width * height > max_pixels:
        raise ImageError("images.too_many_pixels", **numbers, max_pixels=max_pixels)
    if max(size_wh) > MAX_SIDE:
        raise ImageError("images.side_too_long", **numbers, max_side=MAX_SIDE)


def _png_picture(data: bytes) -> tuple[bytes, bytes]:
    """The chunks that make the picture, and the EXIF block. Every checksum must be right."""
    kept, exif, kind, position = [data[:8]], b"", b"", 8
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        chunk = data[position : position + length + 12]  # length, kind, content, checksum
        position += len(chunk)
        if kind == b"eXIf":
            exif = chunk[8:-4]
        elif kind in PNG_PICTURE:
            if zlib.crc32(chunk[4:-4]) != int.from_bytes(chunk[-4:]):
                raise ValueError(f"The checksum of {kind} is wrong.")  # Pillow skips those of IDAT
            kept.append(chunk)
    return b"".join(kept), exif


def _jpeg_picture(data: bytes) -> tuple[bytes, bytes]:
    """The segments that make the picture, and the EXIF block."""
    kept, exif, marker, position, num_scans = [data[:2]], b"", 0, 2, 0
    while marker != 0xD9:  # end of image
        start, end = JPEG_MARKER.search(data, position).span()
        kept.append(data[position:start])  # the pixels, where the last segment began a scan
        marker = data[end - 1]
        position = end if marker == 0xD9 else end + int.from_bytes(data[end : end + 2])
        segment = data[start:position]
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            exif = exif or segment[10:]
        elif marker not in JPEG_EXTRAS:
            kept.append(segment)
        num_scans += marker == 0xDA
        if num_scans > MAX_JPEG_SCANS:
            # Each scan walks over all pixels: 40 bytes of file cost 20 ms, 100 kB a minute.
            raise ValueError(f"More than {MAX_JPEG_SCANS} scans.")
    return b"".join(kept), exif


def _gif_picture(data: bytes) -> tuple[tuple[int, int], bytes]:
    """The size (width, height), and a GIF of the first frame alone."""

    def palette_bytes(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 128 else 0

    width, height, flags = struct.unpack_from("<HHB", data, 6)
    position = 13 + palette_bytes(flags)
    header, control, block = data[:position], b"", b""
    while not block.startswith(b","):
        start = position
        if data[start] == 0x2C:  # a comma: the frame
            left, top, frame_width, frame_height, flags = struct.unpack_from(
                "<4HB", data, start + 1
            )
            position += 11 + palette_bytes(flags)
        elif data[start] == 0x21:  # an exclamation mark: an extension
            position += 2
        else:
            raise ValueError(f"Expected a GIF block at byte {start}, got {data[start]:#x}.")
        while data[position]:  # sub-blocks, each after its length, until one of length 0
            position += data[position] + 1
        position += 1
        block = data[start:position]
        if block.startswith(b"!\xf9\x04"):  # graphic control: which colour is transparent
            control = block
    # A first frame may be larger than its screen: then Pillow enlarges the screen.
    size_wh = max(width, left + frame_width), max(height, top + frame_height)
    return size_wh, header + control + block + b";"


def _webp_size(data: bytes) -> tuple[int, int]:
    """(width, height) from the first chunk: lossy, lossless or extended."""
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    raise ValueError(f"Expected a VP8 chunk, got {kind!r}.")


def _orientation(exif: bytes) -> int:
    """The EXIF tag 0x0112; 1, upright, where the block is missing or damaged.

    Pillow's own reader of EXIF warns about each oddity, and a camera's odd EXIF is no fault of the
    picture.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (num_tags,) = struct.unpack_from(f"{order}H", exif, directory)
        for index in range(num_tags):
            entry = struct.unpack_from(f"{order}HHIH", exif, directory + 2 + 12 * index)
            if entry[0] == 0x0112:  # tag, type, count, value
                return entry[3]
    except struct.error:
        pass
    return 1
