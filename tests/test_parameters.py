"""The lesson on parameters: designs of one's own, where numbers sit, the table as an exercise."""

import doctest
import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from cnnviz import ROOT
from cnnviz.architectures import ARCHITECTURES, design, pattern
from cnnviz.architectures.design import OPTIONS, Design
from cnnviz.architectures.distribution import by_kind, early_and_late, resized
from cnnviz.exercises.exercise import Exercise
from cnnviz.exercises.kinds import LEVELS, Sheet, lecture
from cnnviz.exercises.marking import mark
from cnnviz.exercises.printed import answer_text
from cnnviz.exercises.summary import can_be_asked, summary_exercise
from cnnviz.text import LANGUAGES, Refusal, text
from cnnviz.ui import parameter_lab
from tests.test_code import code_of, output_of

VGG16 = ARCHITECTURES["vgg16"]


# --------------------------------------------------------------------- a design of one's own


def test_examples_in_the_docstrings():
    result = doctest.testmod(design)
    assert result.attempted
    assert not result.failed


def test_the_lectures_keras_example_is_a_design():
    """25 and 50 filters on 28×28×1, then 100 and 10 units: 250 + 11,300 + 125,100 + 1,010."""
    net = Design(size=28, channels=1, filters=25, units=100).architecture()
    assert [row.parameters for row in net.rows if row.parameters] == [250, 11_300, 125_100, 1_010]
    assert net.parameters == ARCHITECTURES["keras_25_50"].parameters == 137_660


@pytest.mark.parametrize("name", OPTIONS)
def test_every_number_survives_the_link(name):
    for option in OPTIONS[name]:
        one = Design(**{name: option})
        assert Design.read(one.words) == one
        assert re.fullmatch(r"[a-z0-9._-]*", one.words)  # the same words in every language


@pytest.mark.parametrize(
    "words", ["", "nonsense", "size-7", "size-1e2", "kernel-4", "pool-maybe", "_-_", "size--8"]
)
def test_nonsense_is_as_in_a_new_design(words):
    assert Design.read(words) == Design()


def test_a_design_is_the_pattern_with_its_numbers():
    one = Design.read("size-64_convolutions-2_repeats-3_padding-same_hidden-2_dropout-0.5")
    expected = pattern((64, 64, 3), 2, 3, 2, padding="same", dropout=0.5)
    assert one.architecture() == expected


def test_a_map_that_shrinks_to_nothing_is_refused_by_its_layer():
    # 32 → 30 → 15 → 13 → 6 → 4 → 2: the fourth window of 3×3 finds 2×2.
    with pytest.raises(Refusal) as refused:
        Design(repeats=4).architecture()
    assert refused.value.values == {"layer": "conv4", "window": "3×3", "size": "2×2"}
    for language in LANGUAGES:
        assert "conv4" in refused.value.sentence(language)


# --------------------------------------------------------------------- where the numbers sit


def test_shares_by_kind_add_up_to_the_whole():
    for architecture in ARCHITECTURES.values():
        for quantity in ("parameters", "multiply_adds", "activations"):
            shares = by_kind(architecture, quantity)
            assert sum(shares.values()) == getattr(architecture, quantity)
            assert min(shares.values()) > 0


