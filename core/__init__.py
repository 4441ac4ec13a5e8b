"""What a hit becomes and who may touch it: types, components, expressions, the container. Pure: no I/O anywhere below."""
