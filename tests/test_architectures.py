"""The networks of the lecture as rows: shapes, counts and formulas, without Keras."""

import doctest
import json
import math
import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction

import pytest

from cnnviz import ROOT, arithmetic
from cnnviz.architectures import ARCHITECTURES, keras_code, layers, network, pattern
from cnnviz.architectures.layers import (
    Activation,
    Add,
    BatchNormalisation,
    Concatenate,
    Convolution,
    Dense,
    DepthwiseConvolution,
    Flatten,
    LeakyReLU,
    PaddedShortcut,
    Pooling,
    Reshape,
    UpSampling,
    ZeroPadding,
)
from cnnviz.architectures.network import Builder, Row
from cnnviz.text import LANGUAGES, Refusal

ROWS = [(key, row) for key, architecture in ARCHITECTURES.items() for row in architecture.rows]
RELEASED = json.loads((ROOT / "tests" / "data" / "released_weights.json").read_text())


def rows(key: str, *kinds: str) -> list[Row]:
    return [row for row in ARCHITECTURES[key].rows if not kinds or row.kind in kinds]


def parameters(key: str, block: str) -> int:
    return sum(row.weights.multipliers for row in ARCHITECTURES[key].blocks[block])


def test_examples_in_the_docstrings():
    for module in (layers, network):
        assert doctest.testmod(module).failed == 0


def test_tables_need_no_tensorflow():
    program = (
        "import sys; from cnnviz.architectures import ARCHITECTURES, keras_code, published; "
        "keras_code(ARCHITECTURES['alexnet']); print({'keras', 'tensorflow'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"


def test_every_network_of_the_course_is_there():
    assert set(ARCHITECTURES) >= {
        *("mnist_cnn", "mnist_dense", "keras_25_50", "cats_and_dogs", "vgg16_base_head"),
        *("lenet5", "alexnet", "alexnet_two_towers", "zfnet"),
        *("vgg11", "vgg11_lrn", "vgg13", "vgg16_c", "vgg16", "vgg19"),
        *("googlenet", "bn_inception", "inception_v3"),
        *("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "plain18", "plain34"),
        *("mobilenet_v2", "efficientnet_lite0", "yolov3_tiny", "ssd_mobilenet_v2"),
    }


# --------------------------------------------------------------------- the lecture's numbers


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("mnist_cnn", 93_322),
        ("mnist_dense", 407_050),
        ("cats_and_dogs", 3_453_121),
        ("vgg16_base_head", 16_812_353),
        ("lenet5", 61_706),
        ("alexnet", 62_378_344),
        ("alexnet_two_towers", 60_965_224),
        ("vgg16", 138_357_544),
        ("keras_25_50", 250 + 50 * 226 + 1_251 * 100 + 101 * 10),
    ],
)
def test_parameters_of_the_lecture(key, expected):
    assert ARCHITECTURES[key].parameters == expected


def test_the_table_of_cats_and_dogs():
    table = [(row.output_shape[0], row.parameters) for row in rows("cats_and_dogs")[1:]]
    assert table == [
        (148, 896),
        (74, 0),
        (72, 18_496),
        (36, 0),
        (34, 73_856),
        (17, 0),
        (15, 147_584),
        (7, 0),
        (6_272, 0),
        (512, 3_211_776),
        (1, 513),
    ]


def test_the_keras_example_has_10_and_226_parameters_a_filter():
    shapes = [row.output_shape for row in rows("keras_25_50")]
    assert shapes == [
        *((28, 28, 1), (26, 26, 25), (13, 13, 25), (11, 11, 50), (5, 5, 50)),
        *((1_250,), (100,), (10,)),
    ]
    example = ARCHITECTURES["keras_25_50"]
    assert example["conv1"].parameters == 25 * 10
    assert example["conv2"].parameters == 50 * 226


