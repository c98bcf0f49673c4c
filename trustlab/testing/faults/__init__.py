"""Planted faults: clean data sets and models, and variants with one fault each, which the checks must find."""
