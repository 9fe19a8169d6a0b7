SELECT id, parent, name, types, object, list, scalar FROM soda_g_14 WHERE id >= ? ORDER BY id LIMIT ?
-- 1: 5
-- 2: 1000
