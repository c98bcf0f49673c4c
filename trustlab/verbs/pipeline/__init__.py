"""``trust pipeline …``: what was promoted, and its runs."""
