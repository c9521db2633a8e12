"""What the convolution's component tells the server: kept, bounded, and only in its own link."""

from types import SimpleNamespace

import pytest

from cnnviz import worked_example
from cnnviz.ui import convolution_lab, state


@pytest.fixture
def visitor(monkeypatch) -> SimpleNamespace:
    """Session, link and address of a visitor whose page is not drawn."""
    someone = SimpleNamespace(session={}, link={}, context=SimpleNamespace(url=""))
    someone.context.url = "http://10.0.0.7:8501/convolution"
    monkeypatch.setattr(state.st, "session_state", someone.session)
    monkeypatch.setattr(state.st, "query_params", someone.link)
    monkeypatch.setattr(state.st, "context", someone.context)
    return someone


def say(visitor: SimpleNamespace, link: object) -> None:
    visitor.session[convolution_lab.KEY] = {"link": link}
    convolution_lab._take()


def test_a_change_is_in_the_link_and_in_the_example(visitor):
    say(visitor, {"stride": "2", "padding": "same", "image": ""})
    assert visitor.link == {"stride": "2", "padding": "same"}
    example, unread = convolution_lab.choose()
    assert (example.stride, example.padding, unread) == (2, "same", [])


@pytest.mark.parametrize(
    "said",
    [
        None,
        "stride",
        7,
        {"stride": 2},
        {"stride": ["2"]},
        {"image": "1" * (worked_example.LONGEST_LINK + 1)},
        {"nonsense": "1"},
    ],
)
def test_what_a_scripted_client_says_is_not_kept(visitor, said):
    say(visitor, said)
    assert visitor.link == {}
    assert convolution_lab.choose()[0].image is worked_example.DEFAULTS[1].image


def test_what_is_said_on_another_page_stays_out_of_its_link_and_is_there_on_return(visitor):
    visitor.context.url = "http://10.0.0.7:8501/exercises?seed=3"
    visitor.link["seed"] = "3"
    say(visitor, {"stride": "3"})
    assert visitor.link == {"seed": "3"}
    visitor.link.clear()
    visitor.context.url = "http://10.0.0.7:8501/convolution"
    assert convolution_lab.choose()[0].stride == 3
    assert visitor.link == {"stride": "3"}


def test_a_link_wins_over_what_was_kept(visitor):
    say(visitor, {"stride": "3", "relu": "1"})
    visitor.link.clear()
    visitor.link["dilation"] = "2"
    example, _ = convolution_lab.choose()
    assert (example.stride, example.dilation, example.relu) == (1, 2, False)


def test_words_of_one_lesson_are_kept_one_by_one(visitor):
    """Each component of a lesson names its own word alone."""
    state.keep("why", {"window": "a"})
    state.keep("why", {"level": "2"})
    visitor.link.clear()
    assert state.kept("why", ["window"]) == {"window": "a"}
    assert state.kept("why", ["level"]) == {"level": "2"}