def test_freezing_the_base_leaves_the_head():
    whole = ARCHITECTURES["vgg16_base_head"]
    assert whole.trainable_parameters == 16_812_353
    assert sum(row.parameters for row in whole.rows if row.block.startswith("block")) == 14_714_688
    head = whole.frozen_before("flatten")
    assert head.trainable_parameters == 2_097_665  # (8,192 + 1)·256 + 257
    assert head.non_trainable_parameters == 14_714_688
    assert head.parameters == whole.parameters
    # Fine-tuning adds the three convolutions of block 5.
    tuned = whole.frozen_before("block5_conv1")
    assert tuned.trainable_parameters == 2_097_665 + 3 * (9 * 512 + 1) * 512


def test_alexnets_maps():
    shapes = [row.output_shape for row in rows("alexnet", "input", "convolution", "pooling")]
    assert shapes == [
        *((227, 227, 3), (55, 55, 96), (27, 27, 96), (27, 27, 256), (13, 13, 256)),
        *((13, 13, 384), (13, 13, 384), (13, 13, 256), (6, 6, 256)),
    ]
    assert [row.output_shape for row in rows("alexnet", "dense")] == [(4096,), (4096,), (1000,)]
    assert ARCHITECTURES["alexnet"]["conv1"].weights.multipliers == 34_848  # without biases


def test_two_towers_save_half_the_weights_where_they_do_not_meet():
    one, two = ARCHITECTURES["alexnet"], ARCHITECTURES["alexnet_two_towers"]
    for name in ("conv2", "conv4", "conv5"):
        assert one[name].weights.multipliers == 2 * two[name].weights.multipliers
        assert one[name].output_shape == two[name].output_shape
    assert one["conv3"].weights == two["conv3"].weights


def test_zfnets_maps_are_those_of_its_figure():
    sizes = [row.output_shape[0] for row in rows("zfnet", "convolution", "pooling")]
    assert sizes == [110, 55, 26, 13, 13, 13, 13, 6]


@pytest.mark.parametrize(
    ("key", "millions"),
    [
        *(("vgg11", 133), ("vgg11_lrn", 133), ("vgg13", 133)),
        *(("vgg16_c", 134), ("vgg16", 138), ("vgg19", 144)),
    ],
)
def test_vggs_table_2(key, millions):
    assert round(ARCHITECTURES[key].parameters / 1e6) == millions


def test_vgg_c_is_b_with_three_1x1_convolutions():
    more = ARCHITECTURES["vgg16_c"].parameters - ARCHITECTURES["vgg13"].parameters
    assert more == (256 + 1) * 256 + 2 * (512 + 1) * 512


def test_the_memory_of_vgg16():
    """The slide's rows: the picture, 13 convolutions, 5 poolings, 3 dense layers."""
    vgg = ARCHITECTURES["vgg16"]
    by_hand = (
        224 * 224 * (3 + 64 + 64)
        + 112 * 112 * (64 + 128 + 128)
        + 56 * 56 * (128 + 3 * 256)
        + 28 * 28 * (256 + 3 * 512)
        + 14 * 14 * (512 + 3 * 512)
        + 7 * 7 * 512
        + 4096
        + 4096
        + 1000
    )
    assert vgg.activations == by_hand == 15_237_608
    assert round(vgg.activation_bytes / 1e6) == 61
    assert sum(row.activation_bytes for row in vgg.rows) == vgg.activation_bytes


def test_what_works_in_place_needs_no_memory():
    counted = {row.kind for _, row in ROWS if row.activations}
    assert counted == {"input", "convolution", "pooling", "dense", "normalisation", "add"} | {
        "upsampling"
    }
    assert {row.layer for _, row in ROWS if row.kind == "normalisation" and row.activations} == {
        layers.LocalResponseNormalisation()
    }


def test_naive_inception():
    module = ARCHITECTURES["inception_naive"]
    assert module["concatenate"].output_shape == (28, 28, 672)
    assert module["concatenate"].values == 526_848
    assert round(module.multiply_adds / 1e6) == 854
    assert module["concatenate"].shape_formulas == ("128 + 192 + 96 + 256 = 672",)


