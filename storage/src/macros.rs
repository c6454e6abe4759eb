//! `table!`: declares a table once. Expands to plain structs and trait impls; holds no logic of its own.

/// Declares a table and yields its marker type, both key structs, the row and the patch, all public.
///
/// `guarded` tables are written under conditions, `plain` ones without, `ordered` ones with a position that decides which
/// write stands: see [`crate::table::Writes`]. A guarded table's row begins with `v: i64`, the version that [`crate::Expect::Version`] compares: the writer sets
/// it (1 at first, then one more). Rows that are written once under [`crate::Expect::Absent`] keep it at 1.
/// A guarded table whose rows already carry an id that is drawn anew for each write may name its column (`op op_id`): where
/// an answer was lost, what was written is recognised by it, and CQL keeps no id of its own beside it. A write that is
/// repeated carries the same ids, a patch sets the id too.
/// The clustering key may be empty (`clustering Key {}`): one row a partition. A column added by version `n` is an
/// `Option` marked `[since n]`; older rows read as `None`. Columns are never removed and never change their type.
///
/// ```
/// use storage::ids::{ConversationId, Seq};
///
/// storage::table! {
///     /// The log of a conversation.
///     pub Entries: guarded, log, "entries", version 2, op op_id;
///     partition EntriesPart { conv: ConversationId, bucket: i64 }
///     clustering EntriesKey { seq: Seq }
///     row EntryRow {
///         /// What it is.
///         kind: i64,
///         op_id: u128,
///         body: Option<String>,
///         note: Option<String> [since 2],
///     }
///     patch EntryPatch
/// }
/// storage::table! {
///     /// Forgotten after eight days.
///     pub SendIds: plain, clustered, "send_ids", version 1, ttl 691_200;
///     partition SendIdsPart { conv: ConversationId }
///     clustering SendIdsKey { client_msg_id: String }
///     row SendIdRow { seq: Seq }
///     patch SendIdPatch
/// }
/// let row = EntryRow { v: 1, kind: 3, op_id: 7, body: None, note: None };
/// let patch = EntryPatch { v: Some(2), kind: Some(4), ..EntryPatch::default() };
/// # let _used = (row, patch);
/// ```
#[macro_export]
macro_rules! table {
    (
        $(#[$doc:meta])*
        pub $table:ident: guarded, $layout:ident, $name:literal, version $version:literal $(, ttl $ttl:literal)?
            $(, op $op:ident)?;
        partition $part:ident { $($p:tt)* }
        clustering $key:ident { $($c:tt)* }
        row $row:ident { $($r:tt)* }
        patch $patch:ident
    ) => {
        $crate::table! { @struct
            [$(#[$doc])*] $table, guarded, $layout, $name, $version, [$($ttl)?], [$($op)?],
            $part { $($p)* } $key { $($c)* }
            $row {
                /// the version, 1 at first.
                v: i64,
                $($r)*
            }
            $patch
        }
    };
    (
        $(#[$doc:meta])*
        pub $table:ident: $writes:ident, $layout:ident, $name:literal, version $version:literal $(, ttl $ttl:literal)?;
        partition $part:ident { $($p:tt)* }
        clustering $key:ident { $($c:tt)* }
        row $row:ident { $($r:tt)* }
        patch $patch:ident
    ) => {
        $crate::table! { @struct
            [$(#[$doc])*] $table, $writes, $layout, $name, $version, [$($ttl)?], [],
            $part { $($p)* } $key { $($c)* } $row { $($r)* } $patch
        }
    };
    (@struct
        [$(#[$doc:meta])*] $table:ident, $writes:ident, $layout:ident, $name:literal, $version:literal,
        [$($ttl:literal)?], [$($op:ident)?],
        $part:ident { $($p:tt)* }
        $key:ident { $($c:tt)* }
        $row:ident { $($(#[$rdoc:meta])* $r:ident: $rty:ty $([since $since:literal])?),* $(,)? }
        $patch:ident
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $table;

        $crate::table! { @key concat!("Partition key of [`", stringify!($table), "`]."), $part { $($p)* } }
        $crate::table! { @key concat!("Clustering key of [`", stringify!($table), "`]."), $key { $($c)* } }

        #[doc = concat!("A row of [`", stringify!($table), "`].")]
        #[derive(Debug, Clone, PartialEq)]
        pub struct $row { $(#[doc = concat!("`", stringify!($r), "`: ")] $(#[$rdoc])* pub $r: $rty,)* }

        #[doc = concat!("A change of some columns of [`", stringify!($table), "`].")]
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $patch { $(#[doc = concat!("`", stringify!($r), "`: ")] $(#[$rdoc])* pub $r: Option<$rty>,)* }

        impl $crate::table::Table for $table {
            const SPEC: &'static $crate::table::Spec = &$crate::table::Spec {
                name: $name,
                version: $version,
                writes: $crate::table!(@writes $writes),
                layout: $crate::table!(@layout $layout),
                ttl: $crate::table!(@ttl $($ttl)?),
                op: $crate::table!(@op $($op)?),
                partition: <$part>::COLUMNS,
                clustering: <$key>::COLUMNS,
                columns: &[$($crate::table::ColumnSpec {
                    name: stringify!($r),
                    kind: <$rty as $crate::table::Column>::KIND,
                    nullable: <$rty as $crate::table::Column>::NULLABLE,
                    since: $crate::table!(@since $($since)?),
                },)*],
            };
            type P = $part;
            type C = $key;
            type Row = $row;
            type Patch = $patch;

            #[allow(unused_variables, reason = "a row may have no columns")]
            fn row_to_values(row: &Self::Row) -> Vec<$crate::table::Value> {
                vec![$($crate::table::Column::to_value(&row.$r)),*]
            }

            #[allow(unused_mut, unused_variables, reason = "a row may have no columns")]
            fn row_from_values(values: Vec<$crate::table::Value>) -> $crate::Result<Self::Row> {
                let mut cells = values.into_iter();
                Ok($row { $($r: $crate::table::next_cell(&mut cells)?,)* })
            }

            #[allow(unused_variables, reason = "a row may have no columns")]
            fn patch_to_values(patch: &Self::Patch) -> Vec<(usize, $crate::table::Value)> {
                let cells: Vec<Option<$crate::table::Value>> =
                    vec![$(patch.$r.as_ref().map($crate::table::Column::to_value)),*];
                cells.into_iter().enumerate().filter_map(|(at, cell)| Some((at, cell?))).collect()
            }
        }

        $crate::table! { @impl $writes, $table }

        const _: () = $crate::table::check(<$table as $crate::table::Table>::SPEC);
    };
    (@key $doc:expr, $key:ident { $($(#[$kdoc:meta])* $k:ident: $kty:ty),* $(,)? }) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $key { $(#[doc = concat!("`", stringify!($k), "`: ")] $(#[$kdoc])* pub $k: $kty,)* }

        impl $key {
            const COLUMNS: &'static [$crate::table::ColumnSpec] = &[$($crate::table::ColumnSpec {
                name: stringify!($k),
                kind: <$kty as $crate::table::Column>::KIND,
                nullable: <$kty as $crate::table::Column>::NULLABLE,
                since: 1,
            },)*];
        }

        impl $crate::table::Key for $key {
            fn to_values(&self) -> Vec<$crate::table::Value> {
                vec![$($crate::table::Column::to_value(&self.$k)),*]
            }

            #[allow(unused_mut, unused_variables, reason = "a clustering key may have no columns")]
            fn from_values(values: Vec<$crate::table::Value>) -> $crate::Result<Self> {
                let mut cells = values.into_iter();
                Ok(Self { $($k: $crate::table::next_cell(&mut cells)?,)* })
            }
        }
    };
    (@impl guarded, $table:ident) => { impl $crate::table::Guarded for $table {} };
    (@impl $writes:ident, $table:ident) => { impl $crate::table::Plain for $table {} };
    (@writes guarded) => { $crate::table::Writes::Guarded };
    (@writes ordered) => { $crate::table::Writes::Ordered };
    (@writes plain) => { $crate::table::Writes::Plain };
    (@layout log) => { $crate::table::Layout::Log };
    (@layout clustered) => { $crate::table::Layout::Clustered };
    (@ttl) => { None };
    (@ttl $ttl:literal) => { Some(::std::time::Duration::from_secs($ttl)) };
    (@op) => { None };
    (@op $op:ident) => { Some(stringify!($op)) };
    (@since) => { 1 };
    (@since $since:literal) => { $since };
}
