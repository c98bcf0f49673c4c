"""Quality: are the data what the model and its reader take them for?"""
