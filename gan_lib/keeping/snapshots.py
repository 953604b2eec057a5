"""Copies of a training from its start to now, few and small enough to keep in memory.

The farther a training comes, the farther apart they are.
"""

import copy

import torch

from gan_lib.state import State


class Snapshots:
    """At most `keep` copies of states, of at most `memory` bytes, but always the first and last.

    `states` are the copies, the oldest first. It is replaced and never changed, so that a thread
    can go on with the list that it has taken. Nothing ever trains one of them.
    """

    def __init__(self, state: State, keep: int, memory: float) -> None:
        self.keep, self.memory = keep, memory
        self.apart = 1.0  # seconds of training between two, at first
        self.states: list[State] = [copy.deepcopy(state)]

    def follow(self, state: State) -> None:
        """Keep a copy if the last one is long enough ago."""
        if state.seconds - self.states[-1].seconds >= self.apart:
            self.add(state)

    def add(self, state: State) -> None:
        """Keep a copy, unless there is one of this step."""
        if self.states[-1].step == state.step:
            return
        kept = [*self.states, copy.deepcopy(state)]
        room = min(self.keep, self.memory // size(state))  # none of them is larger than this one
        while len(kept) > max(2, room):
            self.apart = max(1.0, 2 * state.seconds / len(kept))
            kept = kept[:-1:2] + kept[-1:]
        self.states = kept

    def go_back_to(self, snapshot: State) -> State:
        """Forget what came after it, and return a copy to train on."""
        self.states = [s for s in self.states if s.step < snapshot.step] + [snapshot]
        return copy.deepcopy(snapshot)


def size(state: State) -> int:
    """Bytes of memory that a state takes: networks and optimizers."""
    networks = (state.generator, state.discriminator, state.averaged)
    tensors = [t for n in networks if n is not None for t in n.state_dict().values()]
    for optimizer in (state.optimizer_generator, state.optimizer_discriminator):
        tensors += [t for averages in optimizer.state.values() for t in averages.values()]
    return sum(t.nbytes for t in tensors if isinstance(t, torch.Tensor))
