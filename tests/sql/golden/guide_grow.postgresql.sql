UPDATE soda_g_14 SET types = types | ?, object = CASE WHEN object < ? THEN ? ELSE object END, list = CASE WHEN list < ? THEN ? ELSE list END, scalar = CASE WHEN scalar < ? THEN ? ELSE scalar END WHERE id = ?
-- 1: 8
-- 2: 0
-- 3: 0
-- 4: 0
-- 5: 0
-- 6: 4
-- 7: 4
-- 8: 7
