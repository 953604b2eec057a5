"""Tensors → grids → PNG, and figures by matplotlib. Only widgets and the command line know them."""