def test_vgg16_has_its_memory_early_and_its_parameters_late():
    """By hand from the lecture's table: 123,642,856 of 138,357,544 parameters are dense."""
    sits = early_and_late(VGG16)
    assert (sits.convolutions, sits.early) == (13, 7)
    dense = (25_088 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000
    assert sits.late_parameters == dense / 138_357_544
    # Picture, two of 224²·64, pool, two of 112²·128, pool, three of 56²·256, pool.
    sides = [(224, 3)] + 2 * [(224, 64)] + [(112, 64)] + 2 * [(112, 128)] + [(56, 128)]
    sides += 3 * [(56, 256)] + [(28, 256)]
    assert sits.early_memory == sum(side * side * depth for side, depth in sides) / 15_237_608
    assert sits.memory_is_early
    assert sits.parameters_are_late


def test_the_lectures_sentence_holds_for_old_nets_and_not_for_resnet():
    late = {key for key, one in ARCHITECTURES.items() if early_and_late(one).parameters_are_late}
    assert {"lenet5", "alexnet", "zfnet", "vgg16", "vgg19"} <= late
    assert not late & {"googlenet", "inception_v3", "resnet18", "resnet152", "mobilenet_v2"}


def test_a_net_without_convolutions_has_no_early_memory():
    sits = early_and_late(ARCHITECTURES["mnist_dense"])
    assert (sits.convolutions, sits.early_memory, sits.late_parameters) == (0, 0, 1)
    assert not sits.memory_is_early


def test_twice_the_picture_quadruples_vggs_first_dense_layer_and_leaves_resnet_alone():
    larger = resized(VGG16, 448, 448)
    assert larger["fc1"].parameters == (4 * 25_088 + 1) * 4096
    assert larger.parameters - VGG16.parameters == 3 * 25_088 * 4096
    resnet = ARCHITECTURES["resnet50"]
    assert resized(resnet, 448, 448).parameters == resnet.parameters
    assert resized(VGG16, 224, 224) == VGG16


# --------------------------------------------------------------------- the table as an exercise


def cats_and_dogs() -> Exercise:
    return lecture()[-1]


def typed(exercise: Exercise, **changed: str) -> list[str]:
    """The right answers, but for some cells by their number: typed(exercise, cell5="18432")."""
    answers = [answer_text(part) for part in exercise.parts]
    for name, answer in changed.items():
        answers[int(name.removeprefix("cell"))] = answer
    return answers


def notes(exercise: Exercise, **changed: str) -> dict[int, list[str]]:
    """Cell → the keys of what is said about it, where it is not right."""
    marks = mark(exercise, typed(exercise, **changed))
    return {
        at: [note.key for note in done.notes] for at, done in enumerate(marks) if not done.right
    }


def test_the_table_of_cats_and_dogs_is_the_lectures():
    exercise = cats_and_dogs()
    assert [answer_text(part) for part in exercise.parts] == [
        *("148×148×32", "896", "74×74×32", "0", "72×72×64", "18,496", "36×36×64", "0"),
        *("34×34×128", "73,856", "17×17×128", "0", "15×15×128", "147,584", "7×7×128", "0"),
        *("6,272", "0", "512", "3,211,776", "1", "513", "3,453,121"),
    ]
    assert len(exercise.layers) * len(exercise.columns) + 1 == len(exercise.parts)
    assert notes(exercise) == {}


@pytest.mark.parametrize(
    ("cell", "answer", "said"),
    [
        (0, "150×150×32", "slip.unchanged"),  # as if the convolution had padding same
        (1, "864", "slip.no_biases"),
        (5, "640", "slip.no_depth"),  # (3·3·1 + 1)·64
        (3, "4", "slip.pooling_learns"),
        (5, "1,792", "slip.depth_of_image"),  # (3·3·3 + 1)·64
        (5, "18432", "slip.no_biases"),
        (16, "49", "slip.flat_without_depth"),
        (19, "3211264", "slip.no_biases"),
        (22, "3452256", "slip.no_biases"),  # all 865 of them
        (22, "240832", "slip.total_without_dense"),
    ],
)
def test_usual_slips_are_named_in_their_cell(cell, answer, said):
    assert notes(cats_and_dogs(), **{f"cell{cell}": answer})[cell] == [f"exercises.{said}"]


def test_what_follows_from_a_wrong_cell_is_said_to_follow():
    """The first map is left at 150: then 75×75×32 behind the pooling is rightly worked out."""
    exercise = cats_and_dogs()
    found = notes(exercise, cell0="150×150×32", cell2="75×75×32")
    assert found[2] == ["exercises.mark.follows"]
    # Without the biases of the second convolution the sum is 64 smaller, and rightly so.
    found = notes(exercise, cell5="18,432", cell22="3,453,057")
    assert found[22] == ["exercises.mark.follows"]
    # 256 filters too many in the eyes of the last pooling: 7·7·256 inputs, and so 6,422,529.
    found = notes(exercise, cell14="7×7×256", cell16="12,544", cell19="6,423,040")
    assert found[16] == found[19] == ["exercises.mark.follows"]


@pytest.mark.parametrize("shape", ["6272", "6,272", "(None, 6272)", "(6272,)", "６２７２"])
def test_a_row_of_units_can_be_typed_as_keras_prints_it(shape):
    assert notes(cats_and_dogs(), cell16=shape) == {}


def test_only_plain_stacks_are_asked():
    asked = {key for key, one in ARCHITECTURES.items() if can_be_asked(one)}
    assert {"mnist_cnn", "mnist_dense", "keras_25_50", "cats_and_dogs", "vgg16_base_head"} <= asked
    assert not asked & {"alexnet_two_towers", "googlenet", "resnet50", "plain18", "vgg16"}
    with pytest.raises(ValueError, match="plain stack"):
        summary_exercise("table", ARCHITECTURES["resnet18"])


@pytest.mark.parametrize("level", LEVELS)
def test_the_cells_of_a_new_table_are_those_of_keras(level):
    import keras

    for seed in range(1, 4):
        exercise = Sheet(seed, level, ("table",)).exercise(1)
        net = keras.Sequential([keras.Input(shape_asked(exercise)), *layers_of(exercise)])
        cells = [
            value for one in net.layers for value in (one.output.shape[1:], one.count_params())
        ]
        assert [part.answer for part in exercise.parts] == [*cells, net.count_params()]


def shape_asked(exercise: Exercise) -> tuple[int, ...]:
    return tuple(map(int, re.search(r"(\d+)×(\d+)×(\d+)", exercise.question.said("en")).groups()))


def layers_of(exercise: Exercise) -> list:
    """Keras layers as the sentences describe them to a student."""
    from keras import layers

    found = []
    for sentence in exercise.layers:
        said = sentence.said("en").partition(" – ")[2]
        numbers = list(map(int, re.findall(r"\d+", said)))
        if said.startswith("Convolution"):
            filters, kernel, _, stride, padding = numbers
            assert padding in (0, (kernel - 1) // 2)
            same = "same" if padding else "valid"
            found.append(layers.Conv2D(filters, kernel, stride, padding=same))
        elif said.startswith("Pooling"):
            found.append(layers.MaxPooling2D(numbers[0], numbers[2]))
        elif said.startswith("Dense"):
            found.append(layers.Dense(numbers[0]))
        else:
            found.append(layers.Flatten())
    return found


# --------------------------------------------------------------------- the page


def visit(**link: object) -> AppTest:
    app = AppTest.from_file(ROOT / "cnnviz" / "ui" / "main.py", default_timeout=60)
    state = {name: str(value) for name, value in link.items()}
    app.query_params.update(state)  # told twice: the start page drops what it does not know
    app.run()
    app.query_params.update(state)
    app.switch_page("../../pages/parameters.py").run()
    assert not app.exception
    return app


def shown(app: AppTest) -> dict:
    """What the component of the page was given."""
    (found,) = app.get("bidi_component")
    return json.loads(found.proto.json)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_begins_with_three_nets_whose_numbers_are_those_of_the_rows(language):
    given = shown(visit(lang=language))
    assert [net["key"] for net in given["nets"]] == ["alexnet_two_towers", "vgg16", "resnet50"]
    vgg = given["nets"][1]
    assert vgg["diagram"]["parameters"] == 138_357_544
    assert vgg["printed"]["parameters"]["sign"] == "✓"
    assert "15,237,608" in vgg["misprint"]


@pytest.mark.parametrize(
    ("link", "nets"),
    [
        ({"nets": "lenet5-vgg11"}, ["lenet5", "vgg11"]),
        ({"nets": "own-vgg11"}, ["own", "vgg11"]),
        ({"nets": "lenet5"}, list(parameter_lab.DEFAULT_NETS)),
        ({"nets": "x-y-<b>"}, list(parameter_lab.DEFAULT_NETS)),
        ({"nets": "lenet5-vgg11-vgg13-vgg16-vgg19"}, list(parameter_lab.DEFAULT_NETS)),
        ({"batch": "3", "scale": "cubic", "axis": ""}, list(parameter_lab.DEFAULT_NETS)),
    ],
)
def test_a_link_names_the_nets_and_nonsense_falls_back(link, nets):
    given = shown(visit(**link))
    assert [net["key"] for net in given["nets"]] == nets
    assert given["settings"]["batch"] == "32"


def test_the_visitors_design_is_what_the_link_says():
    given = shown(visit(parameters_view="build", build="size-64_repeats-3"))
    net = Design(size=64, repeats=3).architecture()
    assert given["net"]["diagram"]["parameters"] == net.parameters
    assert given["refused"] == ""
    assert given["good"] == json.loads(json.dumps(vars(Design(size=64, repeats=3))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_to_an_impossible_design_says_why_and_shows_one_that_works(language):
    given = shown(visit(parameters_view="build", build="repeats-4", lang=language))
    expected = text(
        language, "architectures.refused.too_small", layer="conv4", window="3×3", size="2×2"
    )
    assert given["refused"] == expected
    assert given["asked"]["repeats"] == 4
    assert given["good"]["repeats"] == 2


@pytest.mark.parametrize(
    ("link", "answer", "formula"),
    [
        # fc1: 7·7·512 inputs become 14·14·512; all else stays, 446,641,768 / 138,357,544.
        ({"parameters_view": "layers", "net": "vgg16"}, "2.5–3.5", "(100,352 + 1)·4,096"),
        ({"parameters_view": "layers", "net": "resnet50"}, "1", "25,636,712"),
        # 32 and 64 filters become 64 and 128.
        ({"parameters_view": "build"}, "1.5–2.5", "(3·3·64 + 1)·128 = 73,856"),
    ],
)
def test_the_question_is_answered_from_what_is_shown(link, answer, formula):
    app = visit(**link)
    (asked,) = app.pills
    asked.set_value(answer).run()
    assert not app.exception
    assert [one.value for one in app.success]
    assert any(formula in one.value for one in app.markdown)


def test_the_program_prints_the_numbers_of_the_page():
    printed = output_of(code_of("parameters"))
    found = re.findall(r"^(\w+): ([\d,]+) \w+, ([\d,]+) [\w-]+, ([\d,]+) values", printed, re.M)
    assert {key for key, *_ in found} == {"mnist_dense", "mnist_cnn"}
    for key, *numbers in found:
        one = ARCHITECTURES[key]
        expected = (one.parameters, one.multiply_adds, one.activations)
        assert [int(number.replace(",", "")) for number in numbers] == list(expected)
    shapes = re.findall(r"^  ([\d×]+) +([\d,]+) +([\d,]+)$", printed, re.M)
    rows = [row for key, *_ in found for row in ARCHITECTURES[key].rows[1:]]
    assert [(shape, int(count.replace(",", ""))) for shape, count, _ in shapes] == [
        ("×".join(map(str, row.output_shape)), row.parameters) for row in rows
    ]


def test_the_builders_presets_work_and_one_is_the_lectures():
    for preset in parameter_lab.PRESETS.values():
        preset.architecture()
    assert parameter_lab.PRESETS["keras"].architecture().parameters == 137_660
    assert parameter_lab.PRESETS["dense"].architecture().parameters == 407_050


def test_every_example_is_a_set_of_nets():
    for nets in parameter_lab.EXAMPLES.values():
        assert parameter_lab.nets_of(nets) == nets
