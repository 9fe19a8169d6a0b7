SELECT i.id FROM soda_i_12 i WHERE i.v1 >= ? AND i.v1 <= ? ORDER BY i.id LIMIT ?
-- 1: "=pb21"
-- 2: "=pb22"
-- 3: 101
-- exact
