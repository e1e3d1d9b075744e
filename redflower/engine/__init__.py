"""The settlement every paid gift goes through, by one or by ten thousand. No Django: a psycopg connection comes in."""
