//! Who carries messages to phones and mailboxes, by the configuration. Sends nothing itself.

use std::sync::Arc;

use fair::messages::provider::{Provider, Providers};
#[cfg(feature = "providers")]
use fair::messages::server::Server;
use storage::Clock;

use crate::config::Config;

/// What is set, made. In the demo, what is not set keeps its messages to be looked at.
///
/// # Errors
/// What keeps one from working.
pub fn providers(config: &Config, clock: &Clock) -> anyhow::Result<Providers> {
    let providers = Providers { sms: sms(config)?, mail: mail(config, clock)? };
    Ok(if config.demo { providers.or_kept() } else { providers })
}

#[cfg(feature = "providers")]
fn sms(config: &Config) -> anyhow::Result<Option<Arc<dyn Provider>>> {
    let Some(gateway) = &config.sms_gateway else { return Ok(None) };
    let made = fair::messages::sms::SmsGateway::new(gateway, config.sms_gateway_token.clone());
    Ok(Some(Arc::new(made.map_err(|problem| anyhow::anyhow!("sms_gateway: {problem}"))?)))
}

#[cfg(feature = "providers")]
fn mail(config: &Config, clock: &Clock) -> anyhow::Result<Option<Arc<dyn Provider>>> {
    let (Some(smtp), Some(from)) = (&config.smtp, &config.mail_from) else { return Ok(None) };
    let wrong = |problem| anyhow::anyhow!("smtp: {problem}");
    let server = Server { password: config.smtp_password.clone(), ..Server::parse(smtp).map_err(wrong)? };
    Ok(Some(Arc::new(fair::messages::smtp::Smtp::new(server, from, clock.clone()).map_err(wrong)?)))
}

#[cfg(not(feature = "providers"))]
fn sms(_config: &Config) -> anyhow::Result<Option<Arc<dyn Provider>>> {
    Ok(None)
}

#[cfg(not(feature = "providers"))]
fn mail(_config: &Config, _clock: &Clock) -> anyhow::Result<Option<Arc<dyn Provider>>> {
    Ok(None)
}
