"""Where images come from: imageset, bundled, mnist, downloads, sample, stacked, relatives,
folders, and of what kind they are."""
