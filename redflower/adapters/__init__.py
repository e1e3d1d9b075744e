"""One file or package per outside system. Functions and frozen values only; no Django, no tables of ours."""
