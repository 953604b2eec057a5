"""The exercises of “The training loop” in which a learner writes one step of each player.

They are tried on two tiny networks. What counts is what the step does to the weights of both.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_lib.exercises.exercise import Answer, Exercise
from gan_lib.exercises.of_training import AVERAGE, HINGE_LOSS, LOSS_OF_D, LOSS_OF_G
from gan_lib.objectives import bce_discriminator, bce_generator, saturating_generator


def _players() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer, torch.optim.Optimizer]:
    """Two tiny networks that hold gradients, as after an earlier step, and their optimizers."""
    torch.manual_seed(4)
    generator = nn.Sequential(nn.Linear(3, 6), nn.Tanh(), nn.Unflatten(1, (1, 2, 3)))
    discriminator = nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.LeakyReLU(0.2), nn.Linear(5, 1),
                                  nn.Flatten(0))  # fmt: skip
    for p in (*generator.parameters(), *discriminator.parameters()):
        p.grad = torch.full_like(p, 0.3)
    sgd = [torch.optim.SGD(p.parameters(), lr=0.1) for p in (generator, discriminator)]
    return generator, discriminator, *sgd


def _weights(network: nn.Module) -> Tensor:
    return torch.cat([p.detach().flatten().clone() for p in network.parameters()])


def _gradients(network: nn.Module) -> Tensor:
    return torch.cat([torch.zeros(p.numel()) if p.grad is None else p.grad.flatten()
                      for p in network.parameters()]).clone()  # fmt: skip


def _step_of_d(answer: Answer) -> list[object]:
    """Both players' weights after the step, and whether the step's gradient reached G."""
    generator, discriminator, _, optimizer = _players()
    before = _gradients(generator)
    torch.manual_seed(5)
    x_real, z = torch.rand(4, 1, 2, 3), torch.randn(4, 3)
    answer(generator, discriminator, optimizer, x_real, z)
    untouched = torch.equal(before, _gradients(generator)) or not _gradients(generator).any()
    return [_weights(discriminator), _weights(generator), untouched]


def _d(generator: nn.Module, discriminator: nn.Module, optimizer: torch.optim.Optimizer,
       x_real: Tensor, z: Tensor, *, detach: bool = True, zero: bool = True, step: bool = True,
       swapped: bool = False, twice: str = ""):  # fmt: skip
    """The step of D, and by its options the same with one slip."""
    x_fake = generator(z).detach() if detach else generator(z)
    x_real, x_fake = {"": (x_real, x_fake), "real": (x_real, x_real), "fake": (x_fake, x_fake)}[
        twice
    ]
    logits = discriminator(x_real), discriminator(x_fake)
    loss = bce_discriminator(*(logits[::-1] if swapped else logits))
    if zero:
        optimizer.zero_grad()
    loss.backward()
    if step:
        optimizer.step()


def _slip(of: Answer, **what: object) -> Answer:
    return lambda *arguments: of(*arguments, **what)


UPDATE_D = Exercise(
    "update_discriminator",
    "The training loop",
    minutes=12,
    right=_d,
    trials=_step_of_d,
    slips={
        "The generated images are not detached: the gradient flows on into the generator, whose "
        "turn it is not.": _slip(_d, detach=False),
        "zero_grad is forgotten: the gradient of the step before is added to this one's.": _slip(
            _d, zero=False
        ),
        "Neither detach nor zero_grad: the gradient reaches the generator, and the one of the step "
        "before still counts.": _slip(_d, detach=False, zero=False),
        "The discriminator has not moved: optimizer.step() is missing, or stands before "
        "backward.": _slip(_d, step=False),
        "The targets are swapped: D learns to call generated images real.": _slip(_d, swapped=True),
        "Both halves are the real images: D never sees a generated one.": _slip(_d, twice="real"),
        "Both halves are generated: D never sees a real image.": _slip(_d, twice="fake"),
    },
)


def _step_of_g(answer: Answer) -> list[object]:
    """Both players' weights after the step, and whether the gradient came through to G."""
    torch.manual_seed(6)
    z = torch.randn(4, 3)
    generator, discriminator, *optimizers = _players()
    before = _weights(generator)
    answer(generator, discriminator, *optimizers, z)
    moved = not torch.equal(before, _weights(generator))  # then it did, even if it is cleared now
    reached = moved or bool(_gradients(generator).any())
    return [_weights(generator), _weights(discriminator), reached]


def _g(generator: nn.Module, discriminator: nn.Module, optimizer: torch.optim.Optimizer,
       of_discriminator: torch.optim.Optimizer, z: Tensor, *, detach: bool = False,
       zero: bool = True, who: str = "generator", loss: Answer = bce_generator):  # fmt: skip
    """The step of G, and by its options the same with one slip."""
    x_fake = generator(z).detach() if detach else generator(z)
    value = loss(discriminator(x_fake))
    if zero:
        optimizer.zero_grad()
        of_discriminator.zero_grad()
    value.backward()
    if who in ("generator", "both"):
        optimizer.step()
    if who in ("discriminator", "both"):
        of_discriminator.step()


UPDATE_G = Exercise(
    "update_generator",
    "The training loop",
    minutes=10,
    right=_g,
    trials=_step_of_g,
    slips={
        "The images are detached, so no gradient comes through to the generator, and it "
        "stays as it "
        "is. Only D's step detaches.": _slip(_g, detach=True),
        "zero_grad is forgotten: the gradient of the step before is added to this one's.": _slip(
            _g, zero=False
        ),
        "The target is 0: the generator learns to be seen through. It wants D to say 1.": _slip(
            _g, loss=lambda fake: F.softplus(fake).mean()
        ),
        "The other player has moved: it is the generator's optimizer that takes this step.": _slip(
            _g, who="discriminator"
        ),
        "Both players have moved, and D has moved in G's favour: only one optimizer takes a "
        "step.": (_slip(_g, who="both")),
        "This is the saturating loss. It points the same way, but hardly pulls where D is "
        "sure.": _slip(_g, loss=saturating_generator),
        "Neither player has moved: no optimizer takes a step.": _slip(_g, who="nobody"),
    },
)

# In the order of the notebook.
EXERCISES = (LOSS_OF_D, LOSS_OF_G, UPDATE_D, UPDATE_G, HINGE_LOSS, AVERAGE)
