"""How good the images are: metrics, copies, a fresh_judge, and a yardstick that makes a table.

All but the judge look at digits, with the eyes of a classifier.
"""
