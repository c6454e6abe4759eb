//! Strangers at a hub's REST interface: each has a phone, an address of this machine, and one connection a request.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{interval, timeout};

use crate::clock::Stopwatch;
use crate::report::Latencies;

const PASSWORD: &str = "password1";
/// Codes that are asked for before they are read: a demo shows its last hundred messages.
const CODES_AT_ONCE: usize = 50;
/// Between two looks at them.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Longer than this for an answer is none.
const PATIENCE: Duration = Duration::from_secs(30);
/// The first octets of the addresses that they come from.
const NETWORK: u8 = 127;

/// Somebody about to register, or who has.
#[derive(Debug, Clone)]
pub(super) struct Applicant {
    n: usize,
    code: String,
}

impl Applicant {
    /// Each has limits of its own.
    fn address(n: usize) -> Ipv4Addr {
        let [.., high, middle, low] = u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes();
        Ipv4Addr::new(NETWORK, high.wrapping_add(1), middle, low)
    }

    fn mobile(n: usize) -> String {
        format!("139{n:08}")
    }

    fn identifier(&self) -> String {
        format!("load-{:08}", self.n)
    }

    fn form(&self) -> Value {
        json!({
            "username": "chief", "password": PASSWORD, "mobile": Self::mobile(self.n), "code": self.code,
            "agreement": true, "identifier": self.identifier(), "enterprise_name": format!("负载{}有限公司", self.n),
            "entry": "exhibitor", "place": "mainland.110105", "address": "朝阳区1号",
            "industry": "transport.sea-freight", "interests": ["general-transport-sea-freight"],
            "contact_info": "010-12345678",
        })
    }

    fn login(&self) -> Value {
        json!({"identifier": self.identifier(), "username": "chief", "password": PASSWORD})
    }
}

/// The interface.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    hub: SocketAddr,
}

impl Rest {
    pub(super) const fn of(hub: SocketAddr) -> Self {
        Self { hub }
    }

    /// Codes for so many, from the first on.
    pub(super) fn codes(&self, first: usize, count: usize) -> anyhow::Result<Vec<Applicant>> {
        let all: Vec<_> = (first..first + count).collect();
        let read = async {
            let mut applicants = Vec::with_capacity(count);
            for some in all.chunks(CODES_AT_ONCE) {
                for n in some {
                    let body = json!({"channel": "sms", "to": Applicant::mobile(*n)});
                    let (status, answer) = self.post(*n, "/v1/registrations/codes", &body).await?;
                    ensure!(status == 202, "a code is refused: {status} {answer}");
                }
                applicants.extend(timeout(PATIENCE, self.shown(some)).await.context("codes in time")??);
            }
            Ok(applicants)
        };
        runtime()?.block_on(read)
    }

    /// Waits until the demo shows the codes of all of them.
    async fn shown(&self, all: &[usize]) -> anyhow::Result<Vec<Applicant>> {
        let mut look_every = interval(LOOK_EVERY);
        loop {
            look_every.tick().await;
            let (_, messages) = self.ask(0, "GET /demo/messages", None).await?;
            let codes: BTreeMap<&str, &str> =
                messages.as_array().map_or(&[][..], Vec::as_slice).iter().filter_map(code).collect();
            let found = all.iter().map(|n| {
                let code = (*codes.get(format!("+86{}", Applicant::mobile(*n)).as_str())?).to_owned();
                Some(Applicant { n: *n, code })
            });
            if let Some(found) = found.collect() {
                return Ok(found);
            }
        }
    }

    /// One after the other.
    pub(super) fn register_all(&self, all: &[Applicant]) -> anyhow::Result<()> {
        runtime()?.block_on(async {
            for applicant in all {
                let (status, answer) = self.register(applicant).await?;
                ensure!(status == 201, "a registration is refused: {status} {answer}");
            }
            Ok(())
        })
    }

    /// Whose session it is; none when it is refused.
    pub(super) fn sign_in(&self, applicant: &Applicant) -> anyhow::Result<Option<String>> {
        let (status, answer) = runtime()?.block_on(self.login(applicant))?;
        let id = answer.pointer("/user/id").and_then(Value::as_str).map(str::to_owned);
        Ok(id.filter(|_| status == 201))
    }

    async fn register(&self, applicant: &Applicant) -> anyhow::Result<(u16, Value)> {
        self.post(applicant.n, "/v1/registrations/enterprise", &applicant.form()).await
    }

    async fn login(&self, applicant: &Applicant) -> anyhow::Result<(u16, Value)> {
        self.post(applicant.n, "/v1/sessions", &applicant.login()).await
    }

    async fn post(&self, n: usize, path: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        self.ask(n, &format!("POST {path}"), Some(body)).await
    }

