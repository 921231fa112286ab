"""What a file says of itself before it is decoded: one small reader for each picture format.

A reader walks the file's structure, refuses what would cost too much or is not whole, and hands
on a *cleaned* copy with nothing in it but the picture, so that the decoder never meets a
stranger's texts, thumbnails, previews and further frames.
"""
