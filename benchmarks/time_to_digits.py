"""How good are the digits after the same seconds of training? Recipes in turn, several seeds.

python benchmarks/time_to_digits.py [--seeds 7 8 9] [--recipes mlp minibatch ...] [--keep]
                                    [--precision float32]

It needs nobody else on the machine, and about 16 minutes a seed: `--keep` adds to what an earlier
call on the same machine has measured, so that the work can be done in parts. Only training counts
as time; the measuring in between does not. A recipe whose rates fall towards the end of its run is
trained once for each length, since the length is a part of its schedule; for the others, 60 s are
the first 60 of 180. After each recipe it writes what there is by then:
`benchmarks/time_to_digits.json`, the tables in both README files, and two pictures in `resources/`.
"""

import argparse
import base64
import io
import json
import statistics
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from report import machine, mean_and_range, put

from gan_lib.data import load
from gan_lib.keeping.checkpoints import PRECISIONS
from gan_lib.keeping.files import write_atomically
from gan_lib.length import Length
from gan_lib.measures.yardstick import Yardstick
from gan_lib.pictures import grids
from gan_lib.pictures.plots import GREY, DescribedFigure
from gan_lib.recipes import RECIPES
from gan_lib.state import new_state
from gan_lib.training import train

HERE = Path(__file__).parent
RESOURCES = HERE.parent / "resources"
LENGTHS = (60, 180)  # seconds of a run
POINTS = (10, 30, 60, 180)  # seconds at which the digits are measured
SHOWN_SEED = 7  # of the run whose digits are shown, and of their latents
LINES = {  # colour and line; green and orange are kept for real and generated
    "mlp": ("#888888", ":"),
    "minibatch": ("#0072B2", "-."),
    "quick": ("#CC79A7", "--"),
    "clustered": ("#7A3E9D", "-"),
    "conditional": ("#000000", "-"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 8, 9])
    parser.add_argument("--recipes", nargs="+", choices=LINES, default=list(LINES))
    parser.add_argument("--lengths", type=int, nargs="+", choices=LENGTHS, default=LENGTHS)
    parser.add_argument("--keep", action="store_true", help="add to the figures that are there")
    parser.add_argument("--draw", action="store_true", help="measure nothing, only write and draw")
    parser.add_argument("--precision", choices=PRECISIONS, help="default: the fastest")
    args = parser.parse_args()
    precision = PRECISIONS.get(args.precision)
    result = {"machine": machine(precision), "rows": []}
    if args.keep or args.draw:
        result = json.loads((HERE / "time_to_digits.json").read_text(encoding="utf-8"))
    if args.draw:
        return write_all(result)
    if result["machine"] != machine(precision):
        parser.error(f"the figures that are there come from another machine: {result['machine']}")
    data = load("mnist", "train")
    yardstick = Yardstick(data, load("mnist", "test"))
    for seed in args.seeds:
        for name in args.recipes:
            falls = RECIPES[name].decay_from < 1
            for length in args.lengths if falls else args.lengths[-1:]:
                rows = list(run(name, seed, length, data, yardstick, precision))
                again = (name, seed, length)
                kept = [r for r in result["rows"] if (r["recipe"], r["seed"], r["length"]) != again]
                result["rows"] = kept + rows
            write_all(result)


def run(name, seed, length, data, yardstick, precision):
    """Train once; yield a row of figures and ten digits at each of `POINTS` on the way."""
    state = new_state(RECIPES[name], data, seed, precision=precision)
    points = [p for p in POINTS if p <= length]
    for state in train(state, data, Length(seconds=length)):
        while points and state.seconds >= points[0]:
            yield measure(name, state, length, points.pop(0), yardstick)


def measure(name, state, length, seconds, yardstick):
    """All figures of the state's generator; who is told the digit is asked for the real shares."""
    recipe, (x, asked) = state.recipe, yardstick.sample(state, state.seed)
    if seconds in LENGTHS and (seconds == length or recipe.decay_from == 1):
        figures = {r.name: [r.value, r.floor] for r in yardstick.measure(x, asked)}
    else:  # on the way to the end of a run, one figure is enough
        figures = {"Fréchet distance": [yardstick.distance(x), None]}
    row = {"recipe": name, "seed": state.seed, "length": length, "seconds": seconds}
    row |= {"steps": state.step, "figures": figures}
    print(json.dumps(row), flush=True)
    shown, _ = state.sample(10, SHOWN_SEED, None if asked is None else torch.arange(10))
    png = grids.to_png(grids.grid(shown, columns=5, scale=2))
    return row | {"digits": base64.b64encode(png).decode()}


def write_all(result) -> None:
    """The JSON file, the tables and the pictures, from what there is."""
    write_atomically(HERE / "time_to_digits.json", json.dumps(result, indent=1).encode())
    put(HERE / "README.md", "time_to_digits", table(result))
    put(HERE.parent / "README.md", "time_to_digits", short_table(result))
    write_atomically(RESOURCES / "time_to_digits.png", curve(result).picture().png)
    if any(row["seed"] == SHOWN_SEED for row in result["rows"]):
        picture = grids.to_png(strip(result))
        write_atomically(RESOURCES / "time_to_digits_samples.png", picture)


def at(result, name, seconds):
    """A recipe's rows at `seconds`, one a seed: of the run that ends then, if there is one."""
    rows = [r for r in result["rows"] if r["recipe"] == name and r["seconds"] == seconds]
    rows.sort(key=lambda row: row["length"], reverse=True)  # the shorter run comes last, and stays
    return list({row["seed"]: row for row in rows}.values())


