"""Whose turn it is: a hand goes first, and Jupyter's ■ pauses."""

import sys
import time

import pytest
from kept import SMALL, fresh, until

from gan_lib.keeping.session import Session
from gan_lib.keeping.turns import give_way, hand_first
from gan_lib.length import Length


@pytest.fixture
def clock(monkeypatch):
    """Time stands still, but where somebody waits."""
    now = [time.monotonic() + 1000]  # after whatever else has moved
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    yield now
    monkeypatch.undo()
    moved(0)


class Halt:
    """Stands in for an event: waiting for it moves the clock."""

    def __init__(self, clock, set_at=float("inf"), meanwhile=lambda: None):
        self.clock, self.set_at, self.meanwhile, self.waited = clock, set_at, meanwhile, 0

    def wait(self, seconds):
        self.waited += 1
        self.clock[0] += seconds
        if self.waited == 2:
            self.meanwhile()
        return self.is_set()

    def is_set(self):
        return self.clock[0] >= self.set_at


def moved(seconds):
    with hand_first(seconds):
        pass


def test_a_training_waits_until_the_hand_has_been_still_for_long_enough(clock):
    halt, begun = Halt(clock, meanwhile=lambda: moved(0.3)), clock[0]
    give_way(halt)
    assert not halt.waited  # nobody moves anything
    moved(0.3)
    give_way(halt)
    assert clock[0] == pytest.approx(begun + 0.1 + 0.3, abs=0.01)  # it moved on after two looks
    waited = halt.waited
    give_way(halt)
    assert halt.waited == waited


def test_while_it_is_shown_what_the_hand_moves_no_step_is_taken(clock):
    halt = Halt(clock, set_at=clock[0] + 1000)
    with hand_first(0.3):
        give_way(halt)
    assert clock[0] >= halt.set_at  # it would have waited for ever
    clock[0] += 0.31
    give_way(once := Halt(clock))
    assert not once.waited


def test_a_movement_that_fails_holds_nobody_up(clock):
    with pytest.raises(ZeroDivisionError), hand_first(0.3):
        raise ZeroDivisionError
    halt, begun = Halt(clock), clock[0]
    give_way(halt)
    assert clock[0] == pytest.approx(begun + 0.3)


def test_who_is_asked_to_halt_does_not_wait_for_the_hand(clock):
    moved(1000)
    halt = Halt(clock, set_at=clock[0])
    assert give_way(halt) and halt.waited == 1
    assert not give_way(Halt(clock, set_at=clock[0] + 2000))


def test_a_session_takes_no_step_while_a_hand_moves_and_does_not_count_that_time(few):
    session = Session(fresh(SMALL, few), few, Length(steps=10**6))
    session.start()
    until(lambda: session.state.step > 2)
    with hand_first(0):
        step, seen = session.state.step, time.perf_counter()
        while time.perf_counter() < seen + 0.5:  # many steps' worth; one may have been under way
            time.sleep(0.02)
            assert session.state.step <= step + 1 and session.status == "running"
        assert session.step().step == session.state.step  # a step by hand waits for nobody
        session.start()
        session.pause()  # nor does a pause
        counted = session.state.seconds
    assert time.perf_counter() - seen > 0.5 and counted == session.history[-1].seconds
    session.start()
    until(lambda: session.state.step > step + 4)
    session.pause()


@pytest.mark.skipif(sys.platform == "win32", reason="an interrupt is no signal there")
def test_jupyters_stop_button_pauses_a_training_that_outlives_its_cell(tmp_path):
    """In a real kernel. Between two cells it ignores interrupts; in one they end the cell."""
    manager = pytest.importorskip("jupyter_client.manager")
    kernel, client = manager.start_new_kernel(cwd=str(tmp_path), kernel_name="python3")

    def run(code):
        said = []
        reply = client.execute_interactive(
            code, timeout=120, output_hook=lambda m: said.append(m["content"].get("text", ""))
        )
        return reply["content"]["status"], "".join(said)

    try:
        status, said = run(
            "from gan_lib.keeping.session import Session\n"
            "from gan_lib.length import Length\n"
            "from gan_lib.recipes import QUICK\n"
            "from gan_lib.sources.sample import load_sample\n"
            "from gan_lib.state import new_state\n"
            "data = load_sample('train').part(slice(640))\n"
            "session = Session(new_state(QUICK, data, threads=1), data, Length(steps=10**6))\n"
            "session.start()\n"
        )
        assert status == "ok", said
        for again in ("", "session.start()"):  # and once more, from a cell of its own
            assert run(again)[0] == "ok"
            assert run("print(session.status)") == ("ok", "running\n")
            kernel.interrupt_kernel()
            assert run("session.wait(60); print(session.status)") == ("ok", "paused\n")
        # In a cell that awaits its end, ■ ends the cell, and the training pauses.
        assert run("session.start()")[0] == "ok"
        client.execute("print('it begins'); await session.finished()")
        while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        time.sleep(0.3)  # until it waits: before that, ■ would meet another line of the cell
        kernel.interrupt_kernel()
        until(lambda: run("")[0] == "ok")  # what was sent before the cell had ended is dropped
        assert run("print(session.status)") == ("ok", "paused\n")
    finally:
        client.stop_channels()
        kernel.shutdown_kernel(now=True)
