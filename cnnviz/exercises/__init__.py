"""Exercises to the lecture: its own and new ones without end, marked, with worked solutions."""
