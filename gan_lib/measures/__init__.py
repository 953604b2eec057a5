"""How good the images are: metrics, copies, a fresh_judge, figures, a yardstick that makes a table,
and the modes of stacked digits.

All but the judge look with the eyes of a classifier: of digits, or `eyes` that learn on the spot.
"""