def test_reduced_inception_adds_up_to_271_million():
    """The slide prints 358 million over exactly these rows."""
    map_size = 28 * 28
    rows_of_the_slide = map_size * (
        64 * 256 + 64 * 256 + 128 * 256 + 192 * 9 * 64 + 96 * 25 * 64 + 64 * 256
    )
    assert ARCHITECTURES["inception_reduced"].multiply_adds == rows_of_the_slide
    assert round(rows_of_the_slide / 1e6) == 271


def test_the_bottleneck():
    direct, through = ARCHITECTURES["direct_5x5"], ARCHITECTURES["bottleneck_5x5"]
    assert f"{direct.multiply_adds:.1e}" == "4.8e+08"
    assert f"{through.multiply_adds:.1e}" == "6.7e+07"
    weights = [sum(row.weights.multipliers for row in net.rows) for net in (direct, through)]
    assert [f"{count:.1e}" for count in weights] == ["6.1e+05", "8.5e+04"]


@pytest.mark.parametrize(
    ("key", "billions"),
    [
        *(("resnet18", 1.8), ("resnet50", 3.8), ("resnet101", 7.6), ("resnet152", 11.3)),
        *(("resnet34", 3.6), ("plain18", 1.8), ("plain34", 3.6)),
    ],
)
def test_multiply_adds_of_the_resnet_paper(key, billions):
    """Table 1, whose numbers are now rounded and now cut off."""
    computed = ARCHITECTURES[key].multiply_adds / 1e9
    assert billions in (round(computed, 1), math.floor(10 * computed) / 10)


# --------------------------------------------------------------------- other people's counts


def without_convolution_biases(key: str) -> int:
    architecture = ARCHITECTURES[key]
    biases = sum(row.weights.biases for row in rows(key, "convolution"))
    return architecture.trainable_parameters - biases


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # torchvision's, which has no biases in front of batch normalisations
        ("resnet18", 11_689_512),
        ("resnet34", 21_797_672),
        ("resnet50", 25_557_032),
        ("resnet101", 44_549_160),
        ("resnet152", 60_192_808),
        ("mobilenet_v2", 3_504_872),
        # He et al., table 6: 0.27 and 0.85 million
        ("resnet20", 269_722),
        ("resnet56", 853_018),
    ],
)
def test_learned_parameters_without_biases(key, expected):
    assert without_convolution_biases(key) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        # osmr/imgclsmob, "AlexNet", "ZFNet-b", "VGG-11" … and Caffe's GoogLeNet with its heads
        ("alexnet", 62_378_344),
        ("zfnet", 107_627_624),
        ("vgg11", 132_863_336),
        ("vgg13", 133_047_848),
        ("vgg19", 143_667_240),
        ("googlenet", 6_998_552),
        ("googlenet_auxiliary", 13_378_280),
    ],
)
def test_parameters_as_others_count_them(key, expected):
    assert ARCHITECTURES[key].parameters == expected


def test_bn_inception_as_others_count_it():
    """The released copies of BN-Inception have (needless) biases: 11,295,240 with them."""
    filters = sum(row.layer.filters for row in rows("bn_inception", "convolution"))
    assert ARCHITECTURES["bn_inception"].trainable_parameters + filters == 11_295_240


def test_inception_modules_of_googlenet_by_hand():
    """3a on 28×28×192: 64, 96 → 128, 16 → 32, pool → 32."""
    weights = 192 * 64 + 192 * 96 + 9 * 96 * 128 + 192 * 16 + 25 * 16 * 32 + 192 * 32
    assert parameters("googlenet", "inception_3a") == weights
    block = ARCHITECTURES["googlenet"].blocks["inception_3a"]
    assert sum(row.multiply_adds for row in block) == 28 * 28 * weights
    assert block[-1].output_shape == (28, 28, 256)