def short_table(result) -> str:
    """Markdown for the README: each recipe's mean distance, also in multiples of the floor."""
    lines = ["| recipe | after 60 s | after 180 s |", "|---|---|---|"]
    floor = max(row["figures"]["Fréchet distance"][1] or 0 for row in result["rows"])
    for name in LINES:
        if not any(row["recipe"] == name for row in result["rows"]):
            continue
        cells = []
        for seconds in LENGTHS:
            values = [r["figures"]["Fréchet distance"][0] for r in at(result, name, seconds)]
            mean = statistics.mean(values) if values else float("nan")
            cells.append(f"{mean:,.1f}, or {mean / floor:,.1f} times the floor")
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


COLUMNS = {  # heading: figure, decimals
    "Fréchet distance": ("Fréchet distance", 2),
    "density": ("density", 2),
    "coverage": ("coverage", 2),
    "rarest digit": ("rarest digit (%)", 1),
    "commonest digit": ("commonest digit (%)", 1),
    "judge": ("judge, grey levels (%)", 1),
    "judge, binarised": ("judge, binarised (%)", 1),
    "copying, C_T": ("copying, C_T", 1),
    "obedience": ("obedience (%)", 2),
}


def table(result) -> str:
    """Markdown: a line for each recipe at 60 and at 180 s, mean and range over the seeds."""
    names = [name for name in LINES if any(row["recipe"] == name for row in result["rows"])]
    seeds = sorted({row["seed"] for row in result["rows"]})
    about = f"{result['machine']}. Seeds {', '.join(map(str, seeds))}: mean (least to most)."
    lines = [about, "A line without ranges is of one seed.", ""]
    lines += ["| recipe | seconds | steps | " + " | ".join(COLUMNS) + " |"]
    lines += ["|---" * (len(COLUMNS) + 3) + "|"]
    for seconds in LENGTHS:
        for name in names:
            if rows := at(result, name, seconds):
                steps = statistics.mean(row["steps"] for row in rows)
                cells = [cell(rows, *column, which=0) for column in COLUMNS.values()]
                lines.append(f"| {name} | {seconds} | {steps:,.0f} | {' | '.join(cells)} |")
    floor = [cell(result["rows"][-1:], *column, which=1) for column in COLUMNS.values()]
    for row in result["rows"]:  # the row with the most figures has all floors
        other = [cell([row], *column, which=1) for column in COLUMNS.values()]
        floor = [a if a != "–" else b for a, b in zip(floor, other)]
    lines.append(f"| *floor: MNIST's test set* | | | {' | '.join(floor)} |")
    return "\n".join(lines) + "\n"


def cell(rows, figure, decimals, which) -> str:
    values = [row["figures"][figure][which] for row in rows if figure in row["figures"]]
    values = [value for value in values if value is not None]
    return mean_and_range(values, decimals)


def curve(result) -> DescribedFigure:
    """Fréchet distance against seconds of training, both axes logarithmic, the floor drawn."""
    figure = DescribedFigure(7.5, 4.2, "")
    axes, said = figure.subplots(), []
    floor = max(row["figures"]["Fréchet distance"][1] or 0 for row in result["rows"])
    for name, (colour, line) in LINES.items():
        points = [(s, at(result, name, s)) for s in POINTS]
        points = [(s, [r["figures"]["Fréchet distance"][0] for r in rows]) for s, rows in points]
        points = [(s, values) for s, values in points if values]
        if not points:
            continue
        xs, means = [s for s, _ in points], [statistics.mean(v) for _, v in points]
        axes.plot(xs, means, line, color=colour, marker="o", ms=4, label=name)
        low, high = [min(v) for _, v in points], [max(v) for _, v in points]
        axes.fill_between(xs, low, high, color=colour, alpha=0.15, lw=0)
        axes.annotate(name, (xs[-1], means[-1]), (6, 0), textcoords="offset points", va="center",
                      color=colour)  # fmt: skip
        said.append(f"{name} {means[-1]:,.1f}")
    axes.axhline(floor, color=GREY, lw=1)
    axes.annotate(f"floor: real against real, {floor:.2f}", (POINTS[0], floor), (0, -12),
                  textcoords="offset points", fontsize=9, color=GREY)  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="seconds of training on two CPU cores",
             ylabel="Fréchet distance, lower is better", ylim=(floor / 1.6, None),
             xlim=(9, 330))  # fmt: skip
    axes.set_xticks(POINTS, [str(p) for p in POINTS])
    axes.minorticks_off()
    axes.spines[["top", "right"]].set_visible(False)
    figure.alt = (
        "Fréchet distance against seconds of training, one falling line for each recipe. "
        f"At the last point: {', '.join(said)}. Floor: {floor:.2f}."
    )
    return figure


def strip(result) -> Image.Image:
    """Ten digits of each recipe (rows) at each of `POINTS` (columns), with their names."""
    names = [name for name in LINES if any(row["recipe"] == name for row in result["rows"])]
    parts = {
        (name, seconds): Image.open(io.BytesIO(base64.b64decode(row["digits"])))
        for name in names
        for seconds in POINTS
        for row in at(result, name, seconds)
        if row["seed"] == SHOWN_SEED
    }
    width, height = next(iter(parts.values())).size
    left, top, gap = 110, 26, 10
    size = (left + len(POINTS) * (width + gap), top + len(names) * (height + gap))
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    for column, seconds in enumerate(POINTS):
        x = left + column * (width + gap)
        draw.text((x + width // 2, top // 2), f"{seconds} s", "black", anchor="mm", font_size=15)
        for row, name in enumerate(names):
            y = top + row * (height + gap)
            if column == 0:
                draw.text((8, y + height // 2), name, "black", anchor="lm", font_size=15)
            if (name, seconds) in parts:
                sheet.paste(parts[name, seconds].convert("RGB"), (x, y))
    return sheet


if __name__ == "__main__":
    main()
