"""The routes of the API, one group a file."""
