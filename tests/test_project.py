"""Project files that say the same thing twice, held together; and the README's promises."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_readme_names_every_notebook_and_its_pictures_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        assert f"notebooks/{path.name}" in readme
    for alt, target in re.findall(r"!\[(.*?)\]\((resources/.*?)\)", readme):
        assert (ROOT / target).exists() and len(alt) > 20
    first_command = re.search(r"```\w*\n(.*?)```", readme, re.S).group(1)
    assert "make lab" in first_command and "make test" in first_command


def test_the_tables_in_the_readmes_are_those_of_the_figures_on_file(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import ablation
    import objectives
    import stacked
    import time_to_digits

    figures = {
        name: json.loads((ROOT / "benchmarks" / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("time_to_digits", "ablation", "objectives", "stacked")
    }
    ours = (ROOT / "README.md").read_text(encoding="utf-8")
    theirs = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert time_to_digits.short_table(figures["time_to_digits"]) in ours
    assert time_to_digits.table(figures["time_to_digits"]) in theirs
    assert objectives.tables(figures["objectives"]) in theirs
    assert stacked.table(figures["stacked"]) in theirs
    for of in ablation.VARIANTS:
        assert ablation.table(figures["ablation"], of) in theirs
