"""Promoted notebooks as pipelines: specifications, runs that end in a status, gates and schedules."""
