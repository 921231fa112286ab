"""The scripts that are asked for with the page: those of widgets, with all that they import."""

from pathlib import Path

from streamlit.file_util import get_static_dir

from pages.ui.shell.widget_scripts import widget_scripts

_STATIC = Path(get_static_dir())


def test_listed_scripts_are_there_and_not_named_by_the_page_itself() -> None:
    listed = widget_scripts(_STATIC)
    page = (_STATIC / "index.html").read_text()
    assert any("/Selectbox." in address for address in listed)
    assert len(set(listed)) == len(listed)
    for address in listed:
        assert (_STATIC / address).is_file()
        assert address not in page
    # What only some pages need is not sent to all.
    assert sum((_STATIC / address).stat().st_size for address in listed) < 1_000_000


def test_imports_are_followed_and_the_page_s_own_left_out(tmp_path: Path) -> None:
    scripts = tmp_path / "static" / "js"
    scripts.mkdir(parents=True)
    (tmp_path / "index.html").write_text('<script src="./static/js/main.a.js">')
    (scripts / "main.a.js").write_text('import{x}from"./Button.b.js"')
    (scripts / "Button.b.js").write_text('import{a}from"./one.c.js";import"./main.a.js"')
    (scripts / "one.c.js").write_text('import{b}from"./Button.b.js";import(`./far.d.js`)')
    (scripts / "far.d.js").write_text("")
    assert widget_scripts(tmp_path) == ("./static/js/Button.b.js", "./static/js/one.c.js")


def test_other_names_of_another_release_give_none(tmp_path: Path) -> None:
    (tmp_path / "static" / "js").mkdir(parents=True)
    (tmp_path / "index.html").write_text("")
    assert widget_scripts(tmp_path) == ()
