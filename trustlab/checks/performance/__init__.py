"""Performance: how good are the predictions, and how sure is that?"""
