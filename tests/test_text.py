"""Every sentence exists in both languages, is used somewhere, and gets the values it asks for."""

import ast
import re
import string
from pathlib import Path

import pytest

from cnnviz import ASSETS, ROOT, blocks, digits, images, mnist, text
from cnnviz.exercises.kinds import KINDS, LEVELS, OWN
from cnnviz.lessons import LESSONS, PARTS
from cnnviz.pictures import PICTURES
from cnnviz.registry import MODELS
from cnnviz.text import LANGUAGES, Refusal, catalogue, group
from cnnviz.uploads import archive, load_guarded

CJK = re.compile(r"[\u2e80-\u9fff\uff00-\uffef]")
WORD = re.compile(r"[A-Za-z][A-Za-z-]*")
PROSE = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")

# Latin words that stand in a Chinese sentence: abbreviations, products, formats, names of people.
ALLOWED_IN_CHINESE = {
    *("BMP", "BN", "CNN", "GIF", "HTTPS", "III-A", "JPEG", "MB", "MNIST", "PNG", "QR"),
    *("WebP", "py"),
    *("HOST", "Keras", "Notebook", "NumPy", "ReLU", "TensorFlow", "cnnviz", "logits", "make"),
    *("Bengio", "Bottou", "Glorot", "Haffner", "LeCun", "run", "softmax"),
    *("A", "AlexNet", "Courville", "Dumoulin", "Goodfellow", "Li", "Luo", "PyTorch", "Urtasun"),
    *("Visin", "Zemel", "abs", "arXiv", "arxiv", "https", "max", "org"),
    *("II-A", "Koltun", "SVG", "Yu", "same"),
    *("N", "d", "f", "j", "p", "s", "x"),  # sizes in a formula
    *("HDF", "JSON", "LZMA", "bzip", "Python", "SavedModel", "h", "keras"),
    *("Ba", "Cover", "Hart", "Hubel", "Kingma", "Lewis", "Wiesel", "r"),
    *("Azulay", "Chen", "Lin", "Scherer", "Springenberg", "Weiss", "Yan", "Zhang", "valid"),
    *("B", "BT", "Feldman", "G", "Gx", "Gy", "ITU-R", "R", "Sobel", "cos", "g", "n", "w"),
    *("M", "He", "Ren", "Sun", "Ma", "Zheng"),
    *("Araujo", "F", "Hinton", "Krizhevsky", "Norris", "Rasul", "Sim", "Sutskever", "Vollgraf"),
    *("Xiao", "a", "b", "cc", "computing-receptive-fields", "distill", "k", "nips", "paper"),
    *("papers", "pub", "y"),
    # of the networks, their papers and their data
    *("A-LRN", "C", "CIFAR", "CIFAR-", "CSV", "Canziani", "Clarifai", "Culurciello", "D", "E"),
    *("Fergus", "GB", "GPU", "GoogLeNet", "ILSVRC", "ImageNet", "Inception", "Inception-ResNet"),
    *("Ioffe", "K", "LSVRC", "LeNet", "LeNet-", "Markdown", "Paszke", "ResNet", "ResNet-"),
    *("Russakovsky", "S", "Simonyan", "Szegedy", "Top-", "VGG", "VGG-", "ZFNet", "Zeiler"),
    *("Zisserman", "c", "challenges", "e", "image-net", "plain-", "v"),
}

PYTHON = sorted([*(ROOT / "cnnviz").rglob("*.py"), *(ROOT / "pages").glob("*.py")])
SHOWING = sorted([*(ROOT / "cnnviz" / "ui").glob("*.py"), *(ROOT / "pages").glob("*.py")])
TAKES_A_KEY = {"t", "say", "Refusal", "ImageError"}

