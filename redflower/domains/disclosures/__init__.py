"""What a charity owes the public: reports with a due date, and answers to questions asked in the open."""