def kernels_of(key: str) -> Counter:
    counted: Counter = Counter()
    for row in rows(key, "convolution"):
        depthwise = isinstance(row.layer, DepthwiseConvolution)
        seen = 1 if depthwise else row.input_shapes[0][2] // row.layer.groups
        counted["x".join(map(str, (*row.layer.sides, seen, row.output_shape[2])))] += 1
    return counted


@pytest.mark.parametrize("key", RELEASED)
def test_rows_are_those_of_the_released_weights(key):
    """Read from the files by tools/list_released_weights.py."""
    assert ARCHITECTURES[key].parameters == RELEASED[key]["values"]
    assert kernels_of(key) == RELEASED[key]["kernels"]


def test_constants_of_the_released_weights():
    """Darknet: slope 0.1, ε = 10⁻⁵; TensorFlow's Lite0: ReLU6, ε = 10⁻³; SSD: ReLU6, folded."""
    yolo, lite0, ssd = map(
        ARCHITECTURES.get, ("yolov3_tiny", "efficientnet_lite0", "ssd_mobilenet_v2")
    )
    assert {row.layer for row in yolo.rows if row.kind == "activation"} == {LeakyReLU(0.1)}
    assert {row.layer.epsilon for row in yolo.rows if row.kind == "normalisation"} == {1e-5}
    assert {row.layer for row in lite0.rows if row.kind == "activation"} == {Activation("relu6")}
    assert {row.layer.epsilon for row in lite0.rows if row.kind == "normalisation"} == {1e-3}
    linear = [
        row.name for row in ssd.rows if row.kind == "convolution" and not row.layer.activation
    ]
    assert all(name.endswith(("_project", "_conv")) for name in linear)
    assert len(linear) == 17 + 12  # the narrow ends, and two predictors for each map
    assert not [row for row in ssd.rows if row.kind == "normalisation"]


def test_poolings_of_bn_inception_are_those_of_its_figure():
    pools = [row.layer for row in rows("bn_inception", "pooling") if "inception" in row.name]
    operations = [pool.operation for pool in pools]
    assert operations == ["average"] * 2 + ["max"] + ["average"] * 4 + ["max", "average", "max"]
    assert [pool.stride for pool in pools] == [1, 1, 2, 1, 1, 1, 1, 2, 1, 1]


def test_detectors_give_what_their_decoders_expect():
    yolo, ssd = ARCHITECTURES["yolov3_tiny"], ARCHITECTURES["ssd_mobilenet_v2"]
    assert [row.output_shape for row in yolo.outputs] == [(13, 13, 255), (26, 26, 255)]
    assert [(row.name, row.output_shape) for row in ssd.outputs] == [
        ("boxes", (1917, 4)),
        ("logits", (1917, 24)),
    ]
    assert [shape[0] for shape in ssd["boxes"].input_shapes] == [1083, 600, 150, 54, 24, 6]


# --------------------------------------------------------------------- what the rows say


@pytest.mark.parametrize(
    ("key", "depth"),
    [
        *(("lenet5", 5), ("alexnet", 8), ("zfnet", 8), ("vgg16", 16), ("vgg19", 19)),
        *(("googlenet", 22), ("resnet18", 18), ("resnet34", 34), ("resnet50", 50)),
        *(("resnet101", 101), ("resnet152", 152), ("plain34", 34), ("resnet20", 20)),
        *(("resnet56", 56), ("plain56", 56)),
    ],
)
def test_depth_is_the_number_in_the_name(key, depth):
    assert ARCHITECTURES[key].depth == depth


def test_two_heads_on_one_body_are_no_stack():
    net = Builder((8, 8, 1))
    net.add("flatten", Flatten())
    net.add("what", Dense(3))
    assert net.architecture("one", "test").is_stack
    net.add("where", Dense(4), "flatten")
    fork = net.architecture("two", "test")
    assert not fork.is_stack
    assert [row.name for row in fork.outputs] == ["what", "where"]


