"""Benchmarks: `make bench` prints one table."""
