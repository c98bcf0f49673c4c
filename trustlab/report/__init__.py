"""Documents for people: notebook, terminal, HTML, Markdown and JSON, by the kind of view and never by check."""