def test_names_are_unique_and_can_stand_in_a_program():
    for architecture in ARCHITECTURES.values():
        names = [row.name for row in architecture.rows]
        assert len(set(names)) == len(names)
        assert all(name.isidentifier() for name in names)


def test_every_row_takes_earlier_rows():
    for architecture in ARCHITECTURES.values():
        shapes = {}
        for row in architecture.rows:
            assert row.input_shapes == tuple(shapes[name] for name in row.inputs)
            shapes[row.name] = row.output_shape


def value_of(formula: str) -> int:
    """
    >>> value_of("⌊(227 − 11)/4⌋ + 1"), value_of("⌈13/2⌉"), value_of("(5·5·96/2 + 1)·256")
    (55, 7, 307456)
    """
    floor = re.sub(r"⌊\((\d+) − (\d+)\)/(\d+)⌋", r"((\1 - \2) // \3)", formula.replace(",", ""))
    ceiling = re.sub(r"⌈(\d+)/(\d+)⌉", r"-(-\1 // \2)", floor)
    return eval(ceiling.replace("·", "*").replace("−", "-"))


def check(equation: str, expected: int) -> None:
    left, right = equation.split(" = ")
    assert right == f"{expected:,}", equation
    assert value_of(left) == expected, equation


def test_every_formula_gives_the_number_beside_it():
    for _, row in ROWS:
        assert bool(row.parameter_formula) == (row.parameters > 0)
        if row.parameters:
            check(row.parameter_formula, row.parameters)
        assert bool(row.multiply_add_formula) == (row.multiply_adds > 0)
        if row.multiply_adds:
            check(row.multiply_add_formula, row.multiply_adds)
        check(row.value_formula, row.values)
        for equation in row.shape_formulas:
            axis = getattr(row.layer, "axis", 0)
            check(equation, row.output_shape[axis])  # all maps here are square


def test_formulas_are_written_as_in_the_lecture():
    vgg, resnet = ARCHITECTURES["vgg16"], ARCHITECTURES["resnet18"]
    assert vgg["block2_conv1"].parameter_formula == "(3·3·64 + 1)·128 = 73,856"
    assert vgg["fc1"].parameter_formula == "(25,088 + 1)·4,096 = 102,764,544"
    assert vgg["block1_conv1"].multiply_add_formula == "224·224·64·3·3·3 = 86,704,128"
    assert vgg["block1_pool"].shape_formulas == ("⌊(224 − 2)/2⌋ + 1 = 112",)
    assert resnet["conv1_bn"].parameter_formula == "(2 + 2)·64 = 256"
    assert resnet["conv1_conv"].parameter_formula == "7·7·3·64 = 9,408"
    tower = ARCHITECTURES["alexnet_two_towers"]["conv2"]
    assert tower.parameter_formula == "(5·5·96/2 + 1)·256 = 307,456"


def test_height_and_width_have_their_own_formula_where_they_differ():
    net = Builder((32, 48, 3))
    net.add("conv", Convolution(8, (3, 5), stride=2))
    row = net.architecture("wide", "test")["conv"]
    assert row.output_shape == (15, 22, 8)
    assert row.shape_formulas == ("⌊(32 − 3)/2⌋ + 1 = 15", "⌊(48 − 5)/2⌋ + 1 = 22")


# --------------------------------------------------------------------- receptive fields


