"""The verbs: what a user can ask for, one a file; the path is the id and the words of the command."""
