"""Every draw has a key of its own."""

import itertools

import pytest
import torch

from gan_lib.machine.randomness import RANKS, STEPS, Purpose, generator, key, randomness

SEEDS = (0, 7, 2**32, 2**63 - 1)


def draws(*place):
    return tuple(torch.rand(4, generator=generator(*place)).tolist())


def test_no_two_purposes_steps_or_ranks_of_a_seed_share_the_bits_that_torch_looks_at():
    """torch's generator on the CPU takes 32 bits of a seed."""
    twins = [torch.rand(3, generator=torch.Generator().manual_seed(n)) for n in (5, 5 + 2**32)]
    assert torch.equal(*twins)  # else this test would look at the wrong half
    steps = [*range(3000), *range(100_000, 102_000), STEPS - 1]
    for seed in SEEDS:
        places = itertools.product(Purpose, steps, (0, 1, RANKS - 1))
        keys = [key(seed, purpose, step, rank) & 0xFFFFFFFF for purpose, step, rank in places]
        assert len(set(keys)) == len(keys)


def test_what_is_drawn_differs_with_every_part_of_the_key_and_only_with_it():
    places = list(itertools.product((7, 8), Purpose, (0, 1, 2), (0, 1)))
    numbers = [draws(*place) for place in places]
    assert len(set(numbers)) == len(numbers)
    assert numbers == [draws(*place) for place in places]
    flat = torch.tensor(numbers).flatten()
    assert 0.45 < flat.mean() < 0.55  # neighbouring keys are not alike


def test_beyond_the_last_key_there_is_an_error_and_no_repetition():
    for place in ((STEPS, 0), (-1, 0), (0, RANKS)):
        with pytest.raises(ValueError, match="8,388,608 steps and 32 ranks"):
            key(7, Purpose.STEP, *place)


def test_inside_all_depends_on_the_key_and_outside_nothing_has_changed():
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    inside = []
    for step in (3, 3, 4):
        with randomness(7, Purpose.STEP, step):
            inside.append(torch.nn.functional.dropout(torch.ones(50)))
    assert torch.equal(inside[0], inside[1]) and not torch.equal(inside[0], inside[2])
    assert torch.equal(torch.rand(2), expected)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="NOT TESTED: no CUDA GPU here")
def test_on_every_gpu_each_step_draws_numbers_of_its_own():
    for index in range(torch.cuda.device_count()):
        device = torch.device("cuda", index)
        before = torch.cuda.get_rng_state(device)
        drawn = []
        for step in (1, 1, 2):
            with randomness(7, Purpose.STEP, step, device=device):
                drawn.append(torch.randn(4, device=device))
        assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])
        assert torch.equal(torch.cuda.get_rng_state(device), before)
