"""Images and labels: the two scales, what a set says of itself, and what cannot be used."""

import pytest
import torch

from gan_lib.sources.imageset import DataError, ImageSet, to_float, to_levels

LEVELS = torch.arange(256, dtype=torch.uint8)
GREY = torch.randint(0, 256, (6, 1, 8, 8), generator=torch.manual_seed(0)).to(torch.uint8)
FLOATS = to_float(GREY)
COLOUR = GREY.expand(-1, 3, -1, -1)
SHAPES = "(N, 1, H, W) or, in colour, (N, 3, H, W)"
LABELS = torch.arange(6) % 3
NAMES = ("cat", "dog", "hen")


def refusal(make) -> str:
    with pytest.raises(DataError) as error:
        make()
    message = str(error.value)
    assert "\n" not in message and 20 < len(message) < 200
    return message


# --- The two scales -----------------------------------------------------------------------------


def test_levels_become_floats_and_come_back():
    x = to_float(LEVELS)
    assert x.dtype == torch.float32 and x[0] == -1 and x[255] == 1
    assert torch.allclose(x.double(), LEVELS.double() / 127.5 - 1, atol=1e-7)
    assert torch.equal(to_levels(x), LEVELS) and to_levels(x).dtype == torch.uint8


def test_levels_are_rounded_and_cut_off():
    x = torch.tensor([-3.0, -1.0, -0.997, -0.995, 0.0, 0.995, 0.997, 1.0, 3.0], requires_grad=True)
    assert to_levels(x).tolist() == [0, 0, 0, 1, 128, 254, 255, 255, 255]


def test_scaling_leaves_the_levels_alone():
    before = GREY.clone()
    ImageSet(GREY).floats().zero_()
    assert torch.equal(GREY, before)


# --- A set --------------------------------------------------------------------------------------


@pytest.mark.parametrize("images", [GREY, COLOUR])
def test_a_set_of_ones_own(images):
    data = ImageSet(images, LABELS, NAMES)
    assert len(data) == 6 and data.shape == tuple(images.shape[1:])
    assert torch.equal(data.floats(), to_float(images))
    assert torch.equal(data.floats(torch.tensor([4, 1])), to_float(images[[4, 1]]))
    assert str(data) == repr(data) == "images, training set: 6 images from memory"
    assert str(ImageSet(images, split="test", notes=("why",))).endswith("from memory\nwhy")


def test_a_part_keeps_the_classes_that_it_lacks():
    data = ImageSet(GREY, LABELS, NAMES, name="pets", split="test", source="here", notes=("why",))
    part = data.part(LABELS == 1)
    assert part.labels.tolist() == [1, 1] and part.classes == NAMES
    assert torch.equal(part.images, GREY[[1, 4]])
    assert str(part) == "pets, test set: 2 images from here\nwhy"
    assert len(data.part(slice(0))) == 0
    assert ImageSet(GREY).part(slice(2)).labels is None


def test_names_may_come_as_a_list():
    assert ImageSet(GREY, LABELS, list(NAMES)).classes == NAMES


# --- What cannot be used ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("images", "wrong", "way"),
    [
        (GREY.numpy(), "not ndarray", "torch.as_tensor(x)"),
        (list(GREY), "not list", "torch.as_tensor(x)"),
        (GREY.float(), "not float32", "x.to(torch.uint8)"),
        (FLOATS / 2 + 0.5, "not float32", "after 255 * x if they lie in [0, 1]"),
        (FLOATS.double(), "not float64", "(x + 1) * 127.5 if they lie in [-1, 1]"),
        (GREY.long(), "not int64", "x.to(torch.uint8)"),
        (GREY > 127, "not bool", "x.to(torch.uint8)"),
        (GREY[:, 0], "not (6, 8, 8)", "x.unsqueeze(1)"),
        (COLOUR.permute(0, 2, 3, 1), "not (6, 8, 8, 3)", "x.permute(0, 3, 1, 2)"),
        (GREY.permute(0, 2, 3, 1), "not (6, 8, 8, 1)", "x.permute(0, 3, 1, 2)"),
        (
            GREY.expand(-1, 4, -1, -1),
            "not (6, 4, 8, 8)",
            "(N, 1, H, W) or, in colour, (N, 3, H, W)",
        ),
        (GREY.flatten(1), "not (6, 64)", SHAPES),
        ((GREY > 127).to(torch.uint8), "the levels 0 and 1", "255 * x"),
    ],
)
def test_images_that_cannot_be_used(images, wrong, way):
    message = refusal(lambda: ImageSet(images))
    assert wrong in message and way in message


@pytest.mark.parametrize(
    ("labels", "classes", "wrong", "way"),
    [
        (LABELS, (), "no classes", "classes=('cat', 'dog')"),
        (None, NAMES, "no labels", "both or neither"),
        (LABELS, NAMES[:2], "from 0 to 2, but there are 2 classes", "the numbers 0 to 1"),
        (LABELS - 1, NAMES, "from -1 to 1, but there are 3 classes", "the numbers 0 to 2"),
        (LABELS[:5], NAMES, "5 labels do not fit 6 images", "one for each"),
        (LABELS.int(), NAMES, "int64", "torch.as_tensor(labels).long()"),
        (LABELS.float(), NAMES, "int64", "torch.as_tensor(labels).long()"),
        (LABELS.numpy(), NAMES, "int64", "torch.as_tensor(labels).long()"),
        (LABELS.tolist(), NAMES, "int64", "torch.as_tensor(labels).long()"),
        (LABELS.unsqueeze(1), NAMES, "(N,)", "for each image the number of its class"),
        (LABELS.view(6, 1).repeat(1, 3), NAMES, "(N,)", "for each image the number of its class"),
        (torch.tensor(0), NAMES, "(N,)", "for each image the number of its class"),
        (LABELS, "cat", "not 'cat'", "('cat', 'dog')"),
        (LABELS, 3, "not 3", "('cat', 'dog')"),
        (LABELS, (0, 1, 2), "not (0, 1, 2)", "('cat', 'dog')"),
    ],
)
def test_labels_that_cannot_be_used(labels, classes, wrong, way):
    message = refusal(lambda: ImageSet(GREY, labels, classes))
    assert wrong in message and way in message
