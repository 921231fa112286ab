"""Data sets as they lie on disks: a reader for each layout, tried in order (`readers`).

A layout of arrays (idx files, CIFAR batches, npz, parquet) is recognised by its files.  Pictures
one by one are arranged in steps: what is surely no picture is put aside (`sorting`), folders
around everything are seen through, split folders are told from class folders (`splitting`), and
each picture gets its label from its folder, a table beside it, or its own name (`labelling`).
Whatever is put aside is named and counted.
"""
