"""How long a rerun takes for 1, 20, 60 and 200 students who draw digits at the same time."""

import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from websockets import WebSocketException

from benchmarks.drawings import canvas_state
from benchmarks.report import Line, high, median, ms
from benchmarks.server import DEFAULTS, Server, running
from benchmarks.visit import RERUN_LIMIT, NoAnswer, Visit, first_digit, visit, warm_up

LEVELS = (1, 20, 60, 200)  # students
SECONDS = 12  # of drawing at each level
PAUSE = (0.5, 1.5)  # seconds between an answer and the next stroke
MOST_STROKES = 30  # of one student
AIMS = {1: ("median", 0.050), 60: ("p95", 0.300), 200: ("p95", 1.0)}  # seconds, from design.md
ALONE = 15  # reruns one after the other, for a page and for the comparison


@dataclass
class Level:
    """What a number of students met."""

    students: int
    reruns: list[float] = field(default_factory=list)  # seconds each
    errors: int = 0
    opened: float = 0  # seconds until every student had the page
    seconds: float = 0  # from the first stroke to the last answer
    cpu: float = 0  # processor seconds of the server meanwhile
    client_cpu: float = 0  # and of the simulated students


async def student(tab: Visit, number: int, end: float, level: Level) -> None:
    """Draw with pauses until the end; nobody draws what somebody drew before."""
    chance = random.Random(number)
    for stroke in range(MOST_STROKES):
        drawing = canvas_state(MOST_STROKES * (1000 * level.students + number) + stroke)
        await asyncio.sleep(chance.uniform(*PAUSE))
        if time.perf_counter() > end:
            return
        try:
            level.reruns.append(await tab.draw(drawing))
        except (NoAnswer, OSError, TimeoutError, WebSocketException):
            level.errors += 1
            return  # what arrives after this would be the answer to an earlier drawing


async def drawing_class(server: Server, students: int, seconds: float) -> Level:
    """Let students open /digits within a few seconds of each other, then all draw."""
    level = Level(students)
    async with AsyncExitStack() as tabs:

        async def arrive(number: int) -> Visit:
            await asyncio.sleep(0.02 * number)
            tab = await first_digit(server)
            tabs.push_async_callback(tab.socket.close)
            return tab

        started = time.perf_counter()
        here = await asyncio.gather(*(arrive(number) for number in range(students)))
        level.opened = time.perf_counter() - started
        started, cpu, client_cpu = time.perf_counter(), server.cpu(), time.process_time()
        await asyncio.gather(
            *(student(tab, i, started + seconds, level) for i, tab in enumerate(here))
        )
        level.seconds, level.cpu = time.perf_counter() - started, server.cpu() - cpu
        level.client_cpu = time.process_time() - client_cpu
    return level


async def one_after_the_other(server: Server) -> float:
    """Median seconds of a single student's reruns without a pause."""
    tab = await first_digit(server)
    times = [await tab.draw(canvas_state(seed)) for seed in range(ALONE)]
    await tab.socket.close()
    return median(times[3:])


async def every_page(server: Server) -> list[Line]:
    """The rerun of each page as it opens, one visitor, nothing changed."""
    lines = []
    start = await visit(server, "")
    await start.socket.close()
    for page in start.pages:
        tab = await visit(server, page)
        times = [await tab.rerun() for _ in range(ALONE)]
        await tab.socket.close()
        seconds = median(times[3:])
        lines.append(Line(f"1 on /{page}: rerun, median", ms(seconds), 0.050, seconds))
    return lines


def lines_of(level: Level) -> list[Line]:
    """The rows of the table for one level."""
    name, times = f"{level.students} drawing", level.reruns
    which, aim = AIMS.get(level.students, ("p95", None))
    if not times:
        return [Line(name, f"no answer, {level.errors} errors", aim, RERUN_LIMIT, which)]
    results = {"median": median(times), "p95": high(times), "max": max(times)}
    shown = " · ".join(ms(value) for value in results.values())
    counts = f"{len(times)} · {level.errors} · {len(times) / level.seconds:.0f}/s"
    costs = f"{ms(level.cpu / len(times))} · {ms(level.client_cpu / len(times))}"
    return [
        Line(f"{name}: rerun, median · p95 · max", shown, aim, results[which], which),
        Line(f"{name}: reruns · errors · rate", counts),
        Line(f"{name}: processor time a rerun, server · simulated students", costs),
        Line(f"{name}: the page is there for all after", f"{level.opened:.1f} s"),
    ]


def measure() -> list[Line]:
    """All levels on one server, then one student against Streamlit's defaults."""
    lines = []
    with running() as server:
        asyncio.run(warm_up(server))
        lines += asyncio.run(every_page(server))
        ours = asyncio.run(one_after_the_other(server))
        for students in LEVELS:
            lines += lines_of(asyncio.run(drawing_class(server, students, SECONDS)))
    with running("benchmarks/defaults_app.py", DEFAULTS) as server:
        asyncio.run(warm_up(server))
        theirs = asyncio.run(one_after_the_other(server))
    text = f"{ms(ours)} · {ms(theirs)} · {theirs / ours:.1f}×"
    return [*lines, Line("drawing without a pause: ours · Streamlit's defaults · ratio", text)]
