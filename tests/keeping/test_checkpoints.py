"""A training on disk: exact resumption, recipes of one's own, foreign and damaged files."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import pytest
import safetensors.torch
import torch
from kept import SMALL, choices, everything, fresh, rewritten, same, same_files, tensors, text
from torch import nn

from gan_lib.data import ImageSet
from gan_lib.keeping import checkpoints
from gan_lib.keeping.checkpoints import Checkpoint, CheckpointError
from gan_lib.keeping.chosen import as_asked, recipe_to_resume
from gan_lib.keeping.fileformat import fill_optimizer, prefixed, to_bytes
from gan_lib.length import Length
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.objectives import HINGE, RELATIVISTIC
from gan_lib.recipes import CLUSTERED, CONDITIONAL, MLP, QUICK, RECIPES
from gan_lib.remedies.penalties import Penalty, r1
from gan_lib.training import TrainingDiverged, train


def run(recipe, data, steps, folder, state=None, upto=None):
    state = state or fresh(recipe, data)
    for state in train(state, data, Length(steps=steps)):
        if state.step == upto:
            break
    return checkpoints.save(state, folder), state


class Drawer(nn.Module):
    """Networks as a learner may write them, with a weight that nothing uses."""

    def __init__(self, latent_dim, shape):
        super().__init__()
        self.shape = shape
        self.paint = nn.Linear(latent_dim, shape[0] * shape[1] * shape[2])
        self.unused = nn.Parameter(torch.ones(3))

    def forward(self, z):
        return self.paint(z).tanh().view(-1, *self.shape)


class Critic(nn.Module):
    def __init__(self, shape, classes):
        super().__init__()
        self.look = nn.Linear(shape[0] * shape[1] * shape[2] + classes, 1)

    def forward(self, x, told):
        return self.look(torch.cat([x.flatten(1), told], dim=1)).squeeze(1)


OWN = replace(
    CONDITIONAL, name="mine", generator=Drawer, discriminator=Critic, batch_size=8, noise_dim=5
)


@pytest.fixture(scope="module")
def pets():
    """Colour, 16 x 20, of two classes."""
    levels = torch.arange(40 * 3 * 16 * 20) % 251
    labels = torch.arange(40) % 2
    return ImageSet(levels.to(torch.uint8).view(40, 3, 16, 20), labels, ("cat", "dog"), "pets")


# --- A trained pair -------------------------------------------------------------------------------


def test_a_checkpoint_says_which_classes_its_samples_were_asked_for(few, tmp_path):
    for recipe in (QUICK, CONDITIONAL):
        pair = checkpoints.read(checkpoints.save(fresh(recipe, few), tmp_path / recipe.name))
        images, labels = pair.sample(12, seed=3)
        with randomness(3, Purpose.SAMPLE):
            z = pair.latents(12)
        assert torch.equal(images, pair.generate(z)) and images.shape == (12, 1, 28, 28)
        if recipe is QUICK:
            assert labels is None
        else:
            assert torch.equal(pair.kind.one_hot(labels), z[:, recipe.noise_dim :])


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_single_images_are_judged_each_by_itself_or_not_at_all(recipe, few):
    pair = Checkpoint.of(fresh(recipe, few))
    if recipe.told == "both":
        torch.nn.init.normal_(pair.discriminator.of_class.weight)  # it begins at 0
    x, labels = few.floats(slice(9)), few.labels[:9]
    logits = pair.logits(x, labels)
    if recipe.name == "minibatch":  # one image is no batch to have an opinion of
        assert logits is None
        return
    one_by_one = [pair.logits(x[i : i + 1], labels[i : i + 1]) for i in range(9)]
    assert torch.allclose(logits, torch.cat(one_by_one), atol=1e-5)
    others = pair.logits(x, (labels + 1) % 10)
    assert torch.equal(logits, others) != (recipe.told == "both")
    assert not logits.requires_grad


def test_a_copy_of_the_pair_is_of_now_and_leaves_the_training_alone(few):
    state = fresh(SMALL, few)
    for _ in train(state, few, Length(steps=2)):
        pass
    pair, before = Checkpoint.of(state), everything(state)
    x = pair.generate(state.fixed_latent)
    assert not pair.generator.training and pair.about == {"recipe": "quick", "step": "2"}
    assert state.generator.training and state.discriminator.training
    assert everything(state).keys() == before.keys()
    for _ in train(state, few, Length(steps=4)):
        pass
    assert torch.equal(pair.generate(state.fixed_latent), x)
    assert not torch.equal(state.fixed_images(), x)


def test_a_checkpoint_can_be_sampled_and_scored(few, tmp_path):
    path, state = run(QUICK, few, 2, tmp_path)
    pair = checkpoints.read(path)
    x = pair.generate(state.fixed_latent)
    assert torch.allclose(x, state.fixed_images(), atol=1e-6)
    assert pair.logits(x).shape == (100,)
    assert (pair.recipe, pair.shape, pair.classes) == (QUICK, few.shape, few.classes)
    assert pair.about["step"] == "2" and pair.about["seed"] == "7"
    assert path.stat().st_size < 2_000_000  # small enough to hand on


def test_reading_a_pair_looks_only_at_what_shapes_its_networks(few, tmp_path):
    """How it was trained makes no difference to the networks; another rate is no other pair."""
    path, state = run(SMALL, few, 1, tmp_path)
    assert choices(path)["batch_size"] == "16"
    x = checkpoints.read(path).generate(state.fixed_latent)
    assert torch.allclose(x, state.fixed_images(), atol=1e-6)
    path, _ = run(replace(SMALL, noise_dim=32), few, 1, tmp_path / "other")
    with pytest.raises(CheckpointError, match="another quick: noise_dim 32 → 64. .*recipe=yours"):
        checkpoints.read(path)


def test_a_pair_in_another_width_is_read_as_what_it_is_and_resumed_as_what_it_was(few, tmp_path):
    wide = replace(QUICK, width_multiplier=1.5)
    path, state = run(wide, few, 2, tmp_path)
    pair = checkpoints.read(path)
    assert pair.recipe == wide and pair.generator.layers[0].out_features == 48 * 7 * 7
    x = pair.generate(state.fixed_latent)
    assert torch.allclose(x, state.fixed_images(), atol=1e-6)
    assert checkpoints.resume(tmp_path)[0].recipe == wide
    with pytest.raises(CheckpointError, match="another quick: width_multiplier 1.5 → 1.0"):
        checkpoints.resume(tmp_path, QUICK)
    rewritten(path, {"choices": json.dumps(choices(path) | {"width_multiplier": "broad"})})
    with pytest.raises(CheckpointError, match="damaged metadata"):
        checkpoints.read(path)


def test_reading_a_pair_changes_nobodys_random_numbers(few, tmp_path):
    path, _ = run(SMALL, few, 1, tmp_path)
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    checkpoints.read(path)
    assert torch.equal(torch.rand(2), expected)


def test_a_pair_of_ones_own_recipe_is_read_with_it(pets, tmp_path):
    path, state = run(OWN, pets, 3, tmp_path)
    pair = checkpoints.read(path, OWN)
    assert (pair.recipe, pair.shape, pair.classes) == (OWN, (3, 16, 20), ("cat", "dog"))
    assert torch.allclose(pair.generate(state.fixed_latent), state.fixed_images(), atol=1e-6)
    x, labels = pair.sample(4)
    assert x.shape == (4, 3, 16, 20) and pair.logits(x, labels).shape == (4,)
    with pytest.raises(CheckpointError, match=r"unknown here, 'mine'. .* read\(path, recipe=yours"):
        checkpoints.read(path)
    with pytest.raises(CheckpointError, match="another mine: .*discriminator Critic → Cond"):
        checkpoints.read(path, CONDITIONAL)
    resumed, _ = checkpoints.resume(tmp_path, OWN)
    for going in (state, resumed):
        for _ in train(going, pets, Length(steps=6)):
            pass
    assert same(resumed, state)


def test_a_file_from_before_a_choice_was_there_goes_on(few, tmp_path):
    path = checkpoints.save(fresh(CLUSTERED, ImageSet(few.images)), tmp_path)
    known = {k: v for k, v in choices(path).items() if k not in ("alike", "vectors", "augmented")}
    assert len(known) == len(choices(path)) - 3
    rewritten(path, {"choices": json.dumps(known)})
    assert recipe_to_resume(path, text(path), None) == checkpoints.read(path).recipe == CLUSTERED


def test_a_file_in_clusters_asks_nothing_of_another_recipe(few, tmp_path):
    path = checkpoints.save(fresh(CLUSTERED, ImageSet(few.images)), tmp_path)
    for other in (QUICK, CONDITIONAL):
        assert as_asked(other, path, text(path)) is other
        with pytest.raises(CheckpointError, match=f"of the recipe clustered, not {other.name}"):
            recipe_to_resume(path, text(path), other)


def test_clusters_come_back_as_they_were_with_their_shares(few, tmp_path):
    state = fresh(CLUSTERED, ImageSet(few.images))
    pair = checkpoints.read(checkpoints.save(state, tmp_path))
    resumed, _ = checkpoints.resume(tmp_path)
    for kind in (pair.kind, resumed.kind):
        assert kind.clusters.means.dtype == torch.uint8
        assert torch.equal(kind.clusters.means, state.kind.clusters.means)
        assert torch.equal(kind.clusters.shares, state.kind.clusters.shares)
        assert kind.classes == state.classes
    assert resumed.seconds == state.seconds > 0
    assert torch.equal(pair.sample(20)[1], state.sample(20)[1])


# --- Exact resumption -----------------------------------------------------------------------------

LAZY = replace(HINGE, penalties=(Penalty(r1, gamma=0.5, every=3),))
TRAINED = [
    *(replace(recipe, batch_size=64) for recipe in RECIPES.values()),
    replace(CONDITIONAL, name="penalised", objective=LAZY, discriminator_steps=2, batch_size=32),
]


@pytest.mark.parametrize("recipe", TRAINED, ids=lambda recipe: recipe.name)
def test_a_resumed_run_ends_in_the_same_weights_bit_for_bit(recipe, few, tmp_path):
    unbroken, end = run(recipe, few, 7, tmp_path / "unbroken")  # more than an epoch of five steps
    run(recipe, few, 7, tmp_path / "broken", upto=4)
    state, _ = checkpoints.resume(tmp_path / "broken", recipe)
    assert state.step == 4
    for player in ("generator", "discriminator"):
        optimizer = getattr(state, f"optimizer_{player}")
        for weight in getattr(state, player).parameters():  # Adam reads them side by side
            assert optimizer.state[weight]["exp_avg"].stride() == weight.stride()
    resumed, resumed_end = run(recipe, few, 7, tmp_path / "broken", state)
    assert same_files(unbroken, resumed)
    partner = "last-00000007.resume.safetensors"
    assert same_files(tmp_path / "unbroken" / partner, tmp_path / "broken" / partner)
    timeless = [(*end.record[:8], *end.record[10:]) for end in (end, resumed_end)]
    assert repr(timeless[0]) == repr(timeless[1])  # all but the time


def test_the_number_of_threads_is_that_of_before(few, tmp_path):
    """Sums that more threads share are rounded differently."""
    checkpoints.save(replace(fresh(SMALL, few), threads=1), tmp_path)
    assert checkpoints.resume(tmp_path, SMALL)[0].threads == 1
    assert checkpoints.resume(tmp_path, SMALL, threads=2)[0].threads == 2
    for unusable in ("null", "4096"):  # not known yet; of a larger machine
        for path in tmp_path.iterdir():
            rewritten(path, {"threads": unusable})
        assert checkpoints.resume(tmp_path, SMALL)[0].threads is None


def test_adams_averages_and_counts_go_where_the_weights_are():
    """What `fused` needs on a GPU; "meta" stands in for one, since it is a device, too."""
    weight = nn.Parameter(torch.empty(2, 3, 4, 4).to("meta", memory_format=torch.channels_last))
    optimizer = torch.optim.Adam([weight])
    optimizer.param_groups[0]["fused"] = True  # torch grants it only on devices that compute
    stored = {"step": torch.tensor(3.0)}
    stored |= {name: torch.ones(2, 3, 4, 4) for name in ("exp_avg", "exp_avg_sq")}
    fill_optimizer(optimizer, "adam", {f"adam.0.{name}": t for name, t in stored.items()}, "file")
    for name, value in optimizer.state[weight].items():
        assert value.device.type == "meta", name
    assert optimizer.state[weight]["exp_avg"].stride() == weight.stride()


def test_a_save_that_is_killed_halfway_leaves_the_one_before_whole(few, tmp_path, monkeypatch):
    """Also where both are of the same step, as after going back and forth again."""
    run(SMALL, few, 2, tmp_path)
    other = fresh(SMALL, few, seed=8)
    for _ in train(other, few, Length(steps=2)):
        pass
    write = checkpoints.write_atomically

    def killed(path, content):
        if path.name == checkpoints.NAME:
            raise KeyboardInterrupt
        write(path, content)

    monkeypatch.setattr(checkpoints, "write_atomically", killed)
    with pytest.raises(KeyboardInterrupt):
        checkpoints.save(other, tmp_path)
    assert checkpoints.resume(tmp_path, SMALL)[0].seed == 7
    monkeypatch.undo()
    checkpoints.save(other, tmp_path)
    assert same(checkpoints.resume(tmp_path, SMALL)[0], other)
    assert len(list(tmp_path.iterdir())) == 2


def test_only_the_last_partner_is_kept(few, tmp_path):
    for state in train(fresh(SMALL, few), few, Length(steps=3)):
        checkpoints.save(state, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "last-00000003.resume.safetensors",
        "last.safetensors",
    ]


# --- What is refused ------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX limits stand in for a full disk")
def test_a_full_disk_is_one_line_and_the_last_checkpoint_stays(few, tmp_path):
    path, state = run(SMALL, few, 2, tmp_path)
    before = path.read_bytes()
    code = (
        "import resource, sys, dataclasses\n"
        "from pathlib import Path\n"
        "from gan_lib.keeping import checkpoints\n"
        "from gan_lib.recipes import QUICK\n"
        "folder = Path(sys.argv[1])\n"
        "recipe = dataclasses.replace(QUICK, batch_size=16)\n"
        "state, _ = checkpoints.resume(folder, recipe)\n"
        "state.step += 1\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    checkpoints.save(state, folder)\n"
        "except checkpoints.CheckpointError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.count("\n") == 1
    assert "Cannot write the checkpoint of step 3" in done.stdout
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*")) and len(list(tmp_path.iterdir())) == 2
    assert checkpoints.resume(tmp_path, SMALL)[0].step == 2


@pytest.mark.parametrize(
    "keep", [0, 5, 2000, -1], ids=["empty", "no header", "header", "last byte"]
)
def test_a_truncated_checkpoint_is_refused(few, tmp_path, keep):
    path, _ = run(SMALL, few, 1, tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    for use in (lambda: checkpoints.read(path), lambda: checkpoints.resume(tmp_path, SMALL)):
        with pytest.raises(CheckpointError, match="damaged or not a safetensors file") as caught:
            use()
        assert "\n" not in str(caught.value)


def test_a_file_is_read_where_files_cannot_be_mapped(few, tmp_path, monkeypatch):
    """As on some network drives. The library's own way of opening a file maps it."""
    path, _ = run(QUICK, few, 1, tmp_path)

    def no_such_device(*_, **__):
        raise OSError(19, "No such device")

    monkeypatch.setattr(safetensors, "safe_open", no_such_device)
    monkeypatch.setattr(safetensors.torch, "safe_open", no_such_device)
    monkeypatch.setattr("mmap.mmap", no_such_device)
    assert checkpoints.read(path).about["step"] == "1"
    assert checkpoints.resume(tmp_path, QUICK)[0].step == 1


