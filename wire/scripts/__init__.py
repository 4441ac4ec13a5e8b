"""What Google's scripts are asked for by, what of a query they depend on, and what is changed in them."""
