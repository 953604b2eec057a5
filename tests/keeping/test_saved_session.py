"""A training held in the hand that is put into a folder: it goes on from there, bit for bit."""

import subprocess
import sys
import threading
from dataclasses import replace

import pytest
import torch
from kept import SMALL, fresh, same, text

from gan_lib.keeping import checkpoints, history
from gan_lib.keeping.checkpoints import CheckpointError
from gan_lib.keeping.folder import TrainingFolder, stored_length
from gan_lib.keeping.session import Session, SessionError
from gan_lib.length import Length
from gan_lib.recipes import CLUSTERED, CONDITIONAL, QUICK
from gan_lib.sources.imageset import ImageSet
from gan_lib.sources.sample import load_sample

OWN = replace(CONDITIONAL, name="mine", batch_size=16)


def begun(data, recipe=SMALL, steps=8, by_hand=("both", "both", "generator")):
    """A session after some steps by hand."""
    session = Session(fresh(recipe, data), data, Length(steps=steps))
    for learns in by_hand:
        session.step(learns)
    return session


def ended(session):
    session.start()
    return session.wait()


@pytest.mark.parametrize("recipe", [SMALL, OWN], ids=["quick", "mine"])
def test_a_saved_session_goes_on_as_if_it_had_never_been_left(recipe, few, tmp_path):
    session = begun(few, recipe)
    session.save(tmp_path / "run")
    resumed = Session.resume(tmp_path / "run", few, recipe=recipe, device="cpu")
    assert resumed.length == Length(steps=8) and resumed.state.step == 3
    assert resumed.history == session.history and resumed.state.record == session.state.record
    assert same(ended(resumed), ended(session))
    assert [r[:8] for r in resumed.history] == [r[:8] for r in session.history]
    assert len(resumed.snapshots) == 2 and resumed.snapshots[0].step == 3
    resumed.rewind(0)
    assert resumed.state.step == 3 and len(resumed.history) == 3


def test_width_and_augmentation_need_not_be_said_again(few, tmp_path):
    recipe = replace(QUICK, width_multiplier=0.5, augmented=True)
    session = begun(few, recipe, by_hand=["both"])
    session.save(tmp_path)
    resumed = Session.resume(tmp_path, few, device="cpu")
    assert resumed.state.recipe == recipe == checkpoints.read(tmp_path / checkpoints.NAME).recipe


def test_images_without_labels_are_trained_on_by_their_clusters_and_gone_on_with(few, tmp_path):
    bare, recipe = ImageSet(few.images), replace(CLUSTERED, batch_size=16)
    session = begun(bare, recipe)
    session.save(tmp_path)
    resumed = Session.resume(tmp_path, bare, recipe=recipe, device="cpu")
    assert torch.equal(resumed.data.labels, session.data.labels) and bare.labels is None
    assert resumed.state.seconds == session.state.seconds
    assert same(ended(resumed), ended(session))


@pytest.mark.parametrize("learner", ["generator", "discriminator"])
def test_it_goes_on_where_only_one_player_has_ever_learnt(few, tmp_path, learner):
    """The other's optimizer has nothing to remember yet."""
    session = begun(few, by_hand=(learner, learner))
    session.save(tmp_path)
    assert same(ended(Session.resume(tmp_path, few, recipe=SMALL)), ended(session))


def test_rates_and_noise_that_were_changed_stay_so_and_the_recipe_is_still_known(few, tmp_path):
    session = begun(few)
    session.change(generator_rate=1 / 3000, input_noise_std=0.1)
    session.step()
    session.save(tmp_path)
    with pytest.raises(CheckpointError, match="another quick: generator_rate 0.008 → 0.001"):
        Session.resume(tmp_path, few, recipe=replace(SMALL, generator_rate=1e-3))
    resumed = Session.resume(tmp_path, few, recipe=SMALL)
    assert resumed.state.recipe == session.state.recipe
    assert resumed.state.recipe.generator_rate == 1 / 3000
    resumed.step()
    resumed.save(tmp_path)  # what it began with is passed on
    assert same(ended(Session.resume(tmp_path, few, recipe=SMALL)), ended(session))


