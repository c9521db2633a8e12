"""Exercises: the lecture's own by its numbers, new ones against Keras, answers as people type."""

import doctest
import hashlib
import json
import math
import re
from collections import Counter
from fractions import Fraction
from html.parser import HTMLParser

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from cnnviz import ROOT
from cnnviz.exercises import draws, kinds, marking, parameters, printed, sizes
from cnnviz.exercises.exercise import Exercise, Part, Sentence, say, show
from cnnviz.exercises.kinds import KINDS, LEVELS, Kind, Sheet, lecture
from cnnviz.exercises.marking import Work, mark, mark_part, read_number, read_shape
from cnnviz.exercises.printed import Printing
from cnnviz.exercises.values import Filtering, map_exercise
from cnnviz.text import LANGUAGES, Refusal, text
from cnnviz.ui import exercise_lab
from cnnviz.ui.exercise_lab import Place
from tests.test_code import filled_in, output_of

OFFERED = [(level, kind) for level in LEVELS for kind in kinds.offered(level)]
SEEDS = st.integers(1, kinds.LARGEST_SEED)


@pytest.mark.parametrize("module", [draws, kinds, marking], ids=lambda module: module.__name__)
def test_examples_in_the_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


# --------------------------------------------------------------------- the lecture's own


def test_the_lectures_exercises_have_the_lectures_answers():
    answers = [[part.answer for part in exercise.parts] for exercise in lecture()]
    assert answers == [
        [((3, -1, -3, -1), (-3, 1, 0, -3), (-3, -3, 0, 1), (3, -2, -2, -1))],
        [((3, -3), (-3, 0))],
        [((-1, -1, -1, -1), (-1, -1, -2, 1), (-1, -1, -2, 1), (-1, 0, -4, 3))],
        [((-1, -1), (-1, -2))],
        [((3, 0), (3, 1)), ((-1, 1), (0, 3))],
        [(28, 28, 6), 75],
        [(32, 32, 10), 76, 760],
        [(26, 26, 25), (13, 13, 25), (11, 11, 50), (5, 5, 50), 1250],
        [10, 226, 125_100, 1_010],
        [
            *((148, 148, 32), 896, (74, 74, 32), 0),
            *((72, 72, 64), 18_496, (36, 36, 64), 0),
            *((34, 34, 128), 73_856, (17, 17, 128), 0),
            *((15, 15, 128), 147_584, (7, 7, 128), 0),
            *((6272,), 0, (512,), 3_211_776, (1,), 513),
            3_453_121,
        ],
    ]


def test_the_way_to_the_answer_has_the_numbers_put_in():
    volume, one_filter, layer = lecture()[6].parts
    steps = [step.said("en") for step in (*volume.steps, *one_filter.steps, *layer.steps)]
    assert "⌊(32 + 2·2 − 5) / 1⌋ + 1 = ⌊31 / 1⌋ + 1 = 32" in steps[1]
    assert "5·5·3 + 1 = 76" in steps[3]
    assert "(5·5·3 + 1)·10 = 76·10 = 760" in steps[4]
    assert lecture()[0].parts[0].steps[1].said("en") == "Row 0, column 0: 1·1 + 1·1 + 1·1 = 3"


def test_the_program_on_the_page_gives_the_same_numbers():
    output = output_of(filled_in("exercises"))
    for line in (
        "ten_filters: 32×32×10, 760 parameters",
        "six_filters: 28×28×6, 456 parameters",
        "75 products",
        "conv_2: 11×11×50, 11300 parameters",
        "flatten: 1250, 0 parameters",
        "dense_1: 100, 125100 parameters",
        "filter 2, stride 2: [[-1, -1], [-1, -2]]",
        "pooled: [[3, 0], [3, 1]] and [[-1, 1], [0, 3]]",
    ):
        assert line in output


# --------------------------------------------------------------------- new ones, against Keras


def shape_of(exercise: Exercise) -> tuple[int, ...]:
    """The input as it is written in the question."""
    return tuple(map(int, exercise.question.values["shape"].split("×")))


def keras_layer(sentence) -> list[keras.Layer]:
    """A layer in Keras, from the words that describe it."""
    values = sentence.values
    if sentence.key == "exercises.layer.pooling":
        return [keras.layers.MaxPooling2D(values["size"], values["stride"])]
    padding = keras.layers.ZeroPadding2D(values["padding"])
    return [
        padding,
        keras.layers.Conv2D(
            values["filters"],
            values["kernel"],
            values["stride"],
            dilation_rate=values["dilation"],
        ),
    ]


def outputs(shape: tuple[int, ...], sentences: list) -> list[tuple[int, ...]]:
    """What Keras says comes out of each layer."""
    found = []
    for sentence in sentences:
        for layer in keras_layer(sentence):
            shape = layer.compute_output_shape((None, *shape))[1:]
        found.append(shape)
    return found


def strided_dilation(sentence) -> bool:
    """Keras refuses stride and dilation together."""
    return sentence.values["stride"] > 1 and sentence.values["dilation"] > 1


@pytest.mark.parametrize("level", LEVELS)
def test_output_sizes_and_products_are_those_of_keras(level):
    checked = 0
    for number in range(1, 41):
        exercise = Sheet(11, level, ("size",)).exercise(number)
        layer, shape = exercise.question.values["layer"], shape_of(exercise)
        answers = [part.answer for part in exercise.parts]
        if level != "easy":
            assert answers[1] == layer.values["kernel"] ** 2 * shape[2]
        if strided_dilation(layer):
            # Every stride-th of the windows that there are at stride 1.
            dense = layer.values | {"stride": 1}
            (whole,) = outputs(shape, [type(layer)(layer.key, dense)])
            stride = layer.values["stride"]
            expected = (*(len(range(0, side, stride)) for side in whole[:2]), whole[2])
        else:
            (expected,) = outputs(shape, [layer])
        assert answers[0] == expected
        checked += 1
    assert checked == 40


