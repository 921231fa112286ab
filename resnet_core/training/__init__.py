"""The engine: arms in lockstep on equal batches, in a worker process of its own."""
