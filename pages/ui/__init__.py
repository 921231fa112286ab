"""What pages share: state, caches, pickers, notices, the live chart, and the read-only routes."""
