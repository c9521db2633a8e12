"""A visitor's own `.keras` file: what is in it, told before anything of it is built.

Any bytes may arrive. So, in this order:

1. `archive`: the zip is read within limits, into memory, and nothing but two entries of it.
2. `description`: config.json becomes rows by our own code, for layers that we know; every number
   is computed from them and capped. The description that goes on is written anew, from the values
   that were checked: Keras never sees the visitor's.
3. `guarded`: only then Keras reads the weights, in a process of its own (`load_guarded`) with
   limits on memory and time, and saves a clean copy. Its counts are compared with ours.

inspect(data)            1 and 2: an `Inspected`, with its Architecture
guarded.load(inspected)  3: a `Loaded`
"""

from cnnviz.uploads import archive, description
from cnnviz.uploads.description import Inspected

__all__ = ["Inspected", "inspect"]


def inspect(data: bytes) -> Inspected:
    """What a `.keras` file describes, by our own arithmetic.

    Args:
        data: The whole file.

    Raises:
        Refusal: Why it cannot be taken, in a sentence for the visitor.
    """
    config, weights = archive.unpack(data)
    return description.read(config, weights)
