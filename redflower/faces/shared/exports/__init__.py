"""Open data: what the public log tells of money, as files that other programs read; made by the worker, served as they are."""