    async fn ask(&self, n: usize, request: &str, body: Option<&Value>) -> anyhow::Result<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let head = format!(
            "{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let exchange = async {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::from((Applicant::address(n), 0)))?;
            let mut stream = socket.connect(self.hub).await?;
            stream.write_all(head.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            anyhow::Ok(answer)
        };
        let answer = timeout(PATIENCE, exchange).await.context("no answer in time")??;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer without a body")?;
        let status =
            head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("an answer without a status")?;
        Ok((status, serde_json::from_str(body)?))
    }
}

/// To whom which code was sent.
fn code(message: &Value) -> Option<(&str, &str)> {
    let text = |at: &str| message.pointer(at).and_then(Value::as_str);
    let is_one = text("/template") == Some("registration_code");
    Some((text("/to")?, text("/params/code")?)).filter(|_| is_one)
}

fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Registrations and sign-ins by the clock.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) rest: Rest,
    pub(super) applicants: Vec<Applicant>,
    pub(super) logins: Vec<Applicant>,
    /// Of registrations, of sign-ins. **Units**: a second.
    pub(super) rates: (f64, f64),
    /// From when to when, since the beginning.
    pub(super) measured: (Duration, Duration),
}

/// What became of one kind.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// From the intended time to the answer, of those intended while measuring.
    pub(super) latencies: Latencies,
    /// Answered well while measuring.
    pub(super) done: u64,
}

/// What became of them.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) registrations: Stream,
    pub(super) logins: Stream,
    /// By what was answered.
    pub(super) refused: BTreeMap<String, u64>,
    /// Who was told which id.
    pub(super) registered: Vec<(Applicant, String)>,
}

/// An answer, when it was meant to be asked for, and when it came. **Units**: nanoseconds.
struct Answered {
    applicant: Applicant,
    due_ns: u64,
    at_ns: u64,
    status: u16,
    body: Value,
}

impl Load {
    /// Until the last answer has come.
    pub(super) fn run(self) -> anyhow::Result<Loaded> {
        runtime()?.block_on(async {
            let (watch, rest) = (Stopwatch::start(), self.rest);
            let register = move |applicant: Applicant| async move { (rest.register(&applicant).await, applicant) };
            let login = move |applicant: Applicant| async move { (rest.login(&applicant).await, applicant) };
            let (registrations, logins) = tokio::join!(
                by_the_clock(watch, self.rates.0, &self.applicants, register),
                by_the_clock(watch, self.rates.1, &self.logins, login),
            );
            let mut loaded = Loaded::default();
            for answered in registrations? {
                loaded.registrations.count(&answered, self.measured);
                match answered.body.get("id").and_then(Value::as_str) {
                    Some(id) if answered.status == 201 => {
                        loaded.registered.push((answered.applicant, id.to_owned()));
                    }
                    _ => loaded.refuse("registration", &answered),
                }
            }
            for answered in logins? {
                loaded.logins.count(&answered, self.measured);
                if answered.status != 201 {
                    loaded.refuse("sign-in", &answered);
                }
            }
            Ok(loaded)
        })
    }
}

impl Loaded {
    fn refuse(&mut self, what: &str, answered: &Answered) {
        let code = answered.body.get("title").and_then(Value::as_str).unwrap_or_default();
        *self.refused.entry(format!("{what} answered {} {code}", answered.status)).or_default() += 1;
    }
}

impl Stream {
    fn count(&mut self, answered: &Answered, (from, until): (Duration, Duration)) {
        let is_measured = |ns: u64| (from..until).contains(&Duration::from_nanos(ns));
        self.done += u64::from(answered.status == 201 && is_measured(answered.at_ns));
        if is_measured(answered.due_ns) {
            self.latencies.record(answered.at_ns.saturating_sub(answered.due_ns));
        }
    }
}

/// Begins each at its time, whether those before are answered or not.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "small")]
async fn by_the_clock<F>(
    watch: Stopwatch,
    rate: f64,
    all: &[Applicant],
    ask: impl Fn(Applicant) -> F,
) -> anyhow::Result<Vec<Answered>>
where
    F: Future<Output = (anyhow::Result<(u16, Value)>, Applicant)> + Send + 'static,
{
    let mut next = interval(Duration::from_secs_f64(1.0 / rate));
    let (mut under_way, mut answers) = (JoinSet::new(), Vec::with_capacity(all.len()));
    for (place, applicant) in all.iter().enumerate() {
        // What was missed comes at once.
        next.tick().await;
        let due_ns = (place as f64 * 1e9 / rate) as u64;
        let asked = ask(applicant.clone());
        under_way.spawn(async move {
            let (answer, applicant) = asked.await;
            let at_ns = watch.now_ns();
            answer.map(|(status, body)| Answered { applicant, due_ns, at_ns, status, body })
        });
    }
    while let Some(answered) = under_way.join_next().await {
        answers.push(answered??);
    }
    if answers.len() != all.len() {
        bail!("{} answers to {} requests", answers.len(), all.len());
    }
    Ok(answers)
}
