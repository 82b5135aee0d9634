"""What a person at the console sees while a command works or fails, and how they stop it."""
