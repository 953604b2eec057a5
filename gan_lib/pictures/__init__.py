"""Tensors → grids → PNG, and figures by matplotlib. Only widgets and the command line know them.

grids, verdict_pictures and plane_pictures take milliseconds; plots, training_plots,
belief_plots and plane_plots are figures.
"""
