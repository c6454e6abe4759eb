//! The rows of README's table of figures: the command that measures each, and its cells as templates over the report.
//!
//! Owns the order of the table and its words; no number is written here that a report has.

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Names its report: `loadtest/results/NAME.json`.
    pub name: &'static str,
    /// First cell, a template.
    pub what: &'static str,
    /// Second cell, a template.
    pub figure: &'static str,
    /// Third cell, as it is run.
    pub command: &'static str,
}

impl Row {
    /// Whether a CQL server must be there to measure it.
    #[must_use]
    pub fn needs_cql(&self) -> bool {
        ["$STORE", "scylla://", "--server"].iter().any(|word| self.command.contains(word))
    }
}

const DELIVERY: &str = "{achieved_per_s.median|M} M deliveries/s, {runs.*.lost|0} lost; p50 {p50_ms|range1} ms, \
    p99 {p99_ms|range1} ms; hub {hub_cores|range2} core";
const IDLE: &str = "{kib_a_connection|1} KiB (RSS growth over {args.connections|0})";
const NEGOTIATION: &str = "{acked_per_s.median|0} acked/s of {args.rate|0}, {checker.findings|count} findings in \
    {checker.acks_checked|0}; send to ack p50 {send_to_ack_p50_ms|range1} ms, p99 {send_to_ack_p99_ms|range1} ms";
const SIMULATED: &str = "{acks_checked|0} acks and {deliveries_checked|0} deliveries checked, \
    {failing_seeds|count} seeds with findings, {seconds|0} s";
const KILLED: &str = "{acked|0} acked, {checker.findings|count} lost, doubled or out of order; ready again in \
    {restart_to_ready_ms.p50|0} ms (p50), {restart_to_ready_ms.max|0} ms at most";
const MOVED: &str = "the same counts and checksums in all three files; export {legs.0.rows_per_s|0}, import with its \
    checks (broken off and taken up again) {legs.1.rows_per_s|0}, export there {legs.2.rows_per_s|0}, import back \
    {legs.3.rows_per_s|0} rows/s";

const STEPS: &str = "{phases.0.steps_per_s|0}, {phases.1.steps_per_s|0}, {phases.2.steps_per_s|0} durable steps/s; p99 \
    {phases.0.step_ms.p99|0}, {phases.1.step_ms.p99|0}, {phases.2.step_ms.p99|0} ms; both sides told at p99 \
    {phases.0.told_ms.p99|0}, {phases.1.told_ms.p99|0}, {phases.2.told_ms.p99|0} ms";

