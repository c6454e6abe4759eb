//! The tables that the tests write.

storage::table! {
    /// One column of each kind, one nullable; ordered by two numbers.
    pub Things: plain, clustered, "things", version 1;
    partition ThingsPart { owner: i64, shelf: String }
    clustering ThingsKey { row: i64, place: i64 }
    row ThingRow { name: String, count: i64, picture: Option<Vec<u8>>, sold: bool }
    patch ThingPatch
}
storage::table! {
    /// Ordered by text.
    pub Words: plain, clustered, "words", version 1;
    partition WordsPart { book: i64 }
    clustering WordsKey { word: String }
    row WordRow { uses: Option<i64> }
    patch WordPatch
}
storage::table! {
    /// The later position stands.
    pub Marks: ordered, clustered, "marks", version 1;
    partition MarksPart { book: i64 }
    clustering MarksKey { reader: i64 }
    row MarkRow { page: i64, note: Option<String> }
    patch MarkPatch
}
storage::table! {
    /// What each writer has counted, all of it: as likes are kept.
    pub Totals: ordered, clustered, "totals", version 1;
    partition TotalsPart { room: i64 }
    clustering TotalsKey { writer: i64 }
    row TotalRow { total: i64 }
    patch TotalPatch
}
storage::table! {
    /// Ordered by bytes.
    pub Blobs: plain, clustered, "blobs", version 1;
    partition BlobsPart { book: i64 }
    clustering BlobsKey { blob: Vec<u8> }
    row BlobRow {}
    patch BlobPatch
}
storage::table! {
    /// Appended in order.
    pub Lines: guarded, log, "lines", version 1;
    partition LinesPart { log: i64, bucket: i64 }
    clustering LinesKey { seq: i64 }
    row LineRow { writer: i64, text: String }
    patch LinePatch
}
storage::table! {
    /// Appended in order, each row with an id of its own.
    pub Posts: guarded, log, "posts", version 1, op op_id;
    partition PostsPart { log: i64 }
    clustering PostsKey { seq: i64 }
    row PostRow { op_id: u128, text: String }
    patch PostPatch
}
storage::table! {
    /// One row a partition, changed by version.
    pub Counters: guarded, clustered, "counters", version 1;
    partition CountersPart { id: i64 }
    clustering CountersKey {}
    row CounterRow { value: i64, note: Option<String> }
    patch CounterPatch
}
storage::table! {
    /// A minute long.
    pub Passing: plain, clustered, "passing", version 1, ttl 60;
    partition PassingPart { id: i64 }
    clustering PassingKey { at: i64 }
    row PassingRow { text: String }
    patch PassingPatch
}
storage::table! {
    /// A minute long, once.
    pub Claims: guarded, clustered, "claims", version 1, ttl 60;
    partition ClaimsPart { id: i64 }
    clustering ClaimsKey {}
    row ClaimRow { by: i64 }
    patch ClaimPatch
}