@pytest.mark.parametrize("level", LEVELS)
def test_sizes_through_layers_are_those_of_keras(level):
    for number in range(1, 41):
        exercise = Sheet(12, level, ("stack",)).exercise(number)
        layers = [part.label for part in exercise.parts if part.form == "shape"]
        expected = outputs(shape_of(exercise), layers)
        assert [part.answer for part in exercise.parts if part.form == "shape"] == expected
        if level != "easy":
            assert exercise.parts[-1].answer == np.prod(expected[-1])


@pytest.mark.parametrize("level", LEVELS)
def test_parameters_of_convolutions_are_those_of_keras(level):
    for number in range(1, 21):
        exercise = Sheet(13, level, ("conv_parameters",)).exercise(number)
        sentences = exercise.layers or (exercise.question.values["layer"],)
        model = keras.Sequential([keras.Input(shape_of(exercise))])
        for sentence in sentences:
            for layer in keras_layer(sentence):
                model.add(layer)
        counts = [layer.count_params() for layer in model.layers if layer.count_params()]
        answers = [part.answer for part in exercise.parts]
        if level == "hard":
            assert answers == [*counts, model.count_params()]
        else:
            filters = sentences[0].values["filters"]
            assert answers == [counts[0] // filters, counts[0]]


@pytest.mark.parametrize("level", LEVELS)
def test_parameters_of_dense_layers_are_those_of_keras(level):
    for number in range(1, 21):
        exercise = Sheet(14, level, ("dense_parameters",)).exercise(number)
        values = exercise.question.values
        shape = shape_of(exercise) if "shape" in values else (values["inputs"],)
        units = [values[name] for name in ("hidden", "units") if name in values]
        layers = [keras.layers.Flatten(), *map(keras.layers.Dense, units)]
        model = keras.Sequential([keras.Input(shape), *layers])
        counts = [layer.count_params() for layer in model.layers[1:]]
        expected = {
            "easy": counts,
            "medium": [np.prod(shape), *counts],
            "hard": [np.prod(shape), *counts, sum(counts)],
        }[level]
        assert [part.answer for part in exercise.parts] == expected


def arrays(part: Part) -> dict[str, np.ndarray]:
    """The matrices of a part as they are shown: name → (H, W, channels)."""
    found: dict[str, list] = {}
    for matrix in part.matrices:
        name = matrix.caption.key.rpartition(".")[2].removesuffix("_channel")
        found.setdefault(name, []).append(matrix.rows)
    return {name: np.moveaxis(np.array(rows), 0, -1) for name, rows in found.items()}


@pytest.mark.parametrize("kind", ["value", "map"])
@pytest.mark.parametrize("level", LEVELS)
def test_values_of_convolutions_are_those_of_keras(level, kind):
    for number in range(1, 31):
        exercise = Sheet(15, level, (kind,)).exercise(number)
        (part,) = exercise.parts
        shown, values = arrays(part), exercise.question.values
        bias = int(str(values.get("bias", 0)).replace("−", "-"))
        padding = values["padding"]
        image = np.pad(shown["image"], [(padding, padding)] * 2 + [(0, 0)])
        found = keras.ops.conv(
            image[None].astype("float32"),
            shown["kernel"][..., None].astype("float32"),
            strides=values["stride"],
        )
        found = keras.ops.convert_to_numpy(found)[0, :, :, 0] + bias
        if values["asked"].key.endswith("relu"):
            found = np.maximum(found, 0)
        if kind == "map":
            np.testing.assert_array_equal(part.answer, found)
        else:
            asked = part.matrices[-1].asked
            assert shown["output"].shape[:2] == found.shape
            assert part.answer == found[asked]
            assert part.label.values == {"row": asked[0], "column": asked[1]}


@pytest.mark.parametrize("level", LEVELS)
def test_pooling_is_that_of_keras(level):
    layers = {"max": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
    seen = set()
    for number in range(1, 31):
        exercise = Sheet(16, level, ("pooling",)).exercise(number)
        (part,) = exercise.parts
        how = exercise.question.key.rpartition("_")[2]
        layer = layers[how](exercise.question.values["size"], exercise.question.values["stride"])
        found = layer(arrays(part)["map"][None].astype("float32"))
        expected = keras.ops.convert_to_numpy(found)[0, :, :, 0]
        np.testing.assert_array_equal(np.array(part.answer, "float64"), expected)
        seen.add(how)
    assert seen == ({"max"} if level == "easy" else {"max", "average"})


def test_receptive_fields_are_counted_pixel_by_pixel():
    """From one unit back: which units, and at last which pixels, does it get its value from?"""
    for number in range(1, 41):
        exercise = Sheet(17, "hard", ("field",)).exercise(number)
        seen = {0}
        for layer in reversed(exercise.layers):
            size, stride = layer.values["size"], layer.values["stride"]
            seen = {unit * stride + offset for unit in seen for offset in range(size)}
        assert exercise.parts[0].answer == len(seen)


def test_a_window_is_where_the_value_comes_from():
    """The solution points at the pixels of each value; with padding some lie outside."""
    for number in range(1, 31):
        (part,) = Sheet(18, "hard", ("map",)).exercise(number).parts
        shown = arrays(part)
        image = shown["image"][..., 0]
        first, last = part.windows[0], part.windows[-1]
        assert (first.top, first.left, first.size) == (-1, -1, 3)
        assert last.top + last.size <= image.shape[0] + 1
        assert len(part.windows) == part.num_fields


# --------------------------------------------------------------------- every exercise


def typed_answer(exercise: Exercise) -> list[str]:
    """The right answers as somebody may type them."""
    fields = []
    for part in exercise.parts:
        if part.form == "grid":
            fields += [show(number) for row in part.answer for number in row]
        else:
            fields.append(printed.answer_text(part))
    return fields


def fields_of(answer: object) -> list[str]:
    if isinstance(answer, tuple) and isinstance(answer[0], tuple):
        return [str(number) for row in answer for number in row]
    return ["×".join(map(str, answer))] if isinstance(answer, tuple) else [str(answer)]


def numbers_of(part: Part) -> list:
    return list(np.array(part.answer, dtype=object).ravel())


@pytest.mark.parametrize(("level", "kind"), OFFERED)
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_every_exercise_can_be_asked_solved_and_marked(level, kind, seed):
    exercise = Sheet(seed, level, (kind,)).exercise(1 + seed % 3)
    assert exercise.kind == kind
    assert exercise.num_fields <= (20 if exercise.columns else 16)
    for language in LANGUAGES:
        sentences = [exercise.question, *exercise.layers, *exercise.columns]
        for part in exercise.parts:
            sentences += [part.label, *part.steps]
            sentences += [matrix.caption for matrix in part.matrices]
            sentences += [reason for slip in part.slips for reason in slip.reasons]
        said = [sentence.said(language) for sentence in sentences]
        assert all(said)
        assert not re.search(r"[{}]|None|Fraction", " ".join(said))
    for part in exercise.parts:
        numbers = numbers_of(part)
        assert max(map(abs, numbers)) <= 250_000
        if part.form == "shape":
            assert min(numbers) >= 1  # no map without a pixel
        if part.matrices:
            assert max(map(abs, numbers)) <= 60
            assert all((100 * number).denominator == 1 for number in map(Fraction, numbers))
        assert [slip for slip in part.slips if slip.answer == part.answer] == []
    assert all(done.right for done in mark(exercise, typed_answer(exercise)))


def worth(side: str) -> float:
    """What one side of a written equation comes to: "⌊(32 + 2·2 − 5) / 1⌋ + 1" is 32."""
    written = re.sub(r"(?<=\d),(?=\d{3})", "", side)  # 1,250
    for sign, meant in (("⌊", "floor("), ("⌋", ")"), ("·", "*"), ("−", "-")):
        written = written.replace(sign, meant)
    assert re.fullmatch(r"[\d\s()+*/.,-]*", written.replace("floor", "").replace("max", "")), side
    return eval(written, {"__builtins__": {}, "floor": math.floor, "max": max})


@pytest.mark.parametrize(("level", "kind"), OFFERED)
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_every_equation_of_a_solution_holds_and_ends_at_the_answer(level, kind, seed):
    for part in Sheet(seed, level, (kind,)).exercise(1).parts:
        results = []
        for step in part.steps:
            for name, formula in step.values.items():
                if name.endswith("formula"):
                    chains = [chain.split(" = ") for chain in formula.split(" → ")]
                    for chain in chains:
                        assert len({worth(side) for side in chain}) == 1, formula
                    results.append(worth(chains[-1][-1]))
        if part.form == "shape":
            assert part.steps[-1].values["shape"] == printed.answer_text(part)
        else:
            assert results[-part.num_fields :] == numbers_of(part)


@pytest.mark.parametrize(("level", "kind"), OFFERED)
@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_every_slip_is_wrong_and_named(level, kind, seed):
    for part in Sheet(seed, level, (kind,)).exercise(1).parts:
        for slip in part.slips:
            done = mark_part(part, fields_of(slip.answer), before=[None] * 20)
            assert "wrong" in done.states
            alone = [other for other in part.slips if other.answer == slip.answer]
            if len(alone) == 1:
                assert done.notes == slip.reasons


def test_a_slip_of_the_way_the_kernel_lies_never_passes_unseen():
    for level in LEVELS:
        for number in range(1, 21):
            (part,) = Sheet(3, level, ("value",)).exercise(number).parts
            assert "exercises.slip.flipped" in [slip.reasons[0].key for slip in part.slips]


# --------------------------------------------------------------------- the same for everybody


def test_a_sheet_is_the_same_for_ever():
    """Links that were handed out must go on meaning these exercises."""
    pinned = {}
    for level, kind in (
        ("easy", "size"),
        ("medium", "conv_parameters"),
        ("hard", "dense_parameters"),
        ("medium", "value"),
        ("easy", "map"),
        ("hard", "pooling"),
        ("medium", "stack"),
        ("hard", "field"),
    ):
        exercise = Sheet(48213, level, (kind,)).exercise(2)
        words = [exercise.question, *exercise.layers, *(part.label for part in exercise.parts)]
        pinned[kind] = (
            " ".join(re.findall(r"\d+", " ".join(one.said("en") for one in words))),
            [matrix.rows for part in exercise.parts for matrix in part.matrices[:2]],
            " ".join(str(number) for part in exercise.parts for number in numbers_of(part)),
        )
    assert pinned == GOLDEN
    # A link names the kinds that it mixes: one that came later does not change it.
    earlier = tuple(kind for kind in kinds.offered("medium") if kind != "table")
    mixed = Sheet(48213, "medium", earlier)
    assert [mixed.kind_of(number) for number in range(1, 9)] == ORDER


GOLDEN = {
    "size": ("32 32 3 8 3 3 1 0", [], "30 30 8"),
    "conv_parameters": ("32 32 4 12 5 5 1 0", [], "101 1212"),
    "dense_parameters": ("7 7 5 30 5", [], "245 7380 155 7535"),
    "value": (
        "2 0 1 1",
        [
            (
                (0, 2, 2, 0, 0, 3),
                (2, 2, 2, 2, 4, 0),
                (0, 1, 2, 0, 3, 1),
                (1, 2, 0, 3, 0, 3),
                (0, 4, 4, 3, 1, 1),
                (3, 0, 0, 3, 1, 4),
            ),
            ((-1, 1, 2), (-1, 2, 0), (-1, -1, 2)),
        ],
        "5",
    ),
    "map": (
        "1 0 3 3",
        [((1, 0, 0, 0), (1, 1, 0, 0), (0, 1, 0, 1), (1, 0, 0, 0)), ((-1, 1), (0, 1))],
        "0 0 0 1 -1 1 1 -1 1",
    ),
    "pooling": (
        "2 2 2",
        [((-1, -7, -1, 9), (1, 9, 4, -7), (-5, -7, 9, -3), (4, -3, 5, 1))],
        "1/2 5/4 -11/4 3",
    ),
    "stack": (
        "27 27 3 10 3 3 1 0 2 2 2 12 5 5 1 1 2 2 2",
        [],
        "25 25 10 12 12 10 10 10 12 5 5 12 300",
    ),
    "field": ("3 3 1 3 3 2 3 3 2", [], "9"),
}
DIGESTS = {
    ("easy", "size"): "1ccc1ee87aef",
    ("easy", "conv_parameters"): "6a1d28e9bad5",
    ("easy", "dense_parameters"): "1e9194694a58",
    ("easy", "value"): "551efc2483c8",
    ("easy", "map"): "fd9aa16f1afc",
    ("easy", "pooling"): "c0ddbacaaee3",
    ("easy", "stack"): "09b1bb2d5828",
    ("medium", "size"): "abcbf385fdbe",
    ("medium", "conv_parameters"): "76625f2703fa",
    ("medium", "dense_parameters"): "70f0c8b97f69",
    ("medium", "value"): "7715e4534e37",
    ("medium", "map"): "ee97dce996e5",
    ("medium", "pooling"): "6a09b666bf4d",
    ("medium", "stack"): "d5777b846be3",
    ("hard", "size"): "1ad1d1b075c7",
    ("hard", "conv_parameters"): "e7e9d7afaa12",
    ("hard", "dense_parameters"): "3e7d8b139832",
    ("hard", "value"): "8747161cc570",
    ("hard", "map"): "e4bbe5cf3a7b",
    ("hard", "pooling"): "61fbc866966d",
    ("hard", "stack"): "15554b3ea782",
    ("hard", "field"): "824a81df41e4",
    ("easy", "table"): "8818c9f07a04",
    ("medium", "table"): "f034d18a5c67",
    ("hard", "table"): "2caa302a1000",
}
ORDER = ["conv_parameters", "map", "value", "dense_parameters", "size", "stack", "pooling", "value"]


def numbers_in(sentence: Sentence) -> list:
    return [
        numbers_in(value) if isinstance(value, Sentence) else value
        for value in sentence.values.values()
    ]


@pytest.mark.parametrize(("level", "kind"), OFFERED)
def test_every_kind_is_the_same_for_ever_at_every_level(level, kind):
    """Its numbers in the question, in the matrices and in the answers; wording may change."""
    numbers = []
    for number in range(1, 6):
        exercise = Sheet(48213, level, (kind,)).exercise(number)
        numbers += [numbers_in(one) for one in (exercise.question, *exercise.layers)]
        numbers += [[matrix.rows for matrix in part.matrices] for part in exercise.parts]
        numbers += [[str(one) for one in numbers_of(part)] for part in exercise.parts]
    assert hashlib.sha256(repr(numbers).encode()).hexdigest()[:12] == DIGESTS[level, kind]


def test_two_sheets_name_an_exercise_alike_only_if_it_is_the_same():
    """What came before on a sheet decides which draw is taken: alone, exercise 29 is another."""
    alone = Sheet(14, "easy", ("conv_parameters",))
    both = Sheet(14, "easy", ("size", "conv_parameters"))
    assert both.kind_of(29) == "conv_parameters"
    assert alone.exercise(29) != both.exercise(29)
    found = {}
    for seed in (14, 15, 16):
        for chosen in (("conv_parameters",), ("size", "conv_parameters"), kinds.offered("easy")):
            sheet = Sheet(seed, "easy", chosen)
            for number in range(1, kinds.BLOCK + 1):
                exercise = sheet.exercise(number)
                assert found.setdefault(sheet.name_of(number), exercise) == exercise


def test_draws_do_not_depend_on_a_version_of_anything():
    """`printf sheet/0 | sha256sum` says 3e4d2786…9c, which is 596 modulo 1000; the next one 46."""
    first = "3e4d278635471e4fad6727419ebf601f2b3dc3b32e0e4b30acd9e19b34ce8d9c"
    second = "1acd803c7007c383c650f9a8a6b38f8303138eef4686885958cc7153b4c36a66"
    assert [int(first, 16) % 1000, int(second, 16) % 1000] == [596, 46]
    one = draws.Draws("sheet")
    assert [one.below(1000) for _ in range(5)] == [596, 46, 8, 986, 731]
    assert sorted(draws.Draws("x").shuffled(range(20))) == list(range(20))
    counts = Counter(draws.Draws(f"fair {i}").between(1, 6) for i in range(6000))
    assert set(counts) == set(range(1, 7))
    assert min(counts.values()) > 880  # four standard deviations below 1000


@pytest.mark.parametrize("level", LEVELS)
def test_kinds_take_turns_and_no_exercise_comes_twice_on_a_sheet(level):
    offered = kinds.offered(level)
    sheet = Sheet(4, level, offered)
    exercises = [sheet.exercise(number) for number in range(1, kinds.BLOCK + 1)]
    turn = len(offered)
    for start in range(0, kinds.BLOCK - turn + 1, turn):
        assert {one.kind for one in exercises[start : start + turn]} == set(offered)
    for kind in offered:
        alone = Sheet(4, level, (kind,))
        made = [alone.exercise(number) for number in range(1, kinds.BLOCK + 1)]
        assert [one for at, one in enumerate(made) if one in made[:at]] == []


def test_another_seed_is_another_sheet():
    kinds_of_all = kinds.offered("medium")
    first = [Sheet(1, "medium", kinds_of_all).exercise(number) for number in range(1, 8)]
    second = [Sheet(2, "medium", kinds_of_all).exercise(number) for number in range(1, 8)]
    assert not [one for one in first if one in second]


def test_a_new_kind_is_one_entry_and_leaves_the_old_sheets_alone(monkeypatch):
    before = [Sheet(9, "easy", ("size", "value")).exercise(number) for number in range(1, 7)]

    def make(draws, level):
        part = Part(say("exercises.ask.field"), draws.below(100), (), ())
        return Exercise("counting", say("exercises.question.field"), (part,))

    monkeypatch.setitem(kinds.KINDS, "counting", Kind("counting", make, levels=("easy",)))
    kinds._drawn.cache_clear()
    assert kinds.offered("easy")[-1] == "counting"
    assert Sheet(9, "easy", ("counting",)).exercise(3).kind == "counting"
    assert before == [
        Sheet(9, "easy", ("size", "value")).exercise(number) for number in range(1, 7)
    ]


# --------------------------------------------------------------------- what people type


@pytest.mark.parametrize(
    "typed",
    [
        *("32×32×10", "32x32x10", "32X32X10", "32*32*10", "32, 32, 10", "32,32,10", "32 32 10"),
        *("(32, 32, 10)", "[32, 32, 10]", "(None, 32, 32, 10)", " 32 × 32 × 10 ", "= 32·32·10"),
        *(
            "３２×３２×１０",
            "３２ｘ３２ｘ１０",
            "32，32，10",
            "（32，32，10）",
            "32、32、10",
            "32乘32乘10",
        ),
    ],
)
def test_a_shape_is_read_however_it_is_typed(typed):
    assert read_shape(typed, 3) == (32, 32, 10)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("760", 760), (" 760 ", 760), ("７６０", 760), ("=760", 760), ("+760", 760)),
        *(("1,250", 1250), ("1 250", 1250), ("1，250", 1250), ("125,100", 125_100)),
        *(("1250.0", 1250), ("760.", 760), ("1.250", 1250)),
        *(("-3", -3), ("−3", -3), ("–3", -3), ("－３", -3), ("﹣3", -3), ("- 3", -3)),
        *(("2.25", Fraction(9, 4)), ("2,25", Fraction(9, 4)), ("9/4", Fraction(9, 4))),
        *(("9 / 4", Fraction(9, 4)), ("= 9/4", Fraction(9, 4))),
        *((".5", Fraction(1, 2)), ("½", Fraction(1, 2)), ("-5/2", Fraction(-5, 2))),
    ],
)
def test_a_number_is_read_however_it_is_typed(typed, meant):
    assert meant in read_number(typed)


