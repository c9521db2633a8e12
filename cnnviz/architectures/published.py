"""What papers and slides print about the networks, as data with its sources.

Errors are in per cent. Where a printed number of parameters or multiply-adds is not what the rows
add up to, `Printed.agrees` says so: show both.
"""

from dataclasses import dataclass

from cnnviz.architectures import ARCHITECTURES


@dataclass(frozen=True)
class Paper:
    authors: str
    year: int
    title: str
    link: str


@dataclass(frozen=True)
class Printed:
    """A number as printed: 138 M is Printed(138e6, 1e6)."""

    value: float
    step: float  # of its last digit

    def agrees(self, computed: float) -> bool:
        """Whether rounding (or cutting off, which some papers do) gives the printed number."""
        return self.sign(computed) != "≠"

    def sign(self, computed: float) -> str:
        """ "✓" where rounding gives the printed number, "≈" where cutting off does, else "≠"."""
        over = computed - self.value
        if abs(over) <= self.step / 2:
            return "✓"
        return "≈" if 0 < over < self.step else "≠"

    def deviation(self, computed: float) -> str:
        """How far the computed number is from the printed one: "+1.8 %"."""
        return f"{100 * (computed / self.value - 1):+.1f} %".replace("-", "−")


@dataclass(frozen=True)
class Errors:
    """How often a network was wrong, on which data and how it was asked."""

    top1: float | None
    top5: float | None
    # single_crop, ten_crop; many_crops (144); dense (the whole picture, one scale),
    # dense_scales (several scales)
    protocol: str
    data: str = "imagenet_val"  # imagenet_test, ilsvrc2010_test, cifar10_test, mnist_test
    networks: int = 1  # more are an ensemble


@dataclass(frozen=True)
class Published:
    """A network in its paper. What was new are keys of texts."""

    name: str
    paper: Paper
    new: tuple[str, ...]
    parameters: Printed | None = None
    multiply_adds: Printed | None = None
    errors: tuple[Errors, ...] = ()


LECUN = Paper(
    "LeCun, Bottou, Bengio, Haffner",
    1998,
    "Gradient-Based Learning Applied to Document Recognition",
    "https://doi.org/10.1109/5.726791",
)
KRIZHEVSKY = Paper(
    "Krizhevsky, Sutskever, Hinton",
    2012,
    "ImageNet Classification with Deep Convolutional Neural Networks",
    "https://papers.nips.cc/paper/4824",
)
ZEILER = Paper(
    "Zeiler, Fergus",
    2013,
    "Visualizing and Understanding Convolutional Networks",
    "https://arxiv.org/abs/1311.2901",
)
SIMONYAN = Paper(
    "Simonyan, Zisserman",
    2014,
    "Very Deep Convolutional Networks for Large-Scale Image Recognition",
    "https://arxiv.org/abs/1409.1556",
)
GOOGLENET = Paper(
    "Szegedy et al.", 2014, "Going Deeper with Convolutions", "https://arxiv.org/abs/1409.4842"
)
IOFFE = Paper(
    "Ioffe, Szegedy",
    2015,
    "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift",
    "https://arxiv.org/abs/1502.03167",
)
INCEPTION_V3 = Paper(
    "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
    2015,
    "Rethinking the Inception Architecture for Computer Vision",
    "https://arxiv.org/abs/1512.00567",
)
HE = Paper(
    "He, Zhang, Ren, Sun",
    2015,
    "Deep Residual Learning for Image Recognition",
    "https://arxiv.org/abs/1512.03385",
)
SANDLER = Paper(
    "Sandler, Howard, Zhu, Zhmoginov, Chen",
    2018,
    "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
    "https://arxiv.org/abs/1801.04381",
)
TAN = Paper(
    "Tan, Le",
    2019,
    "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
    "https://arxiv.org/abs/1905.11946",
)
REDMON = Paper(
    "Redmon, Farhadi",
    2018,
    "YOLOv3: An Incremental Improvement",
    "https://arxiv.org/abs/1804.02767",
)
LIU = Paper(
    "Liu et al.", 2015, "SSD: Single Shot MultiBox Detector", "https://arxiv.org/abs/1512.02325"
)


def millions(value: float, step: float = 1.0) -> Printed:
    return Printed(value * 1e6, step * 1e6)


def billions(value: float, step: float = 0.1) -> Printed:
    return Printed(value * 1e9, step * 1e9)


def _vgg(name: str, parameters: float, top1: float, top5: float) -> Published:
    """Table 2 and the single scale of 256 in table 3."""
    errors = (Errors(top1, top5, "dense"),)
    return Published(name, SIMONYAN, ("small_kernels", "depth"), millions(parameters), None, errors)


def _resnet(
    name: str, operations: float, top1: float, top5: float | None, new: str, *more: Errors
) -> Published:
    """Table 1 (multiply-adds), tables 2 and 3 (10 crops), 4 (several scales)."""
    errors = (Errors(top1, top5, "ten_crop"), *more)
    return Published(name, HE, (new,), None, billions(operations), errors)


