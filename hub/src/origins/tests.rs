//! One form for what means the same, none for what is no origin.

use super::normal;

#[test]
fn what_a_browser_takes_for_one_origin_has_one_form() {
    for (written, sent) in [
        ("https://fair.example.com", "https://fair.example.com"),
        ("https://fair.example.com:443", "https://fair.example.com"),
        ("http://fair.example.com:80", "http://fair.example.com"),
        ("https://fair.example.com:80", "https://fair.example.com:80"),
        ("HTTPS://Fair.EXAMPLE.com:8443", "https://fair.example.com:8443"),
        ("https://例子.中国:443", "https://xn--fsqu00a.xn--fiqs8s"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("http://[2001:DB8:0::1]:80", "http://[2001:db8::1]"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ] {
        assert_eq!(normal(written).as_deref(), Some(sent), "{written}");
        assert_eq!(normal(sent).as_deref(), Some(sent), "{sent} is that form already");
    }
}

#[test]
fn what_is_no_origin_of_a_page_has_none() {
    for wrong in [
        "",
        "null",
        "fair.example.com",
        "https:fair.example.com",
        "https://",
        "https://:443",
        "https://fair.example.com/",
        "https://fair.example.com/path",
        "https://fair.example.com?x",
        "https://fair.example.com#x",
        "https://me@fair.example.com",
        "https://*.example.com",
        "https://fair.example.com:99999",
        "https://fair.example.com:https",
        "https://fair .example.com",
        " https://fair.example.com",
        "https://fair.example.com\n",
        "https://xn--a.example",
        "ftp://fair.example.com",
        "file:///etc",
        "chrome-extension://abcdef",
        "https://a.example,https://b.example",
    ] {
        assert_eq!(normal(wrong), None, "{wrong:?}");
    }
}
