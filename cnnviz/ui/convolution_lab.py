"""The instrument of the convolution lesson; its changes come back as words of the link."""

from functools import cache

import streamlit as st

from cnnviz import worked_example
from cnnviz.exercises.sizes import Convolution
from cnnviz.kernels import KERNELS
from cnnviz.lecture_example import IMAGES, SIZES
from cnnviz.ui import components, lesson, server, state
from cnnviz.ui.language import language, t, texts
from cnnviz.worked_example import Example

KEY = "convolution"  # of the component


def choose() -> tuple[Example, list[str]]:
    """The example that the link names, and its words that could not be read."""
    return worked_example.from_link(state.kept("convolution", worked_example.WORDS))


def _take() -> None:
    """Keep what the component says; a scripted client may send anything."""
    words = st.session_state[KEY].get("link")
    if not isinstance(words, dict):
        return

    def taken(name: str) -> str:
        word = words.get(name)
        fits = isinstance(word, str) and len(word) <= worked_example.LONGEST_LINK
        return word if fits else ""

    state.keep("convolution", {name: taken(name) for name in worked_example.WORDS})


def as_data(example: Example) -> dict:
    """The numbers as the component keeps them."""
    return {
        "size": example.size,
        "channels": example.channels,
        "image": example.image.ravel().tolist(),
        "filters": [
            {"kernel": kernel.ravel().tolist(), "bias": bias}
            for kernel, bias in zip(example.filters, example.bias.tolist(), strict=True)
        ],
        "stride": example.stride,
        "padding": example.padding,
        "dilation": example.dilation,
        "relu": example.relu,
        "pool": example.pool,
        "pool_size": example.pool_size,
        "pool_stride": example.pool_stride,
    }


@cache
def presets() -> dict:
    """Images at every size, as their digits, and kernels."""
    return {
        "images": {
            key: {
                "channels": image.channels,
                "sizes": {
                    size: "".join(str(int(value)) for value in image.draw(size).ravel())
                    for size in SIZES
                },
            }
            for key, image in IMAGES.items()
        },
        "kernels": {
            key: {"size": len(kernel.rows), "values": kernel.values.ravel().tolist()}
            for key, kernel in KERNELS.items()
        },
        "defaults": {
            channels: as_data(example) for channels, example in worked_example.DEFAULTS.items()
        },
        "experiments": {
            key: as_data(example) for key, example in worked_example.EXPERIMENTS.items()
        },
        "limits": {
            "sizes": [SIZES[0], SIZES[-1]],
            "kernels": _ends(worked_example.KERNEL_SIZES),
            "filters": worked_example.MOST_FILTERS,
            "strides": _ends(worked_example.STRIDES),
            "paddings": _ends(worked_example.PADDINGS),
            "dilations": _ends(worked_example.DILATIONS),
            "pools": _ends(worked_example.POOL_SIZES),
            "largest": worked_example.LARGEST,
        },
    }


def _ends(numbers: range) -> list[int]:
    return [numbers[0], numbers[-1]]


def instrument(example: Example, unread: list[str]) -> None:
    """Everything from the image to the flattened numbers, step by step, in the browser.

    The component keeps its own example and tells of changes: what it was mounted with is sent
    again with every rerun, so that Streamlit finds nothing new to send.
    """
    begun, unread = components.began_with(KEY, (as_data(example), unread))
    components.mount(
        "convolution",
        key=KEY,
        data=presets()
        | {
            "locale": language(),
            "example": begun,
            "unread": unread,
            "image_names": texts("convolution.images"),
            "kernel_names": texts("kernels.names"),
            "experiment_names": texts("convolution.experiments"),
            "animation": server.prefix() + server.ANIMATION,
            "text": texts("convolution.instrument"),
        },
        on_link_change=_take,
    )


def question(example: Example) -> None:
    """How large is the output at another stride and padding than those on the screen?"""
    stride, padding = example.elsewhere()
    before, after = example.padded_by(stride, padding)
    # The exercises' layer pads both sides alike: what "same" adds stands in the size.
    zeros = before if before == after else 0
    layer = Convolution(1, example.kernel, stride, zeros, example.dilation)
    size = example.size + before + after - 2 * zeros
    sides = sorted({layer.side(size), *filter(None, layer.slips_of_side(size).values())})
    values = {"size": example.size, "kernel": example.kernel, "dilation": example.dilation}
    lesson.predict_first(
        t("convolution.question.text", stride=stride, padding=padding, **values),
        [f"{side}×{side}" for side in sides],
        lambda: (f"{layer.side(size)}×{layer.side(size)}", layer.formula(size)),
        depends_on=(stride, padding, *values.values()),
    )


def as_program(example: Example) -> dict[str, str]:
    """What fills the holes of assets/code/convolution.py."""
    options = ("stride", "padding", "dilation", "relu", "pool_size", "pool_stride")
    arrays = ("image", "filters", "bias")
    return {
        **{name: repr(getattr(example, name).tolist()) for name in arrays},
        **{name: repr(getattr(example, name)) for name in options},
        "pool": example.pool,
    }


def code(example: Example) -> None:
    """The program, with this image and these filters."""
    lesson.code("convolution", **as_program(example))
