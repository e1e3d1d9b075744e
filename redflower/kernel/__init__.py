"""Pure Python the whole house stands on: no Django, no database, no network, no clock but `clock`."""
