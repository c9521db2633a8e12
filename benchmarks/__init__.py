"""What a class of students waits for, measured: see README.md beside this file."""
