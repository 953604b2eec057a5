"""All exercises and predictions, by name, in the order of the course."""

from gan_lib.exercises import (
    of_belief,
    of_clinic,
    of_data,
    of_games,
    of_latents,
    of_measures,
    of_networks,
    of_own_images,
    of_plane,
    of_updates,
    predictions_0,
    predictions_1,
    predictions_2,
    predictions_3,
    predictions_4,
    predictions_5,
)

MODULES = (of_plane, of_data, of_networks, of_updates, of_belief, of_latents, of_measures)
MODULES += (of_clinic, of_games, of_own_images)
GUESSES = (predictions_0, predictions_1, predictions_2, predictions_3, predictions_4)
GUESSES += (predictions_5,)
EXERCISES = {exercise.name: exercise for module in MODULES for exercise in module.EXERCISES}
PREDICTIONS = {
    prediction.name: prediction for module in GUESSES for prediction in module.PREDICTIONS
}