@pytest.mark.parametrize(
    ("key", "row", "field", "jump"),
    [
        # Araujo et al. 2019, table of google-research/receptive_field
        ("alexnet", "conv2", 51, 8),
        ("alexnet", "pool5", 195, 32),
        ("vgg11", "block5_pool", 150, 32),
        ("vgg16", "block3_conv2", 32, 4),
        ("vgg16", "block5_pool", 212, 32),
        ("resnet50", "conv5_block3_out", 483, 32),
        ("resnet101", "conv5_block3_out", 1027, 32),
        ("resnet152", "conv5_block3_out", 1507, 32),
        ("bn_inception", "inception_3c_output", 123, 16),
        ("bn_inception", "inception_4e_output", 443, 32),
        ("bn_inception", "inception_5b_output", 699, 32),
        ("inception_v3", "mixed2", 127, 8),
        ("inception_v3", "mixed7", 927, 16),
        ("inception_v3", "mixed8", 1055, 32),
        ("inception_v3", "mixed10", 1311, 32),
        # upsampling halves the jump and adds nothing
        ("yolov3_tiny", "upsample", 254, 16),
    ],
)
def test_receptive_fields_as_others_compute_them(key, row, field, jump):
    assert ARCHITECTURES[key][row].receptive_field == (field, field)
    assert ARCHITECTURES[key][row].jump == jump


def test_numbers_without_biases():
    """AlexNet's CONV1 has 11·11·3·96 = 34,848; a normalisation of 16 channels 3·16 of 4·16."""
    assert ARCHITECTURES["alexnet"]["conv1"].without_biases == 34_848
    net = Builder((8, 8, 16))
    net.add("norm", BatchNormalisation())
    assert net.architecture("norm", "test")["norm"].without_biases == 48


def test_a_convolution_as_a_dense_layer():
    """The MNIST CNN's first: 784 inputs to 26·26·32 outputs, 53,066 times as many parameters."""
    first = ARCHITECTURES["mnist_cnn"]["conv1"]
    assert first.as_dense == arithmetic.dense_parameters(28 * 28, 26 * 26 * 32) == 16_981_120
    assert first.as_dense_formula == "(784 + 1)·21,632 = 16,981,120"
    assert first.as_dense / first.parameters == 53_066


def test_behind_an_enlargement_neighbours_are_half_a_pixel_apart():
    """Each pixel four times: three neighbours hold two pixels at most, four hold three."""
    net = Builder((8, 8, 1))
    net.add("up", UpSampling(2))
    net.add("conv", Convolution(1, 3, padding="same"))
    net.add("pool", Pooling(2, 2))
    net.add("last", Convolution(1, 3, padding="same"))
    small = net.architecture("small", "test")
    assert [row.receptive_field[0] for row in small.rows] == [1, 1, 2, 3, 5]
    assert small["up"].jump == small["conv"].jump == Fraction(1, 2)
    assert small["up"].extent == (8, 8)
    assert small.receptive_field_formulas(small["conv"]) == ("1 + (3 − 1)·1/2 = 2",)
    assert small.receptive_field_formulas(small["pool"]) == ()  # 2 + (2 − 1)·1/2 is no whole number
    assert small.receptive_field_formulas(small["last"]) == ("3 + (3 − 1)·1 = 5",)


def test_behind_a_reordering_a_window_may_see_everything_and_no_formula_says_how_much():
    net = Builder((8, 8, 1))
    net.add("reshape", Reshape((4, 16, 1)))
    net.add("conv", Convolution(1, 3))
    mixed = net.architecture("mixed", "test")
    assert mixed["conv"].receptive_field == (8, 8)
    assert mixed.receptive_field_formulas(mixed["conv"]) == ()
    net.add("straight", Convolution(1, (5, 1), padding="same"), "image")
    net.add("cut", Pooling(2, 2), "straight")
    net.add("tall", Reshape((4, 4, 1)), "cut")
    net.add("both", Concatenate(), "cut", "tall")
    net.add("after", Convolution(1, 3), "both")
    assert (
        net.architecture("mixed", "test")["after"].receptive_field
        == net.architecture("mixed", "test")["cut"].extent
    )


def test_zeros_add_channels_and_take_none():
    with pytest.raises(ValueError, match="16 → 8"):
        PaddedShortcut(2, 8).output_shape((8, 8, 16))


