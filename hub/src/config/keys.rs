//! Every key of the configuration, once: flags, environment, file, help and README are all made from or held to this
//! table. Reads nothing.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// How a key's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it stands.
    Text,
    /// A whole number.
    Number,
    /// `true` or `false`; as a flag without a value: `true`.
    Switch,
    /// Texts between commas (an array in the file).
    List,
}

/// One key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the file; `--with-dashes` as a flag, `FAIRHUB_IN_CAPITALS` in the environment.
    pub name: &'static str,
    /// How its text is read.
    pub kind: Kind,
    /// What holds when nobody sets it; none when it is then unset.
    pub default: Option<&'static str>,
    /// What it does, for `--help` and README.
    pub help: &'static str,
}

const fn key(name: &'static str, kind: Kind, default: Option<&'static str>, help: &'static str) -> Key {
    Key { name, kind, default, help }
}

/// The keys, in the order of `--help`.
pub const KEYS: &[Key] = &[
    key("listen", Kind::Text, Some("127.0.0.1:8080"), "Address and port to listen on"),
    key(
        "listen_admin",
        Kind::Text,
        None,
        "Address and port for operators: /metrics and /readyz; unset: on listen, if that is loopback",
    ),
    key("data", Kind::Text, None, "Folder of the database and keys; fairhub-data, with --demo a fresh temporary one"),
    key(
        "store",
        Kind::Text,
        Some("sqlite"),
        "Where records are kept: sqlite, or scylla://[user@]host[:port],.../keyspace[?dc=..&ca=..&consistency=..]",
    ),
    key(
        "store_password_file",
        Kind::Text,
        None,
        "File with the password of the store's user, or FAIRHUB_STORE_PASSWORD",
    ),
    key("demo", Kind::Switch, Some("false"), "Sample data and known passwords; listens on loopback only"),
    key(
        "demo_history",
        Kind::Switch,
        Some("true"),
        "With --demo: what its people did in the last days; false: accounts only",
    ),
    key("bench", Kind::Switch, Some("false"), "Adds the room kind for measuring; loopback only, never beside a secret"),
    key(
        "secret_file",
        Kind::Text,
        None,
        "File with the secret that signs tokens and seals personal data, or FAIRHUB_SECRET",
    ),
    key(
        "uploads",
        Kind::Text,
        None,
        "Folder of uploaded files, or s3://bucket[?endpoint=https://..&region=..]; unset: uploads in the data folder",
    ),
    key(
        "uploads_secret_file",
        Kind::Text,
        None,
        "File with the bucket's keys as KEY_ID:KEY, or FAIRHUB_UPLOADS_SECRET",
    ),
    key("uploads_quota_mib", Kind::Number, Some("8192"), "Mebibytes that the uploads of one team may take"),
    key("uploads_quota_files", Kind::Number, Some("5000"), "Files that one team may have uploaded"),
    key("uploads_booth_video_mib", Kind::Number, Some("150"), "Mebibytes of a booth's video at most"),
    key("uploads_exhibit_video_mib", Kind::Number, Some("500"), "Mebibytes of an exhibit's video at most"),
    key("tls_cert", Kind::Text, None, "Certificate chain (PEM); with tls_key the hub speaks TLS"),
    key("tls_key", Kind::Text, None, "Private key of the certificate (PEM)"),
    key(
        "trusted_proxies",
        Kind::List,
        None,
        "Networks (10.0.0.0/8) whose peers name their clients, by X-Forwarded-For or PROXY protocol 2; else nobody",
    ),
    key("origins", Kind::List, None, "Origins whose pages may connect; on loopback the hub's own page always may"),
    key("limits_per_ip", Kind::Number, Some("64"), "Sockets that one address may hold"),
    key("limits_sockets", Kind::Number, Some("20000"), "Sockets in all"),
    key("limits_queue_bytes", Kind::Number, Some("262144"), "Bytes of events that may wait for one slow socket"),
    key("limits_messages_per_s", Kind::Number, Some("5"), "Messages a second that one account may keep sending"),
    key("limits_messages_burst", Kind::Number, Some("60"), "Messages that it may send at once"),
    key("lanes", Kind::Number, Some("0"), "Tasks that own sockets, and as many that own rooms; 0: one a core"),
    key("keep_alive_s", Kind::Number, Some("75"), "Seconds that an HTTP connection may rest between two requests"),
    key("drain_s", Kind::Number, Some("10"), "Seconds that a stopping hub gives its clients to leave"),
    key("assignee_only", Kind::Switch, Some("true"), "Once claimed, only the assignee and administrators write"),
    key("unanswered_minutes", Kind::Number, Some("10"), "Minutes until an unanswered conversation is the team's again"),
    key(
        "fair_data",
        Kind::Text,
        None,
        "Folder of data files in place of those built in: industry.json, region.json, ..., event-NAME.json",
    ),
    key("event", Kind::Text, None, "Calendar by its name: 2020, demo or one of fair_data; 2020, with --demo: demo"),
    key(
        "clock",
        Kind::Text,
        None,
        "Time at which the hub's clock starts, such as 2020-08-01T09:00:00+08:00; with --demo or --bench only",
    ),
    key(
        "sms_gateway",
        Kind::Text,
        None,
        "Address (https) that is asked by POST to send a short message; without it none is sent, with --demo kept to be seen",
    ),
    key(
        "sms_gateway_token_file",
        Kind::Text,
        None,
        "File with the bearer token of the gateway, or FAIRHUB_SMS_GATEWAY_TOKEN",
    ),
    key(
        "smtp",
        Kind::Text,
        None,
        "Mail server: smtp://[user@]host[:587] by STARTTLS or smtps://[user@]host[:465]; without it no mail is sent",
    ),
    key(
        "smtp_password_file",
        Kind::Text,
        None,
        "File with the password of the mail server's user, or FAIRHUB_SMTP_PASSWORD",
    ),
    key("mail_from", Kind::Text, None, "Sender of mails: fair@example.com or Fair <fair@example.com>"),
    key("auto_approve_attending", Kind::Switch, Some("false"), "Attending enterprises need not wait for the committee"),
    key("booths_per_enterprise", Kind::Number, Some("1"), "Booths that one enterprise may have"),
    key(
        "keep_last_approved_visible",
        Kind::Switch,
        Some("false"),
        "Booths and exhibits stay shown as approved last while a change of them is reviewed; else nothing is shown then",
    ),
    key("tag_digits", Kind::Switch, Some("false"), "Tags of booths may have digits, such as 5G"),
    key("log", Kind::Text, Some("text"), "Form of the log on stderr: text or json; RUST_LOG says how much"),
];

