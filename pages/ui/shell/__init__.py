"""What stands around every page: frame, routes, guards, session, jobs, notices, words."""
