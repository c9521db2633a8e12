"""Reads a checked `.keras` file with Keras and saves a clean copy, in a process of its own.

    python -m cnnviz.uploads.load_guarded FOLDER MEMORY SECONDS PARAMETERS

`FOLDER` holds given.keras; afterwards clean.keras, and result.json: what Keras counts, or why it
could not be loaded. The weights are the only part that a visitor wrote: an HDF5 file, read by a
large C library. So this process has little memory and time, and writes small files alone. On Linux
(x86-64, ARM64) the kernel lets it open no connection and start no program, whatever code runs in
it; elsewhere, or where the kernel has no such filter, that holds for Python code alone. It may read
and write what its user may.
"""

import ctypes
import json
import platform
import re
import struct
import sys
import zipfile
from io import BytesIO
from pathlib import Path

from cnnviz.uploads import archive

GIVEN, CLEAN, RESULT = "given.keras", "clean.keras", "result.json"
BIGGEST_FILE = 400_000_000  # bytes; 60 million parameters are 240 MB
MOST_OBJECTS = 20_000  # groups and data sets in the weights
SPARE = 4  # times the parameters: the optimizer's two moments lie in the same file

# linux/prctl.h, linux/seccomp.h, linux/bpf_common.h
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06
ALLOWED, NOT_PERMITTED = 0x7FFF0000, 0x00050001
# linux/audit.h, asm/unistd.h: execve, execveat, socket, io_uring_setup, ptrace, process_vm_writev,
# and setpgid and setsid, by which a copy of it would outlive it.
CALLS = {
    "x86_64": (0xC000003E, (59, 322, 41, 425, 101, 311, 109, 112)),
    "aarch64": (0xC00000B7, (221, 281, 198, 425, 117, 271, 154, 157)),
}
OTHER_TABLE = 0x40000000  # of calls, on x86-64: from this number on

FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.system", "os.posix_spawn", "os.fork", "pty.")

# Why the weights cannot be used: names of sentences (assets/text/<language>/uploaded.toml).
REASONS = (
    *("weights_damaged", "weights_link", "weights_none", "weights_not_finite", "weights_shape"),
    *("weights_too_large", "weights_too_many", "memory", "not_loaded"),
)
MISMATCH = re.compile(
    r"variable\.shape=\(([^)]*)\), Received: value\.shape=\(([^)]*)\).*?<Variable path=([^,]+),",
    re.DOTALL,
)
NO_VALUES = re.compile(r"Layer '([^']+)' expected (\d+) variables, but received (\d+)")


class Unusable(Exception):
    """One of the REASONS, and the values of its sentence."""

    def __init__(self, reason: str, **values: object):
        super().__init__(reason)
        self.reason, self.values = reason, values


