"""What a network is made of, read off its rows: kernels, poolings, normalisations, shortcuts."""

from collections.abc import Iterable
from dataclasses import dataclass

from cnnviz.architectures.layers import (
    Add,
    BatchNormalisation,
    Convolution,
    DepthwiseConvolution,
    GlobalPooling,
    LocalResponseNormalisation,
    PaddedShortcut,
    Pooling,
)
from cnnviz.architectures.network import Architecture


@dataclass(frozen=True)
class Traits:
    """By which a network can be looked for."""

    kernels: tuple[str, ...]  # "11×11" first, "1×1" last; 1×7 and 7×1 are both "1×7"
    poolings: tuple[str, ...]  # of "max", "average", "global"
    normalisations: tuple[str, ...]  # of "lrn", "batch"
    shortcuts: tuple[str, ...]  # of "identity", "projection", "zero_pad"


POOLINGS = ("max", "average", "global")
NORMALISATIONS = {LocalResponseNormalisation: "lrn", BatchNormalisation: "batch"}
SHORTCUTS = ("identity", "projection", "zero_pad")


def traits(architecture: Architecture) -> Traits:
    layers = [row.layer for row in architecture.rows]
    sides = {
        tuple(sorted(layer.sides))
        for layer in layers
        if isinstance(layer, Convolution | DepthwiseConvolution)
    }
    poolings = {layer.operation for layer in layers if isinstance(layer, Pooling)}
    if any(isinstance(layer, GlobalPooling) for layer in layers):
        poolings.add("global")
    return Traits(
        kernels=tuple(f"{low}×{high}" for low, high in sorted(sides, reverse=True)),
        poolings=_in_order(POOLINGS, poolings),
        normalisations=tuple(
            name
            for kind, name in NORMALISATIONS.items()
            if any(isinstance(layer, kind) for layer in layers)
        ),
        shortcuts=_in_order(SHORTCUTS, {kind for _, kind in shortcuts(architecture).values()}),
    )


def _in_order(names: Iterable[str], found: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in found)


def shortcuts(architecture: Architecture) -> dict[str, tuple[str, str]]:
    """Sum → the input that came the short way, and how: "identity", "projection", "zero_pad".

    The short way starts on the long one: as it is, through a 1×1 convolution, or as every second
    row and column with zeros in the new channels.
    """
    ranks: dict[str, int] = {}
    for row in architecture.rows:
        ranks[row.name] = 1 + max((ranks[name] for name in row.inputs), default=0)

    def leads_to(start: str, end: str) -> bool:
        waiting, seen = [end], {end}
        while waiting:
            name = waiting.pop()
            if name == start:
                return True
            before = {one for one in architecture[name].inputs if ranks[one] >= ranks[start]} - seen
            seen |= before
            waiting += before
        return False

    found = {}
    for row in architecture.rows:
        if not isinstance(row.layer, Add) or len(set(row.inputs)) != 2:
            continue
        short, long = sorted(row.inputs, key=ranks.__getitem__)
        if leads_to(short, long):
            found[row.name] = short, "identity"
            continue
        head = architecture[short]
        while head.kind in ("normalisation", "activation"):
            head = architecture[head.inputs[0]]
        one_by_one = isinstance(head.layer, Convolution) and head.layer.sides == (1, 1)
        if one_by_one and leads_to(head.inputs[0], long):
            found[row.name] = short, "projection"
        elif isinstance(head.layer, PaddedShortcut) and leads_to(head.inputs[0], long):
            found[row.name] = short, "zero_pad"
    return found
