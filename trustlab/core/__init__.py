"""The one idea: operations, what they return, and the only way to run them."""
