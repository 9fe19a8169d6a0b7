SELECT i.id FROM soda_i_11 i WHERE i.v1 >= ? AND i.v1 < ? ORDER BY i.v1 DESC, i.id LIMIT ? OFFSET ?
-- 1: "=m"
-- 2: "~"
-- 3: 26
-- 4: 100
-- and the matcher
