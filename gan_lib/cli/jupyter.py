"""What the doctor finds out about the widgets of JupyterLab; see `gan_lib.widgets.front_end`."""

from gan_lib.cli.checks import Check
from gan_lib.widgets.front_end import installed_here, running


def widgets(_: str | None = None) -> Check:
    """Can the JupyterLab that shows our notebooks, or would show them, show our widgets?"""
    lab = next(running(), None) or installed_here()
    if not lab:
        return Check("widgets", True, "no JupyterLab here; Colab and VS Code show them themselves")
    if fault := lab.fault():
        return Check("widgets", False, *fault)
    return Check("widgets", True, f"{lab.name} can show them")