PUBLISHED: dict[str, Published] = {
    "lenet5": Published(
        "LeNet-5",
        LECUN,
        ("convolutions_learned",),
        Printed(60_000, 1_000),
        errors=(Errors(0.95, None, "single_crop", "mnist_test"),),
    ),
    "alexnet_two_towers": Published(
        "AlexNet",
        KRIZHEVSKY,
        ("relu", "dropout", "local_response_normalisation", "two_gpus", "augmentation"),
        millions(60),
        errors=(
            Errors(37.5, 17.0, "ten_crop", "ilsvrc2010_test"),
            Errors(40.7, 18.2, "ten_crop"),
            Errors(36.7, 15.4, "ten_crop", networks=7),
            Errors(None, 15.3, "ten_crop", "imagenet_test", networks=7),
        ),
    ),
    "zfnet": Published(
        "ZFNet",
        ZEILER,
        ("smaller_first_kernels", "more_filters", "looking_inside"),
        errors=(
            Errors(37.5, 16.0, "ten_crop"),
            Errors(36.0, 14.7, "ten_crop", networks=6),
        ),
    ),
    "vgg11": _vgg("VGG-11 (A)", 133, 29.6, 10.4),
    "vgg11_lrn": _vgg("VGG-11 (A-LRN)", 133, 29.7, 10.5),
    "vgg13": _vgg("VGG-13 (B)", 133, 28.7, 9.9),
    "vgg16_c": _vgg("VGG-16 (C)", 134, 28.1, 9.4),
    "vgg16": _vgg("VGG-16 (D)", 138, 27.0, 8.8),
    "vgg19": _vgg("VGG-19 (E)", 144, 27.3, 9.0),
    "googlenet": Published(
        "GoogLeNet",
        GOOGLENET,
        ("inception", "bottleneck", "global_pooling", "auxiliary_heads"),
        multiply_adds=billions(1.5),
        errors=(
            Errors(None, 10.07, "single_crop"),
            Errors(None, 9.15, "ten_crop"),
            Errors(None, 7.89, "many_crops"),
            Errors(None, 6.67, "many_crops", networks=7),
        ),
    ),
    "bn_inception": Published(
        "BN-Inception",
        IOFFE,
        ("batch_normalisation", "two_3x3_for_5x5"),
        millions(13.6, 0.1),
        errors=(
            Errors(25.2, 7.82, "single_crop"),
            Errors(21.99, 5.82, "many_crops"),
            Errors(20.1, 4.9, "many_crops", networks=6),
            Errors(None, 4.82, "many_crops", "imagenet_test", networks=6),
        ),
    ),
    "inception_v3": Published(
        "Inception v3",
        INCEPTION_V3,
        ("factorised_kernels", "halving_side_by_side", "label_smoothing"),
        multiply_adds=billions(5, 1),
        errors=(
            Errors(21.2, 5.6, "single_crop"),
            Errors(17.3, 3.5, "many_crops", networks=4),
        ),
    ),
    "resnet18": _resnet("ResNet-18", 1.8, 27.88, None, "residual_blocks"),
    "resnet34": Published(
        "ResNet-34",
        HE,
        ("residual_blocks",),
        multiply_adds=billions(3.6),
        # Option B, as built here: projections where a shortcut changes shape.
        errors=(Errors(24.52, 7.46, "ten_crop"), Errors(21.84, 5.71, "dense_scales")),
    ),
    "resnet50": _resnet(
        *("ResNet-50", 3.8, 22.85, 6.71, "bottleneck_blocks"),
        Errors(20.74, 5.25, "dense_scales"),
    ),
    "resnet101": _resnet(
        *("ResNet-101", 7.6, 21.75, 6.05, "bottleneck_blocks"),
        Errors(19.87, 4.60, "dense_scales"),
    ),
    "resnet152": Published(
        "ResNet-152",
        HE,
        ("bottleneck_blocks",),
        multiply_adds=billions(11.3),
        errors=(Errors(21.43, 5.71, "ten_crop"), Errors(19.38, 4.49, "dense_scales")),
    ),
    "plain18": _resnet("plain-18", 1.8, 27.94, None, "comparison"),
    "plain34": _resnet("plain-34", 3.6, 28.54, 10.02, "comparison"),
    "resnet20": Published(
        "ResNet-20",
        HE,
        ("residual_blocks",),
        millions(0.27, 0.01),
        errors=(Errors(8.75, None, "single_crop", "cifar10_test"),),
    ),
    "resnet56": Published(
        "ResNet-56",
        HE,
        ("residual_blocks",),
        millions(0.85, 0.01),
        errors=(Errors(6.97, None, "single_crop", "cifar10_test"),),
    ),
    "mobilenet_v2": Published(
        "MobileNetV2",
        SANDLER,
        ("inverted_residuals", "linear_bottlenecks"),
        millions(3.4, 0.1),
        millions(300),
        (Errors(28.0, None, "single_crop"),),
    ),
    # https://github.com/tensorflow/tpu/blob/master/models/official/efficientnet/lite/README.md
    "efficientnet_lite0": Published(
        "EfficientNet-Lite0",
        TAN,
        ("compound_scaling", "for_phones"),
        millions(4.7, 0.1),
        millions(407),
        (Errors(24.9, None, "single_crop"),),
    ),
    "yolov3_tiny": Published("YOLOv3-tiny", REDMON, ("one_pass", "two_map_sizes")),
    "ssd_mobilenet_v2": Published("SSD MobileNetV2", LIU, ("default_boxes", "six_map_sizes")),
}


