//! The real binary as a process: killed, drained, and with `hub admin` beside it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{interval, timeout};

use crate::harness::{SECRET, Socket, http};
use crate::socket::raw::{Client, PATIENCE};

/// Rights change within 1 s; what a busy machine needs besides.
const SOON: Duration = Duration::from_secs(3);
const DRAIN: Duration = Duration::from_secs(2);

/// How often a test kills: `few` times, or in the long form as often as `TEST_KILLS` says.
pub(crate) fn kills(few: u32) -> u32 {
    std::env::var_os("TEST_KILLS").map_or(few, |kills| kills.into_string().unwrap().parse().unwrap())
}

/// A data folder, and commands on it.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    /// Said to every command.
    flags: Vec<String>,
}

/// A serving hub. Killed when it is dropped.
pub(crate) struct Serving {
    child: Option<Child>,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(flags: &[String]) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), flags: flags.to_vec() }
    }

    pub(crate) fn data(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        // As most machines have it, whatever the one that tests.
        let mut command = Command::new("sh");
        command.args(["-c", "umask 022; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_hub")]);
        let data = self.folder.path().to_str().unwrap();
        let environment = [("FAIRHUB_DATA", data), ("FAIRHUB_SECRET", SECRET), ("RUST_LOG", "debug")];
        command.args(arguments).args(&self.flags).env_clear().envs(environment);
        command
    }

    /// The one line that refuses a command, which ends by itself.
    pub(crate) fn refused(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let mut command = self.command(arguments);
        command.env("RUST_LOG", "error").envs(environment.iter().copied());
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (id, (ended, end)) = (child.id().to_string(), mpsc::channel());
        std::thread::spawn(move || ended.send(child.wait_with_output().unwrap()));
        let Ok(output) = end.recv_timeout(PATIENCE) else {
            Command::new("kill").args(["-KILL", &id]).status().unwrap();
            panic!("{arguments:?} was not refused");
        };
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }

    /// The lines that an admin command answers.
    pub(crate) fn admin(&self, arguments: &[&str], input: &str) -> Vec<Value> {
        let mut command = self.command(&[&["admin"], arguments].concat());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub(crate) fn serve(&self) -> Serving {
        self.serve_draining(DRAIN)
    }

    /// A hub whose clock starts then.
    pub(crate) fn serve_at(&self, clock: &str) -> Serving {
        self.serve_with(&[&format!("--clock={clock}")])
    }

    fn serve_draining(&self, drain: Duration) -> Serving {
        self.serve_with(&[&format!("--drain-s={}", drain.as_secs())])
    }

    fn serve_with(&self, more: &[&str]) -> Serving {
        let mut command = self.command(&[&["--listen=127.0.0.1:0", "--log=json"], more].concat());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let (found, address) = mpsc::channel();
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let said: Value = serde_json::from_str(&line).unwrap_or_default();
                if said["message"] == "listening" {
                    found.send(said["address"].as_str().unwrap().parse().unwrap()).unwrap();
                }
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let address = address.recv_timeout(PATIENCE).unwrap_or_else(|_silent| panic!("{}", log.lock().unwrap()));
        Serving { child: Some(child), address, log }
    }
}

