"""Tensors → grids → PNG, and figures by matplotlib. Only widgets and the command line know them.

grids and verdict_pictures take milliseconds; plots, training_plots and belief_plots are figures.
"""
