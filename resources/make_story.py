"""The story of two trainings, each in four pictures of what the discriminator says.

python resources/make_story.py         # `make pictures` runs it; hours, if runs/story is empty

`minibatch` retells the story of the program that it comes from. The trainings live in runs/story:
interrupted, they go on there, and finished ones are only drawn again. What `minibatch` learnt is
kept in resources/minibatch.safetensors, in half precision, which halves the file.
"""

import itertools
from pathlib import Path

from make_pairs import keep
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from gan_lib.belief import confidence
from gan_lib.data import ImageSet, load
from gan_lib.keeping import checkpoints
from gan_lib.keeping.files import write_atomically
from gan_lib.keeping.folder import TrainingFolder, described
from gan_lib.length import Length, steps_an_epoch
from gan_lib.pictures import grids, verdict_pictures
from gan_lib.recipes import RECIPES

RESOURCES = Path(__file__).parent
RUNS = RESOURCES.parent / "runs" / "story"
EPOCHS = {"quick": 5, "minibatch": 45}  # the published program ran for 100
SHOWN, ASKED = 18, 2000  # images of each kind


def tell(name: str, data: ImageSet) -> Path:
    """Train the recipe `name` to its end, keep it at four moments, and draw these."""
    folder, epoch = RUNS / name, steps_an_epoch(data, RECIPES[name])
    moments = {
        0: "at the start",
        epoch: "after the first epoch",
        2 * epoch: "after the second epoch",
        EPOCHS[name] * epoch: f"after {EPOCHS[name]} epochs",
    }
    with TrainingFolder(folder) as training:
        state = training.start_or_resume(RECIPES[name], data)
        steps = training.train(state, data, Length(epochs=EPOCHS[name]), save_every=60)
        for state in tqdm(
            itertools.chain([state], steps), name, initial=state.step, total=max(moments)
        ):
            if state.step in moments:
                checkpoints.save(state, folder / f"step-{state.step}", described(data))
    panels = [draw(folder / f"step-{step}", data, title) for step, title in moments.items()]
    sheet = Image.new("RGB", [2 * size for size in panels[0].size], "white")
    for i, panel in enumerate(panels):
        sheet.paste(panel, (i % 2 * panel.width, i // 2 * panel.height))
    write_atomically(RESOURCES / f"story_{name}.png", grids.to_png(sheet))
    return folder / f"step-{max(moments)}" / checkpoints.NAME


def draw(folder: Path, data: ImageSet, title: str) -> Image.Image:
    """One moment: its title, the verdicts, and in words how often they are right."""
    checkpoint = checkpoints.read(folder / checkpoints.NAME)
    asked = confidence.both_sides(checkpoint, data, drawn=ASKED)
    picture = verdict_pictures.bars(*(part[:SHOWN] for part in asked), width=460).image()
    real, fake = confidence.shares_right(asked.logits_real, asked.logits_fake)
    panel = Image.new("RGB", (picture.width + 20, picture.height + 120), "white")
    panel.paste(picture, (10, 62))
    words = (
        (34, 26, f"step {int(checkpoint.about['step']):,}, {title}"),
        (panel.height - 38, 17, f"Of {ASKED:,} each, D is right about"),
        (panel.height - 16, 17, f"{real:.0%} of the real and {fake:.0%} of the generated."),
    )
    for y, size, text in words:
        font = ImageFont.load_default(size)
        ImageDraw.Draw(panel).text((panel.width / 2, y), text, "black", font, anchor="mm")
    print(f"{checkpoint.recipe.name}, {words[0][2]}: {words[1][2]} {words[2][2]}")
    return panel


def main() -> None:
    data = load("mnist", "train")
    print(data)
    tell("quick", data)
    keep(tell("minibatch", data), RESOURCES / "minibatch.safetensors")


if __name__ == "__main__":
    main()