def test_a_comma_means_what_is_right():
    """1,250 is 1250 for whoever groups digits, and 1.25 for whoever writes a decimal comma."""
    for answer in (1250, Fraction(5, 4)):
        part = Part(say("exercises.ask.field"), answer, (), ())
        assert mark_part(part, ["1,250"], []).right
        assert not mark_part(part, ["12,50"], []).right


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("abc", "“abc” cannot be read as a number"),
        ("76×10", "cannot be read as a number"),
        ("1e5", "cannot be read as a number"),
        ("1/0", "cannot be read as a number"),
        ("12 1/2", "cannot be read as a number"),  # not 121/2
        ("12½", "cannot be read as a number"),
        ("3,1,4", "cannot be read as a number"),
        ("<script>", "cannot be read as a number"),
        ("9" * 30, "at most 12 digits"),
        ("1" * 5000, "at most 12 digits"),
    ],
)
def test_what_is_no_number_is_told_and_not_counted(typed, sentence):
    with pytest.raises(Refusal, match=re.escape(sentence)):
        read_number(typed)
    exercise = lecture()[5]
    work = Work("lecture").marked(exercise, ["28×28×6", typed])
    assert work.outcome == "open"
    assert work.marked(exercise, ["28×28×6", "75"]).outcome == "first"


