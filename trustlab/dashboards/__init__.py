"""What stakeholders see: documents from the journal, shown without code."""
