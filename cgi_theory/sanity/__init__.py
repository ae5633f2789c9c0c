"""Sanity checks of anybody's saliency maps: can they tell a retrained network from a randomised one, and a map from a mask?"""
