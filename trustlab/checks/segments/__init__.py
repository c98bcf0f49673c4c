"""Segments: where, among all rows, is the model at its worst?"""
