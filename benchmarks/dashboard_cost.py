"""What it costs to watch: steps per second of a session with its dashboard on the screen, and bare.

    python benchmarks/dashboard_cost.py [--seconds 15] [--rounds 3]

In a real JupyterLab, shown by a real Chromium on the same machine, so that drawing, sending and
showing the pictures all count. The two take turns, so that a drift of the machine meets both.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
import driver  # noqa: E402

CELL = """
import time
from IPython.display import display
from gan_lib import data
from gan_lib.keeping.session import Session
from gan_lib.length import Length
from gan_lib.recipes import RECIPES
from gan_lib.state import new_state
from gan_lib.widgets.dashboard import Dashboard

mnist = data.load("mnist")
def pace(recipe, shown):
    session = Session(new_state(recipe, mnist), mnist, Length(steps=10**9))
    if shown:
        display(Dashboard(session))
    session.start()
    session.wait(3)  # until it is warm
    step, started = session.state.step, time.perf_counter()
    session.wait({seconds})
    paced = (session.state.step - step) / (time.perf_counter() - started)
    session.pause()
    return paced

for name in {recipes}:
    for _ in range({rounds}):
        for shown in (False, True):
            print("PACE", name, shown, pace(RECIPES[name], shown), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0, help="for each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--recipes", nargs="+", default=["mlp", "quick", "conditional"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as scratch:
        driver.write_notebook(Path(folder, "cost.ipynb"), [CELL.format(**vars(args))])
        with driver.jupyterlab(Path(folder), Path(scratch)) as lab, driver.chromium() as browser:
            page, _ = driver.open_page(browser, lab.url("cost.ipynb"))
            driver.run_all(page, timeout=1000 * 60 * 30)
            lines = page.locator(".jp-OutputArea-output").all_inner_texts()
    found = [line.split()[1:] for text in lines for line in text.split("\n") if "PACE" in line]
    print(f"{'recipe':<14}{'bare: steps/s':>16}{'shown: steps/s':>16}{'share kept':>14}")
    for name in args.recipes:
        bare, shown = (
            statistics.median(float(r[2]) for r in found if r[:2] == [name, str(which)])
            for which in (False, True)
        )
        print(f"{name:<14}{bare:>16.1f}{shown:>16.1f}{shown / bare:>14.1%}")


if __name__ == "__main__":
    main()
