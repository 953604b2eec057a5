"""A prediction is made before, judged by what was measured, and given away by nothing."""

import math

import ipywidgets
import pytest

from gan_lib import UserError
from gan_lib.exercises import predicting, progress, record
from gan_lib.exercises.all import EXERCISES, PREDICTIONS
from gan_lib.exercises.prediction import Prediction, named


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """What is displayed: texts, and for a question its mimebundle."""
    texts = []
    monkeypatch.setenv("GAN_LIB_PROGRESS", str(tmp_path / "progress.json"))
    monkeypatch.setattr(record, "show", texts.append)
    monkeypatch.setattr(predicting, "display", lambda data, raw: texts.append(data))
    return texts


@pytest.fixture
def asked(monkeypatch, shown):
    """The radio buttons, the button and the text of a question that is shown."""
    made = []
    for name in ("RadioButtons", "Button", "HTML"):
        kind = getattr(ipywidgets, name)
        monkeypatch.setattr(
            predicting.ipywidgets,
            name,
            lambda *a, kind=kind, **k: made.append(kind(*a, **k)) or made[-1],
        )
    predicting.predict("never-drawn")
    choice, button, said, question = made
    return choice, button, said, question


@pytest.mark.parametrize("name", PREDICTIONS)
def test_exactly_one_option_is_true_whatever_is_measured(name):
    prediction = PREDICTIONS[name]
    options = prediction.options
    assert 2 <= len(options) <= 5 and prediction.question.endswith(("?", "…"))
    if any(isinstance(fits, str) for fits in options.values()):
        assert len(set(options.values())) == len(options)
        assert [prediction.true(value) for value in options.values()] == list(options)
    else:
        ranges = sorted(options.values())
        assert ranges[0][0] <= 0 and ranges[-1][1] == math.inf
        assert [high for _, high in ranges[:-1]] == [low for low, _ in ranges[1:]]


def test_a_value_that_no_option_fits_is_a_mistake_of_ours():
    two = Prediction("two", "Data", "?", {"low": (0, 1), "high": (1, 2)})
    assert (two.true(0.2), two.true(1.0)) == ("low", "high")
    for value in (5.0, math.nan):
        with pytest.raises(UserError, match="two: none of the options"):
            two.true(value)
    with pytest.raises(UserError):
        Prediction("three", "Data", "?", named("a", "b")).true("c")


def test_it_is_kept_only_when_the_button_is_pressed(asked):
    choice, button, said, question = asked
    assert choice.value is None and button.disabled and choice.description
    assert PREDICTIONS["never-drawn"].question in question.value
    choice.value = "about one in ten"
    assert not button.disabled and not record.read()["predictions"]
    button.click()
    assert record.read()["predictions"]["never-drawn"]["chosen"] == "about one in ten"
    assert "about one in ten" in said.value


def test_what_is_stored_of_a_question_is_the_question(shown):
    predicting.predict("never-drawn")
    text = shown[0]["text/plain"]
    options = PREDICTIONS["never-drawn"].options
    assert text.splitlines()[1:] == [f"  ( ) {option}" for option in options]
    assert "application/vnd.jupyter.widget-view+json" in shown[0]


def test_the_outcome_stands_beside_what_was_predicted(asked, shown):
    choice, button, *_ = asked
    predicting.reveal("never-drawn", 0.368)
    assert "Measured: 0.368" in shown[-1] and "**more than a third**" in shown[-1]
    assert shown[-1].endswith("You made no prediction.")
    choice.value = "about one in ten"
    button.click()
    predicting.reveal("never-drawn", 0.368, "37 %")
    assert shown[-1].startswith("Measured: 37 %.") and "*about one in ten*" in shown[-1]
    assert record.read()["predictions"]["never-drawn"] == {"chosen": choice.value, "true": False}
    choice.value = "more than a third"
    button.click()
    predicting.reveal("never-drawn", 0.368)
    assert shown[-1].endswith("As you predicted.")
    assert record.read()["predictions"]["never-drawn"]["true"] is True


def test_the_end_of_a_notebook_shows_what_was_done(shown):
    record.note("exercises", "scale", right=True, tries=3)
    record.note("exercises", "cut", right=False, tries=1)
    record.note("predictions", "never-drawn", chosen="practically none", true=False)
    progress("Data")
    (text,) = shown
    assert "| `scale` | right | 3 |" in text and "| `cut` | not yet | 1 |" in text
    assert "| `nearest` | not tried | 0 |" in text and "`slerp`" not in text
    ours = [p for p in PREDICTIONS.values() if p.notebook == "Data"]
    assert f"1 of {len(ours)} made, 0 of them right" in text and "progress.json" in text
    assert str(record.path().parent) not in text  # it may hold somebody's name


def test_every_exercise_and_prediction_belongs_to_a_notebook():
    titles = {one.notebook for one in (*EXERCISES.values(), *PREDICTIONS.values())}
    assert len(titles) == 12
