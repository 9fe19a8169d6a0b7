SELECT c.id FROM soda_c_7 c WHERE c.modified > ? AND c.modified <= ? ORDER BY c.modified, c.id LIMIT ?
-- 1: 5
-- 2: 6
-- 3: 101
-- exact
