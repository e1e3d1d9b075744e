"""Where operators review, look after payments and run festivals."""
