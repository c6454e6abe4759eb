//! The same tables as two programs of different age know them.

use storage::{Spec, Table as _};

/// The tables of `fixtures/version1.db`, as the program that made it declared them. It was made by [`first`]'s
/// declarations and this crate's first version: three notes appended to book 1, and the tag 茶 with 9 uses. It has no posts.
pub(crate) mod first {
    storage::table! {
        /// Written once.
        pub Notes: guarded, log, "notes", version 1;
        partition NotesPart { book: i64 }
        clustering NotesKey { seq: i64 }
        row NoteRow { text: String }
        patch NotePatch
    }
    storage::table! {
        /// Its rows carry an id that nobody told the store of.
        pub Posts: guarded, log, "posts", version 1;
        partition PostsPart { book: i64 }
        clustering PostsKey { seq: i64 }
        row PostRow { op_id: u128 }
        patch PostPatch
    }
    storage::table! {
        /// Written again and again.
        pub Tags: plain, clustered, "tags", version 1, ttl 3_000_000_000;
        partition TagsPart { book: i64 }
        clustering TagsKey { name: String }
        row TagRow { uses: i64 }
        patch TagPatch
    }
}

/// The same tables two versions later, and a new one.
pub(crate) mod third {
    storage::table! {
        /// Written once.
        pub Notes: guarded, log, "notes", version 3;
        partition NotesPart { book: i64 }
        clustering NotesKey { seq: i64 }
        row NoteRow { text: String, author: Option<i64> [since 2], color: Option<String> [since 3] }
        patch NotePatch
    }
    storage::table! {
        /// What its rows carry is the id of their write.
        pub Posts: guarded, log, "posts", version 2, op op_id;
        partition PostsPart { book: i64 }
        clustering PostsKey { seq: i64 }
        row PostRow { op_id: u128 }
        patch PostPatch
    }
    storage::table! {
        /// Written again and again.
        pub Tags: plain, clustered, "tags", version 2, ttl 3_000_000_000;
        partition TagsPart { book: i64 }
        clustering TagsKey { name: String }
        row TagRow { uses: i64, icon: Option<Vec<u8>> [since 2] }
        patch TagPatch
    }
    storage::table! {
        /// New.
        pub Shelves: plain, clustered, "shelves", version 1;
        partition ShelvesPart { id: i64 }
        clustering ShelvesKey {}
        row ShelfRow { name: String }
        patch ShelfPatch
    }
}

pub(crate) const FIRST: &[&Spec] = &[first::Notes::SPEC, first::Posts::SPEC, first::Tags::SPEC];
pub(crate) const THIRD: &[&Spec] = &[third::Notes::SPEC, third::Posts::SPEC, third::Tags::SPEC, third::Shelves::SPEC];
