"""Widgets whose value stands in the address, so that a view is a link, and reload and Back find it.

The address wins whenever it has changed since the last run: by a link, a reload, Back or Forward.
Otherwise the widget wins, and its callback writes the address.  The body of a script writes nothing
there, since each write is an entry of the browser's history.
"""

import contextlib
import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Generic, Literal, TypedDict, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui.shell.notices import plain
from pages.ui.shell.session import app_state, set_widget_value, widget_value

_UNSAFE = re.compile(r"[^\w./-]+")
_DECIMAL = re.compile(r"\d{1,9}(\.\d{0,18})?(e[+-]?\d{1,2})?", re.ASCII)
_MOST_LETTERS = 60
"""Of a word in the address that a sentence repeats."""

_place_of_remarks: ContextVar[DeltaGenerator | None] = ContextVar("remarks", default=None)

Option = TypeVar("Option", bound=Hashable)


class AddressedWidget(TypedDict):
    """Keyword arguments of a widget whose value stands in the address."""

    key: str
    persist_state: Literal["session"]
    on_change: Callable[..., None]
    args: tuple[Any, ...]


def choice_in_address(
    key: str,
    options: Sequence[Option],
    default: Option,
    *,
    called: Callable[[Option], str] = str,
) -> AddressedWidget:
    """Keeps a choice of one of several in the address, under the key.

    Args:
        key: of the widget, and the name in the address.
        options: what may be chosen.
        default: what is chosen where neither address nor session say another.
        called: how an option is called in the address; it is put into small letters.

    Returns:
        Keyword arguments for `selectbox`, `segmented_control`, `radio` or `select_slider`, which
        gets no default of its own.
    """
    words = _Words(options, called)

    def offered(value: Option) -> Option | None:
        return value if value in options else None

    return _in_address(key, default, words.read, words.write, offered)


def several_in_address(
    key: str,
    options: Sequence[Option],
    default: Sequence[Option],
    *,
    called: Callable[[Option], str] = str,
    most: int | None = None,
) -> AddressedWidget:
    """Keeps a choice of any number of options in the address, with commas between.

    Options that the address names and that do not exist (any more) are said and left out.  For
    `multiselect`, and `pills` or `segmented_control` with several choices.

    Args:
        key: of the widget, and the name in the address.
        options: what may be chosen.
        default: what is chosen where neither address nor session say another.
        called: how an option is called in the address; it is put into small letters.
        most: how many may be chosen at once; the first of an address that names more are taken.
    """
    words = _Words(options, called)

    def read(text: str) -> list[Option] | None:
        named = {word: words.read(word) for word in text.split(",") if word}
        found = [option for option in named.values() if option is not None]
        if named and not found:
            return None
        unknown = [word for word, option in named.items() if option is None]
        if unknown:
            _remark(key, _unknown_sentence(key, ",".join(unknown)))
        elif most is not None and len(found) > most:
            _remark(key, _too_many_sentence(key, most))
        return found[:most]

    def write(values: Sequence[Option]) -> str:
        return ",".join(words.write(value) for value in values)

    return _in_address(key, list(default), read, write, _left_of(options, most))


def _left_of(options: Sequence[Option], most: int | None) -> Callable[[Any], list[Option] | None]:
    """Takes from several what is offered no more; `None` where nothing of them is left."""

    def offered(values: Any) -> list[Option] | None:
        if not isinstance(values, list | tuple):
            return None
        left = [value for value in dict.fromkeys(values) if value in options][:most]
        return left if left or not values else None

    return offered


class _Words(Generic[Option]):
    """How options are called in the address: by a word, or letter by letter where two share one."""

    def __init__(self, options: Sequence[Option], called: Callable[[Option], str]) -> None:
        self._called = called
        self._by_word: dict[str, Option] = {}
        shared: set[str] = set()
        for option in options:
            word = word_of(called(option))
            if self._by_word.setdefault(word, option) != option:
                shared.add(word)
        self._by_name = {
            name: option for option in options if word_of(name := called(option)) in shared
        }

    def read(self, text: str) -> Option | None:
        """Finds an option, also where a link of former days gives its title."""
        return self._by_name.get(text, self._by_word.get(word_of(text)))

    def write(self, option: Option) -> str:
        """Gives what stands for an option."""
        name = self._called(option)
        return name if name in self._by_name else word_of(name)


def number_in_address(key: str, default: int | None, lowest: int, highest: int) -> AddressedWidget:
    """Keeps a whole number in the address; for `number_input` and `slider`.

    The default of a `number_input` may be `None`, for none.
    """

    def read(text: str) -> int | None:
        is_number = text.isascii() and text.isdigit() and len(text) <= len(str(highest))
        return int(text) if is_number and lowest <= int(text) <= highest else None

    return _in_address(key, default, read, str, _within(lowest, highest))


