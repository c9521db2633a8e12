"""The zip that a `.keras` file is: its description and its weights, read within limits."""

import json
import re
import zipfile
import zlib
from io import BytesIO

from cnnviz.text import Refusal

MAX_BYTES = 20_000_000  # of the file; what the server accepts (.streamlit/config.toml)
MAX_UNPACKED = 30_000_000  # of the weights
MAX_DESCRIPTION = 2_000_000  # of config.json; that of ResNet-152 has 600,000
MAX_ENTRIES = 100
MAX_RATIO = 100  # unpacked by packed; Keras itself does not compress

DESCRIPTION, WEIGHTS, METADATA = "config.json", "model.weights.h5", "metadata.json"
CENTRAL_ENTRY = b"PK\x01\x02"  # one stands before each entry of a zip's table of contents
HDF5 = b"\x89HDF\r\n\x1a\n"
ENCRYPTED = 1  # a bit of an entry's flags


def shown(name: object) -> str:
    """A name out of the file as it may stand in a sentence: short, and no markup.

    >>> shown("conv<b>" * 20)[:12]
    'conv?b?conv?'
    """
    return re.sub(r"[^\w .,:()/>+-]", "?", str(name)[:60])


def unpack(data: bytes) -> tuple[object, bytes]:
    """The description, as JSON says it, and the weights, not looked into.

    Raises:
        Refusal: If this is no `.keras` file, or one that unfolds to more than it should.
    """
    if not data:
        raise Refusal("uploaded.refused.empty")
    if len(data) > MAX_BYTES:
        raise Refusal("uploaded.refused.too_many_bytes", found=len(data), limit=MAX_BYTES)
    if data.startswith(HDF5):
        raise Refusal("uploaded.refused.h5")
    try:
        return _unpack(data)
    except Refusal:
        raise
    except Exception as error:
        # Broad on purpose: on broken files zipfile and zlib raise BadZipFile, EOFError,
        # NotImplementedError, OverflowError, struct.error and more.
        reason = "damaged" if data.startswith(b"PK") else "not_a_zip"
        raise Refusal(f"uploaded.refused.{reason}", found=len(data)) from error


def pack(description: object, weights: bytes) -> bytes:
    """A `.keras` file."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(METADATA, "{}")
        archive.writestr(DESCRIPTION, json.dumps(description))
        archive.writestr(WEIGHTS, weights)
    return file.getvalue()


def _unpack(data: bytes) -> tuple[object, bytes]:
    # Counted first: zipfile makes an object of each, half a gigabyte from 20 MB.
    num_entries = data.count(CENTRAL_ENTRY)
    if num_entries > MAX_ENTRIES:
        raise Refusal("uploaded.refused.too_many_entries", found=num_entries, limit=MAX_ENTRIES)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        names = [entry.filename for entry in entries]
        _check_names(names)
        for entry in entries:
            _check_entry(entry)
        by_name = dict(zip(names, entries, strict=True))
        text = _read(archive, by_name[DESCRIPTION], MAX_DESCRIPTION)
        weights = _read(archive, by_name[WEIGHTS], MAX_UNPACKED)
    return _parsed(text), weights


def _check_names(names: list[str]) -> None:
    if any(name.endswith("saved_model.pb") for name in names):
        raise Refusal("uploaded.refused.saved_model")
    some = ", ".join(map(shown, names[:3]))
    if DESCRIPTION not in names:
        raise Refusal("uploaded.refused.no_description", names=some, found=len(names))
    if WEIGHTS not in names:
        raise Refusal("uploaded.refused.no_weights", names=some)
    for name in names:
        if names.count(name) > 1:
            raise Refusal("uploaded.refused.twice", name=shown(name))
        if name not in (DESCRIPTION, WEIGHTS, METADATA):
            raise Refusal("uploaded.refused.foreign", name=shown(name))


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & ENCRYPTED:
        raise Refusal("uploaded.refused.encrypted", name=entry.filename)
    # Python unfolds bzip2 and LZMA without an end: a kilobyte could become a gigabyte at once.
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refusal("uploaded.refused.packing", name=entry.filename)
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise Refusal(
            "uploaded.refused.bomb",
            name=entry.filename,
            packed=entry.compress_size,
            unpacked=entry.file_size,
            limit=MAX_RATIO,
        )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> bytes:
    """An entry, of which no more is unpacked than may be; the headers may lie."""
    with archive.open(entry) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise Refusal("uploaded.refused.too_large", name=entry.filename, limit=limit)
    if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
        raise ValueError(f"{entry.filename} is not what the table of contents says.")
    return content


def _parsed(text: bytes) -> object:
    def no_number(word: str) -> None:
        raise ValueError(f"{word} is no number of JSON.")

    try:
        return json.loads(text, parse_constant=no_number)
    except RecursionError as error:
        raise Refusal("uploaded.refused.too_deep") from error
    except ValueError as error:
        raise Refusal("uploaded.refused.no_json", found=len(text)) from error
