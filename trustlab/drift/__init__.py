"""Drift detectors, one a file."""
