"""Where people meet the operations: command line, magics, Python, Jupyter server."""
