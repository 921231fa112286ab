"""Whether two data sets show the same pictures, which their titles tell."""

SAME_SET, COPY_OF_SET, OTHER_SET = range(3)


def set_distance(title: str, learned: str) -> int:
    """Tells how far a data set is from the one that a net learned.

    Args:
        title: of the data set.
        learned: title of the net's own; `CIFAR-10 (JPEG copy)` is a copy of `CIFAR-10`.

    Returns:
        `SAME_SET`, `COPY_OF_SET` or `OTHER_SET`, in growing distance.
    """
    if title == learned:
        return SAME_SET
    is_copy = learned.startswith(f"{title} (") or title.startswith(f"{learned} (")
    return COPY_OF_SET if is_copy else OTHER_SET
