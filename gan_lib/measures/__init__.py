"""How good the images are: metrics, copies, a fresh_judge, a yardstick that makes a table,
and the modes of stacked digits.

All but the judge look at digits, with the eyes of a classifier.
"""