def test_receptive_fields_of_stacks_are_those_of_the_arithmetic():
    for key in ("mnist_cnn", "cats_and_dogs", "lenet5", "alexnet", "vgg19", "plain34"):
        windows = []
        for row in ARCHITECTURES[key].rows[1:]:
            if len(row.output_shape) != 3:
                break
            (side, _), stride = row.layer.window()
            windows.append((side, stride))
            field = arithmetic.receptive_field(windows)
            assert row.receptive_field == (field, field)
            assert row.jump == math.prod(stride for _, stride in windows)


def test_long_kernels_see_far_in_one_direction():
    """1×7 on the 17×17 maps of Inception v3, 16 pixels apart."""
    v3 = ARCHITECTURES["inception_v3"]
    before, after = v3["mixed4_7x7_1"], v3["mixed4_7x7_2"]
    assert after.layer.sides == (1, 7)
    assert after.receptive_field == (159, 159 + 6 * 16)
    assert before.receptive_field == (159, 159)
    assert v3.receptive_field_formulas(after) == (
        "159 + (1 − 1)·16 = 159",
        "159 + (7 − 1)·16 = 255",
    )


def test_the_mnist_cnns_dense_layer_never_sees_the_last_two_rows():
    """5×5 places 4 pixels apart, each sees 18: 18 + 2·4 = 26 of 28; pooling drops the rest."""
    cnn = ARCHITECTURES["mnist_cnn"]
    assert cnn["conv3"].receptive_field == (18, 18)
    assert cnn["conv3"].extent == (26, 26)
    assert cnn["flatten"].receptive_field == (18, 18)  # each of its units is a unit of conv3
    assert cnn["dense1"].receptive_field == (26, 26)
    assert cnn["dense1"].jump is None


def test_the_field_grows_by_the_formula_beside_it():
    for architecture in ARCHITECTURES.values():
        for row in architecture.rows:
            for equation in architecture.receptive_field_formulas(row):
                check(equation, int(equation.split(" = ")[1].replace(",", "")))
                assert int(equation.split(" = ")[1].replace(",", "")) in row.receptive_field


def test_three_3x3_see_as_far_as_one_7x7_with_fewer_weights():
    three, one = Builder((32, 32, 64)), Builder((32, 32, 64))
    for number in range(3):
        three.add(f"conv{number}", Convolution(64, 3, padding="same", bias=False))
    one.add("conv", Convolution(64, 7, padding="same", bias=False))
    small, large = three.architecture("three", "test"), one.architecture("one", "test")
    assert small.rows[-1].receptive_field == large.rows[-1].receptive_field == (7, 7)
    assert small.parameters == 3 * 9 * 64**2
    assert large.parameters == 49 * 64**2


# --------------------------------------------------------------------- what cannot be built


def test_a_map_that_shrinks_to_nothing_is_told_with_its_layer():
    """32 → 30, 28, 14 → 12, 10, 5 → 3, 1: nothing is left to pool."""
    assert pattern((32, 32, 3), convolutions=2, repeats=2)["pool2"].output_shape[0] == 5
    with pytest.raises(Refusal) as refused:
        pattern((32, 32, 3), convolutions=2, repeats=3)
    assert refused.value.key == "architectures.refused.too_small"
    for language in LANGUAGES:
        sentence = refused.value.sentence(language)
        assert "pool3" in sentence
        assert "2×2" in sentence
        assert "1×1" in sentence


def test_same_padding_keeps_the_map_until_the_poolings_have_eaten_it():
    assert pattern((32, 32, 3), 3, 5, padding="same")["pool5"].output_shape == (1, 1, 512)
    with pytest.raises(ValueError, match="At layer pool6 a window of 2×2 no longer fits"):
        pattern((32, 32, 3), 3, 6, padding="same")


@pytest.mark.parametrize(
    ("shape", "layer", "message"),
    [
        ((8, 8, 3), Dense(10), "Flatten the map first"),
        ((8, 8, 3), Convolution(8, 3, groups=2), "2 groups cannot share 3 channels"),
        ((8, 8, 3), Reshape((7, 7)), "the number of values differs"),
        ((8, 8, 3), Pooling(9, 1), "a window of 9×9 no longer fits on the map, of which 8×8"),
    ],
)
def test_impossible_layers_are_told_with_their_name(shape, layer, message):
    with pytest.raises(ValueError, match=f"ayer '?broken'?.*{message}"):
        Builder(shape).add("broken", layer)


