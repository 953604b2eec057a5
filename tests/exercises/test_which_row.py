"""The game: any number of rounds, a score against the discriminator, and nothing given away."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from gan_lib import data
from gan_lib.exercises import record
from gan_lib.exercises.which_row import ROWS, WhichRow
from gan_lib.keeping import checkpoints
from gan_lib.pictures import grids
from gan_lib.sources.bundled import resource


@pytest.fixture(params=["quick", "conditional"])
def game(request, monkeypatch, tmp_path):
    monkeypatch.setenv("GAN_LIB_PROGRESS", str(tmp_path / "progress.json"))
    pair = checkpoints.read(resource(f"{request.param}.safetensors"))
    return WhichRow(pair, data.load("mnist").part(slice(40)))


def test_a_round_ends_with_a_guess_and_the_next_one_has_other_images(game):
    seen = {bytes(game.picture.value)}
    for number in range(1, 6):
        assert game.again.disabled and not any(button.disabled for button in game.guesses)
        game.guesses[ROWS.index(game._real)].click()
        assert "You were <b>right</b>" in game.said.value and game.score["you"] == number
        assert all(button.disabled for button in game.guesses) and not game.again.disabled
        game.again.click()
        assert "real digits are in" not in game.said.value
        seen.add(bytes(game.picture.value))
    assert len(seen) == 6 and 0 <= game.score["discriminator"] <= game.score["rounds"] == 5


def test_a_wrong_guess_counts_for_nobody_and_the_score_is_kept(game):
    game.guesses[1 - ROWS.index(game._real)].click()
    assert "You were <b>wrong</b>" in game.said.value and game.score["you"] == 0
    assert record.read()["game"]["which-row"] == game.score
    again = WhichRow(game.pair, game.data)
    assert again.score == game.score and "After 1 round:" in again.said.value


def test_the_real_row_holds_real_images_and_both_places_come_up(game):
    places, known = set(), game.data.floats()
    for _ in range(16):
        sheet = np.asarray(Image.open(io.BytesIO(game.shown().png)).convert("L"))
        height = len(sheet) // 2
        row = sheet[:height] if game._real == "upper" else sheet[-height:]
        tiles = [np.asarray(grids.grid(x[None], columns=1, scale=2).convert("L")) for x in known]
        first = row[:, : tiles[0].shape[1]]
        assert any(_alike(first, tile) for tile in tiles)
        places.add(game._real)
        game._begin()
    assert places == set(ROWS)


def _alike(first, tile):
    """Is the digit of the tile in the row, whatever the frame around it?"""
    inner = tile[4:-4, 4:-4]
    return any(np.array_equal(first[a : a + inner.shape[0], b : b + inner.shape[1]], inner)
               for a in range(9) for b in range(9))  # fmt: skip


def test_it_is_not_decided_by_a_seed(game):
    torch.manual_seed(0)
    first = WhichRow(game.pair, game.data)
    torch.manual_seed(0)
    assert bytes(first.picture.value) != bytes(WhichRow(game.pair, game.data).picture.value)
