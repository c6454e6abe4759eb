//! What every backend does alike. A new backend joins with one line at the end of this file.

mod conditional;
mod plain;
mod random;
mod reads;
pub(crate) mod transfer;

use crate::rig::Rig;

macro_rules! cases {
    ($make:path: $($module:ident::$case:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            if let Some(rig) = $make().await {
                crate::conformance::$module::$case(&rig).await;
                rig.end().await;
            }
        }
    )*};
}

macro_rules! conformance {
    ($backend:ident, $make:path) => {
        mod $backend {
            cases! { $make:
                plain::put_twice_is_once,
                plain::older_at_loses_in_any_order,
                plain::totals_of_each_writer_add_up_however_often_and_late_they_are_written,
                plain::what_a_table_is_not_written_like_is_refused,
                plain::patch_keeps_other_columns,
                plain::patch_makes_a_row_only_of_nullable_columns,
                plain::delete_removes_one_row,
                plain::a_write_is_all_or_nothing_to_readers,
                plain::a_mebibyte_row_comes_back,
                plain::too_much_in_one_write_is_refused,
                plain::rows_expire_by_the_clock,
                plain::an_expired_row_can_be_written_again,
                plain::a_patch_that_would_make_the_row_renews_its_time,
                plain::early_acknowledged_writes_arrive,
                reads::text_is_ordered_by_bytes,
                reads::numbers_and_blobs_keep_their_order,
                reads::scans_take_every_kind_of_end,
                reads::paging_while_writing_sees_each_old_row_once,
                reads::too_long_a_scan_is_refused,
                reads::partitions_are_listed_page_by_page,
                reads::what_is_not_there_is_none,
                conditional::one_of_32_racers_wins_and_the_others_see_its_row,
                conditional::racing_increments_lose_none,
                conditional::a_failed_condition_writes_nothing,
                conditional::refusals_show_the_standing_rows_in_key_order,
                conditional::an_expired_claim_is_absent,
                conditional::rows_that_carry_the_id_of_their_write_are_written_like_others,
                conditional::two_hubs_append_without_gap_or_duplicate,
                random::random_operations_match_the_model,
                transfer::everything_moves_there_and_back,
                transfer::a_big_partition_moves_page_by_page,
                transfer::positions_move_too,
                transfer::versions_move_too,
                transfer::what_is_left_of_a_row_s_time_moves_too,
                transfer::what_has_expired_stays_behind,
            }
        }
    };
}

/// Returns when every earlier write of the first handle is done.
async fn settle(rig: &Rig) {
    // A durable write stands behind them in the one queue.
    plain::put_word(&rig.store, 999, "settled", None).await;
}

conformance!(model, crate::rig::model);
conformance!(faulty, crate::rig::faulty);
conformance!(sqlite, crate::rig::sqlite);
conformance!(cql, crate::rig::cql);
