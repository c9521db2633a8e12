"""Starts the guarded process, one at a time, and keeps what it leaves behind."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from cnnviz import ROOT, uploads
from cnnviz.architectures import Architecture
from cnnviz.text import Refusal
from cnnviz.uploads.archive import shown
from cnnviz.uploads.description import Inspected, differing
from cnnviz.uploads.load_guarded import CLEAN, GIVEN, REASONS, RESULT

MEMORY = 2_500_000_000  # bytes that it may allocate; TensorFlow alone takes 0.6 billion
SECONDS = 90
MOST_WAITING = 12
MOST_KEPT = 200_000_000  # bytes of clean copies, of all visitors together
MOST_UPLOADS = 100


@dataclass(frozen=True)
class Loaded:
    """A model that Keras has read."""

    file: bytes = field(repr=False)  # a .keras file that our own process saved
    parameters: int  # as Keras counts them
    differing: tuple[str, ...]  # layers for which Keras counts other values than we do


def load(inspected: Inspected, memory: int = MEMORY, seconds: float = SECONDS) -> Loaded:
    """Let Keras read an inspected model, in a process of its own.

    Raises:
        Refusal: If its weights cannot be used, or reading them takes more than is allowed.
    """
    with tempfile.TemporaryDirectory(prefix="cnnviz-upload-") as name:
        folder = Path(name)
        (folder / GIVEN).write_bytes(inspected.file)
        _run(folder, inspected.architecture.parameters, memory, seconds)
        try:
            result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            # It ended without a word: native code that gets no memory ends the process.
            raise Refusal("uploaded.refused.memory", limit=memory // 10**6) from error
        if (refused := result.get("refused")) in REASONS:
            values = {"limit": memory // 10**6} | result["values"]
            values = {
                name: value if isinstance(value, int) else shown(value)
                for name, value in values.items()
            }
            raise Refusal(f"uploaded.refused.{refused}", **values)
        clean = (folder / CLEAN).read_bytes()
    return Loaded(clean, result["parameters"], differing(inspected, result["layers"]))


def _run(folder: Path, parameters: int, memory: int, seconds: float) -> None:
    numbers = map(str, (memory, max(1, round(seconds)), parameters))
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "",  # a GPU would be mapped into its memory
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "cnnviz.uploads.load_guarded", str(folder), *numbers],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise Refusal("uploaded.refused.time", limit=seconds) from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and whatever it has started
        process.wait()


# One at a time: each process takes 600 MB for TensorFlow alone.

_turn = threading.BoundedSemaphore(1)
_lock = threading.Lock()
_line: list["Upload"] = []  # being loaded, or waiting for it
_kept: dict[str, "Upload"] = {}  # of all visitors, the latest last


@dataclass(eq=False)
class Upload:
    """A visitor's model: its rows at once, and in a while what Keras says."""

    digest: str
    architecture: Architecture
    loading: "Future[Loaded]" = field(default_factory=Future)
    num_visitors: int = 0  # who gave it, and no other file since

    @property
    def waiting_before(self) -> int:
        """How many are loaded before this one; 0 from its own turn on."""
        with _lock:
            return _line.index(self) if self in _line else 0

    @property
    def has_failed(self) -> bool:
        return self.loading.done() and self.loading.exception() is not None

    @property
    def num_bytes(self) -> int:
        loaded = self.loading.done() and not self.has_failed
        return len(self.loading.result().file) if loaded else 0


def accept(data: bytes, instead_of: Upload | None = None) -> Upload:
    """Have a model loaded, in its turn; the same file, given again, is loaded once.

    One that failed is tried again: there may have been too little time or memory.

    Args:
        data: The whole file.
        instead_of: What the same visitor gave before: its place in the line is given up.

    Raises:
        Refusal: If the file cannot be taken, or too many wait already.
    """
    digest = hashlib.sha256(data).hexdigest()
    known = recall(digest)
    inspected = None if known and not known.has_failed else uploads.inspect(data)
    with _lock:
        known = _kept.get(digest, known)  # of another visitor, meanwhile
        is_new = inspected and (known is None or known.has_failed)
        if is_new and len(_line) - (instead_of in _line) >= MOST_WAITING:
            raise Refusal("uploaded.refused.busy", found=len(_line))
        upload = Upload(digest, inspected.architecture) if is_new else known
        if upload is not instead_of:
            upload.num_visitors += 1
            if instead_of:
                _withdraw(instead_of)
        if not is_new:
            return upload
        _kept.pop(digest, None)  # the latest stands last
        _kept[digest] = upload
        _line.append(upload)
    threading.Thread(target=_load_in_turn, args=(upload, inspected), daemon=True).start()
    return upload


def _withdraw(upload: Upload) -> None:
    """One visitor less; without any, an upload does not wait any longer."""
    upload.num_visitors -= 1
    if upload.num_visitors == 0 and upload.loading.cancel():  # not once it is being loaded
        _line.remove(upload)
        del _kept[upload.digest]


def recall(digest: str) -> Upload | None:
    """An upload as long as it is kept."""
    with _lock:
        return _kept.get(digest)


def _load_in_turn(upload: Upload, inspected: Inspected) -> None:
    with _turn:
        if not upload.loading.set_running_or_notify_cancel():
            return  # withdrawn
        try:
            upload.loading.set_result(load(inspected))
        except Exception as error:  # told where the result is asked for
            upload.loading.set_exception(error)
        with _lock:
            _line.remove(upload)
            for digest, other in list(_kept.items()):
                size = sum(one.num_bytes for one in _kept.values())
                if size <= MOST_KEPT and len(_kept) <= MOST_UPLOADS:
                    break
                if other is not upload and other not in _line:
                    del _kept[digest]
