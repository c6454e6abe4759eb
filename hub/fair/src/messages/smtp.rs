//! Mail by SMTP: one connection a mail, TLS by rustls, a message id that is the same for every try.

use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::ExposeSecret as _;
use storage::Clock;

use super::provider::{Letter, Provider, Undelivered};
use super::server::{Privacy, Server};

/// The longest wait for one answer of the server.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// Sends mail through a server.
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    clock: Clock,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("from", &self.from.email.domain()).finish_non_exhaustive()
    }
}

/// Whether that can stand in a `From`: `a@b.example` or `Name <a@b.example>`.
#[must_use]
pub fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

impl Smtp {
    /// Through `server`, from `from`.
    ///
    /// # Errors
    /// Says what keeps it from working.
    pub fn new(server: Server, from: &str, clock: Clock) -> Result<Self, String> {
        let from: Mailbox = from.parse().map_err(|error| format!("not a mailbox: {error}"))?;
        let Server { privacy, host, port, user, password } = server;
        let parameters = || TlsParameters::new(host.clone()).map_err(|error| error.to_string());
        let tls = match privacy {
            Privacy::Tls => Tls::Wrapper(parameters()?),
            Privacy::StartTls => Tls::Required(parameters()?),
            Privacy::Plain => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&host).port(port).tls(tls);
        // Named after who sends: a machine's own name is nobody's business.
        builder = builder.hello_name(ClientId::Domain(from.email.domain().to_owned())).timeout(Some(ANSWER_TIME_MAX));
        if let (Some(user), Some(password)) = (user, password) {
            builder = builder.credentials(Credentials::new(user, password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from, clock })
    }

    async fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        let never = |what: &str| Undelivered::Never(what.to_owned());
        let to: Mailbox = letter.to().parse().map_err(|_address| never("the address is not one"))?;
        let millis = u64::try_from(self.clock.now().0).unwrap_or(0);
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .date(SystemTime::UNIX_EPOCH + Duration::from_millis(millis))
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .singlepart(SinglePart::plain(letter.text().to_owned()))
            .map_err(|_format| never("it cannot be written as a mail"))?;
        match self.transport.send(mail).await {
            Ok(_accepted) => Ok(()),
            Err(error) => Err(judged(&error)),
        }
    }
}

/// By the server's code alone: its words often quote the address.
fn judged(error: &lettre::transport::smtp::Error) -> Undelivered {
    let code = error.status().map(|code| format!("the mail server answered {code}"));
    if error.is_permanent() {
        return Undelivered::Never(code.unwrap_or_else(|| "the mail server refuses".to_owned()));
    }
    let other = || {
        if error.is_timeout() { "the mail server does not answer in time" } else { "the mail server cannot be reached" }
    };
    Undelivered::Later(code.unwrap_or_else(|| other().to_owned()))
}

impl Provider for Smtp {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), Undelivered>> {
        Box::pin(self.send(letter))
    }
}
