"""The checks of an audit, one question a file, by family."""
