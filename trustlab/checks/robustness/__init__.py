"""Does the model hold when its inputs move a little?"""
