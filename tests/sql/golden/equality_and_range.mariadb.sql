SELECT i.id FROM soda_i_11 i WHERE i.v1 = ? AND i.v2 >= ? AND i.v2 < ? ORDER BY i.id LIMIT ?
-- 1: "=red"
-- 2: "=m"
-- 3: "~"
-- 4: 101
-- and the matcher
