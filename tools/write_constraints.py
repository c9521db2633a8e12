"""Pin what our requirements need in turn: writes constraints.txt from this environment.

make constraints
"""

import re
import subprocess
import sys

from cnnviz import ROOT

NOT_OURS = {"pip", "py-spy"}  # brought by the environment, or by hand for a profile


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> None:
    direct = {
        normal(match)
        for path in ROOT.glob("requirements*.txt")
        for match in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[.*\])?==", path.read_text(), re.MULTILINE)
    }
    frozen = subprocess.run(
        [sys.executable, "-m", "pip", "freeze", "--all"], check=True, capture_output=True, text=True
    ).stdout
    lines = [
        line
        for line in frozen.splitlines()
        if "==" in line and normal(line.split("==")[0]) not in direct | NOT_OURS
    ]
    head = "# What the packages in requirements*.txt need in turn, as tested (make constraints)."
    (ROOT / "constraints.txt").write_text("\n".join([head, *lines]) + "\n")


if __name__ == "__main__":
    main()
