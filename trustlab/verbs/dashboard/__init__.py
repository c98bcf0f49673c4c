"""Verbs on the pages for stakeholders."""
