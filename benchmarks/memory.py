"""Resident memory of the server: after warm-up, and with a large class in it."""

import asyncio

from benchmarks.report import Line
from benchmarks.server import running
from benchmarks.sessions import drawing_class
from benchmarks.visit import warm_up

AIM = 1300.0  # MB with all bundled models loaded, from design.md
STUDENTS = 200
SECONDS = 3  # of drawing: every student once or twice


def measure() -> list[Line]:
    """MB (10^6 bytes) of the process and its children."""
    with running() as server:
        asyncio.run(warm_up(server))
        warm = server.memory()
        asyncio.run(drawing_class(server, STUDENTS, SECONDS))
        full = server.memory()
    each = f"{(full - warm) / STUDENTS:.2f} MB"
    return [
        Line("memory after warm-up and a first digit", f"{warm:.0f} MB", AIM, warm),
        Line(f"memory after {STUDENTS} students have drawn", f"{full:.0f} MB", AIM, full),
        Line("memory that a student adds", each),
    ]
