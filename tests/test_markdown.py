"""Text of others in Markdown: it stays in its place and is shown word for word."""

import pytest

from saddle.reporting.markdown import code, table, words


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("w2", "`w2`"),
        ("a|b", "`a\\|b`"),
        ("a`b``c", "``` a`b``c ```"),
        ("<img src=x> @user [x](y)", "`<img src=x> @user [x](y)`"),
    ],
)
def test_code_is_closed_by_nothing_within_it(text: str, written: str) -> None:
    assert code(text) == written


def test_words_are_no_markup_and_no_link() -> None:
    assert words("<b>|`*x*`|</b>") == "&#60;b&#62;&#124;&#96;&#42;x&#42;&#96;&#124;&#60;/b&#62;"
    assert words("[x](https://example.org)") == "&#91;x&#93;(https&#58;//example.org)"


def test_a_table_has_a_rule_below_its_head() -> None:
    assert table(["a", "b"], [["1", "2"]], numbers=[1]) == "| a | b |\n| --- | ---: |\n| 1 | 2 |"
