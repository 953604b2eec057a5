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
    return few.floats(slice(8)), few.floats(slice(8, 16)), logits_real, logits_fake


def test_marks_show_each_image_with_its_verdict_real_ones_above(shown):
    x_real, x_fake, logits_real, logits_fake = shown
    sheet = pixels(marks(*shown))
    tile, half = 88, 2 * 88 + 8  # 4 columns, 2 rows a half
    for x, logits, start in ((x_real, logits_real, 4), (x_fake, logits_fake, 4 + half)):
        for i, logit in enumerate(logits):
            top, left = start + i // 4 * tile, 4 + i % 4 * tile
            part = sheet[top : top + 84, left : left + 84]
            # Below the mark, the digit itself.
            expected = grids.pixels(x[i : i + 1])[0]
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


def colourful(count, *sides):
    """Images of one colour each: (count, 3, *sides)."""
    draw = torch.Generator().manual_seed(1)
    return (torch.rand(count, 3, 1, 1, generator=draw) * 2 - 1).expand(-1, -1, *sides)


@pytest.mark.parametrize("sides", [(16, 16), (32, 32), (64, 64), (16, 24), (24, 16)])
def test_images_of_any_size_keep_their_colours_and_are_shown_about_as_large(sides):
    x, logits = colourful(16, *sides), torch.linspace(-2, 2, 8)
    for draw, most in ((marks, 100), (bars, 150)):
        sheet = pixels(draw(x[:8], x[8:], logits, logits))
        height, width, _ = sheet.shape
        assert 4 * 60 < width < 4 * most + 80 and height < 4 * (most + 44) + 110
        for level in grids.pixels(x)[:, 0, 0].tolist():
            rows, columns = (sheet == level).all(axis=2).nonzero()
            tall, wide = (at.max() - at.min() + 1 for at in (rows, columns))
            assert tall * sides[1] == wide * sides[0]
            assert len(rows) > 0.9 * tall * wide  # but for the mark
            assert most / 2 < max(tall, wide) < most


def test_a_bar_of_a_narrow_image_lies_below_it_and_says_the_same():
    x, logits = colourful(16, 48, 24), torch.linspace(-3, 3, 8)
    sheet = pixels(bars(x[:8], x[8:], logits, logits))
    for half in (0, 1):
        for i, logit in enumerate(logits):
            left = 17 + i % 4 * (24 * 3 + 14)
            down = 48 * 3 + 24 + 10 + 72 // 14
            top = half * (44 + 2 * down) + 48 + i // 4 * down + 48 * 3 + 10
            row = sheet[top, left : left + 72]
            length = 72 * (torch.sigmoid(logit).item() - 0.5)
            assert count(row, GREEN if length > 0 else ORANGE) == pytest.approx(abs(length), abs=2)


@pytest.mark.parametrize("half", [8, 20, 32, 128])
def test_from_16_to_256_images_fit_on_a_projector(half, few):
    x, logits = few.floats(slice(half)), torch.randn(half)
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
