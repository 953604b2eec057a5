"""What can be moved: ipywidgets and a few lines of JavaScript."""