@pytest.mark.parametrize("typed", ["28×28", "28", "28×28×6×1", "28×28×x", "-28×28×6", "2.5×2×2"])
def test_what_is_no_shape_is_told_with_what_is_expected(typed):
    with pytest.raises(Refusal, match="Type 3 whole numbers, for example 14×14×8"):
        read_shape(typed, 3)


def test_a_long_word_is_no_long_number():
    with pytest.raises(Refusal, match="cannot be read as a shape"):
        read_shape("thirty-two×thirty-two×10", 3)
    with pytest.raises(Refusal, match="at most 12 digits"):
        read_shape("32×32×1000000000000", 3)


@given(typed=st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_nothing_that_can_be_typed_breaks_the_marking(typed):
    exercise = lecture()[6]
    for done in mark(exercise, [typed] * 3):
        assert set(done.states) <= {"right", "wrong", "unreadable", "empty"}


def test_every_part_is_marked_by_itself():
    done = mark(lecture()[6], ["32×32×10", "75", ""])
    assert [one.states for one in done] == [("right",), ("wrong",), ("empty",)]
    done = mark(lecture()[1], ["3", "3", "-3", "zero"])
    assert done[0].states == ("right", "wrong", "right", "unreadable")


def test_fields_that_were_not_sent_are_empty():
    """A map of four numbers, of which two came; a fifth is not looked at."""
    (part,) = lecture()[1].parts
    assert mark_part(part, ["3", "-3"], []).states == ("right", "right", "empty", "empty")
    assert mark_part(part, ["3", "-3", "-3", "0", "9"], []).right


# --------------------------------------------------------------------- diagnoses


def named(exercise: Exercise, typed: list[str], part: int = 0) -> list[str]:
    """What is said to an answer: the names of the sentences."""
    return [note.key.removeprefix("exercises.") for note in mark(exercise, typed)[part].notes]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("28×28×10", ["slip.no_padding"]),  # (32 − 5) / 1 + 1
        ("30×30×10", ["slip.padding_once"]),  # (32 + 2 − 5) / 1 + 1
        ("31×31×10", ["slip.no_one"]),  # 31 / 1
        ("32×32×3", ["slip.depth_of_input"]),
        ("32×32×30", ["slip.depth_multiplied"]),
        ("10×32×32", ["slip.depth_first"]),
        ("28×28×3", ["slip.no_padding", "slip.depth_of_input"]),
        ("17×17×10", []),  # nothing known leads there, so nothing is said
    ],
)
def test_a_wrong_volume_is_diagnosed(typed, said):
    assert named(lecture()[6], [typed, "76", "760"]) == said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("750", ["slip.no_biases"]),  # 5·5·3·10
        ("260", ["slip.no_depth"]),  # (5·5 + 1)·10
        ("751", ["slip.one_bias"]),  # 5·5·3·10 + 1
        ("160", ["slip.one_side"]),  # (5·3 + 1)·10
        ("780", ["slip.bias_each_channel"]),  # (5·5·3 + 3)·10
        ("76", ["slip.one_filter"]),
        ("778,240", ["slip.each_place"]),  # 760 · 32 · 32
        ("250", ["slip.no_depth_no_biases"]),  # 5·5·10
        ("761", []),
    ],
)
def test_a_wrong_number_of_parameters_is_diagnosed(typed, said):
    assert named(lecture()[6], ["32×32×10", "76", typed], part=2) == said


