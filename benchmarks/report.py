"""The table: what, value, aim, met; with the machine and the versions, never its name or paths."""

import json
import os
import platform
import statistics
import subprocess
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("streamlit", "tensorflow", "keras", "streamlit-drawable-canvas", "websockets")


@dataclass(frozen=True)
class Line:
    """One row. `aim` and `number` are both seconds, or both MB."""

    what: str
    value: str  # with its unit, to read
    aim: float | None = None  # the number should stay below it
    number: float | None = None
    which: str = ""  # of several values that the aim is for

    @property
    def met(self) -> str:
        if self.aim is None:
            return ""
        return "yes" if self.number < self.aim else "**no**"


def median(times: list[float]) -> float:
    return statistics.median(times)


def high(times: list[float]) -> float:
    """The 95th percentile: of 20 values the second largest."""
    return sorted(times)[max(0, -(-95 * len(times) // 100) - 1)]


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


def processor() -> str:
    """The model's name, as Linux tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine(chromium: str) -> dict[str, str]:
    """What the numbers depend on."""
    browser = subprocess.run([chromium, "--version"], capture_output=True, text=True).stdout
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "system": platform.system(),
        "python": platform.python_version(),
        **{package: version(package) for package in PACKAGES},
        "chromium": next((word for word in browser.split() if word[:1].isdigit()), "unknown"),
    }


def cores_in_use() -> float:
    """How busy others keep this machine, while we do nothing for a second."""
    return psutil.cpu_percent(interval=1) / 100 * os.cpu_count()


def aim_text(line: Line) -> str:
    if line.aim is None:
        return ""
    aim = f"{line.aim:.0f} MB" if line.value.endswith("MB") else f"{line.aim:g} s"
    return f"{line.which} < {aim}".strip()


def table(facts: dict[str, str], lines: list[Line]) -> str:
    """Markdown."""
    rows = [f"| {key} | {value} |" for key, value in facts.items()]
    results = [f"| {row.what} | {row.value} | {aim_text(row)} | {row.met} |" for row in lines]
    head = ["| what | value | aim | met |", "|---|---|---|---|"]
    return "\n".join(["| machine | |", "|---|---|", *rows, "", *head, *results, ""])


def write(parts: list[str], facts: dict[str, str], lines: list[Line]) -> Path:
    """Store the table as Markdown and JSON, named by the day and the parts."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{date.today()}-{'-'.join(parts)}.md"
    title = f"# {date.today()}: {', '.join(parts)}\n\nWhat each line means: ../README.md\n\n"
    path.write_text(title + table(facts, lines), encoding="utf-8")
    data = {"machine": facts, "lines": [asdict(line) for line in lines]}
    text = json.dumps(data, indent=1, ensure_ascii=False)
    path.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    return path
