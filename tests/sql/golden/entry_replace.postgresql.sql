UPDATE soda_i_11 SET v1 = ?, v2 = ? WHERE id = ?
-- 1: "=red"
-- 2: "~"
-- 3: "k1"
