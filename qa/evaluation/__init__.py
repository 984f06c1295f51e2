"""Scores an assistant against a question set: questions, judging, metrics, run, report."""