def test_the_folder_goes_on_with_it_too_and_back(few, tmp_path):
    """The session of a notebook, then the command line's loop, then a notebook again."""
    session = begun(few, steps=10)
    session.change(discriminator_rate=0.001)
    session.save(tmp_path)
    with TrainingFolder(tmp_path) as folder:
        state = folder.start_or_resume(SMALL, few, device="cpu")
        assert stored_length(folder.about) == Length(steps=10)
        steps = folder.train(state, few, Length(steps=10), stop=lambda: state.step == 6)
        assert [s.step for s in steps] == [4, 5, 6]
        assert [r.step for r in folder.records(6)] == list(range(1, 7))
    resumed = Session.resume(tmp_path, few, recipe=SMALL, keep=4)
    assert resumed.state.step == 6 and resumed.keep == 4
    assert same(ended(resumed), ended(session))
    longer = Session.resume(tmp_path, few, Length(steps=12), recipe=SMALL)
    assert longer.length == Length(steps=12)


def test_the_command_line_goes_on_with_it(tmp_path):
    """In a process of its own, with the images that it finds itself."""
    data = load_sample("train")
    session = begun(data, QUICK, steps=5)
    session.change(generator_rate=0.002)
    session.save(tmp_path)
    code = (
        "import sys\n"
        "from gan_lib import data\n"
        "from gan_lib.sources.sample import load_sample\n"
        "data.load = lambda name, split, *_: load_sample(split)\n"
        "from gan_lib.cli.commands import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = ["train", "--recipe", "quick", "--resume", "--device", "cpu", "--out", tmp_path]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True)
    assert done.returncode == 0 and "Going on after step 3." in done.stderr, done.stderr
    state, _ = checkpoints.resume(tmp_path, QUICK, "cpu")
    assert same(state, ended(session)) and state.recipe.generator_rate == 0.002
    assert [r.step for r in history.read(tmp_path / history.NAME)] == [1, 2, 3, 4, 5]


def test_a_session_that_runs_is_saved_between_two_steps_and_goes_on(few, tmp_path):
    session = Session(fresh(SMALL, few), few, Length(steps=10**6))
    started = threading.Event()
    session.watchers.append(lambda s: s.state.step > 2 and started.set())
    session.start()
    assert started.wait(60)
    session.save(tmp_path)
    assert session.status == "running"
    step = int(text(tmp_path / checkpoints.NAME)["step"])
    assert [r.step for r in history.read(tmp_path / history.NAME)] == list(range(1, step + 1))
    saved = threading.Event()

    def save(session):  # in the thread that trains, between two steps
        session.save(tmp_path)
        session.watchers.remove(save)
        saved.set()

    session.watchers.append(save)
    assert saved.wait(60)
    further = threading.Event()
    later = session.state.step + 2
    session.watchers.append(lambda s: s.state.step > later and further.set())
    assert further.wait(60) and session.status == "running"
    session.pause()
    assert int(text(tmp_path / checkpoints.NAME)["step"]) > step
    assert session.error is None


def test_another_training_in_the_folder_is_not_overwritten_unless_told(few, tmp_path):
    session = begun(few)
    session.save(tmp_path)
    session.step()
    session.save(tmp_path)  # its own
    session.rewind(1)
    session.save(tmp_path)  # and its own branch
    assert text(tmp_path / checkpoints.NAME)["step"] == "1"
    other = begun(few)
    with pytest.raises(SessionError, match="holds another training.* overwrite=True"):
        other.save(tmp_path)
    resumed = Session.resume(tmp_path, few, recipe=SMALL)
    resumed.step()
    resumed.save(tmp_path)
    with pytest.raises(SessionError, match="one that has gone on"):
        session.save(tmp_path)
    other.save(tmp_path, overwrite=True)
    other.save(tmp_path)
    assert text(tmp_path / checkpoints.NAME)["step"] == "3"


def test_a_folder_that_somebody_owns_is_left_alone(few, tmp_path):
    session = begun(few)
    session.save(tmp_path)
    before = (tmp_path / checkpoints.NAME).read_bytes()
    session.step()
    with TrainingFolder(tmp_path), pytest.raises(CheckpointError, match="under way in"):
        session.save(tmp_path)
    assert (tmp_path / checkpoints.NAME).read_bytes() == before and session.status == "paused"


def test_what_cannot_be_resumed_is_said(few, tmp_path):
    session = begun(few)
    session.save(tmp_path)
    with pytest.raises(CheckpointError, match="on MNIST train 320, not on MNIST train 100"):
        Session.resume(tmp_path, few.part(slice(100)), recipe=SMALL)
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        Session.resume(tmp_path / "nowhere", few)
    assert not (tmp_path / "nowhere").exists()
    mine = begun(few, OWN)
    mine.save(tmp_path / "mine")
    with pytest.raises(CheckpointError, match="unknown here, 'mine': resume it with yours"):
        Session.resume(tmp_path / "mine", few)
