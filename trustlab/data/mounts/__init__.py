"""Other stores under the names of this one: folders, zips, databases and whatever fsspec reads; one kind a module."""
