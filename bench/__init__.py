"""Measurements of the running product. `python -m bench` runs all of them."""
