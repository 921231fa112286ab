"""What the project says of itself, each sentence beside the command that shows it.

    python -m benchmarks.claims --json

A claim's figure is read from the document that states it, so that it cannot be changed there alone.
The cheap claims are measured again, by the commands that a person would type, with nothing but
`requirements.txt`; the others stand in `docs/claims.md` with their command, n and date.
"""
