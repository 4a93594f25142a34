"""The only HTTP: routes find, validate, act and answer."""
