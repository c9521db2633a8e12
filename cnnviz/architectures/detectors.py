"""YOLOv3-tiny and SSD MobileNetV2: maps in which every place speaks for boxes around it.

Sources: Redmon and Farhadi 2018, https://arxiv.org/abs/1804.02767, the network of Darknet's
yolov3-tiny.cfg; Liu et al. 2015, https://arxiv.org/abs/1512.02325, in the form of TensorFlow's
Object Detection API for Open Images V4 (24 labels, the first of them background).
"""

from dataclasses import replace

from cnnviz.architectures.layers import (
    Activation,
    BatchNormalisation,
    Concatenate,
    Convolution,
    DepthwiseConvolution,
    LeakyReLU,
    Pooling,
    Reshape,
    UpSampling,
)
from cnnviz.architectures.mobile import mobilenet_v2_base
from cnnviz.architectures.network import Architecture, Builder
from cnnviz.architectures.units import RELU6, normalised

YOLO_CLASSES = 80  # of COCO
YOLO_BOXES = 3  # at every place of each of the two maps
SSD_LABELS = 24


# --------------------------------------------------------------------- YOLOv3-tiny


def yolov3_tiny() -> Architecture:
    """3 · (4 + 1 + 80) numbers at every place of a 13×13 map (large objects) and a 26×26 map."""
    net = Builder((416, 416, 3))
    numbers = YOLO_BOXES * (4 + 1 + YOLO_CLASSES)
    number = 0

    def convolution(filters: int, kernel: int, *inputs: str) -> str:
        nonlocal number
        number += 1
        with net.block(f"conv{number}"):
            return normalised(
                net,
                f"conv{number}",
                Convolution(filters, kernel, padding="same"),
                *inputs,
                activation=LeakyReLU(0.1),
                normalisation=BatchNormalisation(epsilon=1e-5),
            )

    def prediction() -> str:
        nonlocal number
        number += 1
        return net.add(f"conv{number}", Convolution(numbers, 1))

    for filters in (16, 32, 64, 128, 256, 512):
        fine = convolution(filters, 3)
        # The last pooling keeps its map at 13×13.
        stride, padding = (2, "valid") if filters < 512 else (1, "same")
        net.add(f"pool{number}", Pooling(2, stride, padding))
        if filters == 256:
            fine_map = fine
    convolution(1024, 3)
    coarse = convolution(256, 1)
    convolution(512, 3)
    prediction()
    convolution(128, 1, coarse)
    larger = net.add("upsample", UpSampling(2))
    net.add("route", Concatenate(), larger, fine_map)
    convolution(256, 3)
    prediction()
    return net.architecture("yolov3_tiny", "detection")


# --------------------------------------------------------------------- SSD MobileNetV2


def _folded(
    net: Builder,
    name: str,
    convolution: Convolution | DepthwiseConvolution,
    *inputs: str,
    activation: Activation | None = RELU6,
) -> str:
    """The convolution with its batch normalisation folded into weights and bias."""
    function = activation.function if activation else None
    return net.add(name, replace(convolution, activation=function), *inputs)


def ssd_mobilenet_v2() -> Architecture:
    """1,917 boxes on six maps: (1917, 4) box encodings and (1917, 24) logits.

    The released weights have their batch normalisations folded into the convolutions, so these
    have biases here.
    """
    net = Builder((300, 300, 3))
    mobilenet_v2_base(net, _folded)
    maps = ["block_13_expand", "Conv_1"]
    for number, filters in enumerate((512, 256, 256, 128), start=2):
        with net.block(f"extra_{number}"):
            _folded(net, f"extra_{number}_reduce", Convolution(filters // 2, 1))
            maps.append(_folded(net, f"extra_{number}", Convolution(filters, 3, 2, "same")))
    paths: dict[str, list[str]] = {"boxes": [], "logits": []}
    for number, source in enumerate(maps):
        boxes = 6 if number else 3  # at every place; the largest map has the fewest
        height, width, _ = net.shape(source)
        with net.block(f"predictor_{number}"):
            for what, size in (("boxes", 4), ("logits", SSD_LABELS)):
                name = f"{what}_{number}"
                net.add(f"{name}_conv", Convolution(boxes * size, 1), source)
                paths[what].append(net.add(name, Reshape((height * width * boxes, size))))
    for what, parts in paths.items():
        net.add(what, Concatenate(axis=-2), *parts)
    return net.architecture("ssd_mobilenet_v2", "detection")
