"""Which device, which precision."""

import pytest
import torch

from gan_lib import UserError
from gan_lib.machine import devices
from gan_lib.machine.devices import pick_device, pick_precision, probe

CPU = torch.device("cpu")


def test_the_device_is_the_best_there_is_or_the_one_that_is_named(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices, "probe", lambda device: "")
    for cuda in (True, False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda cuda=cuda: cuda)
        assert pick_device().type == ("cuda" if cuda else "cpu")
        assert pick_device("cpu").type == "cpu"


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="this machine has that device")
def test_a_device_that_is_not_there_is_refused_in_one_line():
    with pytest.raises(UserError, match="no device 'mps' that works .*: leave it out") as caught:
        pick_device("mps")
    assert "\n" not in str(caught.value)


def test_a_gpu_that_is_there_and_fails_is_passed_over(monkeypatch):
    """A driver that is too old, a chip that is too new: available, and every operation fails."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(devices, "probe", lambda device: "no kernel image is available")
    assert pick_device() == CPU
    with pytest.raises(UserError, match="'cuda' that works .no kernel image is available.: le"):
        pick_device("cuda")


def test_the_probe_takes_a_real_step():
    assert probe(CPU) == ""
    if not torch.cuda.is_available():
        assert probe(torch.device("cuda")) != ""  # what torch itself says of it
    assert "\n" not in probe(torch.device("xla"))


def test_bfloat16_is_for_cpus_that_are_faster_with_it(monkeypatch):
    for gain, expected in ((2.0, torch.bfloat16), (1.1, torch.float32), (0.5, torch.float32)):
        monkeypatch.setattr(devices, "gain_of_bfloat16", lambda gain=gain: gain)
        for abilities in ({"amx_bf16": True}, {"avx512_bf16": True}):
            monkeypatch.setattr(torch.cpu, "get_capabilities", lambda a=abilities: a, raising=False)
            assert pick_precision(CPU) == expected
    monkeypatch.setattr(devices, "gain_of_bfloat16", lambda: 10.0)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True}, raising=False)
    assert pick_precision(CPU) == torch.float32
    assert pick_precision(torch.device("mps")) == torch.float32


def test_the_gain_is_measured_in_both_precisions_and_one_slow_try_does_not_matter(monkeypatch):
    seen, now = [], 0.0
    convolve = torch.nn.functional.conv2d

    def timed(*given, **more):
        nonlocal now
        assert torch.get_num_threads() == 1
        seen.append(torch.is_autocast_enabled("cpu"))
        now += (1.0 if seen[-1] else 3.0) * (100 if len(seen) in (1, 6) else 1)
        return convolve(*given, **more)

    monkeypatch.setattr(devices.F, "conv2d", timed)
    monkeypatch.setattr(devices.time, "thread_time", lambda: now)
    assert devices.gain_of_bfloat16.__wrapped__() == 3.0
    assert seen == [False, True] * 11
    monkeypatch.undo()
    assert 0 < devices.gain_of_bfloat16.__wrapped__() < 100
