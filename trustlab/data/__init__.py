"""Frames, schemas, expressions and the names by which data are found."""
