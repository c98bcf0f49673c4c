"""Reliability: do the model's probabilities mean what they say?"""
