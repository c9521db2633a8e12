"""python -m benchmarks [start] [strokes] [stepping] [sessions] [memory]; all without a name."""

import sys
import time

from benchmarks import memory, sessions, start, stepping, strokes
from benchmarks.browser import CHROMIUM
from benchmarks.report import cores_in_use, machine, table, write

PARTS = {
    "start": start.measure,
    "strokes": strokes.measure,
    "stepping": stepping.measure,
    "sessions": sessions.measure,
    "memory": memory.measure,
}


def main(chosen: list[str]) -> None:
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        sys.exit(f"No part is called {', '.join(unknown)}; there are {', '.join(PARTS)}.")
    facts, lines = machine(CHROMIUM), []
    busy, began = [], time.perf_counter()
    for name in chosen or PARTS:
        print(f"{name} …", file=sys.stderr, flush=True)
        busy.append(cores_in_use())
        lines += PARTS[name]()
    facts["the run took"] = f"{time.perf_counter() - began:.0f} s"
    facts["cores used by others before each part"] = " · ".join(f"{cores:.1f}" for cores in busy)
    path = write(chosen or ["all"], facts, lines)
    print(table(facts, lines))
    print(f"Stored in benchmarks/results/{path.name} and .json")


if __name__ == "__main__":
    main(sys.argv[1:])