/// All of them, in README's order.
pub const ROWS: &[Row] = &[
    Row {
        name: "fanout-1000",
        what: "delivery, 1 room of 1,000, 200-byte messages",
        figure: DELIVERY,
        command: "target/release/loadtest fanout --rooms 1 --members 1000 --rate 1500 --runs 5",
    },
    Row {
        name: "fanout-150",
        what: "delivery, 150 rooms of 100",
        figure: "{achieved_per_s.median|k} k deliveries/s, {runs.*.lost|0} lost; p50 {p50_ms|range1} ms, \
            p99 {p99_ms|range1} ms; hub {hub_cores|range2} core",
        command: "target/release/loadtest fanout --rooms 150 --members 100 --rate 440 --runs 5",
    },
    Row {
        name: "fanout-tls",
        what: "delivery over TLS against plain sockets, 1 room of {args.members|0}, one after the other",
        figure: "hub {ratio.hub_cores|2} times the core ({tls.hub_cores.median|2} against {plain.hub_cores.median|2}), \
            p50 {ratio.p50_ms|2} times, p99 {ratio.p99_ms|2} times; {tls.achieved_per_s.median|k} k deliveries/s, \
            {tls.runs.*.lost|0} lost",
        command: "target/release/loadtest fanout --tls --members 500 --rate 500 --seconds 5 --runs 3",
    },
    Row {
        name: "stalled",
        what: "the others' p99 while 10 % stop reading, against the same without",
        figure: "{p99_ratio|range2} times; {pairs.*.closed|0} stalled closed with `slow_consumer`, the stalled \
            negotiation resumed at its head {negotiation.head|0}",
        command: "target/release/loadtest stalled",
    },
    Row {
        name: "idle",
        what: "memory of an idle authenticated connection, ten to an account",
        figure: IDLE,
        command: "target/release/loadtest idle --connections 10000",
    },
    Row {
        name: "idle-accounts",
        what: "the same, each of an account of its own: its person's room, and half a desk's",
        figure: IDLE,
        command: "target/release/loadtest idle --connections 10000 --accounts 10000",
    },
    Row {
        name: "idle-tls",
        what: "the same over TLS against plain sockets, ten connections to an account",
        figure: "{tls.kib_a_connection|1} KiB against {plain.kib_a_connection|1} KiB",
        command: "target/release/loadtest idle --tls --connections 5000 --accounts 500",
    },
    Row {
        name: "negotiation",
        what: "negotiation, durable, checker on",
        figure: NEGOTIATION,
        command: "target/release/loadtest negotiation --rate 5000 --runs 5",
    },
    Row {
        name: "negotiation-accounts",
        what: "the same with {args.accounts|0} accounts, two a conversation",
        figure: NEGOTIATION,
        command: "target/release/loadtest negotiation --accounts 10000 --rate 5000 --runs 3",
    },
    Row {
        name: "negotiation-tls",
        what: "negotiation over TLS against plain sockets, {args.rate|0} messages/s, one after the other",
        figure: "hub {ratio.hub_cores|2} times the cores, send to ack p50 {ratio.p50_ms|2} times, p99 {ratio.p99_ms|2} \
            times; {tls.checker.findings|count} findings in {tls.checker.acks_checked|0}",
        command: "target/release/loadtest negotiation --tls --conversations 500 --rate 2000 --seconds 5 --runs 3",
    },
    Row {
        name: "simulate",
        what: "{seeds_run|0} simulated seeds, {crashes|0} crashes",
        figure: SIMULATED,
        command: "target/release/loadtest simulate --seeds 2000",
    },
    Row {
        name: "simulate-two-hubs",
        what: "{seeds_run|0} simulated seeds of two hubs over one store, {crashes|0} crashes",
        figure: SIMULATED,
        command: "target/release/loadtest simulate --hubs 2 --seeds 2000",
    },
    Row {
        name: "kill9",
        what: "killed {args.rounds|0} times under load",
        figure: KILLED,
        command: "target/release/loadtest kill9 --rounds 20",
    },
    Row {
        name: "negotiation-cql",
        what: "negotiation over CQL, checker on",
        figure: NEGOTIATION,
        command: "target/release/loadtest negotiation --conversations 200 --rate 500 --store $STORE",
    },
    Row {
        name: "kill9-cql",
        what: "killed {args.rounds|0} times under load, over CQL",
        figure: KILLED,
        command: "target/release/loadtest kill9 --rounds 20 --rate 200 --store $STORE",
    },
    Row {
        name: "hubs",
        what: "two hubs over one keyspace, {args.writers|0} racing writers in each of {args.conversations|0} \
            conversations, {args.kills|0} hubs killed",
        figure: "{race.checker.acks_checked|0} acks of {race.checker.entries_checked|0} entries checked, \
            {race.checker.deliveries_checked|0} deliveries: {race.checker.findings|count} findings, {race.forks|0} \
            forks; send to ack p50 {race.send_to_ack_ms.p50|s} s, p99 {race.send_to_ack_ms.p99|s} s; the other hub \
            shows what one acknowledged in {sight.asked.open_ms.p50|1} ms (p50), closes an ended session within \
            {revocation.closed_ms.max|0} ms",
        command: "target/release/loadtest hubs --kills 3 --store $STORE",
    },
    Row {
        name: "storekill",
        what: "the CQL server killed {args.rounds|0} times under load",
        figure: "{acked|0} acked, {checker.findings|count} lost, doubled or out of order, no socket closed; ready \
            {server_to_ready_ms.p50|s} s (p50), {server_to_ready_ms.max|s} s (at most) after the server",
        command: "target/release/loadtest storekill --server ../shared/cassandra/cassandra.sh",
    },
    Row {
        name: "store",
        what: "the store alone, {stored|M} M messages: {phases.0.in_flight|0}, {phases.1.in_flight|0}, \
            {phases.2.in_flight|0} in flight",
        figure: "{phases.0.appends_per_s|0}, {phases.1.appends_per_s|0}, {phases.2.appends_per_s|0} durable appends/s; \
            commit p50/p99 {phases.0.commit_ms.p50|1}/{phases.0.commit_ms.p99|1}, \
            {phases.1.commit_ms.p50|1}/{phases.1.commit_ms.p99|1}, \
            {phases.2.commit_ms.p50|1}/{phases.2.commit_ms.p99|1} ms; append (two commits) p99 \
            {phases.2.append_ms.p99|0} ms at {phases.2.in_flight|0}; WAL <= {wal_max_bytes|MiB} MiB; last 50 read \
            p50/p99 {last_50_read_ms.p50|1}/{last_50_read_ms.p99|1} ms; reopened after `kill -9` in \
            {killed.reopen_ms|0} ms",
        command: "target/release/loadtest store",
    },
    Row {
        name: "registrations",
        what: "{args.registrations|0} registrations and {args.logins|0} sign-ins a second beside {args.chat|0} messages/s",
        figure: "{registrations_per_s.median|1} and {logins_per_s.median|1} a second, p99 {registration_p99_ms|range0} and \
            {login_p99_ms|range0} ms; the messages' p99 of send to ack {chat_p99_ratio|range2} times that without \
            ({chat_p99_without_ms|range1} ms)",
        command: "target/release/loadtest registrations --runs 5",
    },
    Row {
        name: "showcase",
        what: "{exhibits|0} exhibits of {args.booths|0} booths read by visitors: pages that are liked and lists of twenty, \
            {args.rate|0} offered a second; both again with every second one never read before, {args.new_rate|0} a second",
        figure: "pages {pages.per_s.median|0} a second at p99 {pages.p99_ms|range1} ms, {pages.hub_cpu_share.median|2} core; \
            lists {lists.per_s.median|0}, {lists.p99_ms|range1} ms, {lists.hub_cpu_share.median|2}; from memory \
            {pages.memory_share.median|2} and {lists.memory_share.median|2} of them. Half new: pages \
            {pages_half_new.per_s.median|0}, {pages_half_new.p99_ms|range1} ms, {pages_half_new.hub_cpu_share.median|2}; lists \
            {lists_half_new.per_s.median|0}, {lists_half_new.p99_ms|range1} ms, {lists_half_new.hub_cpu_share.median|2}; from \
            memory {pages_half_new.memory_share.median|2} and {lists_half_new.memory_share.median|2}. {rss_mib.max|0} MiB",
        command: "target/release/loadtest showcase --runs 5",
    },
    Row {
        name: "transitions",
        what: "steps of applications with their lists, notices, messages and deeds, engine and generator on one core: \
            {phases.0.in_flight|0}, {phases.1.in_flight|0}, {phases.2.in_flight|0} at one time",
        figure: STEPS,
        command: "target/release/loadtest transitions --one-core --kills 0",
    },
    Row {
        name: "transitions-cql",
        what: "the same over CQL, on both cores",
        figure: STEPS,
        command: "target/release/loadtest transitions --kills 0 --store $STORE",
    },
    Row {
        name: "transitions-order",
        what: "steps of intent orders likewise, on one core",
        figure: STEPS,
        command: "target/release/loadtest transitions --kind order --one-core --kills 0",
    },
    Row {
        name: "transitions-order-cql",
        what: "the same over CQL, on both cores",
        figure: STEPS,
        command: "target/release/loadtest transitions --kind order --kills 0 --store $STORE",
    },
    Row {
        name: "backends",
        what: "the store alone on both backends in one run, {args.messages|0} messages each: 1, 16, 256 in flight",
        figure: "SQLite {backends.0.phases.0.appends_per_s|0}, {backends.0.phases.1.appends_per_s|0}, \
            {backends.0.phases.2.appends_per_s|0} appends/s; CQL {backends.1.phases.0.appends_per_s|0}, \
            {backends.1.phases.1.appends_per_s|0}, {backends.1.phases.2.appends_per_s|0} appends/s; last 50 read p50/p99 \
            {backends.0.last_50_read_ms.p50|1}/{backends.0.last_50_read_ms.p99|1} and \
            {backends.1.last_50_read_ms.p50|1}/{backends.1.last_50_read_ms.p99|1} ms; {backends.1.partitions.seen|0} \
            partitions of {backends.1.partitions.rows_mean|0} rows and {backends.1.partitions.bytes_mean|k} KB of cells; \
            one filled to its end with the longest messages {backends.1.partitions.full_bytes|M} MB",
        command: "target/release/loadtest backends --store $STORE",
    },
    Row {
        name: "transfer",
        what: "{args.messages|0} messages moved by export and import ({rows|0} rows, {file_bytes|M} MB): SQLite to \
            SQLite to SQLite",
        figure: MOVED,
        command: "target/release/loadtest transfer",
    },
    Row {
        name: "transfer-cql",
        what: "the same by way of Cassandra (`FAST=1`: it syncs now and then)",
        figure: MOVED,
        command: "target/release/loadtest transfer --to 'scylla://127.0.0.1:9042/fairhub_moved?replication=1'",
    },
];
