"""A package, so that its JupyterLab and its browser end with it and not with the whole run."""
