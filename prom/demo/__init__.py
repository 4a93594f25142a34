"""Made-up people and driven time: nothing here ever meets a real participant."""
