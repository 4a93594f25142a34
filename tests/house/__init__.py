"""Tests on the house itself: they read the source and hold it to its walls."""
