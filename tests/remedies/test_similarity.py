"""Minibatch discrimination by hand."""

import torch

from gan_lib.remedies.similarity import MinibatchDiscrimination


def test_minibatch_discrimination_against_a_naive_double_loop():
    torch.manual_seed(0)
    layer = MinibatchDiscrimination(features=5, kernels=4, kernel_dim=3).double()
    x = torch.randn(7, 5, dtype=torch.double)
    out = layer(x)
    assert torch.equal(out[:, :5], x)
    for i in range(7):
        for b in range(4):
            total = 0.0
            for j in range(7):
                difference = x[i] @ layer.T[:, b] - x[j] @ layer.T[:, b]
                total += torch.exp(-difference.abs().sum())
            assert torch.isclose(out[i, 5 + b], total)


def test_minibatch_discrimination_sees_a_collapsed_batch():
    layer = MinibatchDiscrimination(100, 50, 25)
    one = torch.randn(1, 100)
    alike, varied = layer(one.repeat(16, 1))[:, 100:], layer(torch.randn(16, 100))[:, 100:]
    assert torch.allclose(alike, torch.tensor(16.0))
    assert varied.mean() < 8