impl Key {
    /// Its flag, without the dashes in front.
    #[must_use]
    pub fn flag(&self) -> String {
        self.name.replace('_', "-")
    }

    /// Its variable in the environment.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("FAIRHUB_{}", self.name.to_uppercase())
    }

    fn arg(&self) -> Arg {
        let default = self.default.map(|value| format!(" [default: {value}]")).unwrap_or_default();
        let arg = Arg::new(self.name)
            .long(self.flag())
            .help(format!("{} [env: {}]{default}", self.help, self.variable()))
            .value_name(self.value_name())
            .action(ArgAction::Set)
            .global(true);
        match self.kind {
            Kind::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
            Kind::Text | Kind::Number | Kind::List => arg,
        }
    }

    const fn value_name(&self) -> &'static str {
        match self.kind {
            Kind::Text => "TEXT",
            Kind::Number => "NUMBER",
            Kind::Switch => "BOOL",
            Kind::List => "LIST",
        }
    }
}

/// The flags as they were given: texts, read together with the other sources by [`super::Config::load`].
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub(super) file: Option<String>,
    /// Key names and what was said of them.
    pub(super) set: Vec<(&'static str, String)>,
}

impl Flags {
    /// Flags made in code, as if they had been typed; for hubs that a program starts inside itself.
    #[must_use]
    pub fn of(set: &[(&'static str, &str)]) -> Self {
        Self { file: None, set: set.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .help("Configuration file (TOML) with the keys below, dashes as underscores [env: FAIRHUB_CONFIG]")
            .value_name("FILE")
            .global(true);
        KEYS.iter().fold(command.arg(file), |command, key| command.arg(key.arg()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |name: &str| matches.get_one::<String>(name).cloned();
        let set = KEYS.iter().filter_map(|key| Some((key.name, given(key.name)?))).collect();
        Ok(Self { file: given("config"), set })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
