"""What experiments share: digits and networks, models, maps and supports."""
