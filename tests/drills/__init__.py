"""Drills: real processes, the real SDK and a double of the provider, all on loopback. `make drill` runs the long ones
and prints figures; tests/test_processes.py runs short ones."""
