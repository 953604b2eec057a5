"""Several processes that train one GAN together, as torchrun starts them.

    torchrun --nproc-per-node=2 -m gan_lib train ...

Each has the same weights, sees its part of every batch, and draws the random numbers of the whole
of it; gradients, and the means and variances of batch norm, are those of all parts together. So it
is the training of one process, to rounding, unless D draws random numbers of its own: noise,
dropout and augmentation are then other ones. torch.distributed does the talking.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor, nn

from gan_lib import UserError


class Team(NamedTuple):
    """Which process of how many this is."""

    rank: int = 0
    size: int = 1

    def part(self, x: Tensor | None) -> Tensor | None:
        """This process's rows of a whole batch (N, ...); all of them where it is alone.

        Raises `UserError` where not all processes would have as many.
        """
        if x is None or self.size == 1:
            return x
        if len(x) % self.size:
            raise UserError(
                f"{self.size} processes cannot share a batch of {len(x)} alike: take a number of "
                "them that divides it."
            )
        return x.chunk(self.size)[self.rank]

    def first(self, count: int, total: int) -> int:
        """How many of the first `count` of `total` rows are in this process's part."""
        each = total // self.size
        return max(0, min(count - self.rank * each, each))

    def mean(self, x: Tensor) -> Tensor:
        """The mean of all processes' `x`; it is changed in place."""
        if self.size > 1:
            dist.all_reduce(x)
            x /= self.size
        return x

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Put into each of the tensors the mean of all processes' ones."""
        if self.size > 1:
            tensors = list(tensors)
            mean = self.mean(torch.cat([x.flatten() for x in tensors]))
            for x, values in zip(tensors, mean.split([x.numel() for x in tensors])):
                x.copy_(values.view_as(x))

    def share_statistics(self, *networks: nn.Module) -> None:
        """Make all batch norm in the networks that of whole batches. What they hold stays."""
        for network in networks if self.size > 1 else ():
            for module in network.modules():
                if type(module) is nn.BatchNorm2d:
                    module.__class__ = SharedBatchNorm

    def device(self) -> str | None:
        """The GPU that is this process's own; None where it is alone, or there are too few."""
        own = self.size > 1 and dist.get_backend() == "nccl"
        return f"cuda:{torch.cuda.current_device()}" if own else None

    def agreed(self, value: float) -> float:
        """What the first process says."""
        if self.size == 1:
            return value
        said = torch.tensor([value], dtype=torch.float64, device=self.device())
        dist.broadcast(said, src=0)
        return said.item()


ALONE = Team()
# torchrun gives processes that it starts again the book of addresses that the first ones wrote, as
# KEPT says; where FRESH is 1, a new one. Without it, they wait for the dead.
KEPT, FRESH = ("TORCHELASTIC_USE_AGENT_STORE", "True"), "TORCH_DISABLE_SHARE_RDZV_TCP_STORE"


@contextmanager
def joined() -> Iterator[Team]:
    """The team that torchrun has started this process in; `ALONE` where it has not.

    Raises `UserError` where processes that were started again could not find each other.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield ALONE
        return
    if int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) and KEPT in os.environ.items():
        raise UserError(
            "One of the processes had ended, and torchrun has started all of them again, but it "
            f"sends them to the addresses of the old ones: set {FRESH}=1 when you call it."
        )
    gpus = torch.cuda.device_count()
    each_has_one = gpus >= int(os.environ["LOCAL_WORLD_SIZE"]) > 0
    if each_has_one:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if each_has_one else "gloo")
    try:
        yield Team(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


class _Sum(torch.autograd.Function):
    """The sum of all processes' x, and backwards the sum of all their gradients."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        dist.all_reduce(total := x.clone())
        return total

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        dist.all_reduce(total := gradient.clone())
        return total


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm by the mean and the variance of the whole batch, of which this process has a part.

    The variance is the mean of the parts' variances, and the variance of their means: so one
    message is enough. `nn.SyncBatchNorm` is for GPUs alone.
    """

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        size, wide = dist.get_world_size(), x.float()
        own = torch.stack(torch.var_mean(wide, (0, 2, 3), correction=0))
        mine = dist.get_rank()  # each adds its row to the others' zeros
        rows = [own if rank == mine else torch.zeros_like(own) for rank in range(size)]
        variances, means = _Sum.apply(torch.stack(rows)).unbind(1)
        mean = means.mean(0)
        var = variances.mean(0) + (means - mean).square().mean(0)
        off = wide - mean[:, None, None]
        count = size * x.numel() / x.shape[1]
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * count / (count - 1), self.momentum)
        scale = self.weight * (var + self.eps).rsqrt()
        return (off * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)
