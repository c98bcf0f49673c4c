"""Trustworthy machine learning from inside the notebook."""
