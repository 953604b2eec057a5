"""How long a training is."""

import pytest

from gan_lib.length import Length, steps_an_epoch
from gan_lib.recipes import QUICK
from gan_lib.sources.imageset import DataError


def test_progress_by_steps_epochs_and_seconds(few):
    """320 images are five batches of 64."""
    assert Length(steps=8).progress(2, 99.0, few, QUICK) == 0.25
    assert Length(epochs=2).progress(5, 99.0, few, QUICK) == 0.5
    assert Length(epochs=1e-9).progress(1, 99.0, few, QUICK) == 1.0
    assert Length(seconds=8).progress(99, 2.0, few, QUICK) == 0.25
    assert Length(steps=8).progress(9, 0.0, few, QUICK) == 1.0


@pytest.mark.parametrize("named", [{}, {"steps": 1, "seconds": 1}])
def test_one_of_the_three_has_to_be_named(named):
    with pytest.raises(ValueError, match="one of steps, epochs and seconds"):
        Length(**named)


@pytest.mark.parametrize("unit", ["steps", "epochs", "seconds"])
@pytest.mark.parametrize("total", [0, -1, float("nan")])
def test_it_has_to_be_above_0(unit, total):
    with pytest.raises(ValueError, match="above 0"):
        Length(**{unit: total})


def test_images_that_fill_no_batch_are_an_epoch_of_one_step_and_none_are_said(few):
    with pytest.raises(DataError, match="no image to train on"):
        steps_an_epoch(few.part(slice(0)), QUICK)
    assert [steps_an_epoch(few.part(slice(count)), QUICK) for count in (1, 64, 130)] == [1, 1, 2]


def test_in_words():
    assert str(Length(steps=1000)) == "1000 steps" and str(Length(epochs=0.5)) == "0.5 epochs"