# --------------------------------------------------------------------- tables of the lecture


@dataclass(frozen=True)
class Winner:
    """Best published results of a year's ILSVRC classification, top-5 error on the test set."""

    year: int
    team: str
    top5: float
    architecture: str | None = None  # the network here that it was made of
    layers: int | None = None
    networks: str = ""  # where they are none of these


ILSVRC = (
    Winner(2010, "NEC-UIUC", 28.2),
    Winner(2011, "XRCE", 25.8),
    Winner(2012, "SuperVision", 16.4, "alexnet_two_towers", 8),
    Winner(2013, "Clarifai", 11.7, "zfnet", 8),
    Winner(2014, "VGG", 7.3, "vgg19", 19),  # second
    Winner(2014, "GoogLeNet", 6.7, "googlenet", 22),
    Winner(2015, "MSRA", 3.57, "resnet152", 152),
    Winner(2016, "Trimps-Soushen", 2.99, networks="Inception, ResNet"),
    Winner(2017, "WMW", 2.25, networks="SENet"),
)
HUMAN_TOP5 = 5.1  # one trained annotator; Russakovsky et al. 2015, section 6.4

# Simonyan and Zisserman, table 3: network, smallest side in training and test, top-1, top-5.
VGG_SINGLE_SCALE = (
    ("vgg11", "256", 256, 29.6, 10.4),
    ("vgg11_lrn", "256", 256, 29.7, 10.5),
    ("vgg13", "256", 256, 28.7, 9.9),
    ("vgg16_c", "256", 256, 28.1, 9.4),
    ("vgg16_c", "384", 384, 28.1, 9.3),
    ("vgg16_c", "[256;512]", 384, 27.3, 8.8),
    ("vgg16", "256", 256, 27.0, 8.8),
    ("vgg16", "384", 384, 26.8, 8.7),
    ("vgg16", "[256;512]", 384, 25.6, 8.1),
    ("vgg19", "256", 256, 27.3, 9.0),
    ("vgg19", "384", 384, 26.9, 8.7),
    ("vgg19", "[256;512]", 384, 25.5, 8.0),
)

# Szegedy et al. 2014, table 1, block → parameters in units of 1,024, multiply-adds in millions.
# The rows agree with the multiply-adds but for conv1 (the paper's was factorised) and 5a. Its
# parameters of 4c contradict its own multiply-adds.
GOOGLENET_TABLE = {
    "conv1": (2.7, 34),
    "conv2": (112, 360),
    "inception_3a": (159, 128),
    "inception_3b": (380, 304),
    "inception_4a": (364, 73),
    "inception_4b": (437, 88),
    "inception_4c": (463, 100),
    "inception_4d": (580, 119),
    "inception_4e": (840, 170),
    "inception_5a": (1072, 54),
    "inception_5b": (1388, 71),
    "logits": (1000, 1),
}

# Ioffe and Szegedy, figure 3: model, steps to 72.2 % in millions, best accuracy in per cent.
BN_STEPS = (
    ("Inception", 31.0, 72.2),
    ("BN-Baseline", 13.3, 72.7),
    ("BN-x5", 2.1, 73.0),
    ("BN-x30", 2.7, 74.8),
    ("BN-x5-Sigmoid", None, 69.8),
)

# The lecture's table: network, top-5 error of the ensemble, layers as the papers count them.
INCEPTION_FAMILY = (
    ("GoogLeNet", 6.67, 22),
    ("BN-Inception", 4.82, None),
    ("Inception v3", 3.5, 42),
    ("Inception v4", 3.08, None),
)


# --------------------------------------------------------------------- where the slides are wrong


@dataclass(frozen=True)
class Misprint:
    """A number on a slide that its own calculation does not give."""

    architecture: str
    quantity: str  # an attribute of the architecture, or of one of its rows
    printed: float
    row: str | None = None

    @property
    def computed(self) -> int:
        architecture = ARCHITECTURES[self.architecture]
        return getattr(architecture[self.row] if self.row else architecture, self.quantity)


MISPRINTS: dict[str, Misprint] = {
    # 28×28×3×512 + 512×10 + 10, said to be 407,050: a colour too many, 512 biases too few.
    "dense_parameters": Misprint("mnist_dense", "parameters", 28 * 28 * 3 * 512 + 512 * 10 + 10),
    "vgg16_values": Misprint("vgg16", "activations", 24e6),
    "vgg16_bytes": Misprint("vgg16", "activation_bytes", 96e6),
    "inception_values": Misprint("inception_naive", "values", 529e3, "concatenate"),
    "inception_multiply_adds": Misprint("inception_reduced", "multiply_adds", 358e6),
    # "Only 5 million parameters", twelve times fewer than AlexNet.
    "googlenet_parameters": Misprint("googlenet", "parameters", 5e6),
}
