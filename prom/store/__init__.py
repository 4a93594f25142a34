"""The only SQL. One module a subject; questions are functions, named in the words of the field."""
