"""The files that travel with the library: a sample of MNIST, a classifier, small trained weights.

A checkout has them in `resources/`, beside where each came from; a wheel carries some inside the
package: pyproject.toml says which.
"""

from pathlib import Path

from gan_lib import UserError

PACKAGE = Path(__file__).resolve().parents[1]


class MissingResource(UserError):
    """A file that belongs to the library is in none of its places."""


def resource(name: str) -> Path:
    """The absolute path of the bundled file `name`; `MissingResource` where there is none."""
    places = (PACKAGE / "_resources" / name, PACKAGE.parent / "resources" / name)
    for path in places:
        if path.is_file():
            return path
    raise MissingResource(
        f"{name} belongs to the course, but is neither {places[0]} nor {places[1]}. Install the "
        "course again, or, in a checkout, get the file back with: git checkout resources"
    )
