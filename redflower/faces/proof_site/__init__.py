"""What anybody can check: the public log's files, receipts, verification, open data."""