# What a {hole} in a key of the code stands for, where that is data of another module. All other
# holes are filled with names, or parts of names, that stand as strings in the same file.
HOLES = {
    "refused": load_guarded.REASONS,
    "module": blocks.BRANCHES,
    "row['name']": sum((sum(paths, ()) for paths in blocks.BRANCHES.values()), ()),
    "key": LESSONS,
    "member.key": LESSONS,
    "lesson.key": LESSONS,
    "part": PARTS,
    "LESSONS[key].part": PARTS,
    "picture": PICTURES,
    "default": PICTURES,
    "exercise.kind": (*KINDS, OWN),
    "kind_key": (*KINDS, OWN),
    "level_key": LEVELS,
    "place.sheet.level": LEVELS,
    "printing.sheet.level": LEVELS,
}


def placeholders(sentence: str) -> set[str]:
    """
    >>> placeholders("{count:,} of {limit}") == {"count", "limit"}
    True
    """
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --------------------------------------------------------------------- two languages


def test_both_languages_have_the_same_files():
    english, chinese = (
        {path.name for path in (ASSETS / "text" / language).iterdir()} for language in LANGUAGES
    )
    assert english == chinese


def test_both_languages_have_the_same_keys():
    assert set(catalogue("en")) == set(catalogue("zh"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty(language):
    assert [key for key, sentence in catalogue(language).items() if not sentence] == []


def test_both_languages_ask_for_the_same_values():
    chinese = catalogue("zh")
    differing = {
        key: (placeholders(sentence), placeholders(chinese[key]))
        for key, sentence in catalogue("en").items()
        if placeholders(sentence) != placeholders(chinese[key])
    }
    assert differing == {}


def test_no_english_is_left_in_chinese():
    left = {}
    for key, sentence in catalogue("zh").items():
        # Titles of papers stand in *italics*, code in `backticks`, values in {braces}.
        own = re.sub(r"\*[^*]+\*|`[^`]+`|\{[^}]*\}", "", sentence)
        words = set(WORD.findall(own)) - ALLOWED_IN_CHINESE
        if words:
            left[key] = words
    assert left == {}


def test_no_chinese_is_left_in_english():
    assert [key for key, sentence in catalogue("en").items() if CJK.search(sentence)] == []


def test_chinese_sentences_are_chinese():
    """Names that are the same in every language aside."""
    same = {
        "home.title",
        "digits.quality.cnn",
        "digits.question.cnn",
        "convolution.instrument.same",
    }
    same |= {"why.shrink.network"}
    same |= {f"kernels.names.sobel_{name}" for name in ("x", "y", "top_left", "top_right")}
    assert {key for key, sentence in catalogue("zh").items() if not CJK.search(sentence)} == same


@pytest.mark.parametrize("lesson", [key for key in LESSONS if key != "home"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_lesson_has_its_texts(language, lesson):
    needed = ("title", "intro", "teaser", "misleads", "sources")
    assert {f"{lesson}.{name}" for name in needed} <= set(catalogue(language))


# --------------------------------------------------------------------- keys in the code


def strings_of(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def patterns(argument: ast.expr, words: set[str]) -> list[str]:
    """Regular expressions for the keys that a call may name; none where it passes a key on."""
    if isinstance(argument, ast.IfExp):
        return patterns(argument.body, words) + patterns(argument.orelse, words)
    if isinstance(argument, ast.Constant):
        return [re.escape(argument.value)]
    if isinstance(argument, ast.JoinedStr):
        parts = [
            re.escape(part.value)
            if isinstance(part, ast.Constant)
            else f"({'|'.join(map(re.escape, HOLES.get(ast.unparse(part.value), words)))})"
            for part in argument.values
        ]
        return ["".join(parts)]
    return []


def calls(path: Path, names: set[str]) -> list[tuple[ast.Call, list[str]]]:
    """Calls of some functions in a file, each with patterns of the keys it names."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    words = {word for word in strings_of(tree) if re.fullmatch(r"\w+", word)}
    words |= {part for word in words for part in word.split("_")}  # "mnist_cnn" has a "cnn"
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in names:
                found.append((node, patterns(node.args[0], words)))
    return found


def used_in_python() -> list[tuple[str, str]]:
    """(file, pattern) of every sentence that Python shows."""
    return [
        (name_of(path), pattern)
        for path in PYTHON
        for _, found in calls(path, TAKES_A_KEY)
        for pattern in found
    ]


def groups(path: Path) -> list[tuple[ast.Call, str]]:
    """All `texts("…")` in a file, with the part of the texts that each names."""
    return [
        (node, node.args[0].value)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "texts"
        and isinstance(node.args[0], ast.Constant)
    ]


def named(argument: ast.expr, path: Path) -> str:
    """A string, or a constant of the module that holds one."""
    if isinstance(argument, ast.Constant):
        return argument.value
    constants = {
        node.targets[0].id: node.value.value
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    return constants[argument.id]


def components() -> dict[str, str]:
    """Component → the part of the texts that it gets: {"reading": "digits.reading", …}."""
    mounted = {}
    for path in SHOWING:
        for call, _ in calls(path, {"mount"}):
            for inner in ast.walk(call):
                if isinstance(inner, ast.Dict):
                    for key, value in zip(inner.keys, inner.values, strict=True):
                        if getattr(key, "value", "") == "text":
                            mounted[named(call.args[0], path)] = value.args[0].value
    return mounted


def lists() -> set[str]:
    """Parts of the texts that are handed on as a whole, such as the names of all kernels."""
    named = {part for path in SHOWING for _, part in groups(path)}
    return named - set(components().values())


def script_of(name: str) -> str:
    """A component's script, and those that it imports for itself alone."""
    own = (ASSETS / "components" / f"{name}.js").read_text(encoding="utf-8")
    imported = re.findall(r'from "\./(\w+)\.js"', own)
    return own + "".join(
        (ASSETS / "components" / f"{other}.js").read_text(encoding="utf-8")
        for other in imported
        if other not in ("draw", "palette")
    )


def used_in_component(name: str) -> set[str]:
    """Patterns of the names that a script takes: text.NAME, text[`before_${…}_after`]."""
    script = script_of(name)
    names = set(re.findall(r"\btext\.([a-z]\w*)", script))
    for template in re.findall(r"\btext\[`([^`]+)`\]", script):
        names.add(re.sub(r"\$\{[^}]*\}", r"\\w+", template))
    return names


def test_keys_are_found_in_the_code():
    """The tests below hold for nothing where this search finds nothing."""
    assert ("cnnviz/digits.py", r"digits\.refused\.code") in used_in_python()
    assert ("cnnviz/ui/lesson.py", rf"({'|'.join(LESSONS)})\.misleads") in used_in_python()
    assert components()["reading"] == "digits.reading"
    assert components()["exercise"] == "exercises.lab"
    assert {"verdict", r"step_\w+", r"step_\w+_help"} <= used_in_component("reading")


def test_every_key_in_the_code_exists():
    known = catalogue("en")
    missing = [
        (file, pattern)
        for file, pattern in used_in_python()
        if not any(re.fullmatch(pattern, key) for key in known)
    ]
    assert missing == []


@pytest.mark.parametrize("component", sorted(components()))
def test_every_name_in_a_component_exists(component):
    known = group("en", components()[component])
    missing = [
        pattern
        for pattern in used_in_component(component)
        if not any(re.fullmatch(pattern, name) for name in known)
    ]
    assert missing == []


def test_every_sentence_is_used():
    used = {pattern for _, pattern in used_in_python()}
    for component, part in components().items():
        used |= {re.escape(part) + r"\." + name for name in used_in_component(component)}
    used |= {re.escape(part) + r"\.\w+" for part in lists()}
    unused = [
        key for key in catalogue("en") if not any(re.fullmatch(pattern, key) for pattern in used)
    ]
    assert unused == []


def test_every_call_gives_the_values_that_the_sentence_asks_for():
    wrong = []
    for path in PYTHON:
        for call, found in calls(path, TAKES_A_KEY):
            given = {keyword.arg for keyword in call.keywords}
            if None in given:  # **values
                continue
            for key, sentence in catalogue("en").items():
                named = any(re.escape(key) == pattern for pattern in found)
                if named and not placeholders(sentence) <= given:
                    wrong.append((name_of(path), call.lineno, key))
    assert wrong == []


def filled_in(script: str) -> list[tuple[str, set[str]]]:
    """(name, values) of every `fill(text.NAME, { value: …, other })` in a script."""
    found = []
    for start in re.finditer(r"\bfill\(([^,{]*\btext\.[^,{]*), \{", script):
        depth, inner = 1, []
        for character in script[start.end() :]:
            depth += {"{": 1, "(": 1, "[": 1, "}": -1, ")": -1, "]": -1}.get(character, 0)
            if depth == 0:
                break
            inner.append(character if depth == 1 else " ")
        values = {part.split(":")[0].strip() for part in "".join(inner).split(",")} - {""}
        found += [(name, values) for name in re.findall(r"\btext\.(\w+)", start[1])]
    return found


def test_values_of_a_script_are_found():
    script = "fill(this.text.place, { layer: this.nameOf(stage, 1), channel, row: at({ a: 1 }) })"
    assert filled_in(script) == [("place", {"layer", "channel", "row"})]


@pytest.mark.parametrize("component", sorted(components()))
def test_every_component_gives_the_values_that_the_sentence_asks_for(component):
    script = script_of(component)
    sentences = group("en", components()[component])
    calls = filled_in(script)
    assert calls
    for name, values in calls:
        assert placeholders(sentences[name]) == values, name
    # A sentence with values that is not filled in would show its braces.
    filled = {name for name, _ in calls}
    used = {name for name in used_in_component(component) if name in sentences}
    assert {name for name in used if placeholders(sentences[name])} == filled


@pytest.mark.parametrize("path", SHOWING, ids=name_of)
def test_no_sentence_stands_in_the_code(path):
    """Prose inside a call of a Streamlit element, or Chinese anywhere: it belongs into the texts.

    Also on a column or an expander, `left.markdown("…")`; not in the server's log.
    """
    import streamlit as st

    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert [word for word in strings_of(tree) if CJK.search(word)] == []
    shown = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            receiver = ast.unparse(node.func.value)
            if hasattr(st, node.func.attr) and receiver != "log":
                values = [*node.args, *(keyword.value for keyword in node.keywords)]
                shown += [word for value in values for word in strings_of(value)]
    assert [word for word in shown if PROSE.search(word)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_in_sentences_are_those_of_the_code(language):
    sentences = catalogue(language)
    for spec in MODELS.values():
        assert f"{spec.parameters:,}" in sentences["digits.intro"]
    assert f"{digits.STROKE_WIDTH:.1f} " in sentences["digits.reading.step_thickness_help"]
    assert f"{digits.BOX}" in sentences["digits.reading.step_scale"]
    for count in (len(mnist.training()), len(mnist.unseen())):
        assert f"{count:,}" in sentences["digits.quality.explanation"]
    megabytes = images.MAX_BYTES // 1_000_000
    assert f"{megabytes} MB" in sentences["digits.photo.upload_label"]
    assert f"{archive.MAX_BYTES // 1_000_000} MB" in sentences["uploaded.upload_label"]


# --------------------------------------------------------------------- finding a sentence


def test_group_is_what_lies_below_a_key():
    assert group("en", "lessons.parts")["start"] == text.text("en", "lessons.parts.start")
    assert set(group("en", "lessons.parts")) == set(PARTS)


def test_missing_key_is_an_error_of_ours():
    with pytest.raises(KeyError, match=r"digits\.nonsense"):
        text.text("en", "digits.nonsense")


def test_refusal_speaks_both_languages():
    refusal = Refusal("digits.refused.many", count=7)
    assert str(refusal) == refusal.sentence("en")
    for language in LANGUAGES:
        assert "7" in refusal.sentence(language)
    assert CJK.search(refusal.sentence("zh"))
