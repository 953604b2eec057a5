"""Take pictures of the README out of the solved notebooks, as last run.

python resources/make_pictures.py
"""

import base64
from pathlib import Path

import nbformat

from gan_lib.keeping.files import write_atomically

RESOURCES = Path(__file__).parent
PICTURES = {  # file: in which notebook, and how the alternative text of the picture begins
    "mlp_first.png": ("the_training_loop", "Ten rows of ten generated images: bright blobs"),
    "quick_first.png": ("the_training_loop", "Ten rows of ten generated digits"),
    "plane.png": ("the_game_in_the_plane", "The game after 20, 60 and 400 steps"),
}


def main() -> None:
    for name, (title, begins) in PICTURES.items():
        (path,) = (RESOURCES.parent / "notebooks" / "solutions").glob(f"*_{title}.ipynb")
        notebook = nbformat.read(path, as_version=4)
        (png,) = (
            output.data["image/png"]
            for cell in notebook.cells
            for output in cell.get("outputs", [])
            if output.get("data", {}).get("text/plain", "").startswith(begins)
        )
        write_atomically(RESOURCES / name, base64.b64decode(png))


if __name__ == "__main__":
    main()
