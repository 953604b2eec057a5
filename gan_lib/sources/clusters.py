"""Groups of images that look alike, found without a label. Notebook "The latent space".

A GAN learns far faster if both players are told what an image shows. Where nobody has said so, the
number of such a group will do. Liu et al., "Diverse Image Generation via Self-Conditioned GANs",
2020, tell the groups of a discriminator's features; Casanova et al., "Instance-Conditioned GAN",
2021, tell the neighbourhood of each image.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_lib.machine.randomness import Purpose, generator, key
from gan_lib.sources.edges import edges

LEARNT_FROM = 20_000  # images, at most, in which groups are looked for
COMPONENTS = 50  # principal components, of all pixels, in which they are looked for
LEAST = 20  # images to a cluster on average: fewer images have fewer clusters
CHUNK = 5_000  # images that are compared at a time
LOOKS = {"pixels": lambda images: images.cpu().flatten(1), "edges": edges}


def look(images: Tensor, alike: str) -> Tensor:
    """What is compared of images (N, C, H, W) uint8: (N, F) uint8. `ValueError` if not in LOOKS."""
    if alike not in LOOKS:
        raise ValueError(f"images are alike in {' or '.join(LOOKS)}, not in {alike!r}")
    return LOOKS[alike](images)


@dataclass(frozen=True, eq=False)
class Clusters:
    """The mean image of each of K clusters, and how frequent it is. An image is of the nearest."""

    means: Tensor  # (K, C, H, W) uint8, or (K, 1, H, W) of channels; neighbours are alike
    shares: Tensor  # (K,) float32, together 1
    alike: str = "pixels"  # in what images are compared: one of LOOKS

    def __len__(self) -> int:
        return len(self.means)

    def __deepcopy__(self, memo: dict) -> "Clusters":
        return self  # nothing ever changes it

    @property
    def names(self) -> tuple[str, ...]:
        """ "cluster 0", "cluster 1", ..."""
        return tuple(f"cluster {number}" for number in range(len(self)))

    def distances(self, images: Tensor) -> Tensor:
        """Squared distances (N, K) of images (N, C, H, W) uint8 to each mean, in pixels or edges.

        Where the means are of single channels, (N, C, K): of each channel by itself. Whole numbers
        below 2⁵³, and so without any rounding: the same on each machine.
        """
        if self.means.shape[1] == 1 < images.shape[1]:
            each = self.distances(images.flatten(0, 1).unsqueeze(1))
            return each.unflatten(0, images.shape[:2])
        x, means = (look(each, self.alike).double() for each in (images, self.means))
        return x.square().sum(1, keepdim=True) - 2 * x @ means.T + means.square().sum(1)

    def of(self, images: Tensor) -> Tensor:
        """The cluster (N,) of each image (N, C, H, W) uint8, or (N, C): as `distances`."""
        return torch.cat([self.distances(part).argmin(-1) for part in images.split(CHUNK)])


def find_clusters(images: Tensor, count: int, seed: int, alike: str = "pixels") -> Clusters:
    """At most `count` clusters of images (N, C, H, W) uint8, by k-means on principal components.

    Of up to 20,000 of the images, drawn by the `seed`, in their pixels or their edges: `alike`.
    Takes about two seconds for 200 of MNIST.
    """
    import numpy as np
    from scipy.cluster.hierarchy import leaves_list, linkage
    from sklearn.cluster import MiniBatchKMeans  # they take a second to be imported
    from sklearn.decomposition import PCA

    order = torch.randperm(len(images), generator=generator(seed, Purpose.CLUSTERS))
    some = images[order[:LEARNT_FROM]].cpu()
    x = torch.cat([look(part, alike) for part in some.split(CHUNK)]).float().numpy()
    number = key(seed, Purpose.CLUSTERS) % 2**32
    count = max(1, min(count, len(images) // LEAST))
    with np.errstate(invalid="ignore"):  # images that are all alike have no variance
        pca = PCA(min(COMPONENTS, *x.shape), random_state=number).fit(x)
    found = MiniBatchKMeans(count, random_state=number, n_init=1, batch_size=4096)
    found = torch.from_numpy(found.fit_predict(pca.transform(x))).long()
    means = [some[found == number].float().mean(0) for number in found.unique()]
    means = torch.stack(means).round().to(torch.uint8)
    if len(means) > 2:
        tree = linkage(means.flatten(1).numpy().astype(float), "ward", optimal_ordering=True)
        means = means[torch.from_numpy(leaves_list(tree)).long()]
    # Counted in this order: an image halfway between two means is of the first.
    here = Clusters(means, torch.empty(0), alike).of(images).bincount(minlength=len(means))
    means, here = means[here > 0], here[here > 0]
    return Clusters(means, here / here.sum(), alike)
