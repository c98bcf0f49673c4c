"""What does the model tell about the people it learned from?"""
