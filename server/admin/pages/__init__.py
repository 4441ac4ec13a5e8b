"""The pages of the admin port: a class for each, with its routes, and beside it what is put together from workers' answers."""
