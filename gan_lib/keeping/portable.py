"""A generator for programs that know nothing of PyTorch: ONNX, checked before it is handed out.

ONNX is a file format for networks that many programs read, in a browser and on a phone, too.
Notebook "Your own images".
"""

import copy
import json
import warnings

import torch
from torch import Tensor, nn

from gan_lib import UserError
from gan_lib.machine.randomness import Purpose, randomness
from gan_lib.pair import Pair

TRIED = 16  # images on which both have to agree
TOLERANCE = 1e-3  # of a brightness that goes from -1 to 1; the levels of a file are 8e-3 apart


class ExportError(UserError):
    """ONNX is not there, or what was exported does not do what the generator does."""


def to_onnx(pair: Pair) -> bytes:
    """The generator as the bytes of an ONNX file: `z` (N, latent_dim) → `x` (N, C, H, W).

    Both are float32, `x` lies in [-1, 1], and N is free. What a latent is made of stands in the
    file: `noise_dim` normal numbers and, if there are `classes`, as many one-hots of them as
    `classes_at_once` says. Raises `ExportError` where a pixel is off by more than a thousandth, or
    ONNX is not installed.
    """
    try:
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise ExportError("This needs ONNX: pip install onnxscript onnxruntime") from error
    generator = copy.deepcopy(pair.sampler).cpu().float().eval()
    with randomness(7, Purpose.SAMPLE):
        z = pair.latents(TRIED).cpu()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of itself
        exported = torch.onnx.export(
            generator, (z,), dynamo=True, verbose=False, input_names=["z"], output_names=["x"],
            dynamic_shapes=({0: torch.export.Dim("N")},),
        ).model_proto  # fmt: skip
    classes = pair.classes if pair.latent_has_class else ()
    about = {"noise_dim": pair.recipe.noise_dim, "classes": classes}
    for name, value in (about | {"classes_at_once": pair.kind.at_once}).items():
        exported.metadata_props.add(key=name, value=json.dumps(value))
    content = exported.SerializeToString()
    if (off := difference(content, generator, z)) > TOLERANCE:
        raise ExportError(f"The exported generator's images are off by up to {off:.3g}.")
    return content


@torch.no_grad()
def difference(content: bytes, generator: nn.Module, z: Tensor) -> float:
    """By how much, at most, the images of an ONNX file differ from those of the generator.

    It is in eval mode. `z` are the latents (N, latent_dim); brightness goes from -1 to 1.
    """
    from onnxruntime import InferenceSession

    (x,) = InferenceSession(content).run(["x"], {"z": z.numpy()})
    return (torch.from_numpy(x) - generator(z)).abs().max().item()
