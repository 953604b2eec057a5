"""Where images come from: imageset, bundled, places, mnist, downloads, sample."""
