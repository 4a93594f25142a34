"""The only statistics, figures and file formats."""
