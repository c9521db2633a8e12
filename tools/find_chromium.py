"""Print the path of a Chromium for the browser tests, installing one where there is none.

In this order: CNNVIZ_CHROMIUM, one on the PATH, Playwright's own, Debian's package when run as
root, Playwright's download. One that does not start is passed over.

    python -m tools.find_chromium
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def starts(path: str | None) -> bool:
    """Whether there is a browser that really starts: some systems have a stub of that name."""
    if not path:
        return False
    try:
        subprocess.run([path, "--version"], check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def playwrights_own() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def candidates() -> Iterator[str | None]:
    """Where a Chromium may be, in our order; Playwright is asked last, it takes a second."""
    yield os.environ.get("CNNVIZ_CHROMIUM")
    yield from map(shutil.which, NAMES)
    yield playwrights_own()


def installed() -> str | None:
    """A Chromium that is already there. Not to be asked while Playwright is in use."""
    return next(filter(starts, candidates()), None)


def run(*command: str) -> bool:
    """Whether a command succeeded; its output goes to the terminal, not into the path we print."""
    try:
        subprocess.run(command, check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def main() -> None:
    path = installed()
    if path is None and shutil.which("apt-get") and os.geteuid() == 0:
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        packages = ("chromium", "fonts-noto-cjk")  # Chinese needs a font in screenshots
        _ = run("apt-get", "update", "-q") and run("apt-get", "install", "-q", "-y", *packages)
        path = installed()
    if path is None:
        run(sys.executable, "-m", "playwright", "install", "chromium")
        path = installed()
    if path is None:
        sys.exit(
            "No Chromium was found for the browser tests and none could be installed. Install "
            "Chromium or Chrome (Debian: apt-get install chromium), or name one: "
            "CNNVIZ_CHROMIUM=/path/to/chromium make test"
        )
    print(path)


if __name__ == "__main__":
    main()
