//! Precedence, names in refusals, secrets.

use std::collections::HashMap;
use std::io::Write as _;

use clap::Parser;
use fair::secret::SAMPLE_SECRET;

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    flags: Flags,
}

fn load(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let line = Line::try_parse_from(["hub"].iter().chain(arguments)).unwrap();
    let environment: HashMap<_, _> = environment.iter().copied().collect();
    Config::from_sources(&line.flags, |name| environment.get(name).map(|text| (*text).to_owned()))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn refusal(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    load(arguments, environment).unwrap_err().to_string()
}

#[test]
fn demo_needs_nothing_and_gets_a_fresh_folder() {
    let (one, two) = (load(&["--demo"], &[]).unwrap(), load(&["--demo"], &[]).unwrap());
    assert_eq!(one.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(one.limits_per_ip, 64);
    assert!(one.demo && !one.bench && one.assignee_only && one.secret.is_none());
    assert!(one.data.is_dir());
    assert_ne!(one.data, two.data);
    let folder = one.data.clone();
    drop(one);
    assert!(!folder.exists(), "the demo's folder goes with it");
}

#[test]
fn demo_with_a_folder_keeps_it() {
    let config = load(&["--demo", "--data", "some/where"], &[]).unwrap();
    assert_eq!(config.data, PathBuf::from("some/where"));
}

#[test]
fn flag_beats_environment_beats_file_beats_default() {
    let file = file("limits_per_ip = 1\nlimits_sockets = 2\ndrain_s = 3\norigins = [\"https://a.example\"]\n");
    let path = file.path().to_str().unwrap();
    let environment = [("FAIRHUB_LIMITS_SOCKETS", "20"), ("FAIRHUB_DRAIN_S", "30"), ("FAIRHUB_CONFIG", path)];
    let config = load(&["--demo", "--drain-s", "300"], &environment).unwrap();
    assert_eq!((config.limits_per_ip, config.limits_sockets, config.drain_s), (1, 20, 300));
    assert_eq!(config.origins, ["https://a.example"]);
    assert_eq!(config.unanswered_minutes, 10);
}

/// Every key, with a value that is not its default.
const OTHERWISE: &[(&str, &str)] = &[
    ("listen", "127.0.0.1:1"),
    ("listen_admin", "127.0.0.1:2"),
    ("data", "d"),
    ("store", "scylla://fair@a,b:19042/fairhub?dc=east"),
    ("store_password_file", ""),
    ("demo", "true"),
    ("demo_history", "false"),
    ("bench", "false"),
    ("secret_file", ""),
    ("uploads", "s3://fair?endpoint=http://a:9000&region=r"),
    ("uploads_secret_file", ""),
    ("uploads_quota_mib", "11"),
    ("uploads_quota_files", "12"),
    ("uploads_booth_video_mib", "13"),
    ("uploads_exhibit_video_mib", "14"),
    ("tls_cert", "c"),
    ("tls_key", "k"),
    ("trusted_proxies", "10.0.0.0/8, 2001:db8::/32"),
    ("origins", "https://a, https://b"),
    ("limits_per_ip", "5"),
    ("limits_sockets", "6"),
    ("limits_queue_bytes", "70000"),
    ("limits_messages_per_s", "9"),
    ("limits_messages_burst", "90"),
    ("lanes", "2"),
    ("keep_alive_s", "60"),
    ("drain_s", "7"),
    ("assignee_only", "false"),
    ("unanswered_minutes", "8"),
    ("fair_data", ""),
    ("event", "2020"),
    ("clock", "2020-08-01T09:00:00+08:00"),
    ("sms_gateway", "https://sms.example.com/send"),
    ("sms_gateway_token_file", ""),
    ("smtp", "smtp://fair@mail.example.com"),
    ("smtp_password_file", ""),
    ("mail_from", "Fair <fair@example.com>"),
    ("auto_approve_attending", "true"),
    ("booths_per_enterprise", "3"),
    ("keep_last_approved_visible", "true"),
    ("tag_digits", "true"),
    ("log", "json"),
];

#[test]
fn each_source_can_set_every_key_and_defaults_fill_the_struct() {
    let all = OTHERWISE;
    let (secret, keys) = (file(SECRET), file("key-id:key-of-a-bucket"));
    let data = tempfile::tempdir().unwrap();
    let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, KEYS.iter().map(|key| key.name).collect::<Vec<_>>());
    let value = |name: &str, text: &str| {
        if name == "uploads_secret_file" {
            keys.path().display().to_string()
        } else if name == "fair_data" {
            data.path().display().to_string()
        } else if name.ends_with("_file") {
            secret.path().display().to_string()
        } else {
            text.to_owned()
        }
    };

    let flags: Vec<_> =
        all.iter().map(|(name, text)| format!("--{}={}", name.replace('_', "-"), value(name, text))).collect();
    let variables: Vec<_> =
        all.iter().map(|(name, text)| (format!("FAIRHUB_{}", name.to_uppercase()), value(name, text))).collect();
    let by_flags = load(&flags.iter().map(String::as_str).collect::<Vec<_>>(), &[]).unwrap();
    let pairs: Vec<_> = variables.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let by_variables = load(&[], &pairs).unwrap();
    assert_eq!(format!("{by_flags:?}"), format!("{by_variables:?}"));
    assert_eq!(by_flags.origins, ["https://a", "https://b"]);
    assert_eq!((by_flags.log, by_flags.lanes, by_flags.assignee_only), (LogFormat::Json, 2, false));
    for hidden in [SECRET, "key-of-a-bucket"] {
        assert!(!format!("{by_flags:?}").contains(hidden), "Debug hides the secret");
    }
    let limits = by_flags.upload_limits();
    assert_eq!((limits.quota.bytes, limits.quota.files), (11 << 20, 12));
    assert_eq!((limits.booth_video_bytes, limits.exhibit_video_bytes), (13 << 20, 14 << 20));
}

#[test]
fn a_wrong_value_names_its_key_and_where_it_was_set() {
    assert_eq!(
        refusal(&["--demo"], &[("FAIRHUB_LIMITS_PER_IP", "many")]),
        "limits_per_ip: invalid type: found string \"many\", expected u32 (from FAIRHUB_LIMITS_PER_IP)"
    );
    let text = refusal(&["--demo", "--listen", "nowhere"], &[]);
    assert!(text.starts_with("listen: ") && text.ends_with("(from --listen)"), "{text}");
    assert_eq!(
        refusal(&["--demo", "--trusted-proxies", "10.0.0.0/8, 10.0.0.0/33"], &[]),
        "trusted_proxies: `10.0.0.0/33` is not like 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7 (from --trusted-proxies)"
    );
    let text = refusal(&["--demo", "--store", "oracle"], &[]);
    assert!(text.starts_with("store: neither sqlite nor"), "{text}");
    let file = file("drain_s = \"long\"\n");
    let text = refusal(&["--demo", "--config", file.path().to_str().unwrap()], &[]);
    assert!(text.starts_with("drain_s: "), "{text}");
    assert!(refusal(&["--demo", "--limits-per-ip", "0"], &[]).starts_with("limits_per_ip: 0 is not between"));
    assert!(refusal(&["--demo=maybe"], &[]).starts_with("demo: "));
    assert!(refusal(&["--config", "no/such.toml"], &[]).starts_with("config: no such file"));
}

#[test]
fn a_bucket_and_its_keys_come_together() {
    let keys = file("no-colon");
    let keys = keys.path().to_str().unwrap();
    let of = |arguments: &[&str]| refusal(&[&["--demo"], arguments].concat(), &[]);
    assert!(of(&["--uploads", "s3://fair"]).starts_with("uploads_secret_file: the bucket's keys are needed"));
    assert!(of(&["--uploads-secret-file", keys]).starts_with("uploads_secret_file: uploads names no bucket"));
    assert_eq!(
        of(&["--uploads", "s3://fair", "--uploads-secret-file", keys]),
        "uploads_secret_file: not like KEY_ID:KEY"
    );
    assert!(of(&["--uploads", "ftp://fair"]).starts_with("uploads: `ftp` is neither a folder nor"));
}

#[test]
fn an_unknown_key_in_the_file_is_refused_by_name() {
    let file = file("limit_per_ip = 1\n");
    let text = refusal(&["--demo", "--config", file.path().to_str().unwrap()], &[]);
    assert!(text.contains("limit_per_ip"), "{text}");
}

#[test]
fn a_real_fair_needs_its_own_long_secret() {
    assert!(refusal(&[], &[]).starts_with("secret_file: a secret is needed"));
    assert!(refusal(&[], &[(SECRET_VARIABLE, "short")]).contains("32 to"));
    assert!(refusal(&[], &[(SECRET_VARIABLE, SAMPLE_SECRET)]).contains("sample secret"));
    let config = load(&["--listen=0.0.0.0:80"], &[(SECRET_VARIABLE, SECRET)]).unwrap();
    assert_eq!(config.data, PathBuf::from("fairhub-data"));
    let file = file(&format!("{SECRET}\n"));
    let from_file = load(&["--secret-file", file.path().to_str().unwrap()], &[]).unwrap();
    assert_eq!(from_file.secret.unwrap().expose_secret(), SECRET);
    let both = [(SECRET_VARIABLE, SECRET), ("FAIRHUB_SECRET_FILE", file.path().to_str().unwrap())];
    assert!(refusal(&[], &both).contains("not both"));
}

#[test]
fn no_refusal_repeats_a_secret() {
    for secret in ["short", SAMPLE_SECRET, "123456789012345678901234567890123"] {
        for arguments in [&[][..], &["--bench"], &["--listen=no"]] {
            if let Err(error) = load(arguments, &[(SECRET_VARIABLE, secret)]) {
                assert!(!format!("{error} {error:?}").contains(secret), "{error}");
            }
        }
    }
}

#[test]
fn bench_is_refused_with_a_secret_and_both_playgrounds_off_loopback() {
    assert!(refusal(&["--bench"], &[(SECRET_VARIABLE, SECRET)]).starts_with("bench: "));
    assert!(load(&["--bench"], &[]).is_ok());
    assert!(refusal(&["--bench", "--listen=0.0.0.0:8080"], &[]).starts_with("listen: "));
    assert!(refusal(&["--demo", "--listen=192.0.2.1:8080"], &[]).starts_with("listen: "));
    assert!(load(&["--demo", "--listen=[::1]:0"], &[]).is_ok());
}

#[test]
fn tls_files_come_in_pairs() {
    assert!(refusal(&["--demo", "--tls-cert=c"], &[]).starts_with("tls_key: "));
    assert!(refusal(&["--demo", "--tls-key=k"], &[]).starts_with("tls_cert: "));
}

#[test]
fn origins_are_whole_and_the_own_page_is_one_on_loopback() {
    for wrong in ["fair.example.com", "https://", "https://*.example.com", "https://a.example/path", "ftp://a", "null"]
    {
        let said = refusal(&["--demo", "--origins", &format!("https://right.example,{wrong}")], &[]);
        assert_eq!(said, format!("origins: `{wrong}` is not like https://fair.example.com"));
    }
    let config = load(&["--demo", "--origins=https://Fair.example"], &[]).unwrap();
    let allowed = config.origins_allowed("127.0.0.1:9000".parse().unwrap());
    assert_eq!(allowed, ["https://fair.example", "http://127.0.0.1:9000", "http://localhost:9000"]);
    assert_eq!(config.origins_allowed("0.0.0.0:9000".parse().unwrap()), ["https://fair.example"]);
    let at_80 = config.origins_allowed("127.0.0.1:80".parse().unwrap());
    assert_eq!(
        at_80,
        ["https://fair.example", "http://127.0.0.1", "http://localhost"],
        "no browser sends its own port"
    );
    let typed = load(&["--demo", "--origins=https://fair.example.com:443,HTTPS://例子.中国"], &[]).unwrap();
    let allowed = typed.origins_allowed("0.0.0.0:9000".parse().unwrap());
    assert_eq!(allowed, ["https://fair.example.com", "https://xn--fsqu00a.xn--fiqs8s"]);
}

#[test]
fn messages_need_a_sender_a_private_way_and_their_secret() {
    for (arguments, key) in [
        (&["--sms-gateway=http://sms.example.com/"][..], "sms_gateway: "),
        (&["--sms-gateway=nowhere"], "sms_gateway: "),
        (&["--smtp=smtp://mail.example.com"], "mail_from: "),
        (&["--mail-from=fair@example.com"], "smtp: "),
        (&["--smtp=imap://mail.example.com", "--mail-from=fair@example.com"], "smtp: "),
        (&["--smtp=smtp://mail.example.com", "--mail-from=nobody"], "mail_from: "),
        (&["--smtp=smtp://mail.example.com", "--mail-from=a@b.example\nBcc: c@d.example"], "mail_from: "),
        (&["--smtp=smtp://fair@mail.example.com", "--mail-from=fair@example.com"], "smtp_password_file: "),
    ] {
        let text = refusal(&[&["--demo"], arguments].concat(), &[]);
        assert!(text.starts_with(key), "{arguments:?}: {text}");
    }
    let token = [("FAIRHUB_SMS_GATEWAY_TOKEN", "a-token")];
    assert!(refusal(&["--demo"], &token).starts_with("sms_gateway_token_file: "));
    assert!(refusal(&["--demo"], &[("FAIRHUB_SMTP_PASSWORD", "a-password")]).starts_with("smtp_password_file: "));
    let config = load(&["--demo", "--sms-gateway=https://sms.example.com/"], &token).unwrap();
    assert!(config.sms_gateway_token.is_some() && !format!("{config:?}").contains("a-token"));
}

#[test]
fn help_shows_every_key_with_its_variable_and_default() {
    let help = <Line as clap::CommandFactory>::command().render_long_help().to_string();
    for key in KEYS {
        assert!(help.contains(&format!("--{}", key.flag())), "{}", key.name);
        assert!(help.contains(&key.variable()), "{}", key.name);
        assert!(help.contains(key.help), "{}", key.name);
        assert!(key.default.is_none_or(|text| help.contains(&format!("[default: {text}]"))), "{}", key.name);
    }
}

#[test]
fn a_clock_of_its_own_is_for_playgrounds_and_is_a_moment() {
    let start = "2020-08-01T09:00:00+08:00";
    let config = load(&["--demo"], &[("FAIRHUB_CLOCK", start)]).unwrap();
    let since_ms = config.clock().now().since_ms(fair::day::moment(start).unwrap());
    assert!((0..60_000).contains(&since_ms), "{since_ms}");
    assert!(load(&["--bench", "--clock", start], &[]).is_ok());
    let refused = refusal(&["--clock", start], &[("FAIRHUB_SECRET", SECRET)]);
    assert_eq!(refused, "clock: only a demo or bench has a clock of its own");
    assert!(refusal(&["--demo", "--clock", "2020-08-01"], &[]).starts_with("clock: `2020-08-01` is not like"));
}

#[test]
fn the_calendar_is_the_demos_in_a_demo_and_else_the_guides_or_a_chosen_one() {
    let name = |arguments: &[&str]| {
        let config = load(arguments, &[("FAIRHUB_SECRET", SECRET)]).unwrap();
        config.event(config.clock().now()).about().name.clone()
    };
    assert_eq!(name(&["--demo"]), "demo");
    assert_eq!(name(&[]), "2020");
    assert_eq!(name(&["--demo", "--event=2020"]), "2020");
    assert_eq!(refusal(&["--demo", "--event=2021"], &[]), "event: no calendar `2021`, only 2020, demo");
}

#[test]
fn a_wrong_data_file_is_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("zone.json"), "{}").unwrap();
    let said = refusal(&["--demo", "--fair-data", path], &[]);
    assert!(said.starts_with("fair_data: zone.json: missing field `name`") && !said.contains('\n'), "{said}");
    let missing = refusal(&["--demo", "--fair-data", "no/such/folder"], &[]);
    assert!(missing.starts_with("fair_data: no/such/folder: "), "{missing}");
}
