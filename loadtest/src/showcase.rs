//! Scenario `showcase`: visitors read pages and lists of a fair with many exhibits, by the clock, over connections from
//! addresses of their own; from the hub's memory, and with every second page or list read from its store.
//!
//! The fair is put into the store as its steps would show it, while the hub is stopped.

mod stock;
mod visitors;

use anyhow::ensure;
use serde::Serialize;
use serde_json::json;

use self::stock::Stock;
use self::visitors::Visitors;
use crate::clock::Stopwatch;
use crate::fanout::mib;
use crate::link::Target;
use crate::process::{Hub, Usage};
use crate::report::{Latencies, Outcome, Percentiles, Range, above, share_finding};

/// Pages that all visitors like.
const LIKED: usize = 100;

/// What is measured.
#[derive(Debug, Clone, clap::Args, Serialize)]
pub struct ShowcaseArgs {
    /// Booths of the fair
    #[arg(long, default_value_t = 2_000)]
    pub booths: usize,
    /// Exhibits of each
    #[arg(long, default_value_t = 25)]
    pub exhibits: usize,
    /// Reads a second of what the hub has in memory
    #[arg(long, default_value_t = 15_000.0)]
    pub rate: f64,
    /// Reads a second where every second one is read from the store
    #[arg(long, default_value_t = 6_000.0)]
    pub new_rate: f64,
    /// Connections, each from an address of its own
    #[arg(long, default_value_t = 400)]
    pub connections: usize,
    /// Seconds measured, after a warm-up of one
    #[arg(long, default_value_t = 5)]
    pub seconds: u64,
    /// Runs of each kind of reading
    #[arg(long, default_value_t = 1)]
    pub runs: usize,
    /// Fails when less than this share of the reads is answered while measuring
    #[arg(long, default_value_t = 0.95)]
    pub share_min: f64,
    /// Fails when the median p99 of pages from memory is above so many milliseconds
    #[arg(long)]
    pub p99_ms_max: Option<f64>,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Reading {
    /// Pages of exhibits that all like.
    Pages,
    /// The same, but every second one is a page that nobody has read before.
    PagesHalfNew,
    /// Lists of twenty exhibits, of which there are few.
    Lists,
    /// The same, but every second one is a booth's that nobody has read before.
    ListsHalfNew,
}

impl Reading {
    const ALL: [Self; 4] = [Self::Pages, Self::PagesHalfNew, Self::Lists, Self::ListsHalfNew];

