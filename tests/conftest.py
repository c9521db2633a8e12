"""What several tests share: the two bundled networks and the digits that neither has seen."""

import pytest

from cnnviz import mnist, registry


@pytest.fixture(scope="session")
def cnn():
    return registry.load("mnist_cnn")


@pytest.fixture(scope="session")
def dense():
    return registry.load("mnist_dense")


@pytest.fixture(scope="session")
def unseen() -> mnist.Digits:
    """The 1,000 unseen digits as the networks take them: (1000, 28, 28) float32 in 0…1."""
    digits = mnist.unseen()
    return mnist.Digits(digits.images.astype("float32") / 255, digits.labels)
