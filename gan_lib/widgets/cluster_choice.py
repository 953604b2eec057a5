"""A cluster to choose by its mean image, since 200 of them have no names that say anything."""

import math

import torch.nn.functional as F
from ipywidgets import HTML, HBox, Image, IntSlider, Layout, VBox
from torch import Tensor

from gan_lib.pictures import grids
from gan_lib.sources.clusters import Clusters
from gan_lib.widgets import front_end
from gan_lib.widgets.parts import PictureChoice

MOST, WIDE, WIDEST = 40, 800, 40  # images to a row; pixels of the sheet, and at most of an image
LARGE = 56  # longest side of the image beside a slider, in pixels


class ClusterChoice(VBox):
    """A sheet of the mean images of all clusters, or a slider where the page cannot show it.

    `control` is either of them, and its `value` the number of the chosen cluster. `where` says
    where in an image it is asked for, if not in all of it.
    """

    def __init__(self, clusters: Clusters, number: int, where: str = "") -> None:
        self._clusters, self._where = clusters, where
        self._words, self._mean = HTML(), Image(format="png")
        if front_end.missing():
            self.control = IntSlider(number, 0, len(clusters) - 1, description="cluster")
            self.control.layout = Layout(width="600px", align_self="center")
            below = HBox([self.control, self._mean])
        else:
            self.control = below = sheet(clusters.means, number)
        self.control.observe(lambda _: self._say(), "value")
        self._say()
        super().__init__([self._words, below])

    def _say(self) -> None:
        number = self.control.value
        self._words.value = (
            f"cluster <b>{number}</b> of {len(self._clusters)} that k-means found, without a label"
            f": choose it by its mean image{self._where}"
        )
        if front_end.missing():
            mean = self._clusters.means[number : number + 1]
            scale = max(1, LARGE // max(mean.shape[2:]))
            self._mean.value = grids.to_png(grids.grid(mean, scale=scale, gap=0))


def sheet(means: Tensor, number: int) -> PictureChoice:
    """Images (K, C, H, W) uint8 in rows of one length, each with a grey line around it."""
    rows = math.ceil(len(means) / MOST)
    columns = math.ceil(len(means) / rows)
    lined = F.pad(means, (1, 1, 1, 1), value=96)
    return PictureChoice(
        png=grids.to_png(grids.grid(lined, columns, gap=0)),
        columns=columns, count=len(means), value=number, name="cluster",
        layout=Layout(width=f"{min(WIDE, WIDEST * columns)}px", margin="4px 4px 6px"),
    )  # fmt: skip
