"""All exercises and predictions, by name, in the order of the course."""

from gan_lib.exercises import (
    of_belief,
    of_data,
    of_latents,
    of_measures,
    of_networks,
    of_plane,
    of_updates,
    predictions_0,
    predictions_1,
    predictions_2,
)

MODULES = (of_plane, of_data, of_networks, of_updates, of_belief, of_latents, of_measures)
EXERCISES = {exercise.name: exercise for module in MODULES for exercise in module.EXERCISES}
PREDICTIONS = {
    prediction.name: prediction
    for module in (predictions_0, predictions_1, predictions_2)
    for prediction in module.PREDICTIONS
}
