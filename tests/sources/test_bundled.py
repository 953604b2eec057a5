"""Files that travel with the library: found, or one line that says where they should be."""

from pathlib import Path

import pytest

from gan_lib.sources.bundled import MissingResource, resource

RESOURCES = Path(__file__).parents[2] / "resources"


def test_a_bundled_file_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resource("quick.safetensors") == RESOURCES / "quick.safetensors"


def test_the_installed_file_comes_first(tmp_path, monkeypatch):
    monkeypatch.setattr("gan_lib.sources.bundled.PACKAGE", tmp_path / "gan_lib")
    for folder in ("resources", "gan_lib/_resources"):
        path = tmp_path / folder / "weights"
        path.parent.mkdir(parents=True)
        path.touch()
        assert resource("weights") == path


def test_a_missing_one_is_told_with_its_places():
    with pytest.raises(MissingResource, match="nothing.npz belongs to the course") as caught:
        resource("nothing.npz")
    assert str(RESOURCES / "nothing.npz") in str(caught.value)
    assert "\n" not in str(caught.value)
