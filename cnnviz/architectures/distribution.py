"""Where a network's parameters and its memory sit.

The lecture on VGG16: "most memory is in the early convolutions, most parameters are in the late
fully connected layers". For every network this can be counted.
"""

from dataclasses import dataclass
from functools import lru_cache

from cnnviz.architectures.layers import Convolution, Dense, DepthwiseConvolution
from cnnviz.architectures.network import Architecture, Builder


def by_kind(architecture: Architecture, quantity: str) -> dict[str, int]:
    """Kind of layer → sum of its rows, in the order in which the kinds first come.

    Args:
        architecture: Any.
        quantity: "parameters", "multiply_adds" or "activations".
    """
    sums: dict[str, int] = {}
    for row in architecture.rows:
        sums[row.kind] = sums.get(row.kind, 0) + getattr(row, quantity)
    return {kind: total for kind, total in sums.items() if total}


@dataclass(frozen=True)
class EarlyAndLate:
    """How true the lecture's sentence is."""

    convolutions: int
    early: int  # convolutions that count as early: the first half, rounded up
    early_memory: float  # share of all activations up to there, the picture and poolings included
    late_parameters: float  # share of all parameters in dense layers

    @property
    def memory_is_early(self) -> bool:
        return self.convolutions > 0 and self.early_memory > 0.5

    @property
    def parameters_are_late(self) -> bool:
        return self.late_parameters > 0.5


def early_and_late(architecture: Architecture) -> EarlyAndLate:
    """The lecture's sentence on one network."""
    rows = architecture.rows
    places = [
        place
        for place, row in enumerate(rows)
        if isinstance(row.layer, Convolution | DepthwiseConvolution)
    ]
    early = -(-len(places) // 2)
    # A pooling behind the last early convolution belongs to it.
    end = places[early] if early < len(places) else len(rows)
    before = sum(row.activations for row in rows[:end]) if places else 0
    dense = sum(row.parameters for row in rows if isinstance(row.layer, Dense))
    return EarlyAndLate(
        len(places),
        early,
        before / architecture.activations,
        dense / max(1, architecture.parameters),
    )


@lru_cache(maxsize=64)
def resized(architecture: Architecture, height: int, width: int) -> Architecture:
    """The same layers on pictures of another size.

    Raises:
        Refusal: If a map becomes too small for a window.
        ValueError: If a layer only takes the published size, as the boxes of detectors do.
    """
    channels = architecture.input_shape[2]
    net = Builder((height, width, channels))
    for row in architecture.rows[1:]:
        with net.block(row.block, row.role):
            net.add(row.name, row.layer, *row.inputs)
    return net.architecture(architecture.key, architecture.family)
