"""The glossary and the pages agree: each word that a page names is there, and none is idle."""

import re

import pytest

from pages.ui.shell.site_map import entries
from pages.ui.shell.words import hover_text
from resnet_core.errors import ConfigError
from resnet_core.glossary import find_term, list_terms

_NAMES = [term.name for term in list_terms()]
_USED = {name for entry in entries() for name in entry.terms}


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_page_s_words_are_in_the_glossary_once_each(entry) -> None:
    assert entry.terms
    assert set(entry.terms) <= set(_NAMES)
    assert len(set(entry.terms)) == len(entry.terms)


@pytest.mark.parametrize("name", _NAMES)
def test_every_word_is_used_by_a_page_and_is_one_line(name: str) -> None:
    term = find_term(name)
    assert name in _USED
    assert re.fullmatch(r"[A-Z][^\n]{20,160}\.", term.meaning), term.meaning
    assert term.source and term.source in hover_text(name).replace("\\", "")


def test_no_word_is_explained_twice() -> None:
    assert len(set(_NAMES)) == len(_NAMES)


def test_unknown_word_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(ConfigError, match="no 'shortcuts': it has residual net, plain net"):
        find_term("shortcuts")
