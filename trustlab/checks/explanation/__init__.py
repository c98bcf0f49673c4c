"""What does the model look at, and is that answer stable?"""
