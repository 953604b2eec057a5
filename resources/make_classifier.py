"""Train the classifier that the metrics look through, and write resources/classifier.safetensors.

GAN_LIB_DATA=/path/to/mnist python resources/make_classifier.py [--epochs 12] [--seed 7]

It needs the full set. The last line prints the accuracy on the test set, which played no part in
the training, and the SHA-256 that belongs into
gan_lib/measures/classifier.py.
"""

import argparse
import hashlib
import sys
import time
from pathlib import Path

import safetensors.torch
import torch

from gan_lib.data import load
from gan_lib.keeping.files import write_atomically
from gan_lib.measures.classifier import WEIGHTS, Classifier
from gan_lib.measures.eyes import BATCH, lessons


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name(WEIGHTS))
    args = parser.parse_args()
    train, test = load("mnist", "train"), load("mnist", "test")
    if len(train) < 60_000:
        print(train, "The classifier is to be trained on the full set.", sep="\n", file=sys.stderr)
        return 1
    torch.manual_seed(args.seed)
    network = Classifier().to(memory_format=torch.channels_last)
    epoch, started = len(train) // BATCH, time.perf_counter()
    for step in lessons(network, train, args.epochs * epoch, args.seed):
        if step % epoch == 0:
            seconds, right = time.perf_counter() - started, accuracy(network, test)
            print(f"epoch {step // epoch}: test set {right:.2%}, {seconds:.0f} s", flush=True)
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    about = {
        "made by": f"python resources/make_classifier.py --epochs {args.epochs} --seed {args.seed}",
        "data": "MNIST's training set, 60,000 images, randomly shifted, turned and stretched",
        "accuracy": f"{accuracy(network, test):.4f} on MNIST's test set",
        "torch": torch.__version__,
    }
    content = safetensors.torch.save(tensors, about)
    write_atomically(args.out, content)
    print(f"{args.out.name}: {about['accuracy']}, {len(content):,} bytes")
    print(f"SHA-256 {hashlib.sha256(content).hexdigest()}")
    return 0


@torch.no_grad()
def accuracy(network: Classifier, data) -> float:
    network.eval()
    answers = torch.cat([network(part).argmax(1) for part in data.floats().split(500)])
    network.train()
    return (answers == data.labels).float().mean().item()


if __name__ == "__main__":
    sys.exit(main())
