"""Every exercise knows right answers, however they are written, and names each known slip."""

import re
import sys
import time

import pytest
import torch
from right_ways import RIGHT_WAYS

from gan_lib import UserError
from gan_lib.exercises import fence, record
from gan_lib.exercises.all import EXERCISES
from gan_lib.exercises.checking import NotRight, check
from gan_lib.exercises.exercise import judge

SLIPS = [(name, sentence) for name, exercise in EXERCISES.items() for sentence in exercise.slips]


def test_there_are_enough_of_them():
    assert len(EXERCISES) >= 24 and len(SLIPS) >= 90
    assert all(len(exercise.slips) >= 3 for exercise in EXERCISES.values())
    assert EXERCISES.keys() == RIGHT_WAYS.keys()
    assert all(2 <= exercise.minutes <= 15 for exercise in EXERCISES.values())


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_passes_however_it_is_written(name):
    ways = RIGHT_WAYS[name]
    assert len({way.__code__.co_code for way in ways}) == len(ways) == 3
    for way in (EXERCISES[name].right, *ways):
        assert judge(EXERCISES[name], way) == ""


@pytest.mark.parametrize(("name", "sentence"), SLIPS)
def test_a_known_slip_gets_the_sentence_that_names_it(name, sentence):
    exercise = EXERCISES[name]
    assert judge(exercise, exercise.slips[sentence]) == sentence
    assert re.fullmatch(r"[^\n]+[.?]", sentence) and len(sentence) <= 160
    assert [other.slips.get(sentence) for other in EXERCISES.values()].count(None) >= 25


def blank(*_):
    return ...


def nothing(*_):
    pass


def half_done(*_):
    loss = ...
    loss.backward()


def crooked(*_):
    return torch.zeros(3, 0, 7)


def nan(*_):
    return torch.full((1,), torch.nan)


def endless(*_):
    while True:
        try:
            pass
        except Exception:
            continue


def huge(*_):
    return torch.ones(10**12)


def huge_list(*_):
    return [0] * 10**12


def leaves(*_):
    sys.exit(3)


def deep(*arguments):
    return deep(*arguments)


def strange(*_):
    return {"a": object()}


def takes_too_few():
    return 1


def two_lines(*_):
    raise ValueError("first line\nsecond line")


BAD = [blank, nothing, half_done, crooked, nan, huge, huge_list, leaves, deep, strange,
       takes_too_few, two_lines]  # fmt: skip


@pytest.mark.parametrize("name", EXERCISES)
@pytest.mark.parametrize("answer", [*BAD, 3, None, "text", ...], ids=str)
def test_nonsense_gets_a_sentence(name, answer):
    sentence = judge(EXERCISES[name], answer)
    assert re.fullmatch(r"[A-Z][^\n]{10,300}[.?…”]", sentence), sentence


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (blank, "The blank is still there"),
        (half_done, "A blank is still there"),
        (nothing, "It returns nothing"),
        (nan, "shape|NaN"),
        (huge, "more memory"),
        (huge_list, "more memory"),
        (deep, "RecursionError"),
        (takes_too_few, "does not take the arguments"),
        (two_lines, "ValueError: first line, in the line “raise ValueError"),
        (3, "function itself"),
    ],
)
def test_what_is_wrong_is_said(answer, says):
    assert re.search(says, judge(EXERCISES["best_confidence"], answer))


def test_an_endless_loop_is_interrupted_even_if_it_swallows_exceptions(monkeypatch):
    monkeypatch.setattr(fence, "SECONDS", 0.3)
    started = time.monotonic()
    assert "still running" in judge(EXERCISES["scale"], endless)
    assert time.monotonic() - started < 5
    assert judge(EXERCISES["scale"], EXERCISES["scale"].right) == ""  # nothing is left behind


def test_an_interrupt_from_the_keyboard_passes():
    def stopped(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(EXERCISES["scale"], stopped)


def test_a_check_leaves_the_random_numbers_as_they_were():
    torch.manual_seed(5)
    first = torch.rand(3)
    torch.manual_seed(5)
    judge(EXERCISES["draw"], EXERCISES["draw"].right)
    assert torch.equal(torch.rand(3), first)


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """What is displayed; what is kept goes into a file of this test."""
    texts = []
    monkeypatch.setenv("GAN_LIB_PROGRESS", str(tmp_path / "kept" / "progress.json"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(record, "show", texts.append)
    return texts


def test_a_check_says_it_and_keeps_it(shown):
    assert check("scale", blank) is None  # a value would count as an output where it is graded
    check("scale", EXERCISES["scale"].right)
    check("scale", blank)
    assert [text.split("**")[1] for text in shown] == ["Not yet.", "Right.", "Not yet."]
    assert record.read()["exercises"] == {"scale": {"right": True, "tries": 3}}


def test_a_damaged_record_and_one_that_cannot_be_written_stop_nobody(shown, monkeypatch, tmp_path):
    check("scale", blank)
    record.path().write_text("{ damaged")
    check("scale", EXERCISES["scale"].right)
    assert record.read()["exercises"]["scale"]["right"]
    (tmp_path / "file").write_text("a file, where a folder should be")
    monkeypatch.setenv("GAN_LIB_PROGRESS", str(tmp_path / "file" / "progress.json"))
    check("scale", EXERCISES["scale"].right)
    assert shown[-1] == "**Right.**"


def test_where_it_is_graded_a_wrong_answer_is_an_error_with_its_sentence(shown, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "1")
    check("scale", EXERCISES["scale"].right)
    with pytest.raises(NotRight, match="blank is still there"):
        check("scale", blank)
    assert not shown and not record.path().exists()


def test_an_exercise_that_is_not_there(shown):
    with pytest.raises(UserError, match="no exercise 'scael': 'scale'?"):
        check("scael", blank)
