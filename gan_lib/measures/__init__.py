"""How good generated images are, beside what real ones reach."""
