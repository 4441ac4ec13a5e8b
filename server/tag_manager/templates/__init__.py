"""Custom templates of the gallery: which one a type of an export is, and what becomes of what is made of it."""
