"""What papers and slides print, against what the rows add up to."""

from cnnviz.architectures import ARCHITECTURES
from cnnviz.architectures.published import (
    BN_STEPS,
    GOOGLENET_TABLE,
    HUMAN_TOP5,
    ILSVRC,
    INCEPTION_FAMILY,
    MISPRINTS,
    PUBLISHED,
    VGG_SINGLE_SCALE,
    Printed,
)

# Printed numbers that the rows do not give; published.py and the networks' docstrings say why.
PARAMETERS_DIFFER = {"lenet5", "bn_inception", "mobilenet_v2"}
MULTIPLY_ADDS_DIFFER = {"efficientnet_lite0"}


def test_a_printed_number_is_rounded_or_cut_off():
    assert Printed(3.6e9, 0.1e9).agrees(3_663_761_408)
    assert Printed(138e6, 1e6).agrees(138_357_544)
    assert not Printed(24e6, 1e6).agrees(15_237_608)
    assert not Printed(3.6e9, 0.1e9).agrees(3_500_100_000)  # neither rounds nor is cut to 3.6


def test_parameters_are_those_of_the_papers():
    differing = {
        key
        for key, published in PUBLISHED.items()
        if published.parameters and not published.parameters.agrees(ARCHITECTURES[key].parameters)
    }
    assert differing == PARAMETERS_DIFFER


def test_multiply_adds_are_those_of_the_papers():
    differing = {
        key
        for key, published in PUBLISHED.items()
        if published.multiply_adds
        and not published.multiply_adds.agrees(ARCHITECTURES[key].multiply_adds)
    }
    assert differing == MULTIPLY_ADDS_DIFFER


def test_every_published_network_is_built():
    assert set(PUBLISHED) <= set(ARCHITECTURES)
    for published in PUBLISHED.values():
        assert published.paper.link.startswith("https://")
        for errors in published.errors:
            if errors.top1 and errors.top5:
                assert errors.top1 > errors.top5


def test_the_table_of_googlenet():
    """Multiply-adds agree in all rows but two, parameters within 2 % in all but three."""
    blocks = ARCHITECTURES["googlenet"].blocks
    operations, parameters = set(), set()
    for name, (thousands, millions) in GOOGLENET_TABLE.items():
        computed = sum(row.multiply_adds for row in blocks[name])
        if abs(computed / 1e6 - millions) >= 1:
            operations.add(name)
        weights = sum(row.weights.multipliers for row in blocks[name])
        if abs(weights / 1024 / thousands - 1) > 0.02:
            parameters.add(name)
    assert operations == {"conv1", "inception_5a"}
    assert parameters == {"conv1", "inception_4c", "inception_5a"}
    # conv1 as the paper counts it: 7×1 and 1×7 on three channels, 64 filters.
    assert round(2 * 7 * 3 * 64 / 1000, 1) == 2.7
    assert round(2 * 7 * 3 * 64 * 112 * 112 / 1e6) == 34


def test_the_slides_misprints():
    computed = {key: misprint.computed for key, misprint in MISPRINTS.items()}
    assert computed == {
        "dense_parameters": 407_050,
        "vgg16_values": 15_237_608,
        "vgg16_bytes": 60_950_432,
        "inception_values": 526_848,
        "inception_multiply_adds": 271_351_808,
        "googlenet_parameters": 6_998_552,
    }
    assert MISPRINTS["dense_parameters"].printed == 1_209_354
    for misprint in MISPRINTS.values():
        assert abs(misprint.printed / misprint.computed - 1) > 0.002


def test_the_winners_chart():
    assert [winner.top5 for winner in ILSVRC] == [
        *(28.2, 25.8, 16.4, 11.7, 7.3, 6.7, 3.57, 2.99, 2.25),
    ]
    for winner in ILSVRC:
        if winner.architecture:
            assert ARCHITECTURES[winner.architecture].depth == winner.layers
    better = [winner.year for winner in ILSVRC if winner.top5 < HUMAN_TOP5]
    assert better == [2015, 2016, 2017]


def test_vggs_table_3_holds_the_errors_of_the_networks():
    first = {}
    for key, _, _, top1, top5 in VGG_SINGLE_SCALE:
        first.setdefault(key, (top1, top5))
    published = {key: PUBLISHED[key].errors[0] for key in first}
    assert first == {key: (errors.top1, errors.top5) for key, errors in published.items()}
    # Training at several scales beats a fixed one, in every network that has both.
    for key in ("vgg16_c", "vgg16", "vgg19"):
        errors = [top5 for name, _, _, _, top5 in VGG_SINGLE_SCALE if name == key]
        assert errors == sorted(errors, reverse=True)


def test_batch_normalisation_needs_a_fourteenth_of_the_steps():
    steps = {name: steps for name, steps, _ in BN_STEPS}
    assert int(steps["Inception"] / steps["BN-x5"]) == 14
    assert INCEPTION_FAMILY[0][2] == ARCHITECTURES["googlenet"].depth
