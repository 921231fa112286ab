"""A view is a link: widgets hold what the address says, and the other way round."""

from streamlit.testing.v1 import AppTest

_PATIENCE_S = 240


def _page() -> None:
    import streamlit as st

    from pages.ui.shell.address import (
        arrive,
        choice_in_address,
        number_in_address,
        several_in_address,
        switch_in_address,
    )

    arrive(st.session_state.get("page", "first"))
    views = ("Maps", "Is it faithful?")
    st.segmented_control("View", views, **choice_in_address("view", views, "Maps"))
    highest = st.session_state.get("highest", 9)
    st.number_input("Seed", 0, highest, **number_in_address("seed", 3, 0, highest))
    letters = ("a", "b", "c")
    st.multiselect("Letters", letters, **several_in_address("letters", letters, ("a",), most=2))
    st.toggle("Both", **switch_in_address("both"))


def _open(**address: str) -> AppTest:
    page = AppTest.from_function(_page, default_timeout=_PATIENCE_S)
    for key, word in address.items():
        page.query_params[key] = word
    return page.run()


def _shown(page: AppTest) -> tuple[object, ...]:
    assert not page.exception
    return tuple(page.session_state[key] for key in ("view", "seed", "letters", "both"))


def test_an_empty_address_shows_the_defaults_and_writes_nothing() -> None:
    page = _open()

    assert _shown(page) == ("Maps", 3, ["a"], False)
    assert not page.query_params


def test_a_link_alone_restores_every_widget() -> None:
    page = _open(view="is-it-faithful", seed="7", letters="c,a", both="on")

    assert _shown(page) == ("Is it faithful?", 7, ["c", "a"], True)


def test_a_link_that_gives_a_title_in_full_opens_too() -> None:
    page = _open(view="Is it faithful?")

    assert _shown(page)[0] == "Is it faithful?"
    assert not page.info


def test_a_change_stands_in_the_address_and_back_undoes_it() -> None:
    page = _open()

    page.toggle(key="both").set_value(True)
    page.number_input(key="seed").set_value(5)
    page.run()
    assert page.query_params["both"] == "on"
    assert page.query_params["seed"] == "5"

    page.query_params.clear()  # what Back brings
    page.run()
    assert _shown(page) == ("Maps", 3, ["a"], False)


def test_a_number_stays_within_bounds_that_move() -> None:
    page = _open(seed="7")
    page.session_state["highest"] = 5
    page.run()
    assert _shown(page)[1] == 5


def test_words_that_mean_nothing_get_a_sentence_and_the_default() -> None:
    page = _open(view="nonsense", seed="99")

    assert _shown(page)[:2] == ("Maps", 3)
    sentences = " ".join(info.value for info in page.info)
    assert "nonsense" in sentences
    assert "99" in sentences


def test_of_several_words_the_known_ones_are_taken_and_the_others_are_said() -> None:
    page = _open(letters="b,z")
    assert page.session_state["letters"] == ["b"]
    assert "“z” as “letters”" in page.info[0].value

    page.run()
    assert len(page.info) == 1, "it is said as long as the address says so"
    page.multiselect(key="letters").set_value(["c"]).run()
    assert not page.info

    page = _open(letters="y,z")
    assert page.session_state["letters"] == ["a"]
    assert "“y,z”" in page.info[0].value.replace("\\", "")

    page = _open(letters="")
    assert page.session_state["letters"] == []
    assert not page.info


def test_of_too_many_words_the_first_are_taken() -> None:
    page = _open(letters="a,b,c,a")

    assert page.session_state["letters"] == ["a", "b"]
    assert "more than 2" in page.info[0].value


def test_what_another_page_left_under_the_name_or_is_gone_gives_way() -> None:
    page = _open()
    page.session_state["letters"] = "a text of another page's widget"
    page.session_state["view"] = ["a list"]
    page.run()
    assert _shown(page)[0] == "Maps"
    assert _shown(page)[2] == ["a"]

    page.session_state["letters"] = ["gone", "b"]
    page.run()
    assert _shown(page)[2] == ["b"]


def test_markup_in_the_address_is_shown_letter_by_letter() -> None:
    page = _open(view="![](http://example.org/a.png)")

    assert "![](" not in page.info[0].value


def test_who_comes_back_by_the_side_bar_finds_the_page_as_it_was_left() -> None:
    page = _open()
    page.number_input(key="seed").set_value(5)
    page.run()

    page.session_state["page"] = "second"
    page.query_params.clear()  # a link of the side bar has no query
    page.run()

    assert _shown(page)[1] == 5


def _page_of_twins() -> None:
    import streamlit as st

    from pages.ui.shell.address import choice_in_address, several_in_address

    names = ("Mine", "mine", "c", "c++")
    st.selectbox("Net", names, **choice_in_address("net", names, "mine"))
    st.multiselect("Classes", names, **several_in_address("classes", names, ()))


def test_names_that_differ_in_letters_that_no_word_has_stay_apart() -> None:
    page = AppTest.from_function(_page_of_twins, default_timeout=_PATIENCE_S).run()
    for name in ("Mine", "mine", "c", "c++"):
        page.selectbox(key="net").set_value(name).run()
        again = AppTest.from_function(_page_of_twins, default_timeout=_PATIENCE_S)
        again.query_params["net"] = page.query_params["net"]
        assert again.run().session_state["net"] == name
    page.multiselect(key="classes").set_value(["c++", "Mine"]).run()
    again = AppTest.from_function(_page_of_twins, default_timeout=_PATIENCE_S)
    again.query_params["classes"] = page.query_params["classes"]
    assert again.run().session_state["classes"] == ["c++", "Mine"]
