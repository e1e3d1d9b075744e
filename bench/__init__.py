"""Benchmarks: `./dev bench [--only P1,P2] [--json FILE] [--quick]`. Everything is a ratio to baselines of the same run.

One file per promise, `pN_what.py`, each with

    WHAT = "settle gifts in batches of 1,000"        one line for the table
    def run(quick: bool) -> Measured: ...            measures; a minute when quick, a few minutes otherwise

and nothing to register: the file's name is the promise. Importing the file must be cheap (no Django at the top); each
runs in a process of its own. `run` answers with `frame.Measured(figures, checks)`:

- `figures`, a flat dict of what was seen, units last in the names (`gifts_per_s`, `p99_ms`); all of it goes into the JSON;
- `checks`, one `Check(name, ratio, target, stretch)` per thing promised. A ratio is always "more is better" and met at
  `ratio >= target`. Where the promise is a time, the ratio is allowed / seen and the target 1.

Rules of measuring: subject and baselines take turns within the same run (`frame.interleave`), over several rounds, and
medians are compared; every database has fsync and synchronous commit on (`database.bench_database`); load generator,
database and subject share the machine. A benchmark checks what it has made (the audit's invariants, counts) and fails
rather than report figures of something broken. No test asserts a time.
"""
