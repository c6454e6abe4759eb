use super::*;

#[test]
fn a_mail_server_is_private_unless_it_is_this_machine() {
    for (text, privacy, host, port, user) in [
        ("smtp://mail.example.com", Privacy::StartTls, "mail.example.com", 587, None),
        ("smtp://fair@mail.example.com:2525", Privacy::StartTls, "mail.example.com", 2525, Some("fair")),
        (
            "smtps://fair%40example.com@mail.example.com",
            Privacy::Tls,
            "mail.example.com",
            465,
            Some("fair@example.com"),
        ),
        ("smtps://a+b@mail.example.com/", Privacy::Tls, "mail.example.com", 465, Some("a+b")),
        ("smtp://127.0.0.1:25000", Privacy::Plain, "127.0.0.1", 25000, None),
        ("smtp://localhost", Privacy::Plain, "localhost", 25, None),
        ("smtp://[::1]:26", Privacy::Plain, "::1", 26, None),
        ("smtp://127.0.0.1.example.com", Privacy::StartTls, "127.0.0.1.example.com", 587, None),
    ] {
        let server = Server::parse(text).unwrap();
        assert_eq!((server.privacy, server.host.as_str(), server.port), (privacy, host, port), "{text}");
        assert_eq!(server.user.as_deref(), user, "{text}");
    }
}

#[test]
fn nonsense_is_no_mail_server() {
    for text in [
        "",
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://user:secret@mail.example.com",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?tls=none",
        "smtp://mail.example.com:99999",
    ] {
        assert!(Server::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_gateway_elsewhere_is_told_nothing_in_the_clear() {
    for text in ["https://sms.example.com/send", "http://127.0.0.1:9/sms", "http://localhost/", "http://[::1]/"] {
        assert_eq!(check_gateway(text), Ok(()), "{text}");
    }
    for text in ["", "sms", "http://sms.example.com/send", "ftp://127.0.0.1/", "https://user:token@sms.example.com/"] {
        assert!(check_gateway(text).is_err(), "{text}");
    }
}
