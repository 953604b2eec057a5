"""Take the README's pictures of generated digits out of notebook "The training loop", as last run.

python resources/make_pictures.py
"""

import base64
from pathlib import Path

import nbformat

from gan_lib.keeping.files import write_atomically

RESOURCES = Path(__file__).parent
PICTURES = {  # file: how the alternative text of the picture begins
    "mlp_first.png": "Ten rows of ten generated images: bright blobs",
    "quick_first.png": "Ten rows of ten generated digits",
}


def main() -> None:
    (path,) = (RESOURCES.parent / "notebooks" / "solutions").glob("*_the_training_loop.ipynb")
    notebook = nbformat.read(path, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    for name, begins in PICTURES.items():
        (png,) = (
            output.data["image/png"]
            for output in outputs
            if output.get("data", {}).get("text/plain", "").startswith(begins)
        )
        write_atomically(RESOURCES / name, base64.b64decode(png))


if __name__ == "__main__":
    main()
