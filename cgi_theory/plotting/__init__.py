"""How figures are drawn: their style, points over exact curves, their files."""
