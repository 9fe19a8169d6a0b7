DELETE FROM soda_c_7 WHERE id = ? AND rev = ? AND ((SELECT value FROM ords_state WHERE name = 'catalog' LOCK IN SHARE MODE) = ?)
-- 1: "k1"
-- 2: 3
-- 3: 7
