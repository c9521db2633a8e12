"""The kinds of exercises as data, the lecture's own exercises, and sheets of new ones.

A new kind is an entry of KINDS, and its name and texts in assets/text/<language>/exercises.toml.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from cnnviz import lecture_example
from cnnviz.exercises import parameters, sizes, summary, values
from cnnviz.exercises.draws import Draws
from cnnviz.exercises.exercise import Exercise, say, show_shape
from cnnviz.exercises.sizes import Convolution, Pooling
from cnnviz.exercises.values import Filtering

LEVELS = ("easy", "medium", "hard")
OWN = "lecture"  # the lecture's own exercises, where the name of a kind is expected
LARGEST_SEED = 999_999
MOST = 990  # exercises of a sheet
BLOCK = 30  # exercises in a row that all differ: the longest sheet that is printed


@dataclass(frozen=True)
class Kind:
    """One kind of exercise. Its name is exercises.kind.<key> in the texts."""

    key: str  # also in links: it never changes
    make: Callable[[Draws, str], Exercise]  # draws, level
    levels: tuple[str, ...] = LEVELS


KINDS = {
    kind.key: kind
    for kind in (
        Kind("size", sizes.make_size),
        Kind("conv_parameters", parameters.make_conv_parameters),
        Kind("dense_parameters", parameters.make_dense_parameters),
        Kind("value", values.make_value),
        Kind("map", values.make_map),
        Kind("pooling", values.make_pooling),
        Kind("stack", sizes.make_stack),
        Kind("field", sizes.make_field, levels=("hard",)),
        Kind("table", summary.make_table),
    )
}


def offered(level: str) -> tuple[str, ...]:
    """The kinds that there are at a level."""
    return tuple(key for key, kind in KINDS.items() if level in kind.levels)


@dataclass(frozen=True)
class Sheet:
    """Exercises without end, the same for everybody who has the seed, the level and the kinds.

    >>> Sheet(7, "easy", ("size",)).exercise(1) == Sheet(7, "easy", ("size",)).exercise(1)
    True
    """

    seed: int
    level: str
    kinds: tuple[str, ...]  # in the order of KINDS

    def kind_of(self, number: int) -> str:
        """Every kind comes once before any comes again."""
        turn, place = divmod(number - 1, len(self.kinds))
        name = f"{self.seed}/{self.level}/{'-'.join(self.kinds)}/order {turn}"
        return Draws(name).shuffled(self.kinds)[place]

    def exercise(self, number: int) -> Exercise:
        """Exercise 1, 2, …"""
        return _drawn(self, number)[1]

    def name_of(self, number: int) -> str:
        """What an exercise is drawn from: where two sheets have one name, they share it."""
        return _drawn(self, number)[0]


@lru_cache(maxsize=4096)
def _drawn(sheet: Sheet, number: int) -> tuple[str, Exercise]:
    """Name and exercise, unlike those before it in its block."""
    kind = sheet.kind_of(number)
    first = (number - 1) // BLOCK * BLOCK + 1
    before = [sheet.exercise(earlier) for earlier in range(first, number)]
    for attempt in range(20):  # there are more than enough different ones
        name = f"{sheet.seed}/{sheet.level}/{kind}/{number}/{attempt}"
        exercise = KINDS[kind].make(Draws(name), sheet.level)
        if exercise not in before:
            break
    return name, exercise


# --------------------------------------------------------------------- the lecture's own


def _volume_and_parameters() -> Exercise:
    given, layer = (32, 32, 3), Convolution(10, 5, padding=2)
    parts = (sizes.shape_part(given, layer), *parameters.both_parts(given, layer))
    return Exercise(OWN, sizes.question_on(given, layer), parts)


def _volume_and_products() -> Exercise:
    given, layer = (32, 32, 3), Convolution(6, 5)
    parts = (sizes.shape_part(given, layer), sizes.products_part(given, layer))
    return Exercise(OWN, sizes.question_on(given, layer), parts)


def _filtering(number: int, stride: int) -> Filtering:
    image = lecture_example.IMAGE.astype(int)[..., None]
    return Filtering(image, lecture_example.FILTERS[number].astype(int)[..., None], stride)


def _pooling_of_both_maps() -> Exercise:
    parts = tuple(
        values.pooling_part(
            say("exercises.ask.pooled_map", number=number + 1),
            _filtering(number, 1).result(),
            "max",
            size=2,
            stride=2,
        )
        for number in range(2)
    )
    return Exercise(OWN, values.pooling_question("max", 2, 2), parts)


IN_KERAS = ((28, 28, 1), [Convolution(25, 3), Pooling(2, 2), Convolution(50, 3), Pooling(2, 2)])


def _parameters_in_keras() -> Exercise:
    given, layers = IN_KERAS
    parts = []
    for number, layer in enumerate(layers):
        if isinstance(layer, Convolution):
            name = "first" if number == 0 else "second"
            label = say(f"exercises.ask.{name}_filter")
            parts.append(parameters.filter_part(given[2], layer, label))
        given = layer.shape(given)
    inputs = given[0] * given[1] * given[2]
    for units_in, units, depth in ((inputs, 100, given[2]), (100, 10, 1)):
        label = say("exercises.ask.dense_of", inputs=units_in, units=units)
        parts.append(parameters.dense_part(units_in, units, label, depth=depth))
    question = say("exercises.question.keras", shape=show_shape(IN_KERAS[0]))
    described = [layer.described() for layer in layers]
    described += [say("exercises.layer.flatten")]
    described += [say("exercises.layer.dense", units=units) for units in (100, 10)]
    return Exercise(OWN, question, tuple(parts), tuple(described))


@cache
def lecture() -> tuple[Exercise, ...]:
    """The exercises that the lecture sets, in its order."""
    return (
        *(
            values.map_exercise(OWN, _filtering(number, stride))
            for number, stride in ((0, 1), (0, 2), (1, 1), (1, 2))
        ),
        _pooling_of_both_maps(),
        _volume_and_products(),
        _volume_and_parameters(),
        sizes.stack_exercise(OWN, *IN_KERAS, flattened=True),
        _parameters_in_keras(),
        summary.cats_and_dogs(),
    )
