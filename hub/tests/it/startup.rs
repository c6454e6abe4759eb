//! The binary as an operator meets it: help, refusals, and what `/metrics` and the health routes say.

use std::process::{Command, Output};

use hub::config::{Config, Flags, KEYS};
use hub::observe::METRICS;
use hub::run::Running;
use storage::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The binary with these arguments and none of our own environment. It must end by itself.
fn hub(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hub"));
    command.args(arguments).env_clear().envs(environment.iter().copied()).current_dir(&folder);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn help_lists_every_key_and_the_admin_command() {
    let output = hub(&["--help"], &[]);
    assert!(output.status.success());
    let help = String::from_utf8(output.stdout).unwrap();
    for key in KEYS {
        assert!(help.contains(&format!("--{}", key.flag())) && help.contains(&key.variable()), "{}", key.name);
    }
    assert!(help.contains("admin") && help.contains("--config"));
}

/// Arguments, environment, and the key that the refusal must name.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);

#[test]
fn wrong_values_end_with_status_2_and_name_their_key() {
    let cases: &[Case<'_>] = &[
        (&["--demo"], &[("FAIRHUB_LIMITS_PER_IP", "many")], "limits_per_ip"),
        (&["--demo", "--listen=nowhere"], &[], "listen"),
        (&["--demo", "--lanes=9999"], &[], "lanes"),
        (&["--demo", "--origins=https://fair.example.com,null"], &[], "origins: `null`"),
        (&["--config=no-such-file.toml"], &[], "config"),
        (&["--no-such-flag"], &[], "--no-such-flag"),
        (&[], &[], "secret_file"),
        (&[], &[("FAIRHUB_SECRET", fair::secret::SAMPLE_SECRET)], "secret_file"),
        (&["--bench"], &[("FAIRHUB_SECRET", "0123456789abcdef0123456789abcdef")], "bench"),
        (&["--demo", "--listen=0.0.0.0:0"], &[], "listen"),
        (&["--demo", "--store=mysql"], &[], "store"),
        (&["--demo", "--store=mysql://host/fair"], &[], "store"),
        (&["--demo", "--store=scylla://host"], &[], "store"),
        (&["--demo", "--store=scylla://me@host/fair"], &[], "store_password_file"),
        (&["--demo", "--store=scylla://me:0123456789@host/fair"], &[], "store"),
        (&["--demo", "--store=scylla://host/fair"], &[("FAIRHUB_STORE_PASSWORD", "sesame")], "store_password_file"),
    ];
    for (arguments, environment, key) in cases {
        let output = hub(arguments, environment);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(key), "{arguments:?}: {}", said(&output));
        for (_, secret) in environment.iter().filter(|(name, _)| *name == "FAIRHUB_SECRET") {
            assert!(!said(&output).contains(secret), "a secret was printed");
        }
    }
}

async fn get(running: &Running, path: &str) -> String {
    let mut stream = TcpStream::connect(running.address()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_demo_is_healthy_and_shows_every_unlabelled_metric() {
    let flags = Flags::of(&[("demo", "true"), ("listen", "127.0.0.1:0"), ("drain_s", "0")]);
    let config = Config::from_sources(&flags, |_variable| None).unwrap();
    let running = Running::start(&config, Clock::system()).await.unwrap();
    for path in ["/healthz", "/readyz"] {
        assert!(get(&running, path).await.starts_with("HTTP/1.1 200"), "{path}");
    }
    let page = get(&running, "/metrics").await;
    for metric in METRICS.iter().filter(|metric| metric.label.is_none()) {
        assert!(page.contains(&format!("\n# TYPE {} ", metric.name)), "{}", metric.name);
    }
    assert!(get(&running, "/demo/accounts").await.contains("\"username\""));
    running.stop().await;
}
