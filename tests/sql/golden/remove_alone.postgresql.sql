DELETE FROM soda_c_7 WHERE id = ? AND rev = ? AND (CASE WHEN pg_try_advisory_xact_lock_shared(427071530099) THEN pg_sequence_last_value('ords_metadata.ords_counter_echo') = ? ELSE false END)
-- 1: "k1"
-- 2: 3
-- 3: 7