def test_one_channel_cannot_be_forgotten():
    """5×5×1 and 3 filters of 4×4: (4·4 + 1)·3 = 51; without the biases 4·4·3 = 48, no more."""
    part = parameters.layer_part(
        (5, 5, 1), sizes.Convolution(3, 4), say("exercises.ask.layer_parameters")
    )
    assert part.answer == 51
    assert mark_part(part, ["48"], []).notes == (say("exercises.slip.no_biases"),)


def test_what_follows_rightly_from_a_wrong_answer_is_told():
    """75 for one filter is wrong, and then 75·10 = 750 is right."""
    assert named(lecture()[6], ["32×32×10", "75", "750"], part=2) == ["mark.follows"]
    # Without the stride the first pooling gives 25×25; from there the convolution gives 23×23.
    stack = ["26×26×25", "25×25×25", "23×23×50", "5×5×50", "1250"]
    assert named(lecture()[7], stack, part=1) == ["slip.no_stride"]
    assert named(lecture()[7], stack, part=2) == ["mark.follows"]
    # A kernel that does not fit on what was typed is no way to an answer.
    assert named(lecture()[7], ["26×26×25", "1×1×25", "7×7×50", "5×5×50", "1250"], part=2) == []


def test_rounding_up_is_diagnosed():
    """(11 − 2) / 2 = 4.5: five windows, not six."""
    stack = ["26×26×25", "13×13×25", "11×11×50", "6×6×50", "1250"]
    assert named(lecture()[7], stack, part=3) == ["slip.rounded_up"]


