"""``trust data …``: versions of data, kept, compared and read."""
