"""The figures of the plane show what they are given, and the slider shows another."""

import numpy as np
import pytest
from ipywidgets import FloatSlider

from gan_lib.pictures import plane_plots
from gan_lib.plane.scene import Coverage, Reading
from gan_lib.plane.turns import Method
from gan_lib.widgets.slider_picture import SliderPicture


@pytest.mark.parametrize(
    "method, where",
    [(Method("simultaneous"), "outside"), (Method(), "on"), (Method("optimistic"), "inside")],
)
def test_the_alternative_text_says_where_the_eigenvalues_are(method, where):
    picture = plane_plots.taking_turns(method)
    assert f"is {where} the unit circle" in picture.alt and method.order in picture.alt
    assert np.asarray(picture.image()).std() > 10


def test_the_two_pulls_are_said():
    assert "pulls with 0.1372, the non-saturating one with 3.863" in plane_plots.separated(4.0).alt


def test_the_course_of_a_game_needs_a_step():
    with pytest.raises(ValueError, match="no step"):
        plane_plots.course([Reading(0, -1.4, Coverage(0, 8, 0.0, float("inf")))], [])


def test_a_picture_follows_its_slider():
    panel = SliderPicture(plane_plots.separated, "bells", d=FloatSlider(2.0, min=0, max=10))
    before = panel.picture.value
    panel.controls["d"].value = 4.0
    assert panel.picture.value != before
    assert panel.shown().png == plane_plots.separated(4.0).png == bytes(panel.picture.value)
