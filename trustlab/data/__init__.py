"""Frames, schemas, expressions, the names by which data are found, and readers of versions."""

from trustlab.data.readers import duckdb_with_trust, open_dataset, open_file, scan_polars

__all__ = ["duckdb_with_trust", "open_dataset", "open_file", "scan_polars"]