def confine(memory: int, seconds: int) -> None:
    """Limits that this process cannot lift again."""
    import resource  # where there is none, on Windows, nothing is loaded at all

    limits = {
        resource.RLIMIT_DATA: memory,  # what is allocated; libraries and their maps are not
        resource.RLIMIT_CPU: seconds * 2,  # of all its threads together
        resource.RLIMIT_FSIZE: BIGGEST_FILE,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        resource.setrlimit(kind, (limit, limit))
    forbid_calls()

    def forbid(event: str, _arguments: tuple) -> None:
        if event.startswith(FORBIDDEN):
            raise PermissionError(f"{event} is not allowed here.")

    sys.addaudithook(forbid)  # everywhere: an audit hook cannot be taken off


def forbid_calls() -> bool:
    """Have the kernel refuse new connections and programs; whether it does.

    Threads that start later are held as well.
    """
    if sys.platform != "linux" or platform.machine() not in CALLS:
        return False
    machine, calls = CALLS[platform.machine()]
    # A program for the kernel: (what to do, steps on if so, steps on if not, with which number).
    tests = [(AT_LEAST, OTHER_TABLE), *((EQUAL, number) for number in calls)]
    steps = [(LOAD, 0, 0, 4), (EQUAL, 0, len(tests) + 2, machine), (LOAD, 0, 0, 0)]
    steps += [(test, len(tests) - at, 0, number) for at, (test, number) in enumerate(tests)]
    steps += [(ANSWER, 0, 0, ALLOWED), (ANSWER, 0, 0, NOT_PERMITTED)]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    header = struct.pack("HP", len(steps), ctypes.addressof(program))
    prctl = ctypes.CDLL(None).prctl
    ones = [ctypes.c_ulong(number) for number in (1, 0, 0, 0)]
    return prctl(NO_NEW_PRIVILEGES, *ones) == prctl(SET_SECCOMP, FILTER, header) == 0


def check_weights(content: bytes, parameters: int) -> None:
    """Nothing in the HDF5 file leads out of it, or unfolds to more than the layers need.

    Raises:
        Unusable: If it does.
    """
    import h5py
    import numpy as np

    values = objects = 0

    def walk(group: h5py.Group) -> None:
        nonlocal values, objects
        for name in group:
            objects += 1
            if objects > MOST_OBJECTS:
                raise Unusable("weights_too_many", limit=MOST_OBJECTS)
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise Unusable("weights_link", name=name)
            found = group[name]
            if isinstance(found, h5py.Group):
                if found.name.count("/") > 40:
                    raise Unusable("weights_too_many", limit=MOST_OBJECTS)
                walk(found)
                continue
            if found.external or found.is_virtual:
                raise Unusable("weights_link", name=name)
            values += found.size or 0
            if values > SPARE * parameters + MOST_OBJECTS:
                raise Unusable("weights_too_large", parameters=parameters, found=values)
            if found.dtype.kind not in "fiu":
                raise Unusable("weights_damaged")
            if found.dtype.kind == "f" and not np.isfinite(found[()]).all():
                raise Unusable("weights_not_finite", name=found.name)

    with h5py.File(BytesIO(content)) as file:
        walk(file)


def counted(model, path: str = "") -> dict[str, tuple[list[int], int]]:
    """Layer → shape of its output and number of its parameters, as Keras says."""
    found = {}
    for layer in model.layers:
        if hasattr(layer, "layers"):
            found |= counted(layer, f"{path}{layer.name}.")
        elif type(layer).__name__ != "InputLayer":
            found[path + layer.name] = (list(layer.output.shape[1:]), layer.count_params())
    return found


def load(folder: Path, parameters: int) -> dict:
    """Check, load, save; returns what is to be told."""
    given = folder / GIVEN
    with zipfile.ZipFile(given) as file:
        content = file.read(archive.WEIGHTS)
    try:
        check_weights(content, parameters)
    except (OSError, RuntimeError, ValueError, KeyError) as error:  # h5py, on a damaged file
        raise Unusable("weights_damaged") from error
    import keras

    from cnnviz.architectures import keras_layers  # noqa: F401  registers our own two layers

    try:
        model = keras.saving.load_model(given, compile=False, safe_mode=True)
    except (MemoryError, Unusable):
        raise
    except Exception as error:  # Keras raises many kinds; each means that these do not fit
        raise _unfitting(str(error)) from error
    model.save(folder / CLEAN)
    return {"layers": counted(model), "parameters": model.count_params()}


def _unfitting(message: str) -> Unusable:
    if found := MISMATCH.search(message):
        expected, got, path = found.groups()
        return Unusable("weights_shape", layer=path, expected=expected, found=got)
    if found := NO_VALUES.search(message):
        layer, expected, got = found.groups()
        return Unusable("weights_none", layer=layer, expected=expected, found=got)
    if "OOM" in message or "allocate" in message:
        return Unusable("memory")
    return Unusable("not_loaded")


def main(folder: Path, memory: int, seconds: int, parameters: int) -> None:
    confine(memory, seconds)
    try:
        result = load(folder, parameters)
    except Unusable as error:
        result = {"refused": error.reason, "values": error.values}
        print(repr(error.__cause__ or error), file=sys.stderr)
    except MemoryError:
        result = {"refused": "memory", "values": {}}
    (folder / RESULT).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
