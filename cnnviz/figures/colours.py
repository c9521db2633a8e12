"""What each colour means, once, for Plotly and for the components (palette.js).

Signed values run blue – neutral – orange, symmetric around zero; values that are never negative run
from the page's own background to a deep green-blue. Both are monotone in lightness on each side and
told apart by readers with any common colour-blindness.
"""

NEGATIVE, POSITIVE = "#1f63b4", "#c2570c"

SIGNED = {
    "light": ("#123f7d", NEGATIVE, "#8db8e2", "#f5f5f4", "#f3b27a", POSITIVE, "#7d3200"),
    "dark": ("#a9d2ff", "#5a9be6", "#2b5688", "#20272a", "#8a4a1c", "#e8843a", "#ffd0a6"),
}
SEQUENTIAL = {
    "light": ("#f7faf9", "#cfe8e3", "#93cdc6", "#4fa8a8", "#1f7f88", "#0f5468", "#0b2c45"),
    "dark": ("#161d20", "#123745", "#12566a", "#1f7f88", "#4fa8a8", "#93cdc6", "#e3f6f1"),
}
# Directions, 0° to 360° and round again: right orange, up pale, left blue, down dark. Any two that
# are 45° apart differ for readers with any common colour-blindness, too (tests/test_kernels.py).
TURN = ("#d9730d", "#f8b45e", "#fff3cf", "#a9d0ee", "#2f7fd0", "#2a3f8f", "#1a1030", "#7a2c12")
CYCLIC = {"light": (*TURN, TURN[0]), "dark": (*TURN, TURN[0])}
GREY = {"light": ("#000000", "#ffffff"), "dark": ("#000000", "#ffffff")}  # brightness 0 and 1

SELECTED = {"light": "#b4005a", "dark": "#ff7fbf"}  # the one accent for "this one"

# Each network of the digits lesson keeps its colour; the dense one is hatched or dashed as well.
NETWORKS = {"mnist_cnn": "#0f7f86", "mnist_dense": "#8a5a9e"}

# One colour for each weight of a kernel, where its copies are followed through a layer. The hue
# (OKLCH, degrees) says the column, the lightness the row; the row also has its own dashes.
WEIGHT_HUES = (255, 195, 95, 50, 345)
WEIGHT_LIGHTNESS = {"light": (0.45, 0.53, 0.61, 0.69, 0.77), "dark": (0.9, 0.82, 0.74, 0.66, 0.58)}

# The channels of a colour picture; their names always stand beside them.
CHANNELS = {"red": "#d0342c", "green": "#2e9e4f", "blue": "#2f6fd0"}

LAYER_KINDS = {
    "input": "#6b7780",
    "convolution": "#0f7f86",
    "activation": "#b58a00",
    "pooling": "#5b6abf",
    "flatten": "#6b7780",
    "dense": "#8a5a9e",
    "normalisation": "#6f8f3a",
}

# Families of networks, where marks of several stand in one chart; features made by hand.
FAMILIES = {
    "alexnet": "#6b7780",
    "vgg": POSITIVE,
    "inception": "#5b6abf",
    "resnet": LAYER_KINDS["convolution"],
    "mobile": "#8a5a9e",
}
SHALLOW = "#7d888e"

FONT = "'Noto Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"


def rgb(colour: str) -> tuple[int, int, int]:
    """ "#b4005a" → (180, 0, 90)."""
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def for_browser() -> dict:
    """The same colours for the components' palette.js."""
    return {
        "signed": SIGNED,
        "sequential": SEQUENTIAL,
        "cyclic": CYCLIC,
        "grey": GREY,
        "selected": SELECTED,
        "networks": NETWORKS,
        "channels": CHANNELS,
        "layerKinds": LAYER_KINDS,
        "weightHues": WEIGHT_HUES,
        "weightLightness": WEIGHT_LIGHTNESS,
    }
