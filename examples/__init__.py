"""Examples to begin with; nothing of the product imports them."""