def test_a_flipped_kernel_is_diagnosed_from_the_whole_map():
    """At the upper left 1·1 + 2·2 + 4·3 = 17; with [[3, 0], [2, 1]] it is 1·3 + 3·2 + 4·1 = 13."""
    image = np.array([[1, 2, 0], [3, 4, 0], [0, 0, 5]])[..., None]
    kernel = np.array([[1, 2], [0, 3]])[..., None]
    exercise = map_exercise("map", Filtering(image, kernel))
    assert exercise.parts[0].answer == ((17, 2), (11, 19))
    assert named(exercise, ["13", "14", "9", "17"]) == ["slip.flipped"]
    assert named(exercise, ["13", "14", "9", "18"]) == []  # one cell of it differs: no diagnosis


def test_average_for_maximum_and_signs_overlooked_are_diagnosed():
    """Upper left window of the first map: 3, −1, −3, 1 with mean 0."""
    both = lecture()[4]
    second = ["-1", "1", "0", "3"]
    mean = ["0", "-1.75", "-1.25", "-0.5"]
    assert named(both, [*mean, *second]) == ["slip.took_average"]
    assert named(both, ["3", "-3", "3", "-2", *second]) == ["slip.took_without_sign"]
    assert named(both, ["-3", "-3", "-3", "-2", *second]) == ["slip.took_smallest"]


def test_where_several_slips_lead_to_an_answer_all_are_named():
    """3×3 then 2×2 at stride 2: the field is 4; its area 16; without the last layer 3."""
    exercise = sizes.field_exercise([sizes.Convolution(1, 3), sizes.Pooling(2, 2)])
    assert exercise.parts[0].answer == 4
    assert named(exercise, ["3"]) == ["slip.field_without_last"]
    assert named(exercise, ["5"]) == ["mark.several", "slip.field_own_stride", "slip.field_sum"]


def test_the_second_layer_sees_the_first_ones_filters():
    """16×16×3 under 8 filters of 3×3, then 5 of 1×1: (8 + 1)·5 = 45, not (3 + 1)·5 = 20."""
    given_shape, first = (16, 16, 3), sizes.Convolution(8, 3)
    part = parameters.layer_part(
        first.shape(given_shape), sizes.Convolution(5, 1), say("exercises.ask.total"), None, 3
    )
    assert part.answer == 45
    assert mark_part(part, ["20"], []).notes == (say("exercises.slip.depth_of_image"),)


# --------------------------------------------------------------------- the score


