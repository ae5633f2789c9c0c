"""Sanity checks of anybody's saliency maps: do they tell retrained networks from randomised ones, and a map from a mask."""
