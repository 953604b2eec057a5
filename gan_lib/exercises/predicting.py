"""Predict, then reveal: the learner chooses, then the next cell measures, and the two are compared.

Which option is right is worked out from the value that was measured. Nothing that is stored tells.
"""

import ipywidgets
from IPython.display import display

from gan_lib.exercises import record
from gan_lib.exercises.all import PREDICTIONS


def predict(name: str) -> None:
    """Show the question, its options and a button; where nothing can be pressed, the text of it."""
    prediction = PREDICTIONS[name]
    options = list(prediction.options)
    kept = record.read()["predictions"].get(name, {}).get("chosen")
    choice = ipywidgets.RadioButtons(
        options=options,
        value=kept if kept in options else None,
        description="Your prediction",
        style={"description_width": "initial"},
        layout={"width": "auto"},
    )
    button = ipywidgets.Button(description="Predict", disabled=choice.value is None)
    said = ipywidgets.HTML("You chose this before." if choice.value else "")
    question = ipywidgets.HTML(f"<b>{prediction.question}</b>")

    def chosen(_: object) -> None:
        button.disabled = choice.value is None

    def pressed(_: object) -> None:
        record.note("predictions", name, chosen=choice.value, true=None)
        said.value = f"You predict: <i>{choice.value}</i>. Now run the next cell."

    choice.observe(chosen, "value")
    button.on_click(pressed)
    box = ipywidgets.VBox([question, choice, ipywidgets.HBox([button, said])])
    lines = [f"Predict: {prediction.question}", *(f"  ( ) {option}" for option in options)]
    data = box._repr_mimebundle_()
    display(data | {"text/plain": "\n".join(lines)}, raw=True)


def reveal(name: str, value: object, text: str = "") -> None:
    """Show which option is true of the measured value, and beside it what was predicted.

    `text` is the value in words, with its unit; without, the value itself is shown.
    """
    true = PREDICTIONS[name].true(value)
    chosen = record.read()["predictions"].get(name, {}).get("chosen")
    if chosen is None:
        beside = "You made no prediction."
    else:
        record.note("predictions", name, true=chosen == true)
        beside = "As you predicted." if chosen == true else f"You predicted: *{chosen}*."
    measured = text or (f"{value:.3g}" if isinstance(value, float) else str(value))
    record.show(f"Measured: {measured}. So it is: **{true}**. {beside}")