impl Serving {
    pub(crate) fn kill(mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Kills it, and does not wait for its end.
    pub(crate) fn cut(&self) {
        let id = self.pid().to_string();
        assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Whether its log has such words.
    pub(crate) fn said(&self, words: &str) -> bool {
        self.log.lock().unwrap().contains(words)
    }

    /// All that it has said.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn terminate(&self) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        let waiting = tokio::task::spawn_blocking(move || child.wait().unwrap());
        timeout(PATIENCE, waiting).await.expect("a drained hub ends").unwrap()
    }

    pub(crate) async fn open(&self, token: &Value) -> Socket {
        let mut socket = Socket::connect(self.address).await;
        socket.ok("session.open", json!({ "token": token })).await;
        socket
    }

    async fn notices(&self, token: &Value) -> usize {
        let answer = http::ask(self.address, "GET /v1/notifications", token.as_str(), "", None).await;
        answer.body()["items"].as_array().unwrap().len()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

#[tokio::test]
async fn a_kill_between_the_message_and_its_notice_loses_neither() {
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let serving = site.serve();
    let mut buyer = serving.open(&people[0]["token"]).await;
    let conversation = buyer.start_with(people[0]["peer"].as_str().unwrap()).await;
    assert_eq!(buyer.text(&conversation, "just-in-time").await, 1);
    serving.kill();

    let serving = site.serve();
    assert!(serving.log.lock().unwrap().contains("\"unsettled\":1"), "the kill came before the notice");
    let told = async {
        let mut every = interval(Duration::from_millis(200));
        while serving.notices(&people[1]["token"]).await == 0 {
            every.tick().await;
        }
    };
    timeout(PATIENCE, told).await.expect("the notice is made up for");
    assert_eq!(serving.notices(&people[1]["token"]).await, 1);
    let mut seller = serving.open(&people[1]["token"]).await;
    assert_eq!(seller.open(&conversation, None).await["entries"][0]["body"]["text"], "just-in-time");
    let again = serving.open(&people[0]["token"]).await.text(&conversation, "just-in-time").await;
    assert_eq!(again, 1, "the sender may repeat what it sent before the kill");
}

#[tokio::test]
async fn a_read_mark_that_was_acknowledged_survives_a_kill() {
    const ROUNDS: i64 = 6;
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let mut serving = site.serve();
    let mut conversation = None;
    for round in 1..=ROUNDS {
        let mut buyer = serving.open(&people[0]["token"]).await;
        let started = buyer.start_with(people[0]["peer"].as_str().unwrap()).await;
        let conversation = conversation.get_or_insert(started);
        assert_eq!(buyer.text(conversation, &format!("m{round}")).await, round);
        let mut seller = serving.open(&people[1]["token"]).await;
        assert_eq!(seller.open(conversation, None).await["unread"], 1);
        let read = seller.ok("negotiation.read", json!({ "conversation": conversation, "seq": round })).await;
        serving.kill();
        assert_eq!(read, json!({"unread": 0}));

        serving = site.serve();
        let opened = serving.open(&people[1]["token"]).await.open(conversation, None).await;
        assert_eq!((&opened["unread"], opened["read"].as_object().unwrap().len()), (&json!(0), 1), "round {round}");
        assert!(opened["read"].as_object().unwrap().values().all(|seq| *seq == round), "{opened}");
    }
}

#[tokio::test]
async fn hub_admin_restored_gives_every_conversation_a_new_epoch() {
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let serving = site.serve();
    let mut buyer = serving.open(&people[0]["token"]).await;
    let conversation = buyer.start_with(people[0]["peer"].as_str().unwrap()).await;
    assert_eq!(buyer.text(&conversation, "before").await, 1);
    assert_eq!(buyer.open(&conversation, None).await["epoch"], 1);
    serving.kill();

    assert_eq!(site.admin(&["restored"], ""), [json!({ "conversations": 1 })]);
    let serving = site.serve();
    let mut buyer = serving.open(&people[0]["token"]).await;
    let opened = buyer.open(&conversation, None).await;
    assert_eq!((&opened["epoch"], &opened["head"]), (&json!(2), &json!(1)), "a new epoch over the same log");
}

#[tokio::test]
async fn hub_admin_in_another_process_changes_open_sockets_within_a_second() {
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let serving = site.serve();
    let mut bystander = serving.open(&people[0]["token"]).await;
    let mut changed = serving.open(&people[1]["token"]).await;
    site.admin(&["set-duty", "load-00001/load", "other"], "");
    assert_eq!(timeout(SOON, changed.closed()).await.expect("within a second"), 4006);
    site.admin(&["revoke-sessions", "load-00000/load"], "");
    assert_eq!(timeout(SOON, bystander.closed()).await.expect("within a second"), 4503);
}

#[tokio::test]
async fn sigterm_tells_every_client_to_come_back_and_ends_well() {
    let site = Site::new();
    let people = site.admin(&["tokens", "--count=2"], "");
    let mut serving = site.serve();
    let mut socket = serving.open(&people[0]["token"]).await;
    let conversation = socket.start_with(people[0]["peer"].as_str().unwrap()).await;
    socket.text(&conversation, "before").await;
    serving.terminate();
    assert_eq!(socket.closed().await, 4001);
    drop(socket);
    assert!(serving.ended().await.success());
    let serving = site.serve();
    let opened = serving.open(&people[1]["token"]).await.open(&conversation, None).await;
    assert_eq!(opened["head"], 1);
}

/// Asks for much and reads nothing of it.
async fn ask_and_not_read(address: SocketAddr) -> Client {
    let mut client = Client::narrow(address).await;
    client.write("GET /style.css HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(400).as_bytes()).await;
    // The first answer is on its way: from here on the hub has something to wait for.
    assert!(client.is_answered().await);
    client
}

/// Named by what it was: whoever stopped a hub at once after its first answer killed it.
#[test]
fn a_hub_that_is_told_to_go_while_it_starts_leaves_in_order() {
    let site = Site::new();
    // A start that takes a while: a fair with a past.
    let mut command = site.command(&["--listen=127.0.0.1:0", "--demo"]);
    command.env_remove("FAIRHUB_SECRET");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !site.data().join("hub.lock").exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it could be told");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn sigterm_does_not_wait_for_a_client_that_reads_nothing() {
    let site = Site::new();
    let mut serving = site.serve();
    let stuck = ask_and_not_read(serving.address).await;
    serving.terminate();
    let ended = timeout(DRAIN + SOON, serving.ended()).await.expect("gone when the drain is over");
    assert!(ended.success());
    drop(stuck);
}

#[tokio::test]
async fn sigterm_does_not_wait_for_the_other_half_of_a_body() {
    let site = Site::new();
    let mut serving = site.serve();
    let mut half = Client::connect(serving.address).await;
    let head = "POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 100\r\nexpect: 100-continue\r\n\r\n";
    half.write(head.as_bytes()).await;
    assert_eq!(half.head().await.0, 100, "the body is being read");
    half.write(b"{\"a\":1").await;
    serving.terminate();
    let ended = timeout(DRAIN + SOON, serving.ended()).await.expect("gone when the drain is over");
    assert!(ended.success());
    drop(half);
}

#[tokio::test]
async fn a_second_signal_ends_the_hub_at_once() {
    let site = Site::new();
    let mut serving = site.serve_draining(Duration::from_secs(60));
    let stuck = ask_and_not_read(serving.address).await;
    serving.terminate();
    let draining = async {
        let mut every = interval(Duration::from_millis(20));
        while !serving.log.lock().unwrap().contains("draining") {
            every.tick().await;
        }
    };
    timeout(SOON, draining).await.expect("the first one is heard");
    serving.terminate();
    let ended = timeout(SOON, serving.ended()).await.expect("at once");
    assert_eq!(ended.code(), Some(3));
    drop(stuck);
}

#[tokio::test]
async fn the_log_says_much_but_no_token_password_or_text() {
    const PASSWORD: &str = "planted4password";
    const WRONG: &str = "planted5password";
    const TEXT: &str = "planted-secret-price";
    let site = Site::new();
    site.admin(&["create-enterprise", "acme", "Acme Ltd"], "");
    let new = ["create-user", "acme/wang", "--duty=representative", "--mobile=13800138000", "--password-stdin"];
    site.admin(&new, PASSWORD);
    let people = site.admin(&["tokens", "--count=2"], "");
    let mut serving = site.serve();
    let login = |password: &str| json!({"identifier": "acme", "username": "wang", "password": password});
    let post = "POST /v1/sessions";
    assert_eq!(http::ask(serving.address, post, None, "", Some(&login(WRONG))).await.status, 401);
    let tokens = http::ask(serving.address, post, None, "", Some(&login(PASSWORD))).await;
    assert_eq!(tokens.status, 201);
    let tokens = tokens.body();
    let mut socket = serving.open(&tokens["access_token"]).await;
    let conversation = socket.start_with(people[0]["enterprise"].as_str().unwrap()).await;
    socket.text(&conversation, TEXT).await;
    let mut forged = Socket::connect(serving.address).await;
    forged.refused("session.open", json!({"token": "planted.forged.token"})).await;
    serving.terminate();
    socket.closed().await;
    drop(socket);
    assert!(serving.ended().await.success());

    let log = serving.log.lock().unwrap();
    assert!(log.contains("session opened") && log.contains("draining"), "it is a log at debug level");
    let planted = [PASSWORD, WRONG, TEXT, "planted.forged.token", "13800138000", SECRET];
    let minted = ["access_token", "refresh_token"].map(|name| tokens[name].as_str().unwrap());
    for secret in planted.into_iter().chain(minted) {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
