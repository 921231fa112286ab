"""The picture that is to be shown to nets: one of a labelled set, or a person's own."""

import functools
import hashlib
import threading
from dataclasses import dataclass, field

import numpy as np

from resnet_core.asking.asked import AskedNet
from resnet_core.asking.labelled_sets import LabelledSet, class_of
from resnet_core.asking.seeing import Seen
from resnet_core.pictures.channels import as_colour
from resnet_core.pictures.door import decode_picture
from resnet_core.pictures.picture import Fit, Picture


@dataclass(frozen=True, kw_only=True, eq=False)
class BroughtPicture:
    """A person's own picture: its file, a view of it, and what nets saw of it so far."""

    content: bytes
    view: Picture
    """To be shown; nets see the file itself."""
    _seen: dict[tuple[object, ...], Seen] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @functools.cached_property
    def sha256(self) -> str:
        """Hash of the file, hex."""
        return hashlib.sha256(self.content).hexdigest()

    def seen_by(self, net: AskedNet, fit: Fit) -> Seen:
        """What a net sees of it; decoded once for all nets that see alike."""
        card = net.card
        alike = (card.image_size_px, card.resize_px, card.model.in_channels, fit)
        with self._lock:
            if alike not in self._seen:
                self._seen[alike] = net.see(self.content, name=self.view.name, fit=fit)
            return self._seen[alike]


@dataclass(frozen=True, kw_only=True, eq=False)
class PickedPicture:
    """A picture as it came."""

    name: str
    """Where it comes from, as plain text."""
    pixels: np.ndarray
    """uint8 (H, W, C) at its true resolution, or at the largest that is shown."""
    brought: BroughtPicture | None = None
    """The file that it came in, where a person brought it."""
    class_name: str | None = None
    """Its label, where there is one."""
    fit: Fit = "crop"
    """How it becomes the square that a net takes."""

    @property
    def came_px(self) -> tuple[int, int]:
        """Width and height as it came, px."""
        if self.brought is not None:
            return self.brought.view.original_size_px
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def size_text(self) -> str:
        """Width and height as it came, in words."""
        width, height = self.came_px
        return f"{width} x {height} px"

    def seen_by(self, net: AskedNet) -> Seen:
        """The picture as a net sees it."""
        if self.brought is not None:
            return self.brought.seen_by(net, self.fit)
        return net.see_pixels(self.pixels, name=self.name, fit=self.fit)

    @functools.cached_property
    def key(self) -> str:
        """Names the picture by its content."""
        if self.brought is not None:
            return f"{self.brought.sha256[:16]}-{self.fit}"
        content = str((self.pixels.shape, self.fit)).encode() + self.pixels.tobytes()
        return hashlib.sha256(content).hexdigest()[:16]


def bring_picture(content: bytes, *, name: str) -> BroughtPicture:
    """Takes a file of unknown origin.

    Raises:
        PictureError: when it is refused.
    """
    return BroughtPicture(content=content, view=decode_picture(content, name=name))


def pick_brought(brought: BroughtPicture, fit: Fit) -> PickedPicture:
    """Picks what a person brought."""
    return PickedPicture(
        name=brought.view.name, pixels=brought.view.pixels, brought=brought, fit=fit
    )


def pick_labelled(labelled: LabelledSet, number: int) -> PickedPicture:
    """Picks one of a labelled set."""
    return PickedPicture(
        name=f"{labelled.title}, test picture {number}",
        pixels=labelled.pictures(np.array([number]))[0],
        class_name=class_of(labelled, number),
    )


def as_shown(picture: PickedPicture) -> np.ndarray:
    """The picture as it came, to be shown, uint8 (H, W, 3)."""
    return as_colour(picture.pixels)