    /// Offered a second.
    const fn rate(self, args: &ShowcaseArgs) -> f64 {
        match self {
            Self::Pages | Self::Lists => args.rate,
            Self::PagesHalfNew | Self::ListsHalfNew => args.new_rate,
        }
    }
}

/// The figures of one run.
#[derive(Debug, Serialize)]
struct Run {
    reading: Reading,
    answered: u64,
    answered_per_s: f64,
    ms: Percentiles,
    /// Of the answers, those that came from the hub's memory.
    memory_share: f64,
    /// Of one core.
    hub_cpu_share: f64,
    rss_mib: f64,
}

/// Runs the scenario.
///
/// # Errors
/// When the hub does not start or answers anything but the page.
pub fn run(args: &ShowcaseArgs, target: Option<&Target>, is_pinned: bool) -> anyhow::Result<Outcome> {
    ensure!(target.is_none(), "showcase fills a hub of its own: leave out --url");
    ensure!(
        args.booths > 0 && args.exhibits > 0 && args.rate > 0.0 && args.new_rate > 0.0 && args.connections > 0,
        "nothing to read"
    );
    let mut hub = Hub::start(is_pinned)?;
    hub.stop()?;
    let stock = Stock::fill(&hub.folder(), args.booths, args.exhibits)?;
    hub.restart()?;
    let mut visitors = Visitors::connect(hub.address(), args.connections)?;
    let (mut runs, mut findings) = (Vec::new(), Vec::new());
    let (mut unread, mut unlisted) = (stock.exhibits.iter().cycle().skip(LIKED), 0..);
    for _ in 0..args.runs {
        for reading in Reading::ALL {
            let rate = reading.rate(args);
            let mut path = |visit: u64| {
                let nth = usize::try_from(visit).unwrap_or_default();
                let liked = |nth: usize| stock.exhibits.get(nth % LIKED.min(stock.exhibits.len()));
                let exhibit = match reading {
                    Reading::Pages => liked(nth),
                    Reading::PagesHalfNew if nth % 2 == 0 => liked(nth / 2),
                    Reading::PagesHalfNew => unread.next(),
                    Reading::ListsHalfNew if nth % 2 == 1 => {
                        return stock.own_list(unlisted.next().unwrap_or_default());
                    }
                    Reading::Lists | Reading::ListsHalfNew => return stock.list(nth),
                };
                format!("/v1/showcase/exhibits/{}", exhibit.map_or("", String::as_str))
            };
            visitors.visit(rate, 1, &mut path, &mut Latencies::default())?;
            let before = Before::of(&hub)?;
            let mut latencies = Latencies::default();
            let answered = visitors.visit(rate, args.seconds, &mut path, &mut latencies)?;
            runs.push(before.run(&hub, args, reading, (answered, &latencies))?);
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "far below 2^52")]
    let offered = (runs.iter().map(|run| run.reading.rate(args)).sum::<f64>() * args.seconds as f64) as u64;
    findings.extend(share_finding(
        "reads answered",
        runs.iter().map(|run| run.answered).sum(),
        offered,
        args.share_min,
    ));
    let of = |reading: Reading| runs.iter().filter(move |run| run.reading == reading);
    let p99 = |reading| Range::of(of(reading).map(|run| run.ms.p99));
    findings.extend(above("p99 of pages from memory", p99(Reading::Pages).median, args.p99_ms_max));
    let told = |reading| {
        json!({
            "per_s": Range::of(of(reading).map(|run| run.answered_per_s)), "p99_ms": p99(reading),
            "memory_share": Range::of(of(reading).map(|run| run.memory_share)),
            "hub_cpu_share": Range::of(of(reading).map(|run| run.hub_cpu_share)),
        })
    };
    let figures = json!({
        "args": args, "exhibits": stock.exhibits.len(), "filled_s": stock.took_s,
        "pages": told(Reading::Pages), "pages_half_new": told(Reading::PagesHalfNew), "lists": told(Reading::Lists),
        "lists_half_new": told(Reading::ListsHalfNew),
        "rss_mib": Range::of(runs.iter().map(|run| run.rss_mib)), "runs": runs,
    });
    Ok(Outcome { scenario: "showcase", findings, figures })
}

/// Where the hub stood before a run.
struct Before {
    watch: Stopwatch,
    usage: Usage,
    memory: f64,
    store: f64,
}

impl Before {
    fn of(hub: &Hub) -> anyhow::Result<Self> {
        let (memory, store) = answers(hub)?;
        Ok(Self { watch: Stopwatch::start(), usage: hub.usage()?, memory, store })
    }

    fn run(
        self,
        hub: &Hub,
        args: &ShowcaseArgs,
        reading: Reading,
        (answered, latencies): (u64, &Latencies),
    ) -> anyhow::Result<Run> {
        let (usage, (memory, store)) = (hub.usage()?, answers(hub)?);
        let (memory, store) = (memory - self.memory, store - self.store);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let (answered_f, seconds) = (answered as f64, args.seconds as f64);
        Ok(Run {
            reading,
            answered,
            answered_per_s: answered_f / seconds,
            ms: latencies.percentiles(),
            memory_share: memory / (memory + store).max(1.0),
            // Of all that passed: who waits still waits behind the last second that counts.
            hub_cpu_share: (usage.cpu_s - self.usage.cpu_s) / self.watch.seconds(),
            rss_mib: mib(usage.rss_bytes),
        })
    }
}

/// How often the hub has answered from memory, and from its store.
fn answers(hub: &Hub) -> anyhow::Result<(f64, f64)> {
    let metrics = hub.get("/metrics")?;
    let of = |from: &str| {
        let begin = format!("showcase_answers_total{{from=\"{from}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(begin.as_str())?.trim().parse().ok()).unwrap_or(0.0)
    };
    Ok((of("memory"), of("store")))
}
