"""The only timers: three jobs on time, each in a thread of its own. What is due, the database knows."""