def test_a_file_that_cannot_be_read_is_not_called_damaged(few, tmp_path, monkeypatch):
    path, _ = run(QUICK, few, 1, tmp_path)

    def broken(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(type(path), "read_bytes", broken)
    with pytest.raises(CheckpointError, match="cannot be read: Input/output error"):
        checkpoints.read(path)


def test_foreign_and_missing_files_are_refused(few, tmp_path):
    path, state = run(SMALL, few, 1, tmp_path)
    with pytest.raises(CheckpointError, match="of the recipe quick, not mlp"):
        checkpoints.resume(tmp_path, MLP)
    with pytest.raises(CheckpointError, match="moving_average 0.99 → 0.5"):
        checkpoints.resume(tmp_path, replace(SMALL, moving_average=0.5))
    with pytest.raises(CheckpointError, match="another quick: batch_size 16 → 64"):
        checkpoints.resume(tmp_path)  # with the recipe of that name
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        checkpoints.read(tmp_path / "nowhere.safetensors")
    foreign = tmp_path / "foreign.safetensors"
    safetensors.torch.save_file({"weight": torch.zeros(2)}, foreign)
    with pytest.raises(CheckpointError, match="not a checkpoint of gan_lib"):
        checkpoints.read(foreign)
    partner = tmp_path / "last-00000001.resume.safetensors"
    private, whole, about = tensors(partner), partner.read_bytes(), text(partner)
    optimizer = [name for name in private if name.startswith("optimizer_generator.0.")]
    assert len(optimizer) == 3
    for name in optimizer:  # an optimizer that forgot is not an exact resumption
        safetensors.torch.save_file({n: t for n, t in private.items() if n != name}, partner, about)
        with pytest.raises(CheckpointError, match="does not fit the optimizers"):
            checkpoints.resume(tmp_path, SMALL)
    rewritten(partner, {"step": "2"}, of=path)
    with pytest.raises(CheckpointError, match="does not belong to"):
        checkpoints.resume(tmp_path, SMALL)
    partner.write_bytes(whole)
    assert checkpoints.resume(tmp_path, SMALL)[0].step == 1
    partner.unlink()
    with pytest.raises(CheckpointError, match="no checkpoint .*resume.safetensors"):
        checkpoints.resume(tmp_path, SMALL)


def test_the_weight_of_a_penalty_is_a_choice_too(few, tmp_path):
    gentle, strong = (
        replace(SMALL, objective=replace(RELATIVISTIC, penalties=(Penalty(r1, gamma=gamma),)))
        for gamma in (0.5, 5.0)
    )
    run(gentle, few, 1, tmp_path)
    with pytest.raises(CheckpointError, match="gamma=0.5.* → .*gamma=5.0"):
        checkpoints.resume(tmp_path, strong)
    assert checkpoints.resume(tmp_path, gentle)[0].recipe == gentle


@pytest.mark.parametrize(
    "key, value",
    [("recipe", None), ("choices", None), ("choices", "{"), ("choices", "[1]"), ("choices", "null"),
     ("seed", None), ("step", "x"), ("seconds", ""), ("precision", "float99"), ("resume", None),
     ("resume", "../last"), ("shape", None), ("shape", "[28, 28]"), ("classes", "7"),
     ("threads", None), ("begun", "[1]"), ("begun", '{"no_such": 1}')],
)  # fmt: skip
def test_damaged_metadata_is_one_line(few, tmp_path, key, value):
    path, _ = run(SMALL, few, 1, tmp_path)
    rewritten(path, {key: value})
    with pytest.raises(CheckpointError) as caught:
        checkpoints.resume(tmp_path, SMALL)
    assert "\n" not in str(caught.value) and "belong" not in str(caught.value)


MEANS, SHARES = torch.zeros(16, 1, 28, 28, dtype=torch.uint8), torch.full((16,), 1 / 16)
DAMAGED_CLUSTERS = {
    "none": {},
    "no shares": {"means": MEANS},
    "no means": {"shares": SHARES},
    "more": {"means": MEANS, "shares": SHARES, "more": torch.ones(1)},
    "means of floats": {"means": MEANS.float(), "shares": SHARES},
    "means of another shape": {"means": MEANS[..., 1:], "shares": SHARES},
    "one too few": {"means": MEANS[1:], "shares": SHARES[1:]},
    "a share too few": {"means": MEANS, "shares": SHARES[1:] * 16 / 15},
    "whole numbers": {"means": MEANS, "shares": torch.eye(16).long()[0]},
    "NaN": {"means": MEANS, "shares": SHARES * math.nan},
    "infinite": {"means": MEANS, "shares": SHARES * math.inf},
    "negative": {"means": MEANS, "shares": SHARES * torch.tensor([-1, 3] + 14 * [1])},
    "all 0": {"means": MEANS, "shares": SHARES * 0},
}


@pytest.mark.parametrize("damaged", DAMAGED_CLUSTERS.values(), ids=DAMAGED_CLUSTERS)
def test_damaged_clusters_are_one_line(few, tmp_path, damaged):
    path = checkpoints.save(fresh(CLUSTERED, few), tmp_path)
    about = text(path)
    whole = {name: t for name, t in tensors(path).items() if not name.startswith("clusters.")}
    assert len(json.loads(about["classes"])) == 16  # or all these would be of a wrong number

    def put(clusters):
        path.write_bytes(to_bytes(whole | prefixed("clusters", clusters), about))

    put({"means": MEANS, "shares": SHARES})
    assert len(checkpoints.read(path).kind.clusters) == 16
    put(damaged)
    for use in (lambda: checkpoints.read(path), lambda: checkpoints.resume(tmp_path)):
        with pytest.raises(CheckpointError, match="last.safetensors has damaged") as caught:
            use()
        assert "\n" not in str(caught.value)


def test_a_choice_that_came_after_a_checkpoint_counts_as_its_default(few, tmp_path):
    run(QUICK, few, 1, tmp_path)
    stored = choices(tmp_path / checkpoints.NAME)
    for name, fits in (("discriminator_steps", True), ("generator_rate", False)):
        left = json.dumps({k: v for k, v in stored.items() if k != name})
        for path in tmp_path.iterdir():
            rewritten(path, {"choices": left})
        assert checkpoints.read(tmp_path / checkpoints.NAME).recipe == QUICK
        if fits:
            assert checkpoints.resume(tmp_path, QUICK)[0].recipe == QUICK
        else:  # it has no default
            with pytest.raises(CheckpointError, match="another quick: generator_rate unknown → 0"):
                checkpoints.resume(tmp_path, QUICK)


def test_weights_that_are_not_finite_are_never_saved(few, tmp_path):
    path, state = run(SMALL, few, 1, tmp_path)
    before = path.read_bytes()
    with torch.no_grad():
        next(state.generator.parameters())[0, 0] = float("inf")
    state.step = 2
    with pytest.raises(TrainingDiverged, match="Step 2: the tensor raw.layers"):
        checkpoints.save(state, tmp_path)
    assert path.read_bytes() == before