def test_only_what_fits_can_meet():
    net = Builder((8, 8, 3))
    net.add("small", Pooling(2, 2))
    with pytest.raises(ValueError, match=r"Only equal shapes can be added, got \(8, 8, 3\), \(4"):
        net.add("sum", Add(), "image", "small")
    with pytest.raises(ValueError, match="agree in all but one axis"):
        net.add("both", Concatenate(), "image", "small")
    with pytest.raises(ValueError, match="There is a row 'small' already"):
        net.add("small", Pooling(2, 2))
    net.add("flat", Flatten())
    with pytest.raises(ValueError, match="before the map is flattened"):
        net.add("late", Convolution(8, 3))


def test_a_kernel_may_be_as_large_as_the_map_but_no_larger():
    net = Builder((5, 5, 1))
    net.add("all", Convolution(1, 5))
    assert net.shape("all") == (1, 1, 1)
    with pytest.raises(Refusal):
        Builder((5, 5, 1)).add("wide", Convolution(1, 3, dilation=3))  # spans 7
    padded = Builder((5, 5, 1))
    padded.add("pad", ZeroPadding(1))
    padded.add("wide", Convolution(1, 3, dilation=3))
    padded.add("up", UpSampling(3))
    assert padded.shape("up") == (3, 3, 1)


# --------------------------------------------------------------------- the pattern


def test_the_pattern_without_repeats_is_a_linear_classifier():
    """INPUT → FC."""
    linear = pattern((28, 28, 1), repeats=0, hidden=0)
    assert [row.kind for row in linear.rows] == ["input", "flatten", "dense"]
    assert linear.parameters == 7_850


def test_the_pattern_of_the_lecture():
    """INPUT → [CONV → RELU → CONV → RELU → POOL]×3 → [FC → RELU]×2 → FC."""
    net = pattern((64, 64, 3), convolutions=2, repeats=3, hidden=2)
    once = ["convolution", "convolution", "pooling"]
    kinds = [row.kind for row in net.rows]
    assert kinds == ["input", *once, *once, *once, "flatten", *["dense"] * 3]
    filters = [row.layer.filters for row in net.rows if row.kind == "convolution"]
    assert filters == [32, 32, 64, 64, 128, 128]
    assert {row.layer.activation for row in net.rows if row.kind in ("convolution", "dense")} == {
        "relu",
        None,
    }
    assert list(net.blocks)[1:4] == ["repeat1", "repeat2", "repeat3"]


def test_the_pattern_makes_the_lectures_networks():
    dogs = pattern((150, 150, 3), 1, 3, 1, units=512, classes=1)
    lecture = ARCHITECTURES["cats_and_dogs"]
    for name in ("conv1", "conv2", "conv3", "pool3"):
        assert dogs[name].output_shape == lecture[name].output_shape
        assert dogs[name].parameters == lecture[name].parameters


def test_no_pooling_and_dropout():
    net = pattern((16, 16, 1), 1, 2, 1, pool=False, growth=1, dropout=0.5)
    assert [row.name for row in net.rows] == [
        *("image", "conv1", "conv2", "flatten", "dense1", "dropout1", "logits"),
    ]


def test_code_of_a_stack_reads_as_one_writes_it():
    lines = keras_code(ARCHITECTURES["mnist_cnn"]).splitlines()
    assert '        keras.Input((28, 28, 1), name="image"),' in lines
    assert '        layers.Conv2D(32, 3, activation="relu", name="conv1"),' in lines
    assert '        layers.MaxPooling2D(2, name="pool1"),' in lines
    assert lines[-1] == "model.summary()"
