"""File formats: tables in, files out. What a table holds is not known here."""
