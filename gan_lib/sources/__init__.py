"""Where images come from: imageset, bundled, mnist, downloads, sample, stacked, relatives,
folders; their edges, their clusters, and of what kind they are."""
