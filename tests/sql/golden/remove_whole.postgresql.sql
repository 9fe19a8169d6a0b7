WITH d AS (DELETE FROM soda_c_7 WHERE id = ? AND rev = ? AND (ords_counter(false) = ?) AND EXISTS (SELECT 1 FROM soda_i_11 WHERE id = ?) AND EXISTS (SELECT 1 FROM soda_i_12 WHERE id = ?) RETURNING id), i11 AS (DELETE FROM soda_i_11 WHERE id = ? AND EXISTS (SELECT 1 FROM d)), i12 AS (DELETE FROM soda_i_12 WHERE id = ? AND EXISTS (SELECT 1 FROM d)) SELECT count(*) FROM d
-- 1: "k1"
-- 2: 3
-- 3: 7
-- 4: "k1"
-- 5: "k1"
-- 6: "k1"
-- 7: "k1"
