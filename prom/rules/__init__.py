"""What is true: pure rules over values. No I/O, no clock, no Flask."""
