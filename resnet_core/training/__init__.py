"""Experiments: arms in lockstep, a worker process, and the run folder where everybody meets.

Readers (`runs`, `metrics`, `control`, `launcher`) load no torch; `worker` and `engine`
do, in a process of their own.
"""
