"""Exercises and predictions of the notebooks: what a learner writes or guesses, and what is said.

    check("scale", scale)        is the learner's function right, and if not, what is wrong?
    predict("never-drawn")       a question with options, answered before the next cell is run
    reveal("never-drawn", 0.37)  what has been measured, beside what was predicted
    progress("Data")             what this learner has done so far in a notebook

An `exercise` has known slips, each with the sentence that names it: modules of_plane, of_data,
of_networks, of_training, of_updates, of_belief, of_latents, of_measures, of_clinic, of_games,
of_own_images. A `prediction` has options: predictions_0, predictions_1, predictions_2,
predictions_3, predictions_4, predictions_5. `all` has both by name; `checking`, `predicting` and
`overview` show them. `which_row` is a game. A `fence` stands around what a learner wrote. What was
done is kept in one small file on the learner's machine: `record`.
"""

from gan_lib.exercises.checking import check
from gan_lib.exercises.overview import progress
from gan_lib.exercises.predicting import predict, reveal

__all__ = ["check", "predict", "progress", "reveal"]
