"""How figures are drawn: style, and panels that several of them share."""
