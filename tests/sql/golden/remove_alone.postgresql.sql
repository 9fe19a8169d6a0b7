DELETE FROM soda_c_7 WHERE id = ? AND rev = ? AND (ords_counter(false) = ?)
-- 1: "k1"
-- 2: 3
-- 3: 7
