"""How fast the program is, measured on any Linux machine by one command, beside the smallest program of its kind.

    python -m tests.benchmarks [--only NAME] [--runs N] [--output FILE] [--quick]
    python -m tests.benchmarks.report FILE           # writes the README's table and the plot from what that wrote

Programs run in a real PTY of 120x40, one after the other (ours, floor, ours, floor, ...), against a server in a process
of its own. The terminal is read for marks only while something is timed: a character that is typed, or a word that the
server sends once. All times are of CLOCK_MONOTONIC, which processes share.

`rows` says what is measured and what the goals are; `measures` has what measures it, in the rooms beside it.
"""
