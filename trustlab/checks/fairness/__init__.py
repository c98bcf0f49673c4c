"""Fairness: do people of different groups meet the same decisions, and the same mistakes?"""