def test_the_score_tells_first_later_shown_and_still_wrong():
    exercise = lecture()[5]
    right, wrong = ["28×28×6", "75"], ["28×28×6", "76"]
    new = Work("size")
    assert new.marked(exercise, right).outcome == "first"
    tried = new.marked(exercise, wrong)
    assert tried.outcome == "tried"
    assert not tried.solution_is_open
    assert tried.marked(exercise, right).outcome == "later"
    shown = tried.revealed()
    assert shown.outcome == "shown"
    assert shown.marked(exercise, right).outcome == "shown"
    # Once solved it stays so, whatever is typed or shown afterwards.
    assert new.marked(exercise, right).marked(exercise, wrong).outcome == "first"
    assert new.marked(exercise, right).revealed().outcome == "first"
    works = [new, tried, shown, new.marked(exercise, right), Work("map").revealed()]
    assert marking.score(works) == {
        "size": {"tried": 1, "shown": 1, "first": 1},
        "map": {"shown": 1},
    }


# --------------------------------------------------------------------- on paper


class Page(HTMLParser):
    """What a printed page holds: tags, addresses, text."""

    def __init__(self, source: str):
        super().__init__()
        self.tags, self.addresses, self.attributes, self.words = Counter(), [], [], []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        self.attributes += attributes
        self.addresses += [value for name, value in attributes if name in ("src", "href")]

    def handle_data(self, data):
        self.words.append(data)


