"""Pictures of verdicts, read back pixel by pixel."""

import numpy as np
import pytest
import torch
from PIL import ImageColor

from gan_lib.pictures import grids
from gan_lib.pictures.verdict_pictures import FAKE, REAL, bars, marks

GREEN, ORANGE = (np.array(ImageColor.getrgb(colour)) for colour in (REAL, FAKE))


def pixels(picture):
    return np.asarray(picture.image()).astype(int)


def count(part, colour):
    return (part == colour).all(axis=-1).sum()


@pytest.fixture
def shown(few):
    """8 real and 8 "generated" images; D is wrong about two of the real and one of the others."""
    logits_real = torch.tensor([2.0, -1.0, 1.0, 0.5, -0.1, 3.0, 1.0, 1.0])
    logits_fake = torch.tensor([-2.0, -1.0, -1.0, 4.0, -0.1, -3.0, -1.0, 0.0])
    return few.images[:8], few.images[8:16], logits_real, logits_fake


def test_marks_show_each_image_with_its_verdict_real_ones_above(shown):
    x_real, x_fake, logits_real, logits_fake = shown
    sheet = pixels(marks(*shown))
    tile, half = 88, 2 * 88 + 8  # 4 columns, 2 rows a half
    for x, logits, start in ((x_real, logits_real, 4), (x_fake, logits_fake, 4 + half)):
        for i, logit in enumerate(logits):
            top, left = start + i // 4 * tile, 4 + i % 4 * tile
            part = sheet[top : top + 84, left : left + 84]
            # Below the mark, the digit itself.
            expected = grids.to_uint8(x[i : i + 1])[0]
            assert np.array_equal(part[30::3, ::3, 0], expected[10:])
            says_real = count(part[:30, :30], GREEN) > 40
            says_fake = count(part[:30, :30], ORANGE) > 15
            assert (says_real, says_fake) == (logit > 0, logit <= 0)


def test_bars_are_as_long_as_the_confidence_and_point_to_the_verdict(shown):
    sheet = pixels(bars(*shown))
    side = 28 * 5
    across, down, head = side + 14, side + 24 + 20, 44
    for half, logits in enumerate(shown[2:]):
        for i, logit in enumerate(logits):
            left = 17 + i % 4 * across
            top = half * (head + 2 * down) + head + 4 + i // 4 * down + side + 7 + 3
            row = sheet[top, left : left + side]
            length = side * (torch.sigmoid(logit).item() - 0.5)
            assert count(row, GREEN if length > 0 else ORANGE) == pytest.approx(abs(length), abs=2)
            assert count(row, ORANGE if length > 0 else GREEN) == 0


def test_real_and_generated_differ_by_more_than_colour(shown):
    """Solid frames around real images, dashed ones around generated."""
    sheet = pixels(bars(*shown))
    across, half = 28 * 5 + 14, 44 + 2 * (28 * 5 + 44)
    for top, colour, least, most in ((45, GREEN, 0.95, 1.0), (45 + half, ORANGE, 0.3, 0.7)):
        frame = sheet[top, 14 : 14 + across - 10]
        assert least <= count(frame, colour) / len(frame) <= most


@pytest.mark.parametrize("half", [8, 20, 32, 128])
def test_from_16_to_256_images_fit_on_a_projector(half, few):
    x, logits = few.images[:half], torch.randn(half)
    for draw in (marks, bars):
        width, height = draw(x, x, logits, logits).image().size
        assert 300 < width <= 1500 and height <= 1700


def test_the_alternative_text_counts_the_right_verdicts(shown):
    for draw in (marks, bars):
        alt = draw(*shown).alt
        assert "8 real images over 8 generated" in alt
        assert "right about 6 of the real and 7 of the generated" in alt


def test_images_without_a_logit_are_refused(shown):
    x_real, x_fake, logits_real, logits_fake = shown
    for draw in (marks, bars):
        with pytest.raises(ValueError, match="as many logits"):
            draw(x_real, x_fake[:7], logits_real, logits_fake)
        with pytest.raises(ValueError, match="as many logits"):
            draw(x_real, x_fake, logits_real[:7], logits_fake)
