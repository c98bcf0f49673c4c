"""Audits of many models at once: which, where each verdict is kept, and how Dask spreads them."""