def printing(**changes: object) -> Printing:
    sheet = Sheet(48213, "medium", ("value", "map", "size"))
    link = "http://10.0.0.7:8501/exercises?seed=48213&level=medium&kind=size-value-map"
    defaults = {
        "sheet": sheet,
        "count": 9,
        "solutions": True,
        "language": "en",
        "link": link,
        "code": "",
    }
    return Printing(**defaults | changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_printed_sheet_needs_nothing_else(language):
    source = printed.html(printing(language=language))
    page = Page(source)
    assert page.addresses == []
    assert not re.search(r"url\(|@import|<script", source)
    assert ("lang", {"en": "en", "zh": "zh-CN"}[language]) in page.attributes
    words = " ".join(page.words)
    assert text(language, "exercises.print_sheet.solutions") in words
    assert "48213" in words
    assert "seed=48213&level=medium" in words
    assert "@page" in source
    assert "size: A4" in source


def test_a_printed_sheet_has_the_exercises_of_the_link_and_their_solutions():
    with_solutions, without = printing(), printing(solutions=False)
    source, short = printed.html(with_solutions), printed.html(without)
    assert Page(short).tags["section"] == 9
    assert Page(source).tags["section"] == 9 + 1 + 9
    for number, exercise in enumerate(with_solutions.exercises, start=1):
        assert exercise == with_solutions.sheet.exercise(number)
        for part in exercise.parts:
            last = part.steps[-1].said("en")
            escaped = last.replace("'", "&#39;")
            assert escaped in source
            assert escaped not in short
    assert "break-before: page" in source


def test_matrices_are_printed_as_tables_with_an_empty_one_to_fill_in():
    only_maps = Sheet(5, "medium", ("map",))
    page = Page(printed.html(printing(sheet=only_maps, count=5, solutions=False)))
    assert page.tags["table"] == 3 * 5  # image, filter, an empty map
    cells = sum(
        sum(np.array(matrix.rows).size for matrix in part.matrices) + part.num_fields
        for number in range(1, 6)
        for part in only_maps.exercise(number).parts
    )
    assert page.tags["td"] == cells


def test_the_lectures_own_exercises_are_printed_too():
    source = printed.html(printing(sheet=None, count=9))
    assert "⌊(32 + 2·2 − 5) / 1⌋ + 1" in source
    assert printing(sheet=None).file_name == "exercises_lecture.html"
    assert printing().file_name == "exercises_48213_medium.html"


def test_what_stands_in_the_link_is_printed_as_text():
    source = printed.html(printing(link="http://x/?a=<script>alert(1)</script>"))
    assert "<script" not in source
    assert "&lt;script&gt;" in source


# --------------------------------------------------------------------- the page

MAIN = ROOT / "cnnviz" / "ui" / "main.py"


def visit(**link: object) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.context["url"] = "http://10.0.0.7:8501/exercises"
    app.context["locale"] = "en-GB"
    state = {name: str(value) for name, value in link.items()}
    app.query_params.update(state)  # told twice: the start page drops what it does not know
    app.run()
    app.query_params.update(state)
    app.switch_page("../../pages/exercises.py").run()
    assert not app.exception
    return app


def shown(app: AppTest) -> dict:
    (found,) = [element for element in app.get("bidi_component") if element.key == "exercise"]
    return json.loads(found.proto.json)


def link_of(app: AppTest) -> dict[str, str]:
    """Of a name that is given twice the first counts."""
    return {
        name: value if isinstance(value, str) else value[0]
        for name, value in app.query_params.items()
        if name in ("seed", "level", "kind", "number")
    }


def test_the_page_begins_with_the_lectures_first_exercise():
    app = visit()
    assert shown(app)["count"] == 10
    assert shown(app)["question"] == lecture()[0].question.said("en")
    assert link_of(app) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_leads_to_its_exercise_in_either_language(language):
    app = visit(seed=48213, level="hard", kind="size-pooling", number=7, lang=language)
    sheet = Sheet(48213, "hard", ("size", "pooling"))
    exercise = sheet.exercise(7)
    assert shown(app)["question"] == exercise.question.said(language)
    assert shown(app)["kind"] == text(language, f"exercises.kind.{exercise.kind}")
    assert link_of(app) == {
        "seed": "48213",
        "level": "hard",
        "kind": "size-pooling",
        "number": "7",
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_answer_is_not_sent_before_it_is_asked_for(kind):
    app = visit(seed=48213, level="hard", kind=kind)
    for part in shown(app)["parts"]:
        assert part["answer"] == ""
        assert part["steps"] == part["windows"] == part["states"] == []
    sheet = Sheet(48213, "hard", (kind,))
    app.session_state[exercise_lab.WORKS] = {sheet.name_of(1): Work(kind).revealed()}
    app.run()
    for part, sent in zip(sheet.exercise(1).parts, shown(app)["parts"], strict=True):
        assert sent["answer"]
        assert len(sent["steps"]) == len(part.steps)
        assert sent["windows"] == [[at.top, at.left, at.size] for at in part.windows]


@pytest.fixture
def session(monkeypatch) -> dict:
    """A visitor's session without a browser, and the link."""
    kept = {}
    monkeypatch.setattr(exercise_lab.st, "session_state", kept)
    monkeypatch.setattr(exercise_lab.st, "query_params", {})
    return kept


def send(session: dict, place: Place, act: object) -> None:
    session["exercise"] = {"act": act}
    exercise_lab._take(place)


@pytest.mark.parametrize(
    "act",
    [
        *(None, "mark", 7, [], {}),
        {"action": "mark", "typed": ["28×28×6", "75"]},  # of which exercise?
        {"id": "lecture/7", "action": "mark", "typed": ["28×28×6", "75"]},
        {"id": ["lecture/6"], "action": "mark", "typed": ["28×28×6", "75"]},
        *({"id": "lecture/6", "action": action} for action in (None, "", "mark", "go", ["show"])),
        *(
            {"id": "lecture/6", "action": "mark", "typed": typed}
            for typed in ([], ["75"], ["28×28×6", "75", "1"], "75", {"0": "a", "1": "b"}, 2)
        ),
        *(
            {"id": "lecture/6", "action": "go", "number": number}
            for number in (0, 11, -1, "7", 7.0, None, [7])
        ),
    ],
)
def test_what_no_browser_sends_changes_nothing(session, act):
    send(session, Place(None, 6), act)
    assert set(session) == {"exercise"} or session[exercise_lab.WORKS] == {}
    assert exercise_lab.st.query_params == {}


def test_what_a_browser_sends_is_kept(session):
    place = Place(None, 6)
    send(session, place, {"id": place.key, "action": "mark", "typed": ["28×28×6", 75]})
    assert session[exercise_lab.WORKS][place.key].outcome == "first"
    send(session, place, {"id": place.key, "action": "go", "number": 7})
    assert exercise_lab.st.query_params == {"number": "7"}


def test_a_session_does_not_grow_without_end(session):
    places = [Place(Sheet(5, "easy", ("dense_parameters",)), number) for number in range(1, 311)]
    for place in places:
        typed = ["9" * 100_000] * place.exercise.num_fields
        send(session, place, {"id": place.key, "action": "mark", "typed": typed})
        first = places[0]
        send(session, first, {"id": first.key, "action": "show"})
    works = session[exercise_lab.WORKS]
    assert len(works) == exercise_lab.MOST_WORKS == 300
    assert {len(text) for work in works.values() for text in work.typed} == {41}
    assert first.key in works  # the one that was worked on last
    assert places[-1].key in works
    assert places[1].key not in works
    with pytest.raises(Refusal, match="at most 12 digits"):
        read_number(works[places[-1].key].typed[0])


@pytest.mark.parametrize(
    ("link", "question"),
    [
        ({"number": "x"}, lecture()[0]),
        ({"number": "11"}, lecture()[0]),
        ({"number": "-1"}, lecture()[0]),
        ({"number": "9" * 40}, lecture()[0]),
        ({"number": "²"}, lecture()[0]),
        ({"kind": "lecture", "number": "6"}, lecture()[5]),
        ({"seed": "many", "kind": "size"}, Sheet(1, "easy", ("size",)).exercise(1)),
        ({"seed": "0", "kind": "size", "level": "expert"}, Sheet(1, "easy", ("size",)).exercise(1)),
        ({"seed": "7", "kind": "<b>"}, Sheet(7, "easy", kinds.offered("easy")).exercise(1)),
        ({"seed": "7", "kind": "field"}, Sheet(7, "easy", kinds.offered("easy")).exercise(1)),
    ],
)
def test_nonsense_in_a_link_falls_back_to_the_default(link, question):
    assert shown(visit(**link))["question"] == question.question.said("en")


def test_a_new_sheet_is_another_one_and_stands_in_the_link():
    app = visit(seed=7, kind="size", number=5)
    app.button(key="exercise_new_sheet").click().run()
    assert not app.exception
    seed = int(link_of(app)["seed"])
    assert seed != 7
    assert "number" not in link_of(app)
    expected = Sheet(seed, "easy", ("size",)).exercise(1)
    assert shown(app)["question"] == expected.question.said("en")


def test_sets_and_pages_are_left_and_found_again():
    app = visit(number=4)
    app.segmented_control(key="exercise_set").set_value("new").run()
    assert link_of(app)["seed"] == "1"
    assert link_of(app)["kind"] == "-".join(KINDS)
    app.segmented_control(key="level").set_value("hard").run()
    app.button(key="exercise_new_sheet").click().run()
    before = link_of(app)
    app.switch_page("../../pages/home.py").run()
    for name in ("seed", "kind", "number", "level"):  # as the browser does
        app.query_params.pop(name, None)
    app.switch_page("../../pages/exercises.py").run()
    assert link_of(app) == before
    app.segmented_control(key="exercise_set").set_value("lecture").run()
    assert shown(app)["number"] == 4


def test_kinds_that_a_level_does_not_have_stay_chosen():
    app = visit(seed=3, level="easy", kind="size-field")
    assert shown(app)["kind"] == text("en", "exercises.kind.size")
    app.segmented_control(key="level").set_value("hard").run()
    assert link_of(app)["kind"] == "size-field"
    seen = {Sheet(3, "hard", ("size", "field")).exercise(number).kind for number in (1, 2)}
    assert seen == {"size", "field"}
