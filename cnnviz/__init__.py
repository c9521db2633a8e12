"""cnnviz: convolutional networks as working instruments."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "assets"
