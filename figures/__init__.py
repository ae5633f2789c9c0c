"""Figures: each is drawn from one table, ``python -m figures [NAME ...]``; importing this changes nothing."""