def decimal_in_address(key: str, default: float, lowest: float, highest: float) -> AddressedWidget:
    """Keeps a number with decimals in the address; for `number_input` and `slider`."""

    def read(text: str) -> float | None:
        is_number = _DECIMAL.fullmatch(text) is not None
        return float(text) if is_number and lowest <= float(text) <= highest else None

    return _in_address(key, default, read, repr, _within(lowest, highest))


def switch_in_address(key: str, default: bool = False) -> AddressedWidget:
    """Keeps a switch in the address as `on` or `off`; for `toggle` and `checkbox`."""
    words = {"on": True, "off": False}
    return _in_address(key, default, words.get, lambda value: "on" if value else "off", _itself)


def word_of(name: str) -> str:
    """Gives the word that stands for a name in the address: small letters, no spaces."""
    return _UNSAFE.sub("-", name).strip("-").lower()


def arrive(page: str) -> None:
    """Notes which page is shown, before its script runs.

    Whoever comes by the side bar, with an empty address, finds the page as it was left.
    """
    seen = app_state().address
    if page != seen.page:
        seen.page = page
        if not st.query_params:
            seen.words.clear()
            seen.remarks.clear()
        seen.bases.clear()


def write_to_address(key: str, word: str | None) -> None:
    """Writes what a press says that is no widget's change; call it in a callback."""
    seen = app_state().address
    seen.words[key] = word
    seen.remarks.pop(key, None)
    if word is None:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = word


def set_by_link(key: str, value: Any) -> None:
    """Sets a widget as a link asks that does not name it; what the address says of it goes before.

    A word that stood there on an earlier visit is forgotten: without, its end would undo the value.
    """
    if key not in st.query_params:
        app_state().address.words.pop(key, None)
    set_widget_value(key, value)


def say_unknown(key: str, word: str) -> None:
    """Says that the address asks for what is not here, so that another answer does not mislead."""
    _say(_unknown_sentence(key, word))


@contextlib.contextmanager
def remarks_shown_in(place: DeltaGenerator) -> Iterator[None]:
    """Says what cannot be had of the address in a place of its own, as in a fold nobody sees it."""
    token = _place_of_remarks.set(place)
    try:
        yield
    finally:
        _place_of_remarks.reset(token)


def _say(sentence: str) -> None:
    place = _place_of_remarks.get() or st
    place.info(sentence, icon=":material/link_off:")


def _unknown_sentence(key: str, word: str) -> str:
    return (
        f"The address asks for “{plain(word[:_MOST_LETTERS])}” as “{plain(key)}”, which is "
        "not to be had here; what is offered instead is shown."
    )


def _too_many_sentence(key: str, most: int) -> str:
    return f"The address names more than {most} as “{plain(key)}”: the first {most} are shown."


def _remark(key: str, sentence: str) -> None:
    """Keeps what is to be said of the word in the address, as long as it stands there."""
    app_state().address.remarks[key] = sentence


def _itself(value: Any) -> Any:
    return value


def _within(lowest: float, highest: float) -> Callable[[Any], Any]:
    """Bounds may move with another choice: a number stays, or goes no farther than it must."""

    def offered(value: Any) -> Any:
        return None if value is None else type(value)(min(max(value, lowest), highest))

    return offered


def _in_address(
    key: str,
    default: Any,
    read: Callable[[str], Any],
    write: Callable[[Any], str],
    offered: Callable[[Any], Any],
) -> AddressedWidget:
    """Takes up the address; `offered` gives what may stay of a value, `None` where nothing may."""
    seen, word = app_state().address, st.query_params.get(key)
    if word != seen.words.get(key):
        seen.words[key] = word
        seen.remarks.pop(key, None)
        set_widget_value(key, _value(key, word, seen.bases.get(key, default), read))
    if key in seen.remarks:
        _say(seen.remarks[key])
    value = widget_value(key)
    left = offered(value)
    if left is None or left != value:
        set_widget_value(key, default if left is None else left)
    if word is None:
        seen.bases.setdefault(key, widget_value(key))
    return AddressedWidget(key=key, persist_state="session", on_change=_write, args=(key, write))


def _value(key: str, word: str | None, base: Any, read: Callable[[str], Any]) -> Any:
    if word is None:
        return base
    value = read(word)
    if value is None:
        _remark(key, _unknown_sentence(key, word))
        return base
    return value


def _write(key: str, write: Callable[[Any], str]) -> None:
    value = widget_value(key)
    write_to_address(key, None if value is None else write(value))
