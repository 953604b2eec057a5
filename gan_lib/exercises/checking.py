"""Is an answer right? One sentence below the cell; where it is graded, an error that says it."""

import difflib
import os

from gan_lib import UserError
from gan_lib.exercises import record
from gan_lib.exercises.all import EXERCISES
from gan_lib.exercises.exercise import judge


class NotRight(UserError):
    """A graded answer is not right. The message is the sentence that a learner is shown."""


def check(name: str, answer: object) -> None:
    """Say whether `answer`, the function of the exercise `name`, is right, or what is wrong.

    What was said is kept in the learner's `record`. Where nbgrader runs it, nothing is shown or
    kept, and `NotRight` is raised for an answer that is not right.
    """
    if name not in EXERCISES:
        near = difflib.get_close_matches(str(name), EXERCISES, 1)
        raise UserError(f"There is no exercise {name!r}" + (f": {near[0]!r}?" if near else "."))
    sentence = judge(EXERCISES[name], answer)
    if os.environ.get("NBGRADER_EXECUTION"):
        if sentence:
            raise NotRight(sentence)
        return
    before = record.read()["exercises"].get(name, {})
    right = not sentence or before.get("right", False)
    record.note("exercises", name, right=right, tries=before.get("tries", 0) + 1)
    record.show(f"**Not yet.** {sentence}" if sentence else "**Right.**")
