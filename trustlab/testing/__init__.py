"""Contract tests and tiny data for the authors of operations."""
