"""``trust scheduler …``: what runs by itself."""
