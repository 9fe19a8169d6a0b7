SELECT i.id FROM soda_i_11 i CROSS JOIN soda_i_12 o WHERE o.id = i.id AND i.v1 = ? ORDER BY o.v1 DESC, i.id LIMIT ?
-- 1: "=red"
-- 2: 101
-- exact
