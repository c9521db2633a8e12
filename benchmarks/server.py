"""The app in a process of its own, started as `make run` starts it."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from cnnviz import ROOT

HOST = "127.0.0.1"
START_LIMIT = 60  # seconds
# The settings of .streamlit/config.toml that cost every visitor time, back at their defaults.
DEFAULTS = ("--runner.postScriptGC", "true", "--server.fileWatcherType", "auto")


@dataclass(frozen=True)
class Server:
    """A running app."""

    port: int
    process: psutil.Popen
    started: float  # time.perf_counter() at the start of the process
    healthy: float  # seconds from there until /_stcore/health answered "ok"

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    def memory(self) -> float:
        """Resident memory of the process and its children, MB (10^6 bytes)."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(process.memory_info().rss for process in family) / 1e6

    def cpu(self) -> float:
        """Processor seconds that the process has used, all cores together."""
        times = self.process.cpu_times()
        return times.user + times.system


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def wait_until_healthy(process: psutil.Popen, port: int) -> bool:
    """Whether the app answered before it ended and before the limit."""
    end = time.perf_counter() + START_LIMIT
    while process.poll() is None and time.perf_counter() < end:
        with contextlib.suppress(OSError):
            health = f"http://{HOST}:{port}/_stcore/health"
            if urllib.request.urlopen(health, timeout=1).read() == b"ok":
                return True
        time.sleep(0.01)
    return False


def stop(process: psutil.Popen) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(10)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def running(entry: str = "app.py", flags: tuple[str, ...] = ()) -> Iterator[Server]:
    """Start the app on a free port, and stop it at the end.

    Args:
        entry: The file to run, relative to the repository.
        flags: Further options of `streamlit run`.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", entry]
    command += ["--server.address", HOST, "--server.port", str(port), *flags]
    with tempfile.TemporaryFile("w+") as log:
        started = time.perf_counter()
        process = psutil.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            if not wait_until_healthy(process, port):
                log.seek(0)
                raise RuntimeError(f"The app did not start:\n{log.read()[-4000:]}")
            yield Server(port, process, started, time.perf_counter() - started)
        finally:
            stop(process)
