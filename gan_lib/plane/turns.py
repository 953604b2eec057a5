"""The smallest game: min over x and max over y of x · y.

Every way to take turns is a linear map, and its eigenvalues say whether the players meet. Notebook
"The game in the plane". Mescheder et al., "Which Training Methods for GANs do actually Converge?",
2018.
"""

from typing import NamedTuple

import numpy as np

MEMORY = 6


class Method(NamedTuple):
    """A way to play min over x, max over y of x · y, with steps of `rate`. y is the discriminator.

    `damping` γ takes γ · y off y's slope, as a penalty on the discriminator does, and `momentum` β
    keeps β times the last move. `order` is one of `ORDERS`.
    """

    order: str = "alternating"
    rate: float = 0.2
    damping: float = 0.0
    momentum: float = 0.0

    def step(self, state: np.ndarray) -> np.ndarray:
        """The next state (6,): x and y, their last moves, and the slopes that they last felt.

        Raises `ValueError` for an order that there is not.
        """
        if self.order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)}, not {self.order!r}")
        x, y, move_x, move_y, last_x, last_y = state
        felt_x, felt_y = used_x, used_y = self._slopes(x, y)
        if self.order == "extragradient":  # look ahead, and step from here by what is felt there
            used_x, used_y = self._slopes(x + self.rate * felt_x, y + self.rate * felt_y)
        if self.order == "optimistic":  # it will change again by as much as it has just changed
            used_x, used_y = 2 * felt_x - last_x, 2 * felt_y - last_y
        move_y = self.rate * used_y + self.momentum * move_y
        if self.order == "alternating":  # x sees where y has gone
            used_x = self._slopes(x, y + move_y)[0]
        move_x = self.rate * used_x + self.momentum * move_x
        return np.array([x + move_x, y + move_y, move_x, move_y, felt_x, felt_y])

    def _slopes(self, x: float, y: float) -> tuple[float, float]:
        """Which way is down for x, and up for y."""
        return -y, x - self.damping * y

    def path(self, steps: int = 100, start: tuple[float, float] = (1.0, 1.0)) -> np.ndarray:
        """Where the players are, (steps + 1, 2), from the start on."""
        slopes = self._slopes(*start)
        state, places = np.array([*start, 0.0, 0.0, *slopes]), [start]
        for _ in range(steps):
            state = self.step(state)
            places.append((state[0], state[1]))
        return np.array(places)

    def eigenvalues(self) -> np.ndarray:
        """Of the step as a linear map, complex, the largest first.

        All inside the unit circle: the players meet. Outside: they part.
        """
        matrix = np.stack([self.step(unit) for unit in np.eye(MEMORY)], axis=1)
        values = np.linalg.eigvals(matrix)
        return values[np.argsort(-np.abs(values))]


ORDERS = ("simultaneous", "alternating", "extragradient", "optimistic")
