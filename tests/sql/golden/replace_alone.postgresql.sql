UPDATE soda_c_7 SET rev = rev + 1, version = ?, modified = ?, bytes = ?, backslash = ?, media = ?, content = ? WHERE id = ? AND rev = ? AND (CASE WHEN pg_try_advisory_xact_lock_shared(427071530099) THEN pg_sequence_last_value('ords_metadata.ords_counter_echo') = ? ELSE false END)
-- 1: "v1"
-- 2: 1000
-- 3: 7
-- 4: 3
-- 5: NULL
-- 6: "{\"a\":1}"
-- 7: "k1"
-- 8: 3
-- 9: 7
